#!/usr/bin/env bash
# php-fpm reads a time of two units, and milliseconds, as something else altogether.
#
# Guess: "request_terminate_timeout = 1m30s" is 90 s, or refused, as nginx beside it reads
# and refuses times; "500ms" is half a second, or refused.
# Seen (php8.2-fpm 8.2, Debian 12): "php-fpm -tt" finds the file right and prints 1 s for
# "1m30s", 500 s for "500ms" and 3600 s for "1.5h". The last letter is the unit (s, m, h or
# d), and of what stands before it atoi takes the digits at the beginning
# (fpm_conf_set_time in sapi/fpm/fpm/fpm_conf.c). Requests that take 2 s are killed where
# 90 s were meant. The same holds for process_idle_timeout and request_slowlog_timeout.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v php-fpm8.2 >/dev/null || apt-get -q -y install --no-install-recommends php8.2-fpm >/dev/null
version=$(php-fpm8.2 -v | sed -n 's/^PHP \([0-9.]*\).*/\1/p')
echo "php-fpm $version"
case $version in 8.2.*) ;; *) echo "this was seen with 8.2"; exit 1 ;; esac
failed=0
try() {
  printf '[global]\nerror_log = /dev/null\n[www]\nuser = nobody\nlisten = 127.0.0.1:19000\npm = ondemand\npm.max_children = 2\n%s = %s\n' "$1" "$2" >"$dir/fpm.conf"
  got=$(php-fpm8.2 -tt -y "$dir/fpm.conf" 2>&1 | sed -n "s/.*	$1 = //p" | head -n 1)
  printf '%-26s = %-6s is %s\n' "$1" "$2" "$got"
  [ "$got" = "$3" ] || failed=1
}
try request_terminate_timeout 90 90s
try request_terminate_timeout 2m 120s
try request_terminate_timeout 1m30s 1s
try request_terminate_timeout 500ms 500s
try request_terminate_timeout 1.5h 3600s
try pm.process_idle_timeout 1m30s 1
exit "$failed"
