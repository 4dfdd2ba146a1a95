"""What WeChat reported of mass calls: numbers only, never who."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.outbox.models import Envelope


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
