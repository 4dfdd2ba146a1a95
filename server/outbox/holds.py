"""What keeps whole lanes back: used-up quota, a wrong secret, a restored database, a colleague.

A hold changes no row of the ledger: what waits goes on when the hold ends, or expires meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, load_only

from server.accounts import service as accounts
from server.kernel.errors import NotFound
from server.outbox import consents
from server.outbox.models import Delivery, Envelope, SendHold
from server.outbox.rules import Status
from server.people import subscriptions
from server.ports import Channel, Outcome, Result, Trouble
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

log = logging.getLogger(__name__)

ASK_AGAIN = {  # how long until one envelope tries again whether the trouble is over
    Trouble.CONFIGURATION: timedelta(minutes=10),
    Trouble.TOKEN: timedelta(minutes=10),
    Trouble.PERMISSION: timedelta(hours=1),
}
Lane = tuple[int, str]


class Reason(StrEnum):
    QUOTA = "quota"  # until 00:00 in China (WECHAT §7)
    ACCOUNT = "account"  # secret, IP list, token: the whole account
    PERMISSION = "permission"  # this channel is not allowed to the account
    RESTORED = "restored"  # the database is older than what has left
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as staff see it."""

    id: int
    account_name: str | None  # None: every account
    everybody: bool  # on this machine
    channel: str | None
    reason: Reason
    code: int | None
    since: datetime
    until: datetime | None
    waiting: int  # persons


def _active(now: datetime) -> ColumnElement[bool]:
    over = or_(SendHold.until.is_(None), SendHold.until > now)
    return SendHold.lifted_at.is_(None) & over


def held(db: Session, lanes: list[Lane], *, now: datetime) -> set[Lane]:
    """Return which of these lanes are held now."""
    rows = db.scalars(select(SendHold).where(_active(now))).all()
    found: set[Lane] = set()
    for row in rows:
        whose = _accounts(db, row)
        found |= {
            lane
            for lane in lanes
            if (whose is None or lane[0] in whose) and _concerns(row, lane[1])
        }
    return found


def _concerns(row: SendHold, channel: str) -> bool:
    """Tell whether a hold keeps a channel back: a mail does not need WeChat's secret."""
    if row.channel is None and row.reason == Reason.ACCOUNT:
        return channel != Channel.EMAIL
    return row.channel in {None, channel}


def _accounts(db: Session, row: SendHold) -> Collection[int] | None:
    """Return the accounts a hold concerns, None for all on this machine."""
    if row.account_id is not None:
        return {row.account_id}
    return accounts.names_of(db, row.tenant_id) if row.tenant_id is not None else None


def after(db: Session, envelope: Envelope, outcome: Outcome, *, now: datetime) -> datetime | None:
    """Hold the lane when an answer concerns all of it; return until when, None when it does not."""
    trouble, lane = outcome.trouble, (envelope.account_id, envelope.channel)
    channel: str | None = envelope.channel
    if trouble is Trouble.QUOTA and outcome.retry_after is not None:
        reason, until = Reason.QUOTA, now + outcome.retry_after
    elif trouble in ASK_AGAIN and outcome.result is Result.HALT:
        whole = trouble is not Trouble.PERMISSION and channel != Channel.EMAIL
        reason = Reason.PERMISSION if trouble is Trouble.PERMISSION else Reason.ACCOUNT
        channel = None if whole else channel
        until = now + ASK_AGAIN[trouble]
    else:
        return None
    if lane not in held(db, [lane], now=now):
        db.add(
            SendHold(
                account_id=envelope.account_id,
                channel=channel,
                reason=str(reason),
                code=outcome.code,
                since=now,
                until=until,
            )
        )
        db.flush()
        log.error("lane_held", extra={"reason": reason, "code": outcome.code})
    return until


def quota_used(db: Session, lane: Lane, *, until: datetime, now: datetime) -> None:
    """Hold a lane whose own count says that there is no more today, without asking WeChat.

    To be called with the account locked.
    """
    if lane in held(db, [lane], now=now):
        return
    db.add(
        SendHold(
            account_id=lane[0], channel=lane[1], reason=str(Reason.QUOTA), since=now, until=until
        )
    )
    log.warning("lane_held", extra={"reason": Reason.QUOTA})


