#!/usr/bin/env bash
# nginx gives an unbuffered upload over HTTP/2 a window that no smaller buffer makes smaller.
#
# Guess: with proxy_request_buffering off, client_body_buffer_size is what a client may
# send ahead: with 8k it waits every 8 KB, with 64k every 64 KB.
# Seen (nginx 1.22.1, Debian 12): http2_body_preread_size (64k) is the window as long as the
# buffer is smaller; an upload of 1 MB waits 15 times with 8k, 16k and 64k alike. Only a
# buffer above it counts: with 1m the client waits once, and never with
# "http2_body_preread_size 1m" beside a buffer of 8k.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$master" "$backend" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
master= backend=
command -v nginx >/dev/null || apt-get -q -y install --no-install-recommends nginx-light >/dev/null
nginx -v 2>&1 | tee "$dir/version"
grep -qx 'nginx version: nginx/1.22.1' "$dir/version"
cat >"$dir/backend.py" <<'PY'
import http.server


class Takes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_POST(self):
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 65536)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", 18402), Takes).serve_forever()
PY
python3 "$dir/backend.py" &
backend=$!
# The client speaks as much of HTTP/2 as it needs: it sends while the window of its stream
# lets it, then waits until nothing more comes for a moment, and counts that.
cat >"$dir/upload.py" <<'PY'
import socket, struct, sys, time

SIZE = 1 << 20
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))


def frame(kind, flags, stream, payload=b""):
    s.sendall(struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload)


def word(text):
    return bytes([len(text)]) + text.encode()


headers = b"".join(b"\x00" + word(k) + word(v) for k, v in [
    (":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "x"), ("content-length", str(SIZE))])
s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
frame(4, 0, 0)
window, initial, status = 0, 65535, b""


def read():
    """Reads a frame; says whether the stream may send more."""
    global window, initial, status
    head = b""
    while len(head) < 9:
        head += s.recv(9 - len(head))
    left, kind, stream = int.from_bytes(head[:3], "big"), head[3], int.from_bytes(head[5:], "big")
    body = b""
    while len(body) < left:
        body += s.recv(left - len(body))
    if kind == 4 and not head[4] & 1:
        for i in range(0, left, 6):
            if int.from_bytes(body[i:i + 2], "big") == 4:
                initial = int.from_bytes(body[i + 2:i + 6], "big")
        frame(4, 1, 0)
    if kind == 8 and stream == 1:
        window += int.from_bytes(body, "big")
        return True
    if kind == 1 and stream == 1:
        status = body[:1]
    return False


read()  # its settings
frame(1, 4, 1, headers)
window += initial
sent = waits = 0
while sent < SIZE:
    if window <= 0:
        waits += 1
        read_any = False
        while not read_any:
            read_any = read()
        time.sleep(0.05)  # all leave that comes at once is one
        s.settimeout(0.05)
        try:
            while True:
                read()
        except TimeoutError:
            pass
        s.settimeout(None)
    n = min(window, 16384, SIZE - sent)
    if n > 0:
        frame(0, 1 if sent + n == SIZE else 0, 1, b"x" * n)
        sent, window = sent + n, window - n
while not status:
    read()
print(sys.argv[2], "waits", waits, "answer", "200" if status == b"\x88" else status.hex())
PY
{
  printf 'worker_processes 1;\npid %s/pid;\nerror_log %s/error.log;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path %s;\nproxy_temp_path %s;\nproxy_request_buffering off;\n' "$dir" "$dir" "$dir" "$dir"
  port=18403
  for set in 'client_body_buffer_size 8k;' 'client_body_buffer_size 16k;' 'client_body_buffer_size 64k;' 'client_body_buffer_size 1m;' 'client_body_buffer_size 8k; http2_body_preread_size 1m;'; do
    printf 'server { listen 127.0.0.1:%d http2; client_max_body_size 0; %s location / { proxy_pass http://127.0.0.1:18402; } }\n' "$port" "$set"
    port=$((port + 1))
  done
  echo '}'
} >"$dir/nginx.conf"
nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" -g 'daemon off;' &
master=$!
for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/18403 && exec 3<>/dev/tcp/127.0.0.1/18402) 2>/dev/null && break; sleep 0.1; done
for port in 18403:8k 18404:16k 18405:64k 18406:1m 18407:preread-1m; do
  python3 "$dir/upload.py" "${port%%:*}" "${port#*:}"
done | tee "$dir/seen"
diff - "$dir/seen" <<'SEEN'
8k waits 15 answer 200
16k waits 15 answer 200
64k waits 15 answer 200
1m waits 1 answer 200
preread-1m waits 0 answer 200
SEEN
