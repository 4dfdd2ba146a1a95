"""Take a person out of the outbox: what waits is not sent, what was sent loses its words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from server.kernel.crypto import Vault
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import FINAL, Status
from server.outbox.service import PAYLOAD


def in_flight(db: Session, person_ids: Collection[int]) -> bool:
    """Tell whether something is on its way to these persons this very moment."""
    query = (
        select(Delivery.key)
        .join(Envelope)
        .where(
            Delivery.person_id.in_(list(person_ids)),
            Envelope.status.not_in([str(status) for status in FINAL]),
            (Envelope.status != Status.QUEUED) | (Envelope.attempts > 0),
        )
    )
    return db.scalars(query.limit(1)).first() is not None


def erase(db: Session, person_ids: Collection[int], *, vault: Vault, now: datetime) -> None:
    """Skip what waits; drop addresses, and the words of letters nobody else got.

    That something was sent, when and with what end stays, for the figures of the office. Call
    it when nothing is `in_flight`.
    """
    ids = list(person_ids)
    db.execute(
        update(Delivery)
        .where(Delivery.person_id.in_(ids), Delivery.status == Status.QUEUED)
        .values(status=Status.SKIPPED, reason="gone", settled_at=now)
        .execution_options(synchronize_session="fetch")
    )
    db.execute(
        update(Delivery)
        .where(Delivery.person_id.in_(ids))
        .values(address="")
        .execution_options(synchronize_session="fetch")
    )
    theirs, others = aliased(Delivery), aliased(Delivery)
    alone = (
        select(theirs.envelope_id)
        .where(theirs.person_id.in_(ids))
        .where(
            ~exists().where(others.envelope_id == theirs.envelope_id, others.person_id.not_in(ids))
        )
    )
    envelopes = list(db.scalars(alone.distinct()))
    db.execute(
        update(Envelope)
        .where(Envelope.id.in_(envelopes))
        .values(payload=vault.seal("{}", where=PAYLOAD))
        .execution_options(synchronize_session="fetch")
    )
    db.execute(
        update(Envelope)
        .where(Envelope.id.in_(envelopes), Envelope.status == Status.QUEUED)
        .values(status=Status.SKIPPED, settled_at=now)
        .execution_options(synchronize_session="fetch")
    )
