#!/usr/bin/env bash
# HAProxy 2.6 closes an idle connection after "timeout client" where that is shorter than
# "timeout http-keep-alive".
#
# Guess: between two requests http-keep-alive holds, and client only where it is not set,
# as its manual has it.
# Seen (haproxy 2.6.12, Debian 12): with client 2s and http-keep-alive 6s a connection is
# closed about 2 s after its first answer; with client 6s and http-keep-alive 2s after 2 s,
# too. 3.0.11 and 3.2.26 keep the first one for 6 s. A proxy in front that goes by
# http-keep-alive meets connections that are closed already.
set -euo pipefail
dir=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v haproxy >/dev/null || apt-get -q -y install --no-install-recommends haproxy >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' haproxy
case $(dpkg-query -W -f '${Version}' haproxy) in 2.6.12-*) ;; *) echo "this was seen with 2.6.12"; exit 1 ;; esac
cat >"$dir/idle.py" <<'PY'
# One request, and how long the connection stays open after its answer.
import socket
import sys
import time

s = socket.create_connection(("127.0.0.1", 18311))
s.settimeout(15)
s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
answer = b""
while not answer.endswith(b"ok"):
    answer += s.recv(4096)
began = time.monotonic()
rest = s.recv(4096)
print(f"client {sys.argv[1]}, http-keep-alive {sys.argv[2]}: closed after {time.monotonic() - began:.0f} s{' with ' + repr(rest) if rest else ''}")
PY
for times in '2s 6s' '6s 2s' '6s 6s'; do
  read -r client idle <<<"$times"
  cat >"$dir/haproxy.cfg" <<CFG
defaults
    mode http
    timeout client $client
    timeout server 60s
    timeout connect 5s
    timeout http-keep-alive $idle
frontend f
    bind 127.0.0.1:18311
    http-request return status 200 content-type text/plain string ok
CFG
  haproxy -c -q -f "$dir/haproxy.cfg"
  haproxy -db -f "$dir/haproxy.cfg" >/dev/null 2>&1 &
  server=$!
  for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/18311) 2>/dev/null && break; sleep 0.1; done
  python3 "$dir/idle.py" "$client" "$idle"
  kill "$server"
  wait "$server" 2>/dev/null || true
done >"$dir/seen"
cat "$dir/seen"
diff - "$dir/seen" <<'SEEN'
client 2s, http-keep-alive 6s: closed after 2 s
client 6s, http-keep-alive 2s: closed after 2 s
client 6s, http-keep-alive 6s: closed after 6 s
SEEN
