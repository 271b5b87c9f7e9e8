#!/usr/bin/env bash
# HAProxy takes "timeout http-request 1s8000ms" as one second, and calls the file valid.
#
# Guess: 9 s, as nginx and Go read such times, or an error.
# Seen (haproxy 2.6.12, Debian 12): "haproxy -c" ends with 0 and "Configuration file is
# valid" after a warning that names the 8; what stands behind the first unit is dropped: a
# client that sends nothing gets its 408 after about a second. "5 s", with a blank, is an
# error at once. The warning announces that later releases refuse it.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
server=
command -v haproxy >/dev/null || apt-get -q -y install --no-install-recommends haproxy >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' haproxy
case $(dpkg-query -W -f '${Version}' haproxy) in 2.6.12-*) ;; *) echo "this was seen with 2.6.12"; exit 1 ;; esac
cat >"$dir/haproxy.cfg" <<'CFG'
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
    timeout http-request 1s8000ms
frontend f
    bind 127.0.0.1:18301
    default_backend b
backend b
    server s 127.0.0.1:1
CFG
haproxy -c -f "$dir/haproxy.cfg" 2>&1 | tee "$dir/said"
grep -q "unexpected character '8' after the timer value '1s8000ms'" "$dir/said"
grep -q 'Configuration file is valid' "$dir/said"
haproxy -db -f "$dir/haproxy.cfg" >/dev/null 2>&1 &
server=$!
for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/18301) 2>/dev/null && break; sleep 0.2; done
# Nine seconds would be longer than this waits.
timeout 6 bash -c 'exec 3<>/dev/tcp/127.0.0.1/18301; head -n 1 <&3' | tr -d '\r' | tee "$dir/answer"
grep -q '408 Request Time-out' "$dir/answer"
