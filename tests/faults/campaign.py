"""One campaign after the other to two thousand people, while everything breaks by a seed.

The processes are the real ones; the sandbox's own log is the judge of who got what.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import func, insert, select, text, update

from server import migrate, wiring
from server.kernel.db import make_engine
from server.kernel.settings import Settings
from server.outbox import service as outbox
from server.outbox.models import Delivery, Envelope, SendHold
from server.outbox.rules import FINAL, Status
from server.people.models import Person, WeChatIdentity
from server.ports import Channel
from tests import make
from tests.servers import Redis, Server, free_port

RECIPIENTS = 2000
SEND = "/cgi-bin/message/template/send"
TEMPLATE = {"title": "办理进度通知", "fields": {"character_string1": "编号", "phrase2": "状态"}}
PAYLOAD = {
    "template_id": "T",
    "data": {"character_string1": {"value": "XF2026000123"}, "phrase2": {"value": "已受理"}},
}
LOST_ANSWERS = ("reset_after", "reset_before", "garbled", "truncated", "empty")
PATIENCE = 240
A_DAY = 30  # campaigns, with room for repeats
PAGE = 500


class Process(Server):
    """One of our processes, with the settings of the installation."""

    def __init__(self, module, env, root):
        super().__init__(module.rpartition(".")[2])
        self.cwd, self.env, self.module = root, env, module
        self.start(sys.executable, "-m", module)

    def again(self):
        """Kill it as the kernel would, and start it anew as systemd does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.start(sys.executable, "-m", self.module)


class Sandbox(Server):
    def __init__(self, root):
        super().__init__("sandbox")
        self.cwd, self.port = root, free_port()
        state = self.folder / "state.db"
        self.start(sys.executable, "-m", "deploy.sandbox", "--port", self.port, "--state", state)
        self.url = f"http://127.0.0.1:{self.port}"
        self.wait_until(lambda: self.ask("GET", "/followers?limit=1"))

    def ask(self, method, path, body=None):
        return make.call(method, f"{self.url}/sandbox{path}", body)

    def log(self):
        """Return every send since the log was emptied."""
        found, after = [], 0
        while True:
            page = self.ask("GET", f"/calls?path={SEND}&after={after}")["items"]
            found += page
            if len(page) < PAGE:
                return found
            after = page[-1]["seq"]


@dataclass
class Verdict:
    """What the judge says about one campaign."""

    seed: int
    fates: Counter
    lost: int  # no end, or said to have arrived when nobody got it
    doubled: int  # got it twice, or again after a confirmed answer
    unknown_excess: int  # beyond calls in flight at kills and answers that the network lost
    events: list = field(default_factory=list)
    recovery: float = 0.0  # seconds from a kill to the next end written down, the longest
    seconds: float = 0.0


