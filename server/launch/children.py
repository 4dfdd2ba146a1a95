"""Child processes: started, watched, started again when they die, stopped in order, never orphaned.

Each child leads a session of its own, so that Ctrl-C reaches only the launcher, and is told by the
kernel (Linux) when the launcher dies. What survives all the same is found at the next start by its
session number and start time, kept in `var/run/children.json`, and stopped.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE, SETTLED = 1.0, 30.0, 60.0  # seconds
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent process ends, even by SIGKILL."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process of the installation."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float | None = None  # when to start it again

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 (our own commands)
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.started, self.due = time.monotonic(), None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process and to everything it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def last_words(self, lines: int = 12) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join("    " + line for line in text.splitlines()[-lines:])


class Gone(Exception):
    """A child ended while the start was waiting for it."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.name)
        self.child = child


@dataclass
class Family:
    """All children, in the order they were started."""

    register: Path
    say: Callable[[str], None]
    stop: threading.Event = field(default_factory=threading.Event)
    children: list[Child] = field(default_factory=list)

    def start(self, child: Child) -> None:
        child.start()
        self.children.append(child)
        self._write_register()

    def wait_for(self, child: Child, answers: Callable[[], bool], *, seconds: float = 30) -> bool:
        """Wait until `answers()`; False on Ctrl-C. Raise Gone when the child ends or stays mute."""
        deadline = time.monotonic() + seconds
        while not self.stop.wait(0.05):
            if answers():
                return True
            if not child.alive or time.monotonic() > deadline:
                raise Gone(child)
        return False

    def watch(self) -> None:
        """Start again what dies, with growing pauses, until told to stop."""
        while not self.stop.wait(0.2):
            now = time.monotonic()
            for child in self.children:
                self._tend(child, now)

    def _tend(self, child: Child, now: float) -> None:
        if child.alive:
            if now - child.started > SETTLED:
                child.pause = FIRST_PAUSE
        elif child.due is None:
            code = child.process.returncode if child.process else 0
            reason = f"signal {-code}" if code < 0 else f"exit {code}"
            self.say(
                f"{child.name} ended ({reason}); starting it again in {child.pause:.0f} s. "
                f"已自动重启。See {child.log}"
            )
            child.signal(signal.SIGKILL)  # whatever it left behind
            child.due, child.pause = now + child.pause, min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.due:
            child.start()
            self._write_register()

    def end(self, *, seconds: float = 9) -> None:
        """Stop what serves first, what it stands on last; at most `seconds` in all."""
        deadline = time.monotonic() + seconds
        groups: dict[bool, list[Child]] = {False: [], True: []}
        for child in self.children:
            groups[child.name in GROUND].append(child)
        for members, share in ((groups[False], 0.75), (groups[True], 1.0)):
            for child in members:
                child.signal(signal.SIGTERM)
            limit = time.monotonic() + (deadline - time.monotonic()) * share
            for child in members:
                _wait(child, limit)
            for child in members:
                child.signal(signal.SIGKILL)
                _wait(child, time.monotonic())
        self.register.unlink(missing_ok=True)

    def _write_register(self) -> None:
        rows = {
            child.name: {"pid": child.process.pid, "ticks": _start_ticks(child.process.pid)}
            for child in self.children
            if child.process is not None
        }
        draft = self.register.with_suffix(".new")
        draft.write_text(json.dumps({"boot": _boot(), "children": rows}), encoding="utf-8")
        draft.replace(self.register)


GROUND = frozenset({"valkey", "sandbox"})  # what the others call; stopped after them


def _wait(child: Child, limit: float) -> None:
    if child.process is not None:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.2, limit - time.monotonic()))


def stop_orphans(register: Path, say: Callable[[str], None]) -> None:
    """Stop the children of a launcher that was killed. Never touches a process it cannot prove."""
    try:
        kept = json.loads(register.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if kept.get("boot") == _boot():
        sessions = {row["pid"]: row["ticks"] for row in kept["children"].values()}
        orphans = _members(sessions)
        if orphans:
            say(f"Stopping {len(orphans)} processes of a run that was killed …")
        for number in (signal.SIGTERM, signal.SIGKILL):
            _send(orphans, number)
            deadline = time.monotonic() + 5
            while orphans and time.monotonic() < deadline:
                threading.Event().wait(0.1)
                orphans = _members(sessions)
    register.unlink(missing_ok=True)


def _members(sessions: Mapping[int, int]) -> list[int]:
    """Return the processes in our old sessions: same leader number, not older than the leader."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields is None or fields[0] in "ZX":
            continue
        session, ticks = int(fields[3]), int(fields[19])
        leader = int(entry.name) == session
        started = sessions.get(session)
        if started is not None and (ticks == started if leader else ticks >= started):
            found.append(int(entry.name))
    return found


def _send(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/<pid>/stat after the name: state is 0, session 3, start 19."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None


def _start_ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
