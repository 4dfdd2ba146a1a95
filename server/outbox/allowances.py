"""How much one person gets: WeChat's four mass messages a month, our own two letters a day.

And how much a 订阅号 sends: one mass call a day, however many it reaches.

Counted from the ledger itself, so it survives restarts and holds across processes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.kernel.clock import CHINA, china_midnight
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.ports import Channel, Trouble

LETTERS = ("greeting", "memorial", "newsletter")  # what is not asked for by a case or a question
MOST_A_MONTH = 4  # mass messages one person receives in a calendar month of China (WECHAT §4.5)
MOST_A_DAY = 2  # letters of any channel
DAY = timedelta(hours=24)
ALREADY_SENT = 45065  # WeChat's answer to a repeat
_WENT = [str(one) for one in (Status.ACCEPTED, Status.DELIVERED, Status.UNKNOWN, Status.QUEUED)]
_TOGETHER = 500


@dataclass(slots=True)
class Had:
    """What somebody has had."""

    month: int = 0  # mass messages of the account
    day: int = 0  # letters within 24 hours


def month_of(now: datetime) -> datetime:
    """Return when the calendar month of China began."""
    return china_midnight(now).astimezone(CHINA).replace(day=1)


def had(
    db: Session, person_ids: Collection[int], *, account_id: int, now: datetime
) -> dict[int, Had]:
    """Return what these persons have had of an account; who had nothing is missing."""
    since = min(month_of(now), now - DAY)
    found: dict[int, Had] = {}
    ids = sorted(person_ids)
    for start in range(0, len(ids), _TOGETHER):
        rows = db.execute(
            select(
                Delivery.person_id, Envelope.account_id, Envelope.channel, Envelope.handed_over_at
            )
            .join(Envelope)
            .where(
                Delivery.person_id.in_(ids[start : start + _TOGETHER]),
                Delivery.purpose.in_(LETTERS),
                Delivery.status.in_(_WENT),
                Envelope.handed_over_at >= since,
            )
        )
        for row in rows:
            one = found.setdefault(row.person_id, Had())
            one.day += row.handed_over_at > now - DAY
            counted = row.channel == Channel.MASS and row.account_id == account_id
            one.month += counted and row.handed_over_at >= month_of(now)
    return found


def count_on(
    had: Mapping[int, dict[int, Had]], envelope: Envelope, lines: Iterable[Delivery]
) -> None:
    """Count a letter that leaves now, so that the next one of the same round knows of it.

    `had` is by account: a letter of any of them is one of the day, a mass message one of its own.
    """
    if envelope.purpose not in LETTERS:
        return
    for line in lines:
        if line.status != Status.QUEUED:
            continue  # left out
        for account_id, some in had.items():
            one = some.setdefault(line.person_id, Had())
            one.day += 1
            one.month += envelope.channel == Channel.MASS and account_id == envelope.account_id


def days_taken(db: Session, account_ids: Collection[int], *, now: datetime) -> dict[int, set[date]]:
    """Return by 订阅号 the days of China whose one call is planned, or was made lately."""
    found: dict[int, set[date]] = {}
    for account_id in account_ids:
        for row in _recent(db, account_id, now=now):
            at = _counted(row) or (row.due_at if row.status == Status.QUEUED else None)
            if at is not None:
                found.setdefault(account_id, set()).add(at.astimezone(CHINA).date())
    return found


def calls_of_today(db: Session, account_id: int, *, now: datetime) -> list[Envelope]:
    """Return what may be the one mass call of a 订阅号 on this day of China.

    A call whose answer was lost may be it: only its own repeat is free, WeChat drops that.
    """
    midnight = china_midnight(now)
    rows = _recent(db, account_id, now=now)
    return [row for row in rows if (at := _counted(row)) is not None and at >= midnight]


def _recent(db: Session, account_id: int, *, now: datetime) -> list[Envelope]:
    """Return the calls by tag that are planned, or left within three days."""
    query = select(Envelope).where(
        Envelope.status.in_([*_WENT, str(Status.SENDING), str(Status.REFUSED)]),
        Envelope.account_id == account_id,
        Envelope.channel == Channel.MASS_BY_TAG,
        or_(Envelope.status == Status.QUEUED, Envelope.first_left_at >= now - 3 * DAY),
    )
    return list(db.scalars(query))


def _counted(row: Envelope) -> datetime | None:
    """Return when WeChat counted a call, as far as we know; None when it did not."""
    if row.status == Status.SENDING:
        return row.handed_over_at
    if row.trouble == Trouble.LOST or row.code == ALREADY_SENT:
        return row.first_left_at  # it may have been, or was, the first try
    return row.handed_over_at if row.reference is not None else None


def why_not(one: Had | None, *, channel: str) -> str | None:
    """Return the reason why somebody has had enough, or None."""
    if one is None:
        return None
    if channel == Channel.MASS and one.month >= MOST_A_MONTH:
        return "month_quota"
    return "too_many" if one.day >= MOST_A_DAY else None
