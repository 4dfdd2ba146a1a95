"""`python -m deploy.sandbox --port P --state FILE [--miniprogram DIR]`: serve until stopped."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from deploy.sandbox.app import create_app
from deploy.sandbox.serve import Server


def main() -> int:
    parser = argparse.ArgumentParser("python -m deploy.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback: nobody signs in here")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="its own SQLite file")
    parser.add_argument("--miniprogram", type=Path, help="folder of the built mini-program")
    args = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # The port first: a second sandbox must not touch the state of the one that runs.
    try:
        server = Server(args.host, args.port, _not_yet)
    except (OSError, OverflowError) as error:
        return _fail(f"Port {args.port} cannot be used 端口 {args.port} 不可用: {error}")
    try:
        app = create_app(args.state, args.miniprogram)
    except (OSError, sqlite3.Error) as error:
        server.server_close()
        return _fail(f"State file {args.state} cannot be used 状态文件不可用: {error}")
    server.application = app
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True)
    thread.start()
    sys.stdout.write(f"WeChat sandbox 微信沙箱: http://{args.host}:{server.port}/\n")
    sys.stdout.flush()
    stop.wait()
    server.stop()
    app.extensions["sandbox"].close()
    return 0


def _not_yet(*_: object) -> list[bytes]:
    raise RuntimeError("not serving yet")


def _fail(message: str) -> int:
    sys.stderr.write(message + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
