"""Requests in parallel: load.py HOST:PORT SECONDS CLIENTS [path=/] [method=GET] [every=0] [close] [gone=S] [read=slow] [source=IP] [timeout=S]"""
import asyncio, collections, socket, sys, time

host, port = sys.argv[1].rsplit(":", 1)
seconds, clients = float(sys.argv[2]), int(sys.argv[3])
opt = dict((a.split("=", 1) + [""])[:2] for a in sys.argv[4:])
paths = opt.get("path", "/").split(",")
statuses = collections.Counter()
end = time.monotonic() + seconds


async def client(i):
    reader = writer = None
    n = 0
    await asyncio.sleep(float(opt.get("ramp", 0)) * i / max(clients, 1))
    while time.monotonic() < end:
        try:
            if writer is None:
                extra = {"local_addr": (opt["source"], 0)} if "source" in opt else {}
                reader, writer = await asyncio.open_connection(host, int(port), limit=4096 if "slowread" in opt else 2**16, **extra)
                if "slowread" in opt:
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            method, path = opt.get("method", "GET"), paths[(i + n) % len(paths)]
            n += 1
            body = b"x=1" if method == "POST" else b""
            writer.write(f"{method} {path} HTTP/1.1\r\nHost: shop.example\r\n".encode() + (b"Connection: close\r\n" if "close" in opt else b"") + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            if "gone" in opt:
                await asyncio.sleep(float(opt["gone"]))
                writer.close()
                return
            async with asyncio.timeout(float(opt.get("timeout", 600))):
                head = await reader.readuntil(b"\r\n\r\n")
                statuses[head.split(b" ", 2)[1].decode()] += 1
                length = next((int(l.split(b":")[1]) for l in head.lower().split(b"\r\n") if l.startswith(b"content-length:")), None)
                if "slowread" in opt:
                    while await reader.read(8192):
                        await asyncio.sleep(0.01)
                elif length is not None:
                    await reader.readexactly(length)
                else:
                    await reader.read()
                if length is None or b"connection: close" in head.lower() or "close" in opt:
                    raise EOFError
        except EOFError:
            writer.close()
            writer = None
        except Exception as e:
            statuses[type(e).__name__] += 1
            if writer:
                writer.close()
            writer = None
            await asyncio.sleep(0.2)
        await asyncio.sleep(float(opt.get("every", 0)))


async def main():
    await asyncio.wait([asyncio.ensure_future(client(i)) for i in range(clients)], timeout=seconds + float(opt.get("patience", 5)))
    print(dict(statuses), flush=True)


asyncio.run(main())
