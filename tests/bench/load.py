"""A small HTTP/1.1 load generator: one process, many kept-alive connections, no library."""

import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Result:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # seconds, in order of completion
    failures: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class _Line:
    """One connection and what it waits for."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self.answer = b""

    def send(self, request: bytes, since: float) -> None:
        self.since, self.answer = since, b""
        self.socket.sendall(request)

    def complete(self) -> bool:
        """Read what is there; tell whether the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed a kept-alive connection")
        self.answer += chunk
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        if not separator:
            return False
        start = head.lower().index(b"content-length:") + 15
        length = int(head[start:].split(b"\r\n", 1)[0])
        return len(body) >= length

    @property
    def good(self) -> bool:
        return self.answer.startswith(b"HTTP/1.1 200")


def run(
    port: int, requests: list[bytes], *, connections: int = 32, rate: float | None = None
) -> Result:
    """Send every request once. Without `rate` as fast as answers come; with it, evenly.

    With a rate, latency counts from when a request was due, also when no connection was free.
    """
    lines = [_Line(port) for _ in range(connections)]
    result, idle = Result(), deque(lines)
    began = time.perf_counter()
    due = deque((began + i / rate if rate else began, r) for i, r in enumerate(requests))
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        while due or len(idle) < connections:
            now = time.perf_counter()
            while due and idle and due[0][0] <= now:
                at, request = due.popleft()
                idle.popleft().send(request, at if rate else time.perf_counter())
            wait = max(0.0, due[0][0] - now) if due and idle else 10
            for key, _ in selector.select(wait):
                if key.data.complete():
                    result.latencies.append(time.perf_counter() - key.data.since)
                    result.failures += not key.data.good
                    idle.append(key.data)
    result.seconds = time.perf_counter() - began
    for line in lines:
        line.socket.close()
    return result


def post(path: str, body: bytes, content_type: str = "text/xml") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
