"""The worker process: every background job, on one page. `python -m server.worker`."""

from __future__ import annotations

import logging
import signal
import threading
import uuid
from collections.abc import Callable
from functools import partial

import dramatiq

from server import wiring
from server.cases import service as cases
from server.greetings import latecomers, sending
from server.inbox import backlog, requests
from server.kernel import log as logs
from server.kernel.errors import NotFound
from server.kernel.jobs import DramatiqJobs, declare, make_broker
from server.kernel.settings import Settings
from server.outbox import by_hand, dispatcher, outcomes, receipts
from server.people import identities
from server.ports import PlatformError
from server.registers import duplicate_jobs, export_jobs, import_jobs
from server.rights import rights_jobs
from server.toolbox import Toolbox
from server.web.callback import enclosed
from server.web.callback.late import answer_late

log = logging.getLogger(__name__)

THREADS = 4


def dispatch(tools: Toolbox) -> int:
    """Send what is due. The scheduler asks every second, doors after they posted something."""
    return dispatcher.send_due(tools)


def release_stale(tools: Toolbox) -> int:
    """Settle the calls of dispatchers that died, and what nobody sent or did in time."""
    with tools.sessions.begin() as db:
        over = by_hand.expire(db, vault=tools.vault, now=tools.clock.now())
        met = receipts.apply_missed(db, now=tools.clock.now())
    return outcomes.release_stale(tools) + outcomes.expire(tools) + over + met


def learn_follower(tools: Toolbox, account_id: int, openid: str) -> int:
    """Ask WeChat about a follower: the unionid joins official account and mini-program."""
    account = tools.accounts.by_id(account_id)
    info = tools.platform.follower(account_id, openid)
    with tools.sessions.begin() as db:
        identities.learn(db, account, info, now=tools.clock.now())
    return 1


def learn_missing(tools: Toolbox) -> int:
    """Find followers whose job got lost (Redis was away, WeChat did not answer)."""
    with tools.sessions.read() as db:
        missing = identities.to_learn(db, limit=100)
    for account_id, openid in missing:
        try:
            learn_follower(tools, account_id, openid)
        except (PlatformError, NotFound):
            log.warning("follower_not_learned", extra={"account_id": account_id})
            return 0  # the platform is away or the account retired: the next tick tries again
    return len(missing)


def drain_backlog(tools: Toolbox) -> int:
    """Take in callbacks that were kept on disk while the database was locked or away."""
    done = 0
    for kept in backlog.kept(tools.settings.data_dir / "backlog", vault=tools.vault):
        answer_late(tools, kept)
        done += 1
    return done


def plan_greetings(tools: Toolbox) -> int:
    """Write the letters that are due soon into the outbox; planning twice doubles nothing."""
    with tools.sessions.read() as db:
        if not sending.anything_due(db, now=tools.clock.now()):
            return 0
    planned = 0
    while _plan_one(tools):
        planned += 1
        tools.jobs.ask("dispatch")
    return planned


def _plan_one(tools: Toolbox) -> int:
    """Plan one letter in a transaction of its own: whoever else writes gets in between."""
    with tools.sessions.begin() as db:
        return sending.plan_due(
            db, now=tools.clock.now(), vault=tools.vault, base_url=tools.settings.base_url, most=1
        )


def welcome_late(tools: Toolbox) -> int:
    """Write to those who began to follow after a letter was planned, on the day itself.

    When the day is over, whoever got nothing has the reason written down.
    """
    with tools.sessions.read() as db:
        if not latecomers.anybody_late(db, now=tools.clock.now()):
            return 0
    with tools.sessions.begin() as db:
        found = latecomers.welcome(
            db, now=tools.clock.now(), vault=tools.vault, base_url=tools.settings.base_url
        )
        latecomers.settle(db, now=tools.clock.now(), vault=tools.vault)
    if found:
        tools.jobs.ask("dispatch")
    return found


def forget_old(tools: Toolbox) -> int:
    """Drop answers kept for repeated requests after three days, and uploads nobody used."""
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        answers = requests.forget_old(db, now=now)
        unused = cases.unused_files(db, now=now)
    tools.files.remove(unused)
    return answers + len(unused)


JOBS: dict[str, Callable[..., int]] = {
    "dispatch": dispatch,
    "release_stale": release_stale,
    "learn_follower": learn_follower,
    "learn_missing": learn_missing,
    "drain_backlog": drain_backlog,
    "fetch_enclosure": enclosed.fetch,
    "fetch_enclosures": enclosed.fetch_due,
    "remove_withdrawn": enclosed.remove_withdrawn,
    "plan_greetings": plan_greetings,
    "welcome_late": welcome_late,
    "check_import": import_jobs.check_import,
    "apply_import": import_jobs.apply_import,
    "undo_import": import_jobs.undo_import,
    "resume_imports": import_jobs.resume_imports,
    "scan_duplicates": duplicate_jobs.scan_duplicates,
    "resume_scans": duplicate_jobs.resume_scans,
    "write_export": export_jobs.write_export,
    "resume_exports": export_jobs.resume_exports,
    "remove_exports": export_jobs.remove_expired,
    "make_copy": rights_jobs.make_copy,
    "make_copies": rights_jobs.make_copies,
    "close_accounts": rights_jobs.close_accounts,
    "forget_old": forget_old,
}


def run_job(name: str, tools: Toolbox, *ids: int | str) -> None:
    """Run one job under a name of its own in the log; Dramatiq retries one that raises."""
    logs.request_id.set(f"{name}-{uuid.uuid4().hex[:8]}")
    done = JOBS[name](tools, *ids)
    if done:
        log.info("job_done", extra={"job": name, "done": done})


def main() -> None:
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    broker = make_broker(settings.redis_url)
    tools = wiring.build(settings, jobs=DramatiqJobs(broker))
    declare(broker, {name: partial(run_job, name, tools) for name in JOBS})
    worker = dramatiq.Worker(broker, worker_threads=THREADS, worker_timeout=200)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.start()
    log.info("worker_started", extra={"threads": THREADS})
    stop.wait()
    worker.stop(timeout=8_000)
    broker.close()
    tools.sessions.dispose()


if __name__ == "__main__":
    main()
