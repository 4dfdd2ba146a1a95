"""A sandbox per test on a free port, and a callback that records and answers as told."""

import dataclasses
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image

from deploy.sandbox.serve import running

OFFICIAL, MINI = "wx0123456789abcdef", "wxfedcba9876543210"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TOKEN = "qiaolian_token"
SECRET = "0123456789abcdef0123456789abcdef"
TEMPLATE = {
    "title": "办理进度通知",
    "fields": {"character_string1": "受理编号", "phrase2": "办理状态", "time3": "更新时间"},
}
GOOD = {
    "character_string1": {"value": "QL20260007"},
    "phrase2": {"value": "已受理"},
    "time3": {"value": "2026-05-01 10:00"},
}


@dataclasses.dataclass
class Heard:
    """One request that reached the callback."""

    method: str
    query: dict[str, str]
    body: bytes


class Callback:
    """A receiver on the loopback: records everything, answers with `answer(heard)`."""

    def __init__(self):
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], tuple[int, bytes]] = lambda heard: (200, b"success")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                heard = Heard(self.command, query, self.rfile.read(length))
                outer.heard.append(heard)
                status, body = outer.answer(heard)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the platform went away

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/callback"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def wait(self, count: int, seconds: float = 10) -> list[Heard]:
        """Wait until so many requests came; return them."""
        end = time.monotonic() + seconds
        while len(self.heard) < count and time.monotonic() < end:
            threading.Event().wait(0.01)
        assert len(self.heard) >= count, f"heard {len(self.heard)} of {count}"
        return self.heard


class Platform:
    """The sandbox as a test sees it."""

    def __init__(self, url: str):
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False

    def send(self, method: str, path: str, **more):
        return self.http.request(method, self.url + path, timeout=40, **more)

    def get(self, path: str, /, **query):
        return self.send("GET", path, params=query).json()

    def post(self, path: str, body=None):
        return self.send("POST", path, json=body if body is not None else {}).json()

    def account(self, appid: str = OFFICIAL, **settings):
        told = {
            "kind": "mini" if appid == MINI else "official",
            "name": "云溪乡音",
            "secret": SECRET,
            "original_id": "gh_1",
            "token": TOKEN,
            "aes_key": AES_KEY,
            "job_seconds": 0,
            "linked_mini": [MINI],
            "templates": {"TPL": TEMPLATE},
            **settings,
        }
        answer = self.send("PUT", f"/sandbox/accounts/{appid}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def follower(self, appid: str | None = OFFICIAL, **facts):
        card = self.post(
            "/sandbox/followers", {"nickname": "林阿公", "zone": "Europe/Rome", **facts}
        )
        if appid:
            self.act(card, "follow", appid=appid, wait=True)
        return card

    def act(self, card, name: str, *, appid: str = OFFICIAL, wait: bool = False, **body):
        query = "?wait=1" if wait else ""
        return self.post(f"/sandbox/followers/{card['id']}/{name}{query}", {"appid": appid, **body})

    def mini(self, card, name: str, **body):
        return self.post(f"/sandbox/followers/{card['id']}/mini/{MINI}/{name}", body)

    def timeline(self, card, **query):
        return self.get(f"/sandbox/followers/{card['id']}/timeline", **query)["items"]

    def token(self, appid: str = OFFICIAL) -> str:
        body = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
        return self.post("/cgi-bin/stable_token", body)["access_token"]

    def call(self, path: str, body=None, *, appid: str = OFFICIAL, method: str = "POST", **query):
        """Call an interface with a token; return the JSON."""
        more = {"json": body if body is not None else {}} if method == "POST" else {}
        query = {"access_token": self.token(appid), **query}
        return self.send(method, path, params=query, **more).json()

    def upload(self, path: str, content: bytes, name: str, *, appid: str = OFFICIAL, **form):
        query = {
            "access_token": self.token(appid),
            **{k: v for k, v in form.items() if k == "type"},
        }
        data = {k: v for k, v in form.items() if k != "type"}
        return self.send(
            "POST", path, params=query, data=data, files={"media": (name, content)}
        ).json()

    def fault(self, **rule):
        answer = self.send("POST", "/sandbox/faults", json=rule)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def advance(self, seconds: float):
        return self.post("/sandbox/clock", {"advance_seconds": seconds})

    def settled(self, look, seconds: float = 10):
        """Wait until look() is truthy; return it."""
        end = time.monotonic() + seconds
        while not (found := look()) and time.monotonic() < end:
            threading.Event().wait(0.01)
        assert found, "it never happened"
        return found


@pytest.fixture
def callback():
    made = Callback()
    yield made
    made.stop()


@pytest.fixture
def platform(tmp_path):
    """An empty platform."""
    with running(tmp_path / "sandbox.db") as url:
        made = Platform(url)
        yield made
        made.http.close()


@pytest.fixture
def official(platform, callback):
    """A platform with one certified service account whose callback answers `success`."""
    platform.account(callback_url=callback.url)
    return platform


@pytest.fixture
def both(official, callback):
    """… and a mini-program, which pushes JSON in safe mode to the same callback."""
    official.account(
        MINI, callback_url=callback.url, original_id="gh_mp", mode="safe", format="json",
        linked_mini=[],
    )  # fmt: skip
    return official


def picture(kind: str = "PNG", size: int = 8) -> bytes:
    out = BytesIO()
    Image.new("RGB", (size, size), (200, 30, 30)).save(out, kind)
    return out.getvalue()
