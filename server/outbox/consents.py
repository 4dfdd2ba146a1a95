"""What the ends of subscription messages mean for the consents they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.people import subscriptions
from server.ports import Channel, Trouble

TOGETHER = 500
MAY_HAVE_ARRIVED = frozenset({Status.ACCEPTED, Status.UNKNOWN})


def settle(db: Session, envelopes: Sequence[Envelope], status: Status, *, known: Status) -> None:
    """Use up a consent for what WeChat took, or may have; a late no gives it back.

    43101 clears them: WeChat knows better than our ledger how many messages are allowed.
    """
    lanes: dict[tuple[str, int], list[Envelope]] = defaultdict(list)
    for one in envelopes:
        if one.channel in subscriptions.TEMPLATES:
            lanes[one.channel, one.account_id].append(one)
    for (channel, account_id), some in sorted(lanes.items()):  # always locked in this order
        template = subscriptions.TEMPLATES[Channel(channel)]
        gone = [one.id for one in some if one.trouble == Trouble.PERSON_GONE]
        others = [one.id for one in some if one.trouble != Trouble.PERSON_GONE]
        for openids in _addresses(db, gone):
            subscriptions.clear(db, account_id=account_id, template=template, openids=openids)
        used, was_used = status in MAY_HAVE_ARRIVED, known in MAY_HAVE_ARRIVED
        if used != was_used:
            by: Literal[-1, 1] = -1 if used else 1
            for openids in _addresses(db, others):
                subscriptions.count(
                    db, account_id=account_id, template=template, openids=openids, by=by
                )


def _addresses(db: Session, envelope_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the addresses in order and in portions: a statement names only so many."""
    found: list[str] = []
    for some in _portions(envelope_ids):
        found += db.scalars(select(Delivery.address).where(Delivery.envelope_id.in_(some)))
    return _portions(sorted(found))


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + TOGETHER] for start in range(0, len(values), TOGETHER))
