"""A web application under the gunicorn settings we ship, with what it needs beside it."""

import base64
import os
import sys
import time
from pathlib import Path

import psutil

from server import migrate
from server.demo import phone
from server.kernel.db import make_engine
from tests.servers import Redis, Server, free_port

ROOT = Path(__file__).parents[2]


class Installation:
    """A clean SQLite database, migrated, and a Redis-protocol server; gone when closed."""

    def __init__(self):
        self.redis = Redis()
        self.folder = self.redis.folder
        outer = {**os.environ}
        outer.pop("PYTHONDONTWRITEBYTECODE", None)  # services keep their compiled modules
        self.env = {
            **outer,
            "XIANGYIN_DATABASE_URL": f"sqlite:///{self.folder / 'bench.db'}",
            "XIANGYIN_REDIS_URL": self.redis.url(0),
            "XIANGYIN_SECRET_KEY": "s" * 40,
            "XIANGYIN_DATA_KEYS": "1:" + base64.b64encode(bytes(32)).decode(),
            "XIANGYIN_DATA_DIR": str(self.folder),
            "XIANGYIN_BASE_URL": "http://127.0.0.1:8000",
            "XIANGYIN_WECHAT_API": "http://127.0.0.1:9",
            "XIANGYIN_LOG_LEVEL": "WARNING",
        }
        engine = make_engine(self.env["XIANGYIN_DATABASE_URL"])
        migrate.upgrade(engine)
        engine.dispose()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.redis.stop()


class Web(Server):
    """One gunicorn; `seconds` is what it took from the start to the first answer."""

    def __init__(self, installation: Installation, application: str, path: str):
        super().__init__("web")
        self.cwd = ROOT
        self.port = free_port()
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
        began = time.perf_counter()
        self.env = installation.env
        self.start(*command, "--bind", f"127.0.0.1:{self.port}", application)
        url = f"http://127.0.0.1:{self.port}{path}"
        while not phone.answers(url):
            if self.process.poll() is not None or time.perf_counter() - began > 30:
                raise RuntimeError((self.folder / "log").read_text(errors="replace"))
            time.sleep(0.01)
        self.seconds = time.perf_counter() - began

    def memory(self) -> float:
        """Return what the master and its workers hold, in MB, shared pages counted once."""
        return sum(process.memory_full_info().pss for process in self._family()) / 1e6

    def cpu(self) -> float:
        """Return the processor seconds used so far; steadier than a rate on a shared machine."""
        times = [process.cpu_times() for process in self._family()]
        return sum(spent.user + spent.system for spent in times)

    def _family(self) -> list[psutil.Process]:
        master = psutil.Process(self.process.pid)
        return [master, *master.children(recursive=True)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
