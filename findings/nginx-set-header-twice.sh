#!/usr/bin/env bash
# Two proxy_set_header lines of one name both go to the backend, and an empty one takes
# nothing back.
#
# Guess: as with inherited lines, or with set, the last one of a name counts; an empty
# value after another removes the header.
# Seen (nginx 1.22.1, Debian 12): the backend gets "X-Tier: one" and "X-Tier: two", in that
# order; 'proxy_set_header Connection ""' behind 'proxy_set_header Connection "upgrade"'
# leaves "Connection: upgrade" on the wire, and the other order does, too. Of two lines for
# Host, the backend gets two Host headers.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$master" "$backend" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
master= backend=
command -v nginx >/dev/null || apt-get -q -y install --no-install-recommends nginx-light >/dev/null
nginx -v 2>&1 | tee "$dir/version"
grep -qx 'nginx version: nginx/1.22.1' "$dir/version"
cat >"$dir/backend.py" <<'PY'
import socketserver


class Echoes(socketserver.StreamRequestHandler):
    def handle(self):
        lines = []
        while (line := self.rfile.readline().decode().strip()):
            lines.append(line)
        body = "\n".join(x for x in lines if x.split(":")[0] in ("Host", "X-Tier", "Connection")) + "\n"
        self.wfile.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 18412), Echoes).serve_forever()
PY
python3 "$dir/backend.py" &
backend=$!
cat >"$dir/nginx.conf" <<CFG
worker_processes 1;
pid $dir/pid;
error_log $dir/error.log;
events {}
http {
    access_log off;
    server {
        listen 127.0.0.1:18413;
        proxy_http_version 1.1;
        location /twice { proxy_set_header X-Tier one; proxy_set_header X-Tier two; proxy_set_header Connection ""; proxy_pass http://127.0.0.1:18412; }
        location /empty-last { proxy_set_header Connection "upgrade"; proxy_set_header Connection ""; proxy_pass http://127.0.0.1:18412; }
        location /empty-first { proxy_set_header Connection ""; proxy_set_header Connection "upgrade"; proxy_pass http://127.0.0.1:18412; }
        location /host { proxy_set_header Host a.example; proxy_set_header Host b.example; proxy_set_header Connection ""; proxy_pass http://127.0.0.1:18412; }
    }
}
CFG
nginx -t -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" 2>&1 | tail -n 1
nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" -g 'daemon off;' &
master=$!
for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/18413 && exec 3<>/dev/tcp/127.0.0.1/18412) 2>/dev/null && break; sleep 0.1; done
for path in twice empty-last empty-first host; do
  printf '%s: ' "$path"
  exec 3<>/dev/tcp/127.0.0.1/18413
  printf 'GET /%s HTTP/1.0\r\nHost: x\r\n\r\n' "$path" >&3
  tr -d '\r' <&3 | sed '1,/^$/d' | paste -sd ' '
  exec 3<&- 3>&-
done | tee "$dir/seen"
diff - "$dir/seen" <<'SEEN'
twice: X-Tier: one X-Tier: two Host: 127.0.0.1:18412
empty-last: Connection: upgrade Host: 127.0.0.1:18412
empty-first: Connection: upgrade Host: 127.0.0.1:18412
host: Host: a.example Host: b.example
SEEN
