"""How many calls each lane may make now: asked before a transaction begins, for Redis may be slow.

A token that was taken and not used is lost, but for one of each lane: what waits for something
else than its rate would use the rate up by being looked at.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.outbox.claims import ALONE, Lane, due
from server.outbox.models import Envelope
from server.ports import Outgoing
from server.toolbox import Toolbox

SLOW = 0.5  # seconds for one question: whoever takes longer is not asked about other lanes
COUNTED = 500  # how many are counted ahead
PAUSE = timedelta(seconds=5)  # until it is asked again


@dataclass(slots=True)
class Rests:
    """Lanes whose rate is used up, until when. What waits in them is left in its rows."""

    until: dict[Lane, datetime] = field(default_factory=dict)
    silent: datetime | None = None  # until when nobody is asked: Redis does not answer
    spare: set[Lane] = field(default_factory=set)  # with a token from before
    waiting: dict[Lane, int] = field(default_factory=dict)  # counted, and not yet allowed

    def resting(self, lane: Lane, now: datetime) -> bool:
        silent = self.silent is not None and self.silent > now
        return silent or self.until.get(lane, now) > now

    def keep(self, allowed: Mapping[Lane, int], going: Collection[Outgoing]) -> None:
        """Keep one token of each lane in which fewer calls left than were allowed."""
        left = Counter((one.account_id, str(one.channel)) for one in going)
        for lane, number in allowed.items():
            if left[lane] < number:
                self.spare.add(lane)
                self.waiting.pop(lane, None)  # others were quicker


def ask(tools: Toolbox, lanes: Collection[Lane], *, rests: Rests, most: int) -> dict[Lane, int]:
    """Return how many calls each lane may make: no more than wait in it, `most` in all of them.

    What was counted is not counted again until it has been allowed.
    To be called without a transaction open.
    """
    now = tools.clock.now()
    awake = [lane for lane in lanes if not rests.resting(lane, now)]
    if not awake:
        return {}
    if unknown := [lane for lane in awake if not rests.waiting.get(lane)]:
        with tools.sessions.read() as db:
            rests.waiting |= {lane: _waiting(db, lane, now=now) for lane in unknown}
    allowed: dict[Lane, int] = {}
    for lane in awake:
        wanted = min(rests.waiting[lane], most - sum(allowed.values()))
        allowed[lane] = _tokens(tools, lane, wanted, rests=rests)
        rests.waiting[lane] -= allowed[lane]
    return allowed


def _waiting(db: Session, lane: Lane, *, now: datetime) -> int:
    most = 1 if lane[1] in ALONE else COUNTED
    some = due(lane, now=now).with_only_columns(Envelope.id).limit(most)
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0


def _tokens(tools: Toolbox, lane: Lane, wanted: int, *, rests: Rests) -> int:
    now, found = tools.clock.now(), 0
    if wanted and lane in rests.spare:
        rests.spare.remove(lane)
        found = 1
    while found < wanted and not rests.resting(lane, now):
        began = time.monotonic()
        wait = tools.limiter.take(f"{lane[1]}:{lane[0]}", now)
        if wait > timedelta(0):
            rests.until[lane] = now + wait
        else:
            found += 1
        if time.monotonic() - began > SLOW:
            rests.silent = now + PAUSE
    return found
