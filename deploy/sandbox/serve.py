"""A small threaded HTTP/1.1 server that keeps connections alive and can break them on request."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import unquote_to_bytes

from deploy.sandbox.dispatch import CUT, TRUNCATE

MAX_BODY = 16 * 1024 * 1024
IDLE = 75  # seconds a kept connection may be silent
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Handler(BaseHTTPRequestHandler):
    """One connection: requests one after the other, each answered by the WSGI application."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; the call log is at /sandbox/calls."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.handle_one
        raise AttributeError(name)

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        whole = BytesIO()
        while True:
            line = self.rfile.readline(1000).split(b";")[0].strip()
            try:
                size = int(line, 16)
            except ValueError:
                return None
            if size == 0:
                while self.rfile.readline(8000).strip():
                    pass
                return whole.getvalue()
            if whole.tell() + size > MAX_BODY:
                return None
            whole.write(self.rfile.read(size))
            self.rfile.readline(10)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
                environ[f"HTTP_{key}"] = value
        return environ

    def handle_one(self) -> None:
        body = self._body()
        if body is None:
            self.send_error(413)
            self.close_connection = True
            return
        told: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            told[:] = [status, headers]

        answer = self.server.application(self._environ(body), start_response)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = told
        marks = {name for name, _ in headers}
        if CUT in marks:
            self._reset()
            return
        self._send(status, headers, content, truncated=TRUNCATE in marks)

    def _send(
        self, status: str, headers: list[tuple[str, str]], content: bytes, *, truncated: bool
    ) -> None:
        bodiless = status[:3] in ("204", "304")
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{n}: {v}" for n, v in headers if n not in ("Content-Length", TRUNCATE)]
        if not bodiless:
            lines.append(f"Content-Length: {len(content)}")
        if truncated:
            content, self.close_connection = content[: len(content) // 2], True
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" or bodiless else head + content)
        self.wfile.flush()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.server.forget(self.connection)
        # Closes the descriptor even though rfile and wfile still hold it.
        self.connection.shutdown(socket.SHUT_RD)
        with contextlib.suppress(OSError):
            socket.close(self.connection.detach())

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()


class Server(ThreadingMixIn, TCPServer):
    """Threads by connection; `stop` ends at once."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, host: str, port: int, application: Wsgi) -> None:
        """Bind; raise OSError when the port is taken."""
        self.application = application
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        self.forget(request)
        super().shutdown_request(request)

    def forget(self, request: socket.socket) -> None:
        with self._lock:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Be silent about clients that went away; show everything else."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        with self._lock:
            waiting = list(self._open)
        for one in waiting:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running(
    state_path: str | Path, miniprogram: str | Path | None = None, *, port: int = 0
) -> Iterator[str]:
    """Serve on a free port of the loopback in a thread; yield http://127.0.0.1:<port>."""
    from deploy.sandbox.app import create_app

    app = create_app(state_path, miniprogram)
    try:
        server = Server("127.0.0.1", port, app)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.stop()
            thread.join(5)
    finally:
        app.extensions["sandbox"].close()
