"""Send what is due: many calls at once, and never a transaction open while WeChat answers.

One thread turns the wheel: each turn is one short transaction that writes down the answers that
have come and takes as many new envelopes as calls have ended. The calls are made by threads.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
import uuid
from collections import Counter
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from queue import Empty, SimpleQueue

from sqlalchemy.exc import OperationalError

from server.kernel.db import NOT_NOW
from server.outbox import claims, mark, outcomes, rates
from server.outbox.claims import Lane
from server.outbox.rates import Rests
from server.ports import Outcome, Outgoing, Result, Trouble
from server.toolbox import Toolbox

log = logging.getLogger(__name__)

IN_FLIGHT = 48  # calls at once in one process: so many fates are unknown when it is killed
RENEW = 15.0  # seconds between two renewals of the leases of what is out
LOOK = 1.0  # seconds between two looks for lanes with work
GATHER = 0.006  # seconds more for further answers: one transaction for several is cheaper
WAIT = 0.2  # seconds to wait for an answer before looking around
AWAY = 0.1  # seconds before the database is asked again
PATIENCE = 30.0  # seconds a database may be away before answers in memory are given up

_one_at_a_time = threading.Lock()  # a process has one wheel: its calls in flight are bounded


def run_once(tools: Toolbox, *, batch: int = 10) -> int:
    """Take and send up to `batch` due envelopes one after the other; return how many left."""
    me, now = uuid.uuid4().hex, tools.clock.now()
    mark.check(tools)
    with tools.sessions.read() as db:
        lanes = claims.lanes_due(db, now=now)
    if not lanes:
        return 0
    allowed = rates.ask(tools, lanes, rests=Rests(), most=batch)
    with tools.sessions.begin() as db:
        going = claims.take(db, tools, me=me, now=now, allowed=allowed)
    for message in going:
        mark.write(tools, message.envelope_id)
        outcome = _ask(tools, message)
        with tools.sessions.begin() as db:
            outcomes.record(db, {message.envelope_id: outcome}, me=me, now=tools.clock.now())
    return len(going)


def send_due(tools: Toolbox, *, in_flight: int = IN_FLIGHT) -> int:
    """Send until nothing is due; return how many left. Who comes second leaves it to the first."""
    if not _one_at_a_time.acquire(blocking=False):
        return 0
    try:
        mark.check(tools)
        with ThreadPoolExecutor(in_flight, thread_name_prefix="send") as pool:
            return Wheel(tools, pool, in_flight=in_flight).turn()
    finally:
        _one_at_a_time.release()


class Wheel:
    """The turns of one dispatcher, until nothing is due."""

    def __init__(self, tools: Toolbox, pool: Executor, *, in_flight: int) -> None:
        self._tools, self._pool = tools, pool
        self._me = uuid.uuid4().hex
        self._free = in_flight  # calls that may still go out
        self._out = 0  # calls whose answer has not come
        self._answers: SimpleQueue[tuple[str, Outcome]] = SimpleQueue()
        self._rests = Rests()
        self._served: Counter[Lane] = Counter()  # calls of the lanes that are taken alone
        self._renewed = time.monotonic()

    def turn(self) -> int:
        sent, lanes, looked = 0, self._look(), time.monotonic()
        while lanes or self._out:
            answers = self._come_in()
            self._renew()
            if time.monotonic() - looked > LOOK:
                lanes, looked = self._look(), time.monotonic()
            if not answers and not (lanes and self._free):
                continue
            going = self._go_on(answers, lanes)
            sent += going
            if not going and self._free:
                lanes, looked = self._look(), time.monotonic()
                if lanes and not self._out and not self._rest(lanes):
                    return sent
        return sent

    def _go_on(self, answers: dict[str, Outcome], lanes: list[Lane]) -> int:
        """Write answers down and let go what is next; return how many calls.

        What has very many lines is taken alone and one in a turn, so that no answer waits for it.
        """
        alone = [lane for lane in lanes if lane[1] in claims.ALONE]
        going = self._let_go(self._write(answers, [one for one in lanes if one not in alone]))
        for lane in sorted(alone, key=self._served.__getitem__):
            if self._free and self._let_go(self._write({}, [lane])):
                self._served[lane] += 1
                return going + 1
        return going

    def _let_go(self, messages: list[Outgoing]) -> int:
        if messages:
            mark.write(self._tools, messages[-1].envelope_id)
        for message in messages:
            self._pool.submit(self._call, message)
        self._free -= len(messages)
        self._out += len(messages)
        return len(messages)

    def _renew(self) -> None:
        """Tell now and then that the calls that are out are not forgotten."""
        if not self._out or time.monotonic() - self._renewed < RENEW:
            return
        with suppress(*NOT_NOW):
            with self._tools.sessions.begin() as db:
                claims.renew(db, me=self._me, now=self._tools.clock.now())
            self._renewed = time.monotonic()

    def _look(self) -> list[Lane]:
        """Return the lanes with work; none while the database is away."""
        try:
            with self._tools.sessions.read() as db:
                return claims.lanes_due(db, now=self._tools.clock.now())
        except OperationalError:
            log.warning("database_away")
            return []

    def _rest(self, lanes: list[Lane]) -> bool:
        """Wait for the first lane whose rate lets go soon; False when none does."""
        now = self._tools.clock.now()
        waits = [self._rests.until.get(lane, now) - now for lane in lanes]
        soon = min((one for one in waits if one > timedelta(0)), default=None)
        if soon is None or soon > timedelta(seconds=LOOK):
            return False
        threading.Event().wait(soon.total_seconds())
        return True

    def _come_in(self) -> dict[str, Outcome]:
        """Return the answers that have come; wait a little for one while any call is out."""
        found: list[tuple[str, Outcome]] = []
        try:
            if self._out:
                found.append(self._answers.get(timeout=WAIT))
                if self._out > 1:
                    threading.Event().wait(GATHER)
            while True:
                found.append(self._answers.get_nowait())
        except Empty:
            self._out -= len(found)
            self._free += len(found)
            return dict(found)

    def _allowed(self, lanes: list[Lane]) -> dict[Lane, int]:
        """Return how many calls may leave; none while the database is away."""
        try:
            return rates.ask(self._tools, lanes, rests=self._rests, most=self._free)
        except OperationalError:
            return {}

    def _write(self, answers: dict[str, Outcome], lanes: list[Lane]) -> list[Outgoing]:
        """Write answers down and take what is next, in one transaction."""
        deadline = time.monotonic() + PATIENCE
        allowed = self._allowed(lanes)
        while answers or any(allowed.values()):
            now = self._tools.clock.now()
            try:
                with self._tools.sessions.begin() as db:
                    if answers:
                        outcomes.record(db, answers, me=self._me, now=now)
                    going = claims.take(db, self._tools, me=self._me, now=now, allowed=allowed)
            except NOT_NOW:  # answers are not lost because the database is away
                if time.monotonic() > deadline:
                    raise
                threading.Event().wait(AWAY)
                allowed = {}  # that was for a moment that is over
            else:
                self._rests.keep(allowed, going)
                return going
        return []

    def _call(self, message: Outgoing) -> None:
        self._answers.put((message.envelope_id, _ask(self._tools, message)))


def _ask(tools: Toolbox, message: Outgoing) -> Outcome:
    """Make a call; whatever breaks, there is an answer, and the wheel gets its slot back.

    A messenger never raises by its contract. One that does may have sent before it broke. What it
    raised is told by its kind and place only: its words may hold an address.
    """
    try:
        return replace(tools.messenger.send(message), envelope_id=message.envelope_id)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        log.error(  # noqa: TRY400 (see above)
            "call_broke",
            extra={
                "envelope": message.envelope_id,
                "kind": type(error).__name__,
                "where": f"{where.name}:{where.lineno}",
            },
        )
        return Outcome(Result.UNKNOWN, trouble=Trouble.LOST, envelope_id=message.envelope_id)
