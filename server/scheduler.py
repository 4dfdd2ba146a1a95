"""The scheduler process: everything that happens by itself, on one page. It only ticks."""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import dataclass

import redis as redis_library
from apscheduler.schedulers.background import BackgroundScheduler
from redis.exceptions import LockError

from server.kernel import log as logs
from server.kernel import redis
from server.kernel.jobs import DramatiqJobs, make_broker
from server.kernel.settings import Settings

log = logging.getLogger(__name__)

LEASE = 4.0  # seconds: another scheduler takes over this long after the leader died
BEAT = 1.0


@dataclass(frozen=True, slots=True)
class Tick:
    job: str
    seconds: float


# Every job is idempotent and claims its rows, so a tick too many does no harm.
TIMETABLE = (
    Tick("dispatch", 1),
    Tick("release_stale", 15),
    Tick("drain_backlog", 5),
    Tick("plan_greetings", 5),
    Tick("welcome_late", 300),
    Tick("fetch_enclosures", 60),
    Tick("remove_withdrawn", 300),
    Tick("learn_missing", 60),
    Tick("resume_imports", 300),
    Tick("resume_exports", 300),
    Tick("resume_scans", 300),
    Tick("remove_exports", 600),
    Tick("make_copies", 300),
    Tick("close_accounts", 600),
    Tick("forget_old", 3600),
)


def run(settings: Settings, stop: threading.Event) -> None:
    """Tick while we are the leader; wait while somebody else is. Returns when `stop` is set."""
    client = redis.client(settings.redis_url)
    jobs = DramatiqJobs(make_broker(settings.redis_url))
    scheduler = BackgroundScheduler(timezone="UTC")
    for tick in TIMETABLE:
        scheduler.add_job(
            jobs.ask,
            "interval",
            seconds=tick.seconds,
            args=[tick.job],
            id=tick.job,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start(paused=True)
    lock = client.lock("xiangyin:scheduler", timeout=LEASE, thread_local=False)
    leading = False
    while not stop.wait(BEAT if leading else BEAT / 2):
        held = _hold(lock, leading=leading)
        if held != leading:
            log.info("scheduler_leads" if held else "scheduler_follows")
            (scheduler.resume if held else scheduler.pause)()
        leading = held
    scheduler.shutdown(wait=False)
    if leading:
        _release(lock)


def _hold(lock: redis_library.lock.Lock, *, leading: bool) -> bool:
    try:
        return bool(lock.reacquire()) if leading else bool(lock.acquire(blocking=False))
    except (redis_library.RedisError, LockError):
        return False


def _release(lock: redis_library.lock.Lock) -> None:
    try:
        lock.release()
    except (redis_library.RedisError, LockError):
        log.info("scheduler_lock_was_gone")


def main() -> None:
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(settings, stop)


if __name__ == "__main__":
    main()
