"""What is known of a letter as a whole: has it left, and what WeChat reported of its mass calls."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.outbox.models import Envelope
from server.outbox.rules import Status


@dataclass(frozen=True, slots=True)
class Reported:
    """The sum of the reports that came. Approximate: pushed when a job is nearly done."""

    calls: int
    sent: int
    failed: int


def reported(db: Session, *, topic: str) -> Reported:
    """Sum the MASSSENDJOBFINISH reports of a topic (WECHAT §1.5)."""
    query = select(Envelope.counts).where(Envelope.topic == topic, Envelope.counts.is_not(None))
    found = [counts for counts in db.scalars(query) if counts]
    return Reported(
        calls=len(found),
        sent=sum(int(one.get("SentCount", 0)) for one in found),
        failed=sum(int(one.get("ErrorCount", 0)) for one in found),
    )


def has_left(db: Session, *, topic: str) -> bool:
    """Tell whether anything of a topic was handed over and not refused: somebody may have it."""
    left = [Status.SENDING, Status.ACCEPTED, Status.DELIVERED, Status.UNKNOWN]
    query = select(Envelope.id).where(Envelope.topic == topic, Envelope.status.in_(left))
    return db.scalar(query.limit(1)) is not None
