"""The ledger of subscription consents: one tap allows one message (WECHAT §4.4)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.people.models import SubscriptionConsent


def grant(db: Session, *, person_id: int, template: str) -> int:
    """Add one allowed message; return how many there are now."""
    row = _row(db, person_id, template)
    row.remaining += 1
    return row.remaining


def remaining(db: Session, *, person_id: int, template: str) -> int:
    query = select(SubscriptionConsent.remaining).where(
        SubscriptionConsent.person_id == person_id, SubscriptionConsent.template == template
    )
    return db.scalar(query) or 0


def spend(db: Session, *, person_id: int, template: str) -> bool:
    """Use one; return False when there is none."""
    row = _row(db, person_id, template)
    if row.remaining < 1:
        return False
    row.remaining -= 1
    return True


def clear(db: Session, *, person_id: int, template: str) -> None:
    """WeChat says there is none left (43101, or the person refused in settings)."""
    _row(db, person_id, template).remaining = 0


def _row(db: Session, person_id: int, template: str) -> SubscriptionConsent:
    query = select(SubscriptionConsent).where(
        SubscriptionConsent.person_id == person_id, SubscriptionConsent.template == template
    )
    row = db.scalar(query.with_for_update())
    if row is None:
        row = SubscriptionConsent(person_id=person_id, template=template, remaining=0)
        db.add(row)
        db.flush()
    return row
