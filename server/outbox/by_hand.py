"""What colleagues pass on themselves: a list, ticked off one by one; what nobody did expires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, NotFound
from server.outbox import suppressions
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.ports import Channel


class Done(StrEnum):
    """What a colleague says about one person."""

    TOLD = "told"  # passed on
    UNREACHED = "unreached"  # tried in vain
    WRONG = "wrong_number"


_ENDS = {
    Done.TOLD: (Status.DELIVERED, None),
    Done.UNREACHED: (Status.FAILED, "unreached"),
    Done.WRONG: (Status.REFUSED, "wrong_number"),
}


@dataclass(frozen=True, slots=True)
class Errand:
    """Somebody who is to be told by a colleague."""

    key: str
    person_id: int
    status: str
    reason: str | None
    due_at: datetime
    expires_at: datetime


def listing(
    db: Session,
    *,
    tenant_id: int,
    topic: str,
    open_only: bool,
    after: str,
    limit: int,
    vault: Vault,
    now: datetime,
) -> list[Errand]:
    """Return errands of a topic by key; nobody waits there any more who must not be told."""
    query = (
        select(Delivery, Envelope)
        .join(Envelope)
        .where(
            Envelope.tenant_id == tenant_id,
            Envelope.topic == topic,
            Envelope.channel == Channel.BY_HAND,
            Delivery.key > after,
        )
        .order_by(Delivery.key)
        .limit(limit)
    )
    if open_only:
        query = query.where(Delivery.status == Status.QUEUED)
    rows = [(line, envelope) for line, envelope in db.execute(query)]
    _spare(db, [one for one in rows if one[0].status == Status.QUEUED], vault=vault, now=now)
    return [
        Errand(
            line.key, line.person_id, line.status, line.reason,
            envelope.due_at, envelope.expires_at,
        )
        for line, envelope in rows
    ]  # fmt: skip


def _spare(
    db: Session, waiting: Sequence[tuple[Delivery, Envelope]], *, vault: Vault, now: datetime
) -> None:
    """Skip who died, mourns or said no since the plan; a colleague who was quicker is right."""
    reasons = suppressions.why_not(db, waiting, vault=vault, now=now)
    for line, envelope in waiting:
        if line.key not in reasons:
            continue
        db.refresh(line, with_for_update=True)
        if line.status == Status.QUEUED:
            line.status, line.reason, line.settled_at = Status.SKIPPED, reasons[line.key], now
            envelope.status, envelope.settled_at = Status.SKIPPED, now


def waiting(db: Session, *, tenant_id: int, topic: str) -> int:
    """Count the errands nobody has done yet."""
    query = (
        select(func.count())
        .select_from(Delivery)
        .join(Envelope)
        .where(
            Envelope.tenant_id == tenant_id,
            Envelope.topic == topic,
            Envelope.channel == Channel.BY_HAND,
            Delivery.status == Status.QUEUED,
        )
    )
    return db.scalar(query) or 0


def tick(
    db: Session,
    *,
    tenant_id: int,
    topic: str,
    key: str,
    done: Done | None,
    by: int,
    now: datetime,
) -> int:
    """Note what the colleague `by` did; None takes the tick back. Return the person.

    Raise NotFound, Conflict when the time is over.
    """
    line = db.scalar(
        select(Delivery)
        .join(Envelope)
        .where(
            Delivery.key == key,
            Envelope.tenant_id == tenant_id,
            Envelope.topic == topic,
            Envelope.channel == Channel.BY_HAND,
        )
        .with_for_update()
    )
    if line is None:
        raise NotFound("errand")
    envelope = db.get_one(Envelope, line.envelope_id, with_for_update=True)
    if line.status == Status.SKIPPED or (done is None and now >= envelope.expires_at):
        raise Conflict("over")
    status, reason = _ENDS[done] if done is not None else (Status.QUEUED, None)
    line.status, line.reason = str(status), reason
    line.settled_at, line.settled_by = (now, by) if done is not None else (None, None)
    envelope.status, envelope.settled_at = str(status), line.settled_at
    envelope.handed_over_at = now if done is Done.TOLD else None
    return line.person_id


def expire(db: Session, *, vault: Vault, now: datetime) -> int:
    """End the errands whose time is over; return how many."""
    rows = list(
        db.scalars(
            select(Envelope)
            .where(
                Envelope.status == Status.QUEUED,
                Envelope.channel == Channel.BY_HAND,
                Envelope.expires_at <= now,
            )
            .limit(500)
            .with_for_update(skip_locked=True)
        )
    )
    waiting = [
        (line, envelope)
        for envelope in rows
        for line in envelope.deliveries
        if line.status == Status.QUEUED
    ]
    _spare(db, waiting, vault=vault, now=now)
    for envelope in rows:
        if envelope.status == Status.QUEUED:
            envelope.status, envelope.settled_at = Status.EXPIRED, now
        for line in envelope.deliveries:
            if line.status == Status.QUEUED:
                line.status, line.settled_at = Status.EXPIRED, now
    return len(rows)
