"""A whole running installation under test: its processes, its ledger, its phones."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from server import wiring
from server.accounts import service as accounts
from server.greetings import service as greetings
from server.greetings.models import Campaign
from server.greetings.terms import Status as LetterStatus
from server.greetings.terms import Timing
from server.inbox.models import InboundMessage
from server.kernel.settings import Settings
from server.outbox import service as outbox
from server.outbox.models import Envelope
from server.outbox.rules import Status
from server.people import identities
from server.people import service as people
from server.ports import MASSES
from server.staff import service as staff
from tests import make
from tests.integration.test_launch import Run, told_by_template

MARK = "月在家山〇七"  # the same in both scripts
CUSTOMER_SEND = "/cgi-bin/message/custom/send"
MASS_SEND = "/cgi-bin/message/mass/send"
MASS_TO_TAG = "/cgi-bin/message/mass/sendall"
TAGGING = "/cgi-bin/tags/members/batchtagging"
WEB, WORKER = "server.wsgi:app", "server.worker"
ABROAD = (
    ("意大利", "IT", "Europe/Rome"),
    ("西班牙", "ES", "Europe/Madrid"),
    ("法国", "FR", "Europe/Paris"),
    ("巴西", "BR", "America/Sao_Paulo"),
    ("马来西亚", "MY", "Asia/Kuala_Lumpur"),
    ("美国", "US", "America/New_York"),
)


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def _is_forked(pid: int) -> bool:
    """Tell a child of a process from the process: the launcher gives each a session of its own."""
    try:
        return os.getsid(pid) != pid
    except ProcessLookupError:
        return True


class System:
    """What a test may do to an installation: look, speak as a follower, kill, let time pass."""

    def __init__(self, run: Run):
        self.run, self.sandbox = run, run.demo["sandbox_url"]
        self.appid = run.demo["appid"]
        assert told_by_template(self.sandbox, 30), "the worker works"
        environ = Path(f"/proc/{self.pids(WORKER)[0]}/environ").read_text(encoding="utf-8")
        told = dict(line.split("=", 1) for line in environ.split("\0") if "=" in line)
        self.tools = wiring.build(Settings.from_env(told))
        self.account = self.tools.accounts.by_slug("yunxi")

    def stop(self) -> None:
        self.tools.sessions.dispose()
        self.run.process.terminate()
        self.run.process.wait(20)

    # Processes

    def pids(self, module: str) -> list[int]:
        """Return the processes of this installation that run a module, the master first."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(module) in command and os.fsencode(self.run.var) in environ:
                found.append(int(entry.name))
        return sorted(found, key=_is_forked)

    def kill(self, pids: list[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    # The sandbox

    def ask(self, method, path, body=None):
        return make.call(method, f"{self.sandbox}/sandbox{path}", body)

    def fault(self, path: str, kind: str, *, chance: float = 1, **more: float):
        body = {"where": "api", "path": path, "kind": kind, "probability": chance, **more}
        self.ask("POST", "/faults", body)

    def followers(self):
        return self.ask("GET", "/followers")["items"]

    def people_arrive(self, count: int) -> None:
        """Let `count` people from many countries follow; every other one writes something."""
        for number in range(count):
            label, country, zone = ABROAD[number % len(ABROAD)]
            card = {"nickname": f"乡亲{number:02}", "country": label, "zone": zone}
            one = self.ask("POST", "/followers", {**card, "language": "zh_CN"})
            self.ask("POST", f"/followers/{one['id']}/follow?wait=1", {"appid": self.appid})
            if number % 2:
                self.speak(one, "你好", wait=True)
            script = "zh-Hant" if number % 4 == 0 else "zh-Hans"
            values = {"country": country, "zone": zone, "language": script}
            with self.tools.sessions.begin() as db:
                people.update_profile(db, self.person(db, one), values, vault=self.tools.vault)

    def person(self, db, follower) -> int:
        return identities.person_of(db, self.account, follower["openids"][self.appid])

    def speak(self, follower, words, *, wait=False):
        path = f"/followers/{follower['id']}/text{'?wait=1' if wait else ''}"
        return self.ask("POST", path, {"appid": self.appid, "content": words})

    def screen(self, follower):
        path = f"/followers/{follower['id']}/timeline?appid={self.appid}&after=0"
        return self.ask("GET", path)["items"]

    def answers(self, follower) -> int:
        """Count what the account said to this phone."""
        return sum(item["from"] == "account" for item in self.screen(follower))

    def failures(self, follower) -> int:
        """Count how often this phone was told that the service is out of order."""
        return sum(item["kind"] == "failed" for item in self.screen(follower))

    def letters(self, follower, mark: str = MARK) -> int:
        shown = [json.dumps(one["content"], ensure_ascii=False) for one in self.screen(follower)]
        return sum(mark in words for words in shown)

    def calls(self, path: str):
        """Return the calls of one kind, oldest first; one in progress is not among them yet."""
        return self.ask("GET", f"/calls?path={path}")["items"]

    def sends(self) -> int:
        return len(self.calls(CUSTOMER_SEND)) + len(self.calls(MASS_SEND))

    # The ledger

    @contextmanager
    def as_subscription_account(self) -> Iterator[None]:
        """Let the account be a 订阅号 that has not sent anything today."""
        self._change_account_type("subscription")
        self.ask("POST", "/clock", {"advance_seconds": 24 * 3600})
        try:
            yield
        finally:
            self._change_account_type("service")

    def _change_account_type(self, kind: str) -> None:
        self.ask("PUT", f"/accounts/{self.appid}", {"account_type": kind})
        with self.tools.sessions.begin() as db:
            accounts.change(db, "yunxi", {"account_type": kind}, vault=self.tools.vault)

    def approve_a_letter(self, festival: str | None = None, mark: str = MARK) -> int:
        with self.tools.sessions.begin() as db:
            officer = next(
                one
                for one in staff.listing(db, self.account.tenant_id)
                if one.login == "admin"
            )  # fmt: skip
            now = self.tools.clock.now()
            letter = greetings.propose(db, officer, now=now, festival=festival)
            text = f"{letter.text}\n{mark}"
            at_once = {"timing": Timing.NOW, "even_at_night": True, "text": text}
            greetings.edit(db, officer, letter.id, at_once, now=now)
            greetings.approve(db, officer, letter.id, now=now)
            return letter.id

    def planned(self, letter_id: int) -> bool:
        with self.tools.sessions.read() as db:
            return db.get_one(Campaign, letter_id).status == LetterStatus.PLANNED

    def forget_that_it_was_planned(self, letter_id: int) -> None:
        """As if the planner had died after its work and before its note of it."""
        with self.tools.sessions.begin() as db:
            db.get_one(Campaign, letter_id).status = LetterStatus.APPROVED

    def in_flight(self, letter_id: int) -> Counter:
        """Count the calls of a letter that are out now and have no answer, by channel."""
        query = select(Envelope.channel, func.count()).where(
            Envelope.topic == greetings.topic(letter_id),
            Envelope.status == Status.SENDING,
            Envelope.lease_until > self.tools.clock.now(),  # not what an earlier kill cut off
        )
        with self.tools.sessions.read() as db:
            return Counter(dict(db.execute(query.group_by(Envelope.channel)).all()))

    def lines(self, letter_id: int):
        with self.tools.sessions.read() as db:
            return outbox.lines(
                db,
                tenant_id=self.account.tenant_id,
                topic=greetings.topic(letter_id),
                status=None,
                after="",
                limit=500,
            )

    def leases_end(self) -> None:
        """Let the leases of the dead run out now; nobody alive holds one."""
        with self.tools.sessions.begin() as db:
            held = Envelope.status == Status.SENDING
            past = self.tools.clock.now() - timedelta(seconds=1)
            db.execute(update(Envelope).where(held).values(lease_until=past))

    def a_minute_passes(self) -> None:
        """For mass sends that were told to wait so long, and for the platform that said so."""
        now = self.tools.clock.now()
        waiting = (
            Envelope.status == Status.QUEUED,
            Envelope.channel.in_(MASSES),
            Envelope.due_at > now + timedelta(seconds=30),
        )
        with self.tools.sessions.begin() as db:
            if db.execute(update(Envelope).where(*waiting).values(due_at=now)).rowcount:
                self.ask("POST", "/clock", {"advance_seconds": 61})

    def texts(self) -> int:
        """Count the texts that people sent and that are stored."""
        count = select(func.count()).select_from(InboundMessage)
        with self.tools.sessions.read() as db:
            return db.scalar(count.where(InboundMessage.kind == "text"))
