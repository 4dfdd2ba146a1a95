"""Axis `fanout`: notices through the whole ledger to a platform that answers in 20 ms."""

import json
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psutil
import requests
from sqlalchemy import insert

from server import migrate
from server.demo import phone
from server.kernel.clock import SystemClock
from server.kernel.db import make_engine
from server.kernel.redis import RateLimiter
from server.kernel.settings import Settings
from server.outbox import dispatcher, service
from server.people.models import Person, WeChatIdentity
from server.ports import Channel
from tests import fakes, make
from tests.bench.figures import progress, tell
from tests.servers import Redis, Server, free_port

NOTICES = 100_000
BARE = 20_000  # calls of the bare loop: its rate is steady much sooner
ANSWERS_IN = 20  # milliseconds
PART = 5_000
PAYLOAD = {
    "template_id": "T", "page": "pages/case/case?number=XF2026000123",
    "data": {"character_string1": {"value": "XF2026000123"}, "phrase2": {"value": "已受理"}},
}  # fmt: skip


class Stub(Server):
    """The platform in a process of its own."""

    def __init__(self):
        super().__init__("stub")
        self.port = free_port()
        self.cwd, self.env = Path(__file__).parents[2], None
        self.start(sys.executable, "-m", "tests.bench.stub", str(self.port), str(ANSWERS_IN))
        self.url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 10
        while not phone.answers(f"{self.url}/"):
            if time.monotonic() > deadline:
                raise RuntimeError("the stub does not answer")
            time.sleep(0.05)


def run() -> None:
    redis, stub = Redis(), Stub()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _run(Path(folder), redis, stub)
    finally:
        stub.stop()
        redis.stop()


def _run(folder: Path, redis: Redis, stub: Stub) -> None:
    url = f"sqlite:///{folder}/bench.db"
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    settings: Settings = make.settings(
        database_url=url, redis_url=redis.url(0), folder=folder, wechat_api=stub.url
    )
    tools = make.toolbox(settings, SystemClock())
    object.__setattr__(tools, "limiter", fakes.NoLimit())  # the machine is measured, not a rate
    county = make.county(tools)
    account = make.account(tools, "yunxi-mini")
    _post(tools, county.id, account.id)
    bare = _bare(stub.url)
    progress(f"bare loop {bare:.0f}/s")
    process = psutil.Process()
    held, over = [process.memory_info().rss], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process, held, over))
    watcher.start()
    began = time.perf_counter()
    sent = dispatcher.send_due(tools)
    seconds = time.perf_counter() - began
    over.set()
    watcher.join()
    with tools.sessions.read() as db:
        ends = service.tally(db, topic="bench")
    if sent != NOTICES or ends != {"accepted": NOTICES}:
        raise RuntimeError(f"sent {sent}, {ends}")
    used = _utilisation(tools, county.id, account.id)
    tools.sessions.dispose()
    tell("fanout", "utilisation_of_rate", [used], "ratio")
    tell("fanout", "send_100k_s", [seconds * 100_000 / NOTICES], "s")
    tell("fanout", "ratio_to_bare_loop", [NOTICES / seconds / bare], "ratio")
    tell("fanout", "rss_growth_mb", [(max(held) - held[0]) / 1e6], "MB")
    late = held[len(held) // 2 :]  # threads and page caches are warm by then
    tell("fanout", "rss_growth_late_mb", [(max(late) - late[0]) / 1e6], "MB")


def _utilisation(tools, tenant_id: int, account_id: int) -> float:
    """Return how much of an allowed rate is used: a lane of 40 calls a second, half a minute."""
    rate, number = 40, 1_200
    limiter = RateLimiter(tools.settings.redis_url, {"mini_subscription": f"{rate}/second"})
    object.__setattr__(tools, "limiter", limiter)
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        service.post_all(
            db,
            [
                service.Letter(
                    account_id, Channel.MINI_SUBSCRIPTION, [(f"r:{one}", one, f"o{one:027}")],
                    PAYLOAD, now, now + timedelta(days=1),
                )
                for one in range(1, number + 1)
            ],
            tenant_id=tenant_id, topic="rate", purpose="case", vault=tools.vault,
        )  # fmt: skip
    began, sent = time.perf_counter(), 0
    while sent < number:
        sent += dispatcher.send_due(tools)
    return number / (time.perf_counter() - began) / rate


def _watch(process, held, over) -> None:
    while not over.wait(0.5):
        held.append(process.memory_info().rss)


def _post(tools, tenant_id: int, account_id: int) -> None:
    now = tools.clock.now()
    began = time.perf_counter()
    for start in range(0, NOTICES, PART):
        numbers = range(start + 1, start + PART + 1)
        with tools.sessions.begin() as db:
            db.execute(
                insert(Person),
                [{"id": one, "tenant_id": tenant_id, "language": "zh-Hans", "created_at": now,
                  "updated_at": now} for one in numbers],
            )  # fmt: skip
            db.execute(
                insert(WeChatIdentity),
                [{"person_id": one, "tenant_id": tenant_id, "account_id": account_id, "mini": True,
                  "openid": f"o{one:027}", "following": False, "created_at": now}
                 for one in numbers],
            )  # fmt: skip
            for one in numbers:
                service.post(
                    db, tenant_id=tenant_id, account_id=account_id, topic="bench", purpose="case",
                    channel=Channel.MINI_SUBSCRIPTION, to=[(f"n:{one}", one, f"o{one:027}")],
                    payload=PAYLOAD, due_at=now, expires_at=now + timedelta(days=1),
                    vault=tools.vault,
                )  # fmt: skip
    progress(f"{NOTICES} notices posted in {time.perf_counter() - began:.0f} s")


def _bare(url: str) -> float:
    """Return calls a second of a loop that makes the same calls and nothing else."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=dispatcher.IN_FLIGHT))

    def call(one: int) -> None:
        body = json.dumps({"touser": f"o{one:027}", **PAYLOAD}, ensure_ascii=False).encode()
        answer = session.post(
            f"{url}/cgi-bin/message/subscribe/send?access_token=t", data=body, timeout=10
        )
        if answer.json()["errcode"]:
            raise RuntimeError(answer.text)

    began = time.perf_counter()
    with ThreadPoolExecutor(dispatcher.IN_FLIGHT) as pool:
        for _ in pool.map(call, range(BARE)):
            pass
    return BARE / (time.perf_counter() - began)
