"""Delivery receipts from callbacks. Early, late and repeated ones are normal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from server.kernel.upsert import insert_new
from server.outbox.models import Delivery, Envelope, Receipt
from server.outbox.rules import Status


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
    envelope = db.scalar(
        select(Envelope)
        .where(Envelope.account_id == account_id, Envelope.reference == reference)
        .with_for_update()
    )
    if envelope is not None:
        apply(db, envelope, now=now)


def apply(db: Session, envelope: Envelope, *, now: datetime) -> None:
    """Apply a kept receipt to an envelope that WeChat took.

    A mass send has no receipt per person, only counts: its deliveries stay accepted unless the
    whole job failed (WECHAT §1.5).
    """
    receipt = db.get(Receipt, (envelope.account_id, envelope.reference))
    if receipt is None:
        return
    envelope.counts = receipt.counts
    if receipt.counts is not None and receipt.delivered:
        return
    status = Status.DELIVERED if receipt.delivered else Status.REFUSED
    db.execute(
        update(Delivery)
        .where(Delivery.envelope_id == envelope.id, Delivery.status == Status.ACCEPTED)
        .values(status=status, reason=None if receipt.delivered else receipt.detail, settled_at=now)
    )
    envelope.status = status
