"""The ledger of subscription consents: one tap allows one message (WECHAT §4.3, §4.4).

Kept as WeChat keeps it, by openid and template. One is used when WeChat took the message or may
have; what waits in the outbox is not used yet, and comes off only in what may be promised.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import Select, Table, case, delete, func, select, update
from sqlalchemy.orm import Session

from server.kernel.upsert import insert_new
from server.people.models import ConsentReport, SubscriptionConsent, WeChatIdentity
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


@dataclass(frozen=True, slots=True)
class Consent:
    """What one phone allows."""

    account_id: int
    openid: str
    remaining: int


def report(db: Session, *, identity_id: int, template: str, witness: Witness, now: datetime) -> int:
    """Count an accepted tap once, though the phone and WeChat's event both tell of it.

    Return how many messages this phone allows now. The two may come in either order, or one may
    be missing (no callback configured, or the phone lost its network).
    """
    row = _row(db, identity_id, template)  # locked: the two witnesses queue up here
    db.execute(
        delete(ConsentReport)
        .where(
            ConsentReport.identity_id == identity_id,
            ConsentReport.template == template,
            ConsentReport.at <= now - PAIRING,
        )
        .execution_options(synchronize_session=False)
    )
    other = db.scalar(
        select(ConsentReport)
        .where(
            ConsentReport.identity_id == identity_id,
            ConsentReport.template == template,
            ConsentReport.witness != witness,
            ConsentReport.paired.is_(False),
            ConsentReport.at > now - PAIRING,
        )
        .order_by(ConsentReport.at)
        .limit(1)
    )
    mine = ConsentReport(
        identity_id=identity_id, template=template, witness=witness, at=now,
        paired=other is not None,
    )  # fmt: skip
    db.add(mine)
    if other is None:
        row.remaining += 1
    else:
        other.paired = True
    return row.remaining


def remaining(db: Session, *, person_id: int, template: str, account_id: int | None = None) -> int:
    """Return how many messages a person allows, on all phones or those of one account."""
    query = (
        select(func.sum(SubscriptionConsent.remaining))
        .join(WeChatIdentity)
        .where(
            WeChatIdentity.person_id.in_(ids_of(db, person_id)),
            SubscriptionConsent.template == template,
        )
    )
    if account_id is not None:
        query = query.where(WeChatIdentity.account_id == account_id)
    return db.scalar(query) or 0


def held(db: Session, *, person_id: int, template: str) -> list[Consent]:
    """Return what a person's phones allow, locked until something is promised of it."""
    query = (
        select(SubscriptionConsent, WeChatIdentity)
        .join(WeChatIdentity)
        .where(
            WeChatIdentity.person_id.in_(ids_of(db, person_id)),
            SubscriptionConsent.template == template,
            SubscriptionConsent.remaining > 0,
        )
        .order_by(SubscriptionConsent.id)
        .with_for_update(of=SubscriptionConsent)
    )
    return [
        Consent(identity.account_id, identity.openid, row.remaining)
        for row, identity in db.execute(query)
    ]


def count(
    db: Session, *, account_id: int, template: str, openids: Iterable[str], by: Literal[-1, 1]
) -> None:
    """Take one off, or give one back, for each time a phone is named; never below none."""
    times: dict[int, list[str]] = defaultdict(list)
    for openid, number in Counter(openids).items():
        times[number].append(openid)
    for number, some in times.items():
        left = SubscriptionConsent.remaining + by * number
        db.execute(
            update(SubscriptionConsent)
            .where(
                SubscriptionConsent.template == template,
                SubscriptionConsent.identity_id.in_(_identities(account_id, some)),
            )
            .values(remaining=case((left > 0, left), else_=0))
            .execution_options(synchronize_session=False)
        )


def clear(db: Session, *, account_id: int, template: str, openids: Collection[str]) -> None:
    """WeChat says there is none left (43101, or the person refused in settings)."""
    db.execute(
        update(SubscriptionConsent)
        .where(
            SubscriptionConsent.template == template,
            SubscriptionConsent.identity_id.in_(_identities(account_id, openids)),
        )
        .values(remaining=0)
        .execution_options(synchronize_session=False)
    )


def _identities(account_id: int, openids: Collection[str]) -> Select[int]:
    return select(WeChatIdentity.id).where(
        WeChatIdentity.account_id == account_id, WeChatIdentity.openid.in_(list(openids))
    )


def _row(db: Session, identity_id: int, template: str) -> SubscriptionConsent:
    """Return the phone's line, locked; made when there is none."""
    insert_new(
        db,
        cast("Table", SubscriptionConsent.__table__),
        {"identity_id": identity_id, "template": template, "remaining": 0},
    )
    return db.scalars(
        select(SubscriptionConsent)
        .where(
            SubscriptionConsent.identity_id == identity_id,
            SubscriptionConsent.template == template,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
