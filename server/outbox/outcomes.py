"""Write down what WeChat said, and what became of calls whose dispatcher died."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.outbox import consents, holds, mark, receipts, rules
from server.outbox.claims import ALONE, end
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.ports import Channel, Outcome, Result, Trouble
from server.toolbox import Toolbox

log = logging.getLogger(__name__)

TOGETHER = 500


def record(db: Session, outcomes: Mapping[str, Outcome], *, me: str, now: datetime) -> None:
    """Write down what WeChat said, by envelope. A late answer still tells the truth."""
    rows = db.scalars(
        select(Envelope)
        .where(Envelope.id.in_(list(outcomes)))
        .order_by(Envelope.id)
        .with_for_update()
    )
    ended: dict[tuple[Status, Status], list[Envelope]] = defaultdict(list)
    for envelope in rows:
        outcome = outcomes[envelope.id]
        mine = envelope.status == Status.SENDING and envelope.claimed_by == me
        late_truth = _late_truth(envelope, outcome) and not mine
        if not mine and not late_truth:
            continue
        until = holds.after(db, envelope, outcome, now=now) if mine else None
        status = _next(envelope, outcome, parked=until is not None)
        if late_truth and status is Status.QUEUED:
            continue  # "not now" comes too late: what is unknown is not repeated by machine
        before = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
        envelope.code, envelope.rid = outcome.code, outcome.rid
        envelope.trouble = _trouble(envelope, outcome)
        envelope.reference = outcome.reference or envelope.reference
        if status is Status.QUEUED:
            _queue_again(envelope, outcome, until=until, now=now)
            continue
        _leave_out(db, envelope, outcome, repeated=before, now=now)
        given_up = envelope.status == Status.UNKNOWN
        ended[status, Status.UNKNOWN if given_up else Status.QUEUED].append(envelope)
    for (status, known), envelopes in ended.items():
        _settle(db, envelopes, status, known=known, now=now)
        if status is Status.ACCEPTED:
            receipts.apply(db, envelopes, now=now)


def _late_truth(envelope: Envelope, outcome: Outcome) -> bool:
    """Tell whether an answer that nobody waited for any more says what became of a call.

    Of a repeatable call a yes is the end of it, whoever made it and whoever is at it again.
    """
    if envelope.status == Status.UNKNOWN:
        return outcome.result is not Result.UNKNOWN
    again = envelope.status in {Status.QUEUED, Status.SENDING}
    repeatable = envelope.channel in rules.REPEATABLE
    return again and repeatable and outcome.result is Result.ACCEPTED


def _leave_out(
    db: Session, envelope: Envelope, outcome: Outcome, *, repeated: bool, now: datetime
) -> None:
    """Refuse the lines of those whom a call does not reach; the first one may have reached them."""
    status = Status.UNKNOWN if repeated else Status.REFUSED
    for start in range(0, len(outcome.left_out), TOGETHER):
        db.execute(
            update(Delivery)
            .where(
                Delivery.envelope_id == envelope.id,
                Delivery.address.in_(outcome.left_out[start : start + TOGETHER]),
                Delivery.status.in_([str(Status.QUEUED), str(Status.UNKNOWN)]),
            )
            .values(status=status, reason="not_tagged", settled_at=now)
            .execution_options(synchronize_session=False)
        )


def _queue_again(
    envelope: Envelope, outcome: Outcome, *, until: datetime | None, now: datetime
) -> None:
    """Let an envelope wait for its next try, or with its lane: that is no fault of its own."""
    if until is not None:
        envelope.attempts -= 1
    envelope.status, envelope.handed_over_at = Status.QUEUED, None
    envelope.due_at = until or now + rules.delay(outcome, attempts=envelope.attempts)


def _next(envelope: Envelope, outcome: Outcome, *, parked: bool) -> Status:
    """Return what an answer makes of an envelope; what was cancelled meanwhile is not repeated."""
    status = rules.next_status(outcome, attempts=envelope.attempts)
    again = parked or status is Status.QUEUED or (status is Status.UNKNOWN and _repeats(envelope))
    if again and envelope.cancelled_at is None:
        return Status.QUEUED
    nothing_left = again and status is not Status.UNKNOWN
    return end(envelope, Status.SKIPPED if nothing_left else status)


def _repeats(envelope: Envelope) -> bool:
    return envelope.channel in rules.REPEATABLE and envelope.attempts < rules.MAX_ATTEMPTS


def _trouble(envelope: Envelope, outcome: Outcome) -> str | None:
    """Return what to remember; that an answer was lost is forgotten only when WeChat said yes."""
    doubt = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
    if outcome.result is Result.UNKNOWN or (doubt and outcome.result is not Result.ACCEPTED):
        return Trouble.LOST
    return outcome.trouble


def release_stale(tools: Toolbox) -> int:
    """Deal with envelopes whose dispatcher died; return how many.

    Nobody knows whether WeChat got them, so they go out again only where WeChat drops repeats.
    """
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        stale = list(
            db.scalars(
                select(Envelope)
                .where(Envelope.status == Status.SENDING, Envelope.lease_until < now)
                .limit(500)
                .with_for_update(skip_locked=True)
            )
        )
        lost = []
        for envelope in stale:
            if envelope.channel in rules.REPEATABLE:
                envelope.trouble = Trouble.LOST
            if _repeats(envelope) and envelope.cancelled_at is None:
                envelope.status, envelope.handed_over_at = Status.QUEUED, None
            else:
                lost.append(envelope)
        _settle(db, lost, Status.UNKNOWN, known=Status.QUEUED, now=now)
        return len(stale)


def expire(tools: Toolbox) -> int:
    """End what waited past its time, whatever holds its lane; return how many envelopes.

    A brake must not hide from staff what came too late: only what has expired can be relaunched.
    """
    mark.check(tools)  # first: what a restored database takes for late may have been in time
    ended = 0
    while some := _expire_some(tools):
        ended += some
    return ended


def _expire_some(tools: Toolbox) -> int:
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        late = list(
            db.scalars(
                select(Envelope)
                .where(
                    Envelope.status == Status.QUEUED,
                    Envelope.expires_at <= now,
                    Envelope.channel != Channel.BY_HAND,
                )
                .order_by(Envelope.expires_at)
                .limit(TOGETHER)
                .with_for_update(skip_locked=True)
            )
        )
        late = [one for one in late if one.channel in ALONE][:1] or late
        forgotten = holds.unremembered(db, now=now)
        ends: dict[Status, list[Envelope]] = defaultdict(list)
        for envelope in late:
            if forgotten is not None and envelope.due_at <= forgotten:
                envelope.trouble = Trouble.LOST
                envelope.first_left_at = envelope.first_left_at or envelope.due_at
                ends[Status.UNKNOWN].append(envelope)
            else:
                ends[end(envelope, Status.EXPIRED)].append(envelope)
        for status, envelopes in ends.items():
            _settle(db, envelopes, status, known=Status.QUEUED, now=now)
        return len(late)


def _settle(
    db: Session, envelopes: list[Envelope], status: Status, *, known: Status, now: datetime
) -> None:
    """End envelopes, and those of their lines that stand at `known`."""
    if not envelopes:
        return
    consents.settle(db, envelopes, status, known=known)
    for envelope in envelopes:
        envelope.status, envelope.settled_at = status, now
        if status in {Status.FAILED, Status.UNKNOWN}:
            log.error(
                "envelope_needs_attention",
                extra={"envelope": envelope.id, "status": status, "code": envelope.code},
            )
    ends: dict[str, object] = {"status": status, "settled_at": now}
    if status is Status.SKIPPED:
        ends["reason"] = "cancelled"  # the only way in which an answer ends like this
    db.execute(
        update(Delivery)
        .where(Delivery.envelope_id.in_([one.id for one in envelopes]), Delivery.status == known)
        .values(**ends)
        .execution_options(synchronize_session=False)
    )
