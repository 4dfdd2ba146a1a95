"""What every test may ask for: databases, Redis, a browser. Started once per run, on demand."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import redis as redis_client

from tests import browsers, make
from tests.databases import Databases
from tests.servers import Postgres, Redis, Server, free_port


class Shared:
    """The servers of this run. The controlling process owns them; xdist workers get addresses."""

    def __init__(self):
        self.owned = {}

    def start(self, kind):
        if kind.__name__ not in self.owned:
            self.owned[kind.__name__] = kind()
        return self.owned[kind.__name__]

    def stop(self):
        for server in self.owned.values():
            server.stop()


SHARED = pytest.StashKey[Shared]()


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="many more examples, slow fault tests")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: runs only with --long (make test-long)")
    config.stash[SHARED] = Shared()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Xdist: start the servers in the controlling process, tell this worker where they are."""
    shared = node.config.stash[SHARED]
    node.workerinput["postgres"] = shared.start(Postgres).address
    node.workerinput["redis"] = shared.start(Redis).port


def pytest_unconfigure(config):
    config.stash[SHARED].stop()


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="only with --long (make test-long)"))


@pytest.fixture(scope="session")
def worker_number(request) -> int:
    """0 without xdist, else 0, 1, 2 … for gw0, gw1, gw2 …"""
    name = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(name.removeprefix("gw"))


@pytest.fixture(scope="session")
def databases(request, worker_number, tmp_path_factory):
    """This worker's databases, migrated once."""

    def address() -> str:
        told = getattr(request.config, "workerinput", None)
        return told["postgres"] if told else request.config.stash[SHARED].start(Postgres).address

    made = Databases(worker_number, tmp_path_factory.mktemp("sqlite"), address)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, databases) -> str:
    """An empty, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    return databases.clean(request.param)


@pytest.fixture
def redis_url(request, worker_number) -> str:
    """An empty numbered database of a real Redis-protocol server."""
    told = getattr(request.config, "workerinput", None)
    port = told["redis"] if told else request.config.stash[SHARED].start(Redis).port
    url = f"redis://127.0.0.1:{port}/{worker_number}"
    with redis_client.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def clock():
    """Noon of 20 November 2026 in the county, until the test moves it."""
    return make.StandingClock()


@pytest.fixture
def wechat_api() -> str:
    """Where the platform is: nowhere. A test that needs one overrides this with the sandbox."""
    return make.NOBODY


@pytest.fixture
def settings(database_url, redis_url, wechat_api, tmp_path):
    return make.settings(
        database_url=database_url, redis_url=redis_url, folder=tmp_path, wechat_api=wechat_api
    )


@pytest.fixture
def tools(settings, clock):
    """The real tools over a clean database and Redis; only the clock is ours."""
    tools = make.toolbox(settings, clock)
    yield tools
    tools.sessions.dispose()


@pytest.fixture
def app(tools):
    from server.app import create_app

    app = create_app(tools)
    app.config.update(TESTING=True)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory, root):
    """The WeChat stand-in as a process of its own, one per worker; gone with the tests.

    Reset its state between tests with `make.call("POST", sandbox + "/sandbox/reset")`.
    """
    port = free_port()
    server = Server("sandbox")
    server.cwd = root
    server.start(
        sys.executable, "-m", "deploy.sandbox", "--port", port,
        "--state", server.folder / "sandbox.db",
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    server.wait_until(lambda: make.call("GET", f"{url}/sandbox/accounts"))
    yield url
    server.stop()


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium per worker; make a fresh context in each test."""
    from playwright.sync_api import sync_playwright

    program = browsers.find_chromium()
    assert program, "Chromium is not installed: apt install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=browsers.ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node() -> str:
    program = shutil.which("node")
    if not program:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Node is not installed: apt install nodejs npm"
        )
    return program


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[1]
