"""Axis `planning`: a letter for 100,000 followers in twelve zones, from approval to the ledger."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text

from server import migrate
from server.greetings import sending
from server.greetings import service as greetings
from server.kernel.db import make_engine
from server.outbox import service as outbox
from server.people.models import Person, WeChatIdentity
from server.staff import service as staff
from tests import make
from tests.bench.figures import progress, tell
from tests.servers import Postgres, Redis

FOLLOWERS = 100_000
PART = 5_000
TALKATIVE = 20  # one in so many wrote within two days: a letter of their own
ZONES = (
    "Asia/Shanghai", "Europe/Rome", "Europe/Madrid", "Europe/Paris", "America/New_York",
    "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kuala_Lumpur", "Asia/Tokyo",
    "Australia/Sydney", "Africa/Johannesburg", None,
)  # fmt: skip
NOW = datetime(2027, 2, 5, 0, tzinfo=UTC)  # the day before 春节
# What must be written at the least, in one statement: a line for everybody.
LEAST = """
INSERT INTO delivery (key, envelope_id, person_id, purpose, address, status)
SELECT 'least:' || person_id, (SELECT min(id) FROM envelope), person_id, 'greeting', openid,
       'queued'
FROM wechat_identity
"""


def run() -> None:
    redis, postgres = Redis(), Postgres()
    try:
        postgres.execute("CREATE DATABASE planning")
        with tempfile.TemporaryDirectory() as folder:
            for name, url in (
                ("sqlite", f"sqlite:///{folder}/bench.db"),
                ("postgres", postgres.url("planning")),
            ):
                seconds, least = _measure(Path(folder), url, redis)
                tell("planning", f"plan_100k_s_{name}", [seconds], "s")
                tell("planning", f"ratio_to_insert_select_{name}", [seconds / least], "ratio")
                if name == "postgres":
                    tell("planning", "ratio_to_insert_select", [seconds / least], "ratio")
    finally:
        postgres.stop()
        redis.stop()


def _measure(folder: Path, url: str, redis: Redis) -> tuple[float, float]:
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    settings = make.settings(database_url=url, redis_url=redis.url(0), folder=folder)
    tools = make.toolbox(settings, make.StandingClock(NOW))
    county = make.county(tools)
    account = make.account(tools)
    _follow(tools, county.id, account.id)
    with tools.sessions.begin() as db:
        officer = staff.create(
            db, tenant_id=county.id, login="admin", name="王", role="admin",
            password="a-long-password", now=NOW,
        )  # fmt: skip
        letter = greetings.propose(db, officer, now=NOW)
        greetings.approve(db, officer, letter.id, now=NOW)
    began = time.perf_counter()
    with tools.sessions.begin() as db:
        planned = sending.plan_due(db, now=NOW, vault=tools.vault, base_url="https://home.test")
    seconds = time.perf_counter() - began
    with tools.sessions.read() as db:
        ends = outbox.tally(db, topic=greetings.topic(letter.id))
    if planned != 1 or ends.get("queued", 0) != FOLLOWERS:
        raise RuntimeError(f"planned {planned}: {ends}")
    began = time.perf_counter()
    with tools.sessions.begin() as db:
        db.execute(text(LEAST))
    least = time.perf_counter() - began
    tools.sessions.dispose()
    return seconds, least


def _follow(tools, tenant_id: int, account_id: int) -> None:
    began = time.perf_counter()
    for start in range(0, FOLLOWERS, PART):
        numbers = range(start + 1, start + PART + 1)
        with tools.sessions.begin() as db:
            db.execute(
                insert(Person),
                [{"id": one, "tenant_id": tenant_id, "created_at": NOW, "updated_at": NOW,
                  "language": "zh-Hant" if one % 7 == 0 else "zh-Hans",
                  "zone": ZONES[one % len(ZONES)]} for one in numbers],
            )  # fmt: skip
            db.execute(
                insert(WeChatIdentity),
                [{"person_id": one, "tenant_id": tenant_id, "account_id": account_id,
                  "mini": False, "openid": f"o{one:027}", "following": True, "created_at": NOW,
                  "last_message_at": NOW + timedelta(hours=-1) if one % TALKATIVE == 0 else None}
                 for one in numbers],
            )  # fmt: skip
    progress(f"{FOLLOWERS} followers in {time.perf_counter() - began:.0f} s")