class House:
    """An installation of worker, scheduler, Redis, database and sandbox."""

    def __init__(self, root: Path, folder: Path, database_url: str, postgres=None):
        self.root, self.postgres, self.sent = root, postgres, 0
        self.redis, self.sandbox = Redis(), Sandbox(root)
        env = {
            "XIANGYIN_DATABASE_URL": database_url,
            "XIANGYIN_REDIS_URL": self.redis.url(0),
            "XIANGYIN_SECRET_KEY": "s" * 40,
            "XIANGYIN_DATA_KEYS": "1:" + "a" * 43 + "=",
            "XIANGYIN_DATA_DIR": str(folder),
            "XIANGYIN_BASE_URL": "http://127.0.0.1:1",
            "XIANGYIN_WECHAT_API": self.sandbox.url,
            "XIANGYIN_DEMO": "1",
            "XIANGYIN_LOG_LEVEL": "ERROR",
        }
        engine = make_engine(database_url)
        migrate.upgrade(engine)
        engine.dispose()
        self.tools = wiring.build(Settings.from_env(env))
        make.county(self.tools)
        self.account = make.account(self.tools)
        make.introduce(self.sandbox.url, self.account, templates={"T": TEMPLATE})
        self.people = self._follow()
        env = {**os.environ, **env}
        self.worker = Process("tests.faults.impatient_worker", env, root)
        self.scheduler = Process("server.scheduler", env, root)

    def stop(self):
        for one in (self.worker, self.scheduler):
            one.stop(signal.SIGKILL)
        self.tools.sessions.dispose()
        self.sandbox.stop()
        self.redis.stop()

    def _follow(self):
        """Let everybody follow on the sandbox, and enter them here; return (person, openid)."""
        now, appid = self.tools.clock.now(), self.account.appid
        openids = []
        for number in range(RECIPIENTS):
            one = self.sandbox.ask("POST", "/followers", {"nickname": f"乡亲{number:04}"})
            self.sandbox.ask("POST", f"/followers/{one['id']}/follow", {"appid": appid})
            openids.append(one["openids"][appid])
        everybody = list(enumerate(openids, start=1))
        with self.tools.sessions.begin() as db:
            db.execute(
                insert(Person),
                [{"id": n, "tenant_id": self.account.tenant_id, "language": "zh-Hans",
                  "created_at": now, "updated_at": now} for n, _ in everybody],
            )  # fmt: skip
            db.execute(
                insert(WeChatIdentity),
                [{"person_id": n, "tenant_id": self.account.tenant_id, "mini": False,
                  "account_id": self.account.id, "openid": openid, "following": True,
                  "created_at": now} for n, openid in everybody],
            )  # fmt: skip
        return everybody

    # A campaign

    def campaign(self, seed: int, *, shorten_leases: bool = True) -> Verdict:
        """Run one campaign through everything the seed breaks; judge it."""
        chance, topic, began = random.Random(seed), f"campaign:{seed}", time.monotonic()
        self.sandbox.ask("DELETE", "/calls")
        self.sandbox.ask("DELETE", "/faults")
        self.sent += 1
        if self.sent % A_DAY == 0:  # 100,000 template messages a day are allowed (WECHAT §4.2)
            self.sandbox.ask("POST", "/clock", {"advance_seconds": 24 * 3600})
        for kind, probability, value in (
            ("latency", 0.03, 0.3), ("errcode", 0.01, -1), ("reset_after", 0.004, 0),
            ("reset_before", 0.004, 0), ("garbled", 0.004, 0), ("truncated", 0.004, 0),
            ("empty", 0.004, 0),
        ):  # fmt: skip
            self.sandbox.ask(
                "POST", "/faults",
                {"where": "api", "path": SEND, "kind": kind, "value": value,
                 "probability": probability * chance.choice((0, 1, 2))},
            )  # fmt: skip
        self._post(topic)
        events = sorted(
            (chance.uniform(0.02, 0.9), chance.choice(list(_EVENTS)))
            for _ in range(chance.randint(2, 4))
        )
        cut, recovery = 0, 0.0
        for at, name in events:
            self._until(topic, lambda done, at=at: done >= at * RECIPIENTS)
            before, died = self._done(topic), time.monotonic()
            cut += _EVENTS[name](self, chance)
            if shorten_leases:
                self._leases_end()
            self._until(topic, lambda done, before=before: done > before or done == RECIPIENTS)
            recovery = max(recovery, time.monotonic() - died)
        self._until(topic, lambda done: done == RECIPIENTS, shorten_leases=shorten_leases)
        return self._judge(seed, topic, cut, events, recovery, time.monotonic() - began)

    def _post(self, topic):
        now = self.tools.clock.now()
        with self.tools.sessions.begin() as db:
            for person, openid in self.people:
                outbox.post(
                    db, tenant_id=self.account.tenant_id, account_id=self.account.id, topic=topic,
                    purpose="case", channel=Channel.TEMPLATE,
                    to=[(f"{topic}:{person}", person, openid)], payload=PAYLOAD, due_at=now,
                    expires_at=now + timedelta(hours=6), vault=self.tools.vault,
                )  # fmt: skip

    def _done(self, topic) -> int:
        query = (
            select(func.count())
            .select_from(Delivery)
            .join(Envelope)
            .where(Envelope.topic == topic, Delivery.status.in_([str(one) for one in FINAL]))
        )
        with self.tools.sessions.read() as db:
            return db.scalar(query)

    def _until(self, topic, true, *, shorten_leases=False):
        deadline = time.monotonic() + PATIENCE
        while not true(self._settled(topic)):
            if time.monotonic() > deadline:
                with self.tools.sessions.read() as db:
                    holds = db.scalars(select(SendHold.reason)).all()
                raise AssertionError(f"{topic} stands still: {self._fates(topic)}, {holds}")
            if shorten_leases:
                self._leases_end()
            time.sleep(0.1)

    def _settled(self, topic) -> int:
        with contextlib.suppress(psycopg.OperationalError, Exception):
            return self._done(topic)
        return -1  # the database was just cut off from us as well

    def _fates(self, topic) -> Counter:
        with self.tools.sessions.read() as db:
            return Counter(outbox.tally(db, topic=topic))

    def _leases_end(self):
        """Let the leases of the dead run out now: half a minute a kill is not what is tested."""
        if self.worker.process.poll() is not None:
            return
        with contextlib.suppress(Exception), self.tools.sessions.begin() as db:
            held = Envelope.status == Status.SENDING
            old = self.tools.clock.now() - timedelta(seconds=15)  # longer than any call
            db.execute(
                update(Envelope)
                .where(held, Envelope.handed_over_at < old)
                .values(lease_until=self.tools.clock.now() - timedelta(seconds=1))
            )

    # What breaks

    def in_flight(self) -> int:
        query = select(func.count()).where(Envelope.status == Status.SENDING)
        with self.tools.sessions.read() as db:
            return db.scalar(query)

    def kill_the_worker(self, _chance) -> int:
        self.worker.process.send_signal(signal.SIGKILL)
        self.worker.process.wait(10)
        time.sleep(0.2)  # PostgreSQL finishes what it was told last
        cut = self.in_flight()
        with self.tools.sessions.begin() as db:  # nobody alive holds a lease
            db.execute(
                update(Envelope)
                .where(Envelope.status == Status.SENDING)
                .values(lease_until=self.tools.clock.now() - timedelta(seconds=1))
            )
        self.worker.again()
        return cut

    def kill_the_scheduler(self, _chance) -> int:
        self.scheduler.again()
        return 0

    def kill_both(self, chance) -> int:
        self.scheduler.again()
        return self.kill_the_worker(chance)

    def restart_redis(self, chance) -> int:
        """Redis forgets everything: queues, rates, tokens."""
        self.redis.process.send_signal(signal.SIGKILL)
        self.redis.process.wait(10)
        time.sleep(chance.uniform(0, 1))
        self.redis.start_again()
        return 0

    def cut_the_database(self, chance) -> int:
        """PostgreSQL drops every connection; SQLite is locked for longer than a turn."""
        if self.postgres is not None:
            self.postgres.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
            )
            return 0
        with self.tools.sessions.begin() as db:
            db.execute(text("UPDATE tenant SET name = name"))
            time.sleep(chance.uniform(0.5, 2))
        return 0

    # The judge

    def _judge(self, seed, topic, cut, events, recovery, seconds) -> Verdict:
        with self.tools.sessions.read() as db:
            rows = db.execute(
                select(Delivery.address, Delivery.status)
                .join(Envelope)
                .where(Envelope.topic == topic)
            ).all()
        told = dict(rows)
        taken, unheard = Counter(), 0
        for call in self.sandbox.log():
            if not call["body"]:
                continue  # whoever called died before they had said it
            address = json.loads(call["body"])["touser"]
            taken[address] += call["errcode"] == 0
            unheard += any(kind in call["fault"] for kind in LOST_ANSWERS)
        ends = {Status.ACCEPTED, Status.DELIVERED}
        lost = len(self.people) - len(told)
        lost += sum(status not in FINAL for status in told.values())
        lost += sum(status in ends and not taken[to] for to, status in told.items())
        lost += sum(status not in ends | {Status.UNKNOWN} for status in told.values())
        doubled = sum(number > 1 for number in taken.values()) + len(rows) - len(told)
        fates = Counter(told.values())
        return Verdict(
            seed=seed, fates=fates, lost=lost, doubled=doubled,
            unknown_excess=max(0, fates[Status.UNKNOWN] - cut - unheard),
            events=events, recovery=recovery, seconds=seconds,
        )  # fmt: skip


_EVENTS = {
    "worker": House.kill_the_worker,
    "scheduler": House.kill_the_scheduler,
    "both": House.kill_both,
    "redis": House.restart_redis,
    "database": House.cut_the_database,
}
