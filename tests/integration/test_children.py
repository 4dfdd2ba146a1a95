"""The launcher's child processes: restarted, stopped in order, never orphaned."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from server.launch import home as homes
from server.launch.children import Child, Family, Gone, stop_orphans

SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def said():
    return []


@pytest.fixture
def family(tmp_path, said):
    family = Family(tmp_path / "children.json", said.append)
    yield family
    family.end(seconds=2)


def child(tmp_path, command=SLEEPER, name="sleeper"):
    return Child(name, command, os.environ, tmp_path / f"{name}.log")


def test_a_child_that_dies_is_started_again_and_said_so(family, tmp_path, said, monkeypatch):
    one = child(tmp_path)
    one.pause = 0.1
    family.start(one)
    first = one.process.pid
    watcher = threading.Thread(target=family.watch)
    watcher.start()
    os.kill(first, signal.SIGKILL)
    until(lambda: one.process.pid != first and one.alive)
    family.stop.set()
    watcher.join()
    assert "sleeper ended (signal 9)" in said[0]
    assert one.pause == 0.2, "the next pause is longer"


def test_a_child_that_cannot_start_is_reported_with_its_last_words(family, tmp_path):
    broken = child(tmp_path, [sys.executable, "-c", "raise SystemExit('no such port')"], "broken")
    family.start(broken)
    with pytest.raises(Gone) as gone:
        family.wait_for(broken, lambda: False)
    assert "no such port" in gone.value.child.last_words()


def test_a_mute_child_is_given_up(family, tmp_path):
    mute = child(tmp_path)
    family.start(mute)
    with pytest.raises(Gone):
        family.wait_for(mute, lambda: False, seconds=0.2)


def test_a_stubborn_child_and_its_children_are_killed_in_time(family, tmp_path):
    code = """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(grandchild.pid, flush=True)
        time.sleep(600)
    """
    stubborn = child(tmp_path, [sys.executable, "-c", textwrap.dedent(code)], "stubborn")
    family.start(stubborn)
    until(lambda: stubborn.log.read_text().endswith("\n"))
    grandchild = int(stubborn.log.read_text())
    began = time.monotonic()
    family.end(seconds=1)
    assert time.monotonic() - began < 3
    assert not exists(stubborn.process.pid)
    until(lambda: not exists(grandchild))


LAUNCHER = """
    import os, sys, time
    from pathlib import Path
    from server.launch.children import Child, Family
    folder = Path(sys.argv[1])
    family = Family(folder / "children.json", print)
    sleeper = [sys.executable, "-S", "-c", sys.argv[2]]
    family.start(Child("sleeper", sleeper, os.environ, folder / "log"))
    print(family.children[0].process.pid, flush=True)
    time.sleep(600)
"""


def killed_launcher(tmp_path, root, program) -> int:
    """Start a launcher with one child, kill -9 the launcher, return the child's number."""
    launcher = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LAUNCHER), tmp_path, program],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(launcher.stdout.readline())
    if "ready" in program:
        until((tmp_path / "ready").exists)
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    return pid


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's notice is Linux's")
def test_a_killed_launcher_takes_its_children_along(tmp_path, root):
    pid = killed_launcher(tmp_path, root, "import time; time.sleep(600)")
    until(lambda: not exists(pid))


def test_what_ignored_the_notice_is_stopped_at_the_next_start(tmp_path, root, said):
    program = (
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"pathlib.Path({str(tmp_path / 'ready')!r}).touch(); time.sleep(600)"
    )
    pid = killed_launcher(tmp_path, root, program)
    assert exists(pid)
    stop_orphans(tmp_path / "children.json", said.append)
    until(lambda: not exists(pid))
    assert "killed" in said[0]


def test_a_foreign_process_with_a_reused_number_is_left_alone(tmp_path, said):
    other = subprocess.Popen(SLEEPER, start_new_session=True)
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        register = tmp_path / "children.json"
        register.write_text(
            f'{{"boot": "{boot}", "children": {{"web": {{"pid": {other.pid}, "ticks": 1}}}}}}'
        )
        stop_orphans(register, said.append)
        assert other.poll() is None
        assert said == []
    finally:
        other.kill()
        other.wait()


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path):
    home = homes.Home(tmp_path / "var")
    home.prepare()
    made = homes.open_secrets(home, {"yunxi": "乡音"}, {"admin": "陈"})
    assert home.secrets.stat().st_mode & 0o777 == 0o600
    assert homes.open_secrets(home, {}, {}) == made
    assert len(made["accounts"]["yunxi"]["aes_key"]) == 43


def test_a_database_without_its_secrets_is_not_started(tmp_path):
    home = homes.Home(tmp_path / "var")
    home.prepare()
    home.database.touch()
    with pytest.raises(homes.CannotStart, match="is missing"):
        homes.open_secrets(home, {}, {})


def test_a_deep_folder_gets_its_socket_elsewhere(tmp_path):
    deep = homes.Home(tmp_path / ("很深的文件夹" * 6) / "var")
    assert len(os.fsencode(deep.socket)) <= homes.SOCKET_LIMIT


def test_two_launchers_in_one_folder_do_not_start(tmp_path):
    home = homes.Home(tmp_path / "var")
    home.prepare()
    with homes.take_lock(home), pytest.raises(homes.CannotStart, match="already running"):
        homes.take_lock(home)
    homes.take_lock(home).close()
