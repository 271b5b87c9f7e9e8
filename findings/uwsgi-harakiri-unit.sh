#!/usr/bin/env bash
# uWSGI kills requests after 1 s where its configuration says "harakiri = 1m".
#
# Guess: a minute, or that uWSGI does not start: nginx beside it reads "1m" as a minute.
# Seen (uwsgi-core 2.0.21, Debian 12): uWSGI starts without a word, and a request that
# takes 8 s is killed after about one ("HARAKIRI ON WORKER"). Options that are numbers go
# through atoi (uwsgi_opt_set_int in core/uwsgi.c): digits at the beginning count, in the
# option's own unit, and the rest is dropped. "socket-timeout = 500ms" is 500 s likewise.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
server=
{ command -v uwsgi && command -v curl; } >/dev/null || apt-get -q -y install --no-install-recommends uwsgi-core uwsgi-plugin-python3 curl >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' uwsgi-core
case $(dpkg-query -W -f '${Version}' uwsgi-core) in 2.0.21-*) ;; *) echo "this was seen with 2.0.21"; exit 1 ;; esac
cd "$dir"
cat >app.py <<'PY'
import time
def application(environ, start_response):
    time.sleep(8)
    start_response("200 OK", [])
    return [b"done"]
PY
printf '[uwsgi]\nplugins = python3\nhttp-socket = 127.0.0.1:18201\nwsgi-file = app.py\nmaster = true\ndie-on-term = true\nharakiri = 1m\n' >app.ini
uwsgi --ini app.ini >log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'spawned uWSGI worker 1' log && break; sleep 0.2; done
status=$(curl -s -o body -w '%{http_code}' --max-time 30 http://127.0.0.1:18201/ || true)
echo "status $status, $(grep -c 'HARAKIRI ON WORKER' log) killed, body $(wc -c <body 2>/dev/null || echo 0) bytes"
grep -q 'HARAKIRI ON WORKER' log
[ "$status" = 000 ]
