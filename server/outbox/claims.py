"""Take what is due: expired? suppressed? — and note that it leaves, in one transaction.

What is taken is on its way: whoever takes it must call at once. Dying in between leaves it
UNKNOWN, because nobody can tell whether it left.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.kernel.clock import china_midnight
from server.outbox import allowances, holds, rules, suppressions
from server.outbox.allowances import Had
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.outbox.service import PAYLOAD
from server.outbox.suppressions import Known
from server.ports import MASSES, Channel, Outgoing
from server.toolbox import Toolbox

LEASE = timedelta(seconds=45)  # longer than the slowest call (time-outs 3 + 10 s, one token retry)

ALONE = frozenset({str(one) for one in MASSES})  # so many lines that nobody should wait for two

Lane = tuple[int, str]  # account, channel: what a rate is for


def lanes_due(db: Session, *, now: datetime) -> list[Lane]:
    """Return the lanes in which anything waits whose hour has come, without those held."""
    query = (
        select(Envelope.account_id, Envelope.channel)
        .where(
            Envelope.status == Status.QUEUED,
            Envelope.channel != Channel.BY_HAND,
            Envelope.due_at <= now,
        )
        .distinct()
    )
    lanes = [(row.account_id, row.channel) for row in db.execute(query)]
    kept_back = holds.held(db, lanes, now=now) if lanes else set()
    return [lane for lane in lanes if lane not in kept_back]


def take(
    db: Session, tools: Toolbox, *, me: str, now: datetime, allowed: Mapping[Lane, int]
) -> list[Outgoing]:
    """Take as many due envelopes out of each lane as its rate allows (`rates.ask`).

    Two who take never get the same one.
    """
    taken: list[Envelope] = []
    kept_back = holds.held(db, list(allowed), now=now)
    for lane, number in allowed.items():
        if number and lane not in kept_back:
            taken += (
                _of_the_day(db, lane[0], now=now)
                if lane[1] == Channel.MASS_BY_TAG
                else _due(db, lane, now=now, limit=number)
            )
    if not taken:
        return []
    lines = _lines(db, [one.id for one in taken])
    known = suppressions.look_up(db, taken, lines, tools.vault)
    had = _had(db, taken, lines, now)
    going = []
    for envelope in taken:
        some = lines.get(envelope.id, [])
        mine = had.get(envelope.account_id, {}) if envelope.purpose in allowances.LETTERS else {}
        message = _hand_over(envelope, some, known, tools, had=mine, now=now)
        if message is not None:
            envelope.claimed_by = me
            allowances.count_on(had, envelope, some)
            going.append(message)
    return going


def _of_the_day(db: Session, account_id: int, *, now: datetime) -> list[Envelope]:
    """Return the one call by tag that a 订阅号 may make now: WeChat takes one a day of China.

    What waits in vain until midnight holds the lane, so that staff see why.
    """
    lane = account_id, str(Channel.MASS_BY_TAG)
    if not accounts.lock(db, account_id):
        return []  # somebody is at it
    made = allowances.calls_of_today(db, account_id, now=now)
    waiting = _due(db, lane, now=now, limit=20)
    free = [one for one in waiting if not made or one in made]
    busy = any(one.status in {Status.SENDING, Status.QUEUED} for one in made)
    if waiting and not free and not busy:
        holds.quota_used(db, lane, until=china_midnight(now) + timedelta(days=1), now=now)
    return free[:1]


def _had(
    db: Session, taken: Sequence[Envelope], lines: Mapping[str, list[Delivery]], now: datetime
) -> dict[int, dict[int, Had]]:
    """Return by account what readers of letters have had; cases and answers are not counted."""
    readers: dict[int, set[int]] = defaultdict(set)
    for one in taken:
        if one.purpose in allowances.LETTERS:
            readers[one.account_id] |= {line.person_id for line in lines.get(one.id, [])}
    return {
        account_id: allowances.had(db, ids, account_id=account_id, now=now)
        for account_id, ids in readers.items()
    }


def due(lane: Lane, *, now: datetime) -> Select[Envelope]:
    """Choose what waits in a lane and whose hour has come, the oldest first."""
    return (
        select(Envelope)
        .where(
            Envelope.status == Status.QUEUED,
            Envelope.account_id == lane[0],
            Envelope.channel == lane[1],
            Envelope.due_at <= now,
        )
        .order_by(Envelope.due_at)
    )


def _due(db: Session, lane: Lane, *, now: datetime, limit: int) -> list[Envelope]:
    query = due(lane, now=now).limit(limit).with_for_update(skip_locked=True)
    return list(db.scalars(query))


def _lines(db: Session, envelope_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    rows = select(Delivery).where(
        Delivery.envelope_id.in_(envelope_ids), Delivery.status == Status.QUEUED
    )
    for line in db.scalars(rows.order_by(Delivery.key)):
        found[line.envelope_id].append(line)
    return found


def _hand_over(
    envelope: Envelope,
    lines: list[Delivery],
    known: Known,
    tools: Toolbox,
    *,
    had: Mapping[int, Had],
    now: datetime,
) -> Outgoing | None:
    """Decide about one envelope one last time; None when nothing of it leaves now."""
    if now >= envelope.expires_at:
        settle(envelope, lines, end(envelope, Status.EXPIRED), now=now)
        return None
    doubt = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
    if doubt and rules.forgotten(envelope.first_left_at, now=now):
        settle(envelope, lines, Status.UNKNOWN, now=now)
        return None
    going = suppressions.sort_out(envelope, lines, known, had=had, now=now)
    if len(going) < (2 if envelope.channel == Channel.MASS else 1):
        for line in going:
            line.status, line.reason, line.settled_at = Status.SKIPPED, "mass_needs_two", now
        envelope.status, envelope.settled_at = Status.SKIPPED, now
        return None
    envelope.status, envelope.handed_over_at = Status.SENDING, now
    if not doubt or envelope.first_left_at is None:
        envelope.first_left_at = now
    envelope.lease_until = now + LEASE
    envelope.attempts += 1
    return Outgoing(
        account_id=envelope.account_id,
        envelope_id=envelope.id,
        channel=Channel(envelope.channel),
        addresses=tuple(line.address for line in going),
        payload=json.loads(tools.vault.open(envelope.payload, where=PAYLOAD)),
        not_after=_last_moment(envelope, now),
    )


def _last_moment(envelope: Envelope, now: datetime) -> datetime:
    """Return until when the call may be made: a call by tag also counts for its day of China."""
    midnight = china_midnight(now) + timedelta(days=1)
    by_tag = envelope.channel == Channel.MASS_BY_TAG
    return min(envelope.expires_at, midnight) if by_tag else envelope.expires_at


def renew(db: Session, *, me: str, now: datetime) -> None:
    """Keep what this dispatcher has out: tagging very many readers outlasts a lease."""
    db.execute(
        update(Envelope)
        .where(Envelope.status == Status.SENDING, Envelope.claimed_by == me)
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )


def end(envelope: Envelope, status: Status) -> Status:
    """Return the truth about an envelope that ends as `status`: an earlier call may have left."""
    doubt = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
    return rules.after_doubt(status) if doubt else status


def settle(envelope: Envelope, lines: list[Delivery], status: Status, *, now: datetime) -> None:
    """End an envelope and the lines that share its end."""
    envelope.status, envelope.settled_at = status, now
    for line in lines:
        line.status, line.settled_at = status, now
