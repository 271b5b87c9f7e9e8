"""A backend that misbehaves as it is told: app.py BEHAVIOUR HOST:PORT|unix:PATH [KEY=VALUE ...]"""
import asyncio, os, resource, socket, ssl, sys

kind, where = sys.argv[1], sys.argv[2]
opt = dict(a.split("=", 1) for a in sys.argv[3:])
number = lambda k, d: float(opt.get(k, d))
if "files" in opt:
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(opt["files"]),) * 2)
slots = asyncio.Semaphore(int(opt.get("slots", 100000)))
held = []


async def serve(reader, writer):
    served = 0
    try:
        while True:
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), number("idle", 3600))
            except asyncio.TimeoutError:
                await asyncio.sleep(number("window", 0))  # what comes now, nobody reads
                return
            method, path, proto = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length:
                await reader.readexactly(length)
            if path.startswith("/hang") or kind == "mute":
                await asyncio.sleep(3600)
            await asyncio.sleep(number("work", 0.002))
            if path.startswith("/bad"):
                await asyncio.sleep(0.3)
                return
            if path.startswith("/slow"):
                await asyncio.sleep(number("slow", 3))
            if path.startswith("/events"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
                for i in range(600):
                    writer.write(b"data: x\n\n")
                    await writer.drain()
                    await asyncio.sleep(0.5)
                return
            status, body = b"200 OK", b"ok\n"
            if path.startswith("/big"):
                body = b"x" * int(opt.get("size", 30000000))
            if kind == "http11" and proto == "HTTP/1.0":
                status, body = b"426 Upgrade Required", b""
            if kind == "busy" and served % 1 == 0:
                status = b"503 Service Unavailable"
            served += 1
            last = proto == "HTTP/1.0" or served >= number("requests", 1e9) or b"connection: close" in head.lower()
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n" % (status, len(body), b"close" if last and "silent" not in opt else b"keep-alive"))
            for i in range(0, len(body), 65536):
                writer.write(body[i : i + 65536])
                await asyncio.wait_for(writer.drain(), number("send", 3600))
            if last and not ("client_closes" in opt):
                await asyncio.sleep(number("window", 0))
                return
            if "client_closes" in opt:
                await reader.read()
                return
    except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError, ValueError):
        pass
    finally:
        if kind == "leak":
            held.append((reader, writer))
        else:
            writer.transport.abort() if "abort" in opt else writer.close()


async def accepting(sock):
    """Accepts as a pool of workers does: a connection for each slot, no more."""
    loop = asyncio.get_running_loop()
    context = None
    if "cert" in opt:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(opt["cert"])
        def named(s, name, c):
            if name != opt["name"]:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name else ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        context.sni_callback = named
    while True:
        await slots.acquire()
        try:
            conn, _ = await loop.sock_accept(sock)
        except OSError as e:
            print(f"accept: {e.strerror}", file=sys.stderr, flush=True)
            slots.release()
            await asyncio.sleep(0.05)
            continue

        async def one(conn=conn):
            try:
                r, w = await asyncio.open_connection(sock=conn) if not context else await tls(conn)
                await serve(r, w)
                if kind != "leak":
                    try:
                        await w.wait_closed()
                    except Exception:
                        pass
            except Exception:
                conn.close()
            finally:
                slots.release()

        async def tls(conn):
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, conn, ssl=context)
            return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

        asyncio.ensure_future(one())
        if "pace" in opt:
            await asyncio.sleep(number("pace", 0))


def listen():
    if where.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.bind(where[5:])
        os.chmod(where[5:], 0o666)
    else:
        host, port = where.rsplit(":", 1)
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host.strip("[]"), int(port)))
    s.listen(int(opt.get("backlog", 4096)))
    s.setblocking(False)
    return s


asyncio.run(accepting(listen()))
