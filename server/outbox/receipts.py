"""Delivery receipts from callbacks. Early, late and repeated ones are normal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, and_, select, tuple_, update
from sqlalchemy.orm import Session

from server.kernel.upsert import insert_new
from server.outbox.models import Delivery, Envelope, Receipt
from server.outbox.rules import Status

TOGETHER = 500
WITHIN = timedelta(days=3)  # receipts of calls that are not ours never find theirs


def receive(
    db: Session,
    *,
    account_id: int,
    reference: str,
    delivered: bool,
    detail: str,
    now: datetime,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Keep a receipt and apply it. One that is early is applied when the call is recorded."""
    fresh = insert_new(
        db,
        cast("Table", Receipt.__table__),
        {
            "account_id": account_id,
            "reference": reference,
            "at": now,
            "delivered": delivered,
            "detail": detail,
            "counts": dict(counts) if counts is not None else None,
        },
    )
    if not fresh:
        return
    envelopes = db.scalars(
        select(Envelope)
        .where(Envelope.account_id == account_id, Envelope.reference == reference)
        .with_for_update()
    )
    apply(db, list(envelopes), now=now)


def apply_missed(db: Session, *, now: datetime) -> int:
    """Apply receipts that were kept while the answer to their call was being written.

    Each of the two transactions looked before the other one committed (PostgreSQL), so neither
    saw both. Return how many calls that concerns.
    """
    missed = (
        select(Envelope)
        .join(
            Receipt,
            and_(
                Receipt.account_id == Envelope.account_id,
                Receipt.reference == Envelope.reference,
            ),
        )
        .where(
            Receipt.applied_at.is_(None),
            Receipt.at > now - WITHIN,
            Envelope.status == Status.ACCEPTED,
        )
        .limit(TOGETHER)
        .with_for_update(of=Envelope, skip_locked=True)
    )
    envelopes = list(db.scalars(missed))
    apply(db, envelopes, now=now)
    return len(envelopes)


def apply(db: Session, envelopes: Sequence[Envelope], *, now: datetime) -> None:
    """Apply kept receipts to envelopes that WeChat took.

    A mass send has no receipt per person, only counts: its deliveries stay accepted unless the
    whole job failed (WECHAT §1.5).
    """
    named = {(one.account_id, one.reference): one for one in envelopes if one.reference}
    if not named:
        return
    rows = select(Receipt).where(tuple_(Receipt.account_id, Receipt.reference).in_(list(named)))
    for receipt in db.scalars(rows):
        envelope = named[receipt.account_id, receipt.reference]
        envelope.counts, receipt.applied_at = receipt.counts, now
        if receipt.counts is not None and receipt.delivered:
            continue
        status = Status.DELIVERED if receipt.delivered else Status.REFUSED
        db.execute(
            update(Delivery)
            .where(Delivery.envelope_id == envelope.id, Delivery.status == Status.ACCEPTED)
            .values(
                status=status, reason=None if receipt.delivered else receipt.detail, settled_at=now
            )
        )
        envelope.status = status
