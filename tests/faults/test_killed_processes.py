"""The whole system while its processes are killed; the sandbox's phones and log are the judges."""

import dataclasses
import json
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server import wiring
from server.greetings import service as greetings
from server.greetings.terms import Timing
from server.inbox.models import InboundMessage
from server.kernel.settings import Settings
from server.outbox import dispatcher
from server.outbox import service as outbox
from server.outbox.rules import Status
from server.staff import service as staff
from server.worker import THREADS
from tests import make
from tests.integration.test_launch import Run, pair_of_ports, told_by_template

pytestmark = [
    pytest.mark.xdist_group("launch"),  # one at a time: each start fills both cores
    pytest.mark.timeout(240),
]

KILLS = 4
SETTLED = {Status.ACCEPTED, Status.DELIVERED, Status.UNKNOWN, Status.SKIPPED}


@pytest.fixture
def running(root, tmp_path):
    run = Run(root, tmp_path / "var", pair_of_ports())
    yield System(run.ready())
    run.process.terminate()
    run.process.wait(20)


class System:
    """A running installation, its sandbox, and tools that reach into its database."""

    def __init__(self, run: Run):
        self.run, self.sandbox = run, run.demo["sandbox_url"]
        self.appid = run.demo["appid"]
        assert told_by_template(self.sandbox), "the worker works"
        environment = self.environment("server.worker")
        self.tools = wiring.build(Settings.from_env(environment))

    def ask(self, method, path, body=None):
        return make.call(method, f"{self.sandbox}/sandbox{path}", body)

    def pids(self, module: str) -> list[int]:
        """Return the processes of this installation that run a module, oldest first."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(module) in command and os.fsencode(self.run.var) in environ:
                found.append(int(entry.name))
        return sorted(found)

    def environment(self, module: str) -> dict[str, str]:
        raw = Path(f"/proc/{self.pids(module)[0]}/environ").read_text(encoding="utf-8")
        return dict(line.split("=", 1) for line in raw.split("\0") if "=" in line)

    def followers(self):
        return self.ask("GET", "/followers")["items"]

    def speak(self, follower, words):
        return self.ask(
            "POST", f"/followers/{follower['id']}/text", {"appid": self.appid, "content": words}
        )

    def heard(self, follower):
        """What the account said to this phone, in one string per message."""
        path = f"/followers/{follower['id']}/timeline?appid={self.appid}&after=0"
        return [
            json.dumps(item["content"], ensure_ascii=False)
            for item in self.ask("GET", path)["items"]
            if item["from"] == "account"
        ]

    def sends(self):
        calls = self.ask("GET", "/calls")["items"]
        return [one for one in calls if one["path"].endswith(("custom/send", "mass/send"))]

    def approve_a_letter(self) -> int:
        with self.tools.sessions.begin() as db:
            county = self.tools.accounts.by_slug("yunxi").tenant_id
            officer = next(one for one in staff.listing(db, county) if one.login == "admin")
            now = self.tools.clock.now()
            letter = greetings.propose(db, officer, now=now)
            at_once = {
                "timing": Timing.NOW,
                "even_at_night": True,
                "text": f"{letter.text}\n{MARK}",
            }
            greetings.edit(db, officer, letter.id, at_once, now=now)
            greetings.approve(db, officer, letter.id, now=now)
            return letter.id

    def texts(self) -> int:
        """Count the texts that people sent and that are stored."""
        with self.tools.sessions.read() as db:
            count = select(func.count()).select_from(InboundMessage)
            return db.scalar(count.where(InboundMessage.kind == "text"))

    def lines(self, letter_id):
        with self.tools.sessions.read() as db:
            return outbox.lines(
                db, tenant_id=1, topic=greetings.topic(letter_id), status=None, after="", limit=500
            )


MARK = "落款另记：家乡的灯一直为您亮着。"


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_killed_in_the_middle_of_a_letter_doubles_and_loses_nothing(running):
    people = running.followers()
    for one in people[::2]:  # their 48-hour window opens: a letter of their own each
        running.speak(one, "你好")
    until(lambda: all(len(running.heard(one)) for one in people[::2]))
    running.ask("DELETE", "/calls")
    running.ask(
        "POST",
        "/faults",
        {"where": "api", "path": "*", "kind": "latency", "value": 0.4, "times": 0},
    )
    letter = running.approve_a_letter()
    later = dataclasses.replace(running.tools, clock=Later(running.tools.clock))
    for number in range(KILLS):
        until(lambda n=number: len(running.sends()) >= 1 + 2 * n)
        for pid in running.pids("server.worker"):
            os.kill(pid, signal.SIGKILL)
        # What the dead had claimed is taken back when its lease ends; we do not wait for that.
        dispatcher.release_stale(later)
        until(lambda: running.pids("server.worker"))
    running.ask("DELETE", "/faults")
    # A mass call cut off in the middle is told 45066 at first and comes again a minute later.
    until(lambda: settled(running, letter), 150)

    lines = running.lines(letter)
    assert len({one.person_id for one in lines}) == len(lines) == len(people)
    fates = Counter(one.status for one in lines)
    assert fates[Status.UNKNOWN] <= KILLS * THREADS, "at most what was in flight"
    until(lambda: on_phones(running, people) >= fates[Status.ACCEPTED] + fates[Status.DELIVERED])
    copies = {one["nickname"]: letters(running, one) for one in people}
    assert max(copies.values()) == 1, copies
    assert sum(copies.values()) <= len(people) - fates[Status.SKIPPED]

    calls = len(running.sends())
    running.tools.jobs.ask("plan_greetings")
    running.tools.jobs.ask("dispatch")
    time.sleep(3)  # the scheduler's ticks do the same meanwhile
    assert len(running.sends()) == calls, "running it again sends nothing"


def settled(running, letter) -> bool:
    lines = running.lines(letter)
    return bool(lines) and {one.status for one in lines} <= SETTLED


def letters(running, follower) -> int:
    return sum(MARK in words for words in running.heard(follower))


def on_phones(running, people) -> int:
    return sum(letters(running, one) for one in people)


class Later:
    """A clock two minutes ahead: every lease of the dead is over."""

    def __init__(self, clock):
        self._clock = clock

    def now(self):
        return self._clock.now() + timedelta(minutes=2)


def test_a_web_worker_killed_while_people_write_answers_everybody_once(running):
    people = running.followers()
    before = running.texts()
    answers = {one["id"]: len(running.heard(one)) for one in people}

    def say(one):
        return running.speak(one, "办公时间")["message_id"]

    with ThreadPoolExecutor(len(people)) as pool:
        said = [pool.submit(say, one) for one in people]
        master, *workers = running.pids("server.wsgi:app")
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        ids = [one.result() for one in said]
    assert len(set(ids)) == len(people)

    def everybody_answered():
        return all(len(running.heard(one)) > answers[one["id"]] for one in people)

    until(everybody_answered)
    time.sleep(1)
    assert {one["id"]: len(running.heard(one)) - answers[one["id"]] for one in people} == {
        one["id"]: 1 for one in people
    }
    assert running.texts() - before == len(people)
    assert running.pids("server.wsgi:app")[0] == master
