"""A platform that takes every message after a fixed time. `python -m tests.bench.stub PORT MS`."""

import asyncio
import sys

TOKEN = b'{"access_token":"t","expires_in":7200}'
TAKEN = b'{"errcode":0,"errmsg":"ok","msgid":1}'


async def _serve(reader, writer, seconds):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            sizes = (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-l"))
            size = int(next(sizes, b":0").partition(b":")[2])
            await reader.readexactly(size)
            body = TOKEN if b"stable_token" in head else TAKEN
            if body is TAKEN:
                await asyncio.sleep(seconds)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main(port, milliseconds):
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, milliseconds / 1000), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2])))
