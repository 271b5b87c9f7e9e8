#!/usr/bin/env bash
# What a time of 0 means differs from directive to directive of nginx: at once, never, or
# as if it were not written.
#
# Guess: 0 switches the limit off everywhere, as in HAProxy and in nginx's own
# proxy_next_upstream_timeout; "resolver ... valid=0" asks the DNS server each time.
# Seen (nginx 1.22.1, Debian 12): proxy_read_timeout 0 and proxy_connect_timeout 0 answer
# every request with 504; client_header_timeout 0 closes every connection unread;
# resolver_timeout 0 waits without limit (5 seconds watched; with 1s it is 502);
# valid=0 keeps answers for their TTL (one query for 4 requests in 2 seconds, with
# valid=1s more); worker_shutdown_timeout 0 lets a request that takes 2 seconds end after
# "nginx -s quit", and 1s cuts it.
set -euo pipefail
dir=$(mktemp -d)
peers=
trap 'kill $peers 2>/dev/null || true; [ -e "$dir/pid" ] && kill "$(cat "$dir/pid")" 2>/dev/null; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
command -v nginx >/dev/null || apt-get -q -y install --no-install-recommends nginx-light >/dev/null
command -v curl >/dev/null || apt-get -q -y install --no-install-recommends curl >/dev/null
nginx -v 2>&1 | tee "$dir/version"
grep -qx 'nginx version: nginx/1.22.1' "$dir/version"
cat >"$dir/backend.py" <<'PY'
import http.server
import sys
import time


class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            open(sys.argv[1], "w").close()
            time.sleep(2)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


http.server.ThreadingHTTPServer(("127.0.0.1", 18422), Slow).serve_forever()
PY
cat >"$dir/names.py" <<'PY'
# A server of names: one A record with a TTL of 300. On its second port it says nothing.
import socket
import struct
import sys

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 18454))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 18453))
while True:
    q, peer = s.recvfrom(512)
    end = q.index(b"\0", 12) + 5
    a = struct.unpack(">H", q[end - 4:end - 2])[0] == 1
    if a:
        with open(sys.argv[1], "a") as f:
            f.write("query\n")
    answer = b"\xc0\x0c\0\x01\0\x01" + struct.pack(">IH", 300, 4) + bytes([127, 0, 0, 1]) if a else b""
    s.sendto(q[:2] + b"\x81\x80\0\x01" + struct.pack(">H", a) + b"\0\0\0\0" + q[12:end] + answer, peer)
PY
python3 "$dir/backend.py" "$dir/asked" 2>/dev/null & peers="$!"
python3 "$dir/names.py" "$dir/queries" & peers="$peers $!"
up() { for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
up 18422
nginx_with() { # directives of main, of the server
  : >"$dir/queries"
  cat >"$dir/nginx.conf" <<CFG
worker_processes 1;
pid $dir/pid;
error_log $dir/error.log;
$1
events {}
http {
    access_log off;
    server {
        listen 127.0.0.1:18423;
        $2
        location / { proxy_pass http://127.0.0.1:18422; }
        location /name { set \$app app.example; proxy_pass http://\$app:18422; }
    }
}
CFG
  nginx -t -q -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log"
  nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log"
  up 18423
}
quit() { # until the master is gone
  local master
  master=$(cat "$dir/pid")
  kill -QUIT "$master"
  while kill -0 "$master" 2>/dev/null; do sleep 0.1; done
}
get() { curl -s -m "${2:-5}" -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:18423$1" || true; }
{
  for time in '' 'proxy_read_timeout 0;' 'proxy_connect_timeout 0;' 'client_header_timeout 0;' 'resolver 127.0.0.1:18454; resolver_timeout 1s;' 'resolver 127.0.0.1:18454; resolver_timeout 0;'; do
    nginx_with '' "$time"
    path=/
    case $time in resolver*) path=/name ;; esac
    echo "${time:-nothing}: $(get $path)"
    kill "$(cat "$dir/pid")"
    while [ -e "$dir/pid" ]; do sleep 0.1; done
  done
  for valid in '' valid=0 valid=1s; do
    nginx_with '' "resolver 127.0.0.1:18453 ipv6=off $valid;"
    for _ in 1 2 3 4; do get /name >/dev/null; sleep 0.5; done
    echo "${valid:-no valid}: $([ "$(wc -l <"$dir/queries")" = 1 ] && echo one query || echo more)"
    quit
  done
  for time in '' 'worker_shutdown_timeout 0;' 'worker_shutdown_timeout 1s;'; do
    nginx_with "$time" ''
    rm -f "$dir/asked"
    get /slow 30 >"$dir/answer" & asked=$!
    until [ -e "$dir/asked" ]; do sleep 0.05; done
    quit
    wait "$asked"
    echo "${time:-no worker_shutdown_timeout}: $(cat "$dir/answer")"
  done
} | tee "$dir/seen"
diff - "$dir/seen" <<'SEEN'
nothing: 200
proxy_read_timeout 0;: 504
proxy_connect_timeout 0;: 504
client_header_timeout 0;: 000
resolver 127.0.0.1:18454; resolver_timeout 1s;: 502
resolver 127.0.0.1:18454; resolver_timeout 0;: 000
no valid: one query
valid=0: one query
valid=1s: more
no worker_shutdown_timeout: 200
worker_shutdown_timeout 0;: 200
worker_shutdown_timeout 1s;: 000
SEEN