def active(db: Session, officer: Officer, *, now: datetime) -> list[Hold]:
    """Return what keeps the county's letters back, with how many persons wait. Raise NotAllowed."""
    officer.must(Permission.SEE_DELIVERIES)
    names = accounts.names_of(db, officer.tenant_id)
    rows = db.scalars(select(SendHold).where(_active(now)).order_by(SendHold.id))
    return [
        Hold(
            id=row.id,
            account_name=names.get(row.account_id or 0),
            everybody=row.account_id is None and row.tenant_id is None,
            channel=row.channel,
            reason=Reason(row.reason),
            code=row.code,
            since=row.since,
            until=row.until,
            waiting=_waiting(db, row, names),
        )
        for row in rows
        if (row.account_id is None or row.account_id in names)
        and row.tenant_id in {None, officer.tenant_id}
    ]


def _waiting(db: Session, row: SendHold, ours: Collection[int]) -> int:
    query = (
        select(func.count())
        .select_from(Delivery)
        .join(Envelope)
        .where(
            Envelope.status == Status.QUEUED,
            Envelope.account_id.in_([row.account_id] if row.account_id else list(ours)),
            Delivery.status == Status.QUEUED,
        )
    )
    if row.channel is not None:
        query = query.where(Envelope.channel == row.channel)
    return db.scalar(query) or 0


def restored_at(db: Session) -> datetime | None:
    """Return when it was last noticed that this database is older than what has left."""
    query = select(func.max(SendHold.since)).where(SendHold.reason == Reason.RESTORED)
    return db.scalar(query)


def unremembered(db: Session, *, now: datetime) -> datetime | None:
    """Return until when letters may have left that this database has forgotten.

    None when nobody suspects it, or a person has decided what becomes of them.
    """
    query = select(func.max(SendHold.since))
    return db.scalar(query.where(SendHold.reason == Reason.RESTORED, _active(now)))


def pause(db: Session, officer: Officer, *, now: datetime) -> None:
    """Stop everything of the county at once, until somebody lifts it; twice is harmless."""
    officer.must(Permission.APPROVE_GREETINGS)
    accounts.lock_tenant(db, officer.tenant_id)  # two clicks are one brake
    if any(one.reason is Reason.STAFF for one in active(db, officer, now=now)):
        return
    db.add(SendHold(tenant_id=officer.tenant_id, reason=str(Reason.STAFF), since=now))
    _note(db, officer, "send.pause", now=now)


def lift(db: Session, officer: Officer, hold_id: int, *, now: datetime) -> None:
    """Let a lane go on. Raise NotAllowed, NotFound for another county's.

    A restored database does not know what has left since the backup: what was due by the time
    that was noticed ends as UNKNOWN, and only a person sends it again.
    """
    officer.must(Permission.APPROVE_GREETINGS)
    found = next((one for one in active(db, officer, now=now) if one.id == hold_id), None)
    if found is None:
        raise NotFound("hold")
    if found.everybody:
        officer.must(Permission.MANAGE_ACCOUNTS)
    row = db.get_one(SendHold, hold_id, with_for_update=True)
    row.lifted_by, row.lifted_at = officer.id, now
    if row.reason == Reason.RESTORED:
        _doubt(db, due_by=row.since, now=now)
    _note(db, officer, "send.lift", now=now)


def _doubt(db: Session, *, due_by: datetime, now: datetime) -> None:
    """End what may have left: a person may send it again, and WeChat still knows its calls."""
    late = (
        Envelope.status.in_([str(Status.QUEUED), str(Status.SENDING)]),
        Envelope.channel != Channel.BY_HAND,  # no machine sent those: colleagues know
        Envelope.due_at <= due_by,
    )
    costly = Envelope.channel.in_([str(one) for one in subscriptions.TEMPLATES])
    needed = load_only(Envelope.account_id, Envelope.channel, Envelope.trouble)
    asked = list(db.scalars(select(Envelope).where(*late, costly).options(needed)))
    consents.settle(db, asked, Status.UNKNOWN, known=Status.QUEUED)
    ends: Mapping[str, object] = {"status": str(Status.UNKNOWN), "settled_at": now}
    db.execute(
        update(Delivery)
        .where(
            Delivery.envelope_id.in_(select(Envelope.id).where(*late)),
            Delivery.status == Status.QUEUED,
        )
        .values(**ends)
        .execution_options(synchronize_session=False)
    )
    first = func.coalesce(Envelope.first_left_at, Envelope.due_at)
    db.execute(
        update(Envelope)
        .where(*late)
        .values(**ends, trouble=str(Trouble.LOST), first_left_at=first)
        .execution_options(synchronize_session=False)
    )


def _note(db: Session, officer: Officer, action: str, *, now: datetime) -> None:
    audit.note(
        db, tenant_id=officer.tenant_id, staff_id=officer.id, action=action,
        subject="deliveries", now=now,
    )  # fmt: skip
