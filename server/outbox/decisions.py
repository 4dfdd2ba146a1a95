"""What only a person decides: to send again what may have arrived, or what came too late."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, select, update
from sqlalchemy.orm import Session

from server.outbox import rules
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status


def relaunch(db: Session, *, tenant_id: int, topic: str, now: datetime, until: datetime) -> int:
    """A person decided that what expired is sent after all, until then; return for how many."""
    late = and_(
        Envelope.tenant_id == tenant_id,
        Envelope.topic == topic,
        Envelope.status == Status.EXPIRED,
    )
    db.execute(select(Envelope.id).where(late).order_by(Envelope.id).with_for_update()).all()
    lines = cast(
        "CursorResult[Any]",
        db.execute(
            update(Delivery)
            .where(
                Delivery.envelope_id.in_(select(Envelope.id).where(late)),
                Delivery.status == Status.EXPIRED,
            )
            .values(status=str(Status.QUEUED), settled_at=None)
            .execution_options(synchronize_session=False)
        ),
    )
    db.execute(
        update(Envelope)
        .where(late)
        .values(
            status=str(Status.QUEUED), due_at=now, expires_at=until, settled_at=None, attempts=0
        )
        .execution_options(synchronize_session=False)
    )
    return lines.rowcount


def repeat_unknown(db: Session, *, tenant_id: int, key: str, now: datetime) -> bool:
    """A person decided that a delivery of unknown fate is sent again. Return whether it was.

    A mass send is repeated whole, as the call it was: WeChat drops what it already had. When it
    has forgotten that call, the decision is for a new one.
    """
    line = db.scalar(
        select(Delivery)
        .join(Envelope)
        .where(
            Delivery.key == key,
            Envelope.tenant_id == tenant_id,
            Delivery.status == Status.UNKNOWN,
            Envelope.expires_at > now,
        )
        .with_for_update()
    )
    if line is None:
        return False
    envelope = db.get_one(Envelope, line.envelope_id, with_for_update=True)
    envelope.status, envelope.due_at = Status.QUEUED, now
    envelope.handed_over_at, envelope.attempts, envelope.cancelled_at = None, 0, None
    whole = envelope.channel in rules.REPEATABLE
    if whole and rules.forgotten(envelope.first_left_at, now=now):
        envelope.first_left_at, envelope.trouble = now, None
    for one in envelope.deliveries if whole else [line]:
        if one.status == Status.UNKNOWN:
            one.status = Status.QUEUED
    return True
