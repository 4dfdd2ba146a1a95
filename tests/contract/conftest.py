"""A platform that answers exactly what a test scripted, over real HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.ports import Account, AccountKind

ACCOUNT = Account(
    id=1,
    tenant_id=1,
    slug="yunxi",
    kind=AccountKind.OFFICIAL,
    name="云溪乡音",
    appid="wx0123456789abcdef",
    original_id="gh_1",
    secret="app-secret",
    token="qiaolian_token",
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
)


class Book:
    """An account book with one account."""

    def __init__(self, account=ACCOUNT):
        self.account = account

    def by_id(self, account_id):
        return self.account

    def by_slug(self, slug):
        return self.account


class Platform:
    """Remembers every request; `tokens` and `answers` are taken in turn, the last one stays."""

    def __init__(self):
        self.requests, self.bodies, self.tokens, self.answers = [], [], [], []
        self.lock = threading.Lock()

    def script(self, *answers):
        self.answers = list(answers)

    @property
    def token_fetches(self):
        return sum("stable_token" in path for path in self.requests)

    @property
    def calls(self):
        return [path for path in self.requests if "stable_token" not in path]

    def next(self, path, body):
        with self.lock:
            self.requests.append(path)
            self.bodies.append(body)
            if "stable_token" in path:
                if self.tokens:
                    return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
                return {"access_token": f"token-{self.token_fetches}", "expires_in": 7200}
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def platform():
    made = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = made.next(self.path, body)
            if callable(answer):
                answer = answer(self)
            if answer is None:  # broken off after the request was read
                self.close_connection = True
                return
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 (the library asks for these names)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
