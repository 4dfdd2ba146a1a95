"""The ledger of subscription consents: one tap allows one message (WECHAT §4.3, §4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from server.people.models import ConsentReport, SubscriptionConsent
from server.people.service import ids_of
from server.ports import AccountKind, Channel

PAIRING = timedelta(minutes=10)  # the phone's word and WeChat's event for one tap lie this close
Witness = Literal["phone", "event"]
# Our key of the template that each channel asks for: a consent to one is no consent to the other.
TEMPLATES: Mapping[Channel, str] = {
    Channel.MINI_SUBSCRIPTION: "case_progress",
    Channel.OFFICIAL_SUBSCRIPTION: "case_notice",
}
ASKED_BY: Mapping[AccountKind, str] = {  # the same by the account in whose name is asked
    AccountKind.MINI: TEMPLATES[Channel.MINI_SUBSCRIPTION],
    AccountKind.OFFICIAL: TEMPLATES[Channel.OFFICIAL_SUBSCRIPTION],
}


def report(db: Session, *, person_id: int, template: str, witness: Witness, now: datetime) -> int:
    """Count an accepted tap once, though the phone and WeChat's event both tell of it.

    Return how many messages are allowed now. The two may come in either order, or one may be
    missing (no callback configured, or the phone lost its network).
    """
    row = _row(db, person_id, template)  # locked: the two witnesses queue up here
    other = db.scalar(
        select(ConsentReport)
        .where(
            ConsentReport.person_id == person_id,
            ConsentReport.template == template,
            ConsentReport.witness != witness,
            ConsentReport.paired.is_(False),
            ConsentReport.at > now - PAIRING,
        )
        .order_by(ConsentReport.at)
        .limit(1)
    )
    mine = ConsentReport(
        person_id=person_id, template=template, witness=witness, at=now, paired=other is not None
    )
    db.add(mine)
    if other is None:
        row.remaining += 1
    else:
        other.paired = True
    db.flush()
    return remaining(db, person_id=person_id, template=template)


def remaining(db: Session, *, person_id: int, template: str) -> int:
    """Return how many messages are allowed now."""
    rows = _allowed(db, person_id, template).subquery()
    return db.scalar(select(func.sum(rows.c.remaining))) or 0


def spend(db: Session, *, person_id: int, template: str) -> bool:
    """Use one; return False when there is none."""
    query = _allowed(db, person_id, template).order_by(SubscriptionConsent.id).limit(1)
    row = db.scalar(query.with_for_update())
    if row is None:
        return False
    row.remaining -= 1
    return True


def _allowed(db: Session, person_id: int, template: str) -> Select[SubscriptionConsent]:
    """Select what is left, also of those merged into the person: it stays where it was given."""
    return select(SubscriptionConsent).where(
        SubscriptionConsent.person_id.in_(ids_of(db, person_id)),
        SubscriptionConsent.template == template,
        SubscriptionConsent.remaining > 0,
    )


def inherit(db: Session, *, heir: int, person_id: int) -> None:
    """Two persons turned out to be one: what either allowed is allowed to both."""
    rows = db.scalars(
        select(SubscriptionConsent).where(
            SubscriptionConsent.person_id == person_id, SubscriptionConsent.remaining > 0
        )
    )
    for row in rows:
        _row(db, heir, row.template).remaining += row.remaining
        row.remaining = 0


def clear(db: Session, *, person_id: int, template: str) -> None:
    """WeChat says there is none left (43101, or the person refused in settings)."""
    for row in db.scalars(_allowed(db, person_id, template).with_for_update()):
        row.remaining = 0


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
