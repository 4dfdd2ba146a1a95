"""The mini-program on the sandbox's phones, and the county that it talks to."""

import fcntl
import os
import shutil

import pytest

from deploy.sandbox.serve import running
from server.launch.preview import Preview
from tests.browser.miniprogram import standin_county
from tests.browser.miniprogram.phone import Phone
from tests.make import call

APPID, SECRET = "wx1a2b3c4d5e6f7081", "0" * 32


@pytest.fixture(scope="session")
def package(root, tmp_path_factory):
    """The mini-program's folder with its npm packages, and the built bundle; built once per run."""
    if not (shutil.which("node") and shutil.which("npm")):
        message = "Node is not installed, so the mini-program is not tested: apt install nodejs npm"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    source, target, said = root / "miniprogram", shared / "miniprogram", []
    with (shared / "miniprogram.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Preview(source, target, os.environ, said.append).build()
    assert (target / "index.html").exists(), said
    return source, target


@pytest.fixture
def sandbox(package, tmp_path):
    """The platform, with the mini-program on its phones; its address."""
    with running(tmp_path / "sandbox.db", package[1]) as address:
        yield address


@pytest.fixture
def county(sandbox):
    """The server that the mini-program talks to, known to the sandbox."""
    with standin_county.running(sandbox, APPID, SECRET) as county:
        template = {"title": "办理进度通知", "fields": {"character_string1": "编号"}}
        account = {
            "kind": "mini", "name": "云溪县侨联", "secret": SECRET, "original_id": "gh_mini",
            "token": "token", "aes_key": "a" * 43, "callback_url": "", "mode": "plain",
            "format": "json", "api_base": county.url,
            "templates": {standin_county.TEMPLATE: template},
        }  # fmt: skip
        call("PUT", f"{sandbox}/sandbox/accounts/{APPID}", account)
        yield county


@pytest.fixture
def people(county, sandbox):
    """Two followers: somebody in Rome, somebody in the county."""
    told = [
        {"nickname": "林阿婆", "country": "意大利", "zone": "Europe/Rome"},
        {"nickname": "陈伯", "country": "中国", "zone": "Asia/Shanghai"},
    ]
    return [call("POST", f"{sandbox}/sandbox/followers", one)["id"] for one in told]


@pytest.fixture
def phone(sandbox, people, chromium):
    """phone(**how) → a Phone; whatever goes wrong in its scripts fails the test."""
    phones = []

    def make(**how):
        phones.append(Phone(chromium, sandbox, APPID, people[0], **how))
        return phones[-1]

    yield make
    for one in phones:
        one.context.close()
    assert not [error for one in phones for error in one.errors]
