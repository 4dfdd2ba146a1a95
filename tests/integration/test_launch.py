"""`make run` as a person meets it: started, looked at, interrupted, killed, started again."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.demo import phone
from tests.servers import ONE_AT_A_TIME, free_port

STARTUP = 60  # seconds to the banner, on a busy machine


class Run:
    """One `python -m server.launch` in a folder of its own."""

    def __init__(self, root: Path, var: Path, port: int, **settings: str):
        self.var, self.port = var, port
        self.screen = var.parent / f"screen-{time.monotonic_ns()}"
        clean = {key: value for key, value in os.environ.items() if "XIANGYIN" not in key}
        with self.screen.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server.launch", "--port", str(port), "--var", var],
                cwd=root, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env={**clean, **settings},
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.screen.read_text(encoding="utf-8")

    def ready(self) -> "Run":
        deadline = time.monotonic() + STARTUP
        while "Ctrl-C" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    def ended(self, seconds: float) -> int:
        return self.process.wait(seconds)

    @property
    def demo(self) -> dict:
        return json.loads((self.var / "demo.json").read_text(encoding="utf-8"))


def mine(var: Path) -> list[str]:
    """Command lines of processes that belong to this installation."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(var) in environment + command and command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def pair_of_ports() -> int:
    while True:
        port = free_port()
        try:
            with socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue


@pytest.fixture
def start(root, tmp_path):
    runs = []

    def start_one(port: int | None = None) -> Run:
        runs.append(Run(root, tmp_path / "var", port or pair_of_ports()))
        return runs[-1]

    yield start_one
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(20)


def told_by_template(sandbox: str, seconds: float = 15) -> bool:
    """Whether the worker told somebody about their case within this time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        calls = phone.call("GET", f"{sandbox}/sandbox/calls")["items"]
        if any(call["path"].endswith("/message/template/send") for call in calls):
            return True
        time.sleep(0.3)
    return False


pytestmark = ONE_AT_A_TIME


def test_one_command_gives_a_platform_that_can_be_touched(start):
    run = start().ready()
    demo = run.demo
    assert (run.var / "demo.json").stat().st_mode & 0o777 == 0o600
    assert (run.var / "xiangyin.db").stat().st_mode & 0o077 == 0
    assert phone.answers(f"{demo['base_url']}/healthz")
    assert phone.answers(f"{demo['sandbox_url']}/")
    verified = phone.call("POST", f"{demo['sandbox_url']}/sandbox/accounts/{demo['appid']}/verify")
    assert verified["ok"], verified
    followers = phone.call("GET", f"{demo['sandbox_url']}/sandbox/followers")["items"]
    assert len(followers) >= 12
    assert len({one["country"] for one in followers}) >= 8
    assert told_by_template(demo["sandbox_url"]), "an answered case reaches its phone"
    for row in demo["sign_ins"]:
        assert row["password"] in run.said

    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.ended(12) == 0
    assert time.monotonic() - began < 10
    assert mine(run.var) == []
    assert "Stopped" in run.said


def test_data_stay_between_runs_also_after_a_kill(start):
    first = start().ready()
    demo = first.demo
    callbacks = phone.call("GET", f"{demo['sandbox_url']}/sandbox/callbacks")["items"]
    assert callbacks, "the followers' first messages came through real callbacks"
    assert {one["status"] for one in callbacks} == {200}
    first.process.kill()
    first.process.wait()

    second = start(first.port).ready()
    assert second.demo == demo
    assert "Filling" not in second.said
    followers = phone.call("GET", f"{demo['sandbox_url']}/sandbox/followers")["items"]
    nicknames = [one["nickname"] for one in followers]
    assert len(nicknames) == len(set(nicknames)), "nobody was made twice"


def test_a_taken_port_is_named_in_one_sentence(start):
    port = pair_of_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        run = start(port)
        assert run.ended(20) == 1
    assert re.search(rf"^Port {port + 1} is taken.*PORT=", run.said)
    assert run.said.count("\n") == 1
    assert mine(run.var) == []


def test_a_nonsensical_setting_stops_the_start_with_a_sentence(root, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "server.launch", "--var", tmp_path / "var",
         "--port", str(pair_of_ports())],
        cwd=root, capture_output=True, text=True, check=False,
        env={**os.environ, "XIANGYIN_HOME_ZONE": "Asia/Yunxi"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "XIANGYIN_HOME_ZONE" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
