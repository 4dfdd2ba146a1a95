"""A sandbox of its own process with a county's accounts, a follower, and pages on it."""

import sys

import pytest

from tests.browser.phones.stand_ins import (
    BOOKED,
    MENU,
    MINI,
    OFFICIAL,
    PREVIEW,
    PROGRESS,
    SECRET,
    TOKEN,
    Callback,
    Page,
    act,
    platform,
)
from tests.make import call
from tests.servers import Server, free_port


@pytest.fixture
def callback():
    made = Callback()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def platform_process(root):
    """The sandbox as a process of its own, with something that stands for the mini-program."""
    port, server = free_port(), Server("phones")
    preview = server.folder / "preview"
    preview.mkdir()
    (preview / "index.html").write_text(PREVIEW, encoding="utf-8")
    server.cwd = root
    server.start(
        sys.executable, "-m", "deploy.sandbox", "--port", port,
        "--state", server.folder / "sandbox.db", "--miniprogram", preview,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    server.wait_until(lambda: call("GET", f"{address}/sandbox/accounts"))
    yield address
    server.stop()


@pytest.fixture
def bare(platform_process):
    """A platform that knows nobody yet; its address."""
    call("POST", f"{platform_process}/sandbox/reset")
    return platform_process


@pytest.fixture
def sandbox(bare, callback):
    """A platform with a service account, its menu, and a mini-program; its address."""
    common = {"secret": SECRET, "token": TOKEN, "aes_key": "a" * 43, "callback_url": callback.url}
    progress = {"title": "办理进度通知", "fields": {"character_string1": "编号", "phrase2": "状态"}}
    booked = {"title": "预约成功通知", "fields": {"thing1": "事项"}}
    mini = {
        "kind": "mini", "name": "云溪侨服务", "original_id": "gh_mini", "format": "json",
        "api_base": callback.url.removesuffix("/callback"), "templates": {PROGRESS: progress},
    }  # fmt: skip
    official = {
        "kind": "official", "name": "云溪乡音", "original_id": "gh_official",
        "linked_mini": [MINI], "templates": {BOOKED: booked}, "job_seconds": 0.2,
    }  # fmt: skip
    call("PUT", f"{bare}/sandbox/accounts/{MINI}", {**common, **mini})
    call("PUT", f"{bare}/sandbox/accounts/{OFFICIAL}", {**common, **official})
    platform(bare, "/cgi-bin/menu/create", {"button": MENU})
    return bare


@pytest.fixture
def browse(chromium, sandbox):
    """browse(**size) → a Page on the sandbox."""
    pages = []

    def make(**size):
        pages.append(Page(chromium, sandbox, **size))
        return pages[-1]

    yield make
    for one in pages:
        one.context.close()
    assert not [error for one in pages for error in one.errors]


@pytest.fixture
def follower(sandbox):
    """Somebody in Milan who follows the account."""
    told = {"nickname": "米兰阿杰", "country": "意大利", "zone": "Europe/Rome"}
    person = call("POST", f"{sandbox}/sandbox/followers", told)
    act(sandbox, person, "follow")
    return call("GET", f"{sandbox}/sandbox/followers/{person['id']}")


@pytest.fixture
def phone(browse, follower):
    """The follower's phone, open at the chat."""
    made = browse()
    made.open(f"/?follower={follower['id']}")
    made.sees("您好，欢迎回家！")
    return made
