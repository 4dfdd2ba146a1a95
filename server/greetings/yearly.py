"""The plan of a year: every festival with its letter, and how many mass messages a month takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.greetings import calendar, customs, labels, service
from server.greetings.calendar import FIRST_YEAR, LAST_YEAR, Audience, Kind
from server.greetings.models import Campaign
from server.greetings.terms import Status, Timing
from server.kernel.errors import Invalid
from server.outbox.allowances import MOST_A_MONTH
from server.staff.permissions import Permission
from server.staff.service import Officer

PROPOSED = frozenset({Kind.GREET, Kind.MEMORIAL})
AUDIENCES: Mapping[Audience, str] = {
    Audience.EVERYONE: "大家",
    Audience.WOMEN: "女士（侨情库里记有性别的）",
    Audience.ELDERS: "六十岁以上的（侨情库里记有出生年月的）",
    Audience.YOUTH: "青年（侨情库里记有出生年月的）",
    Audience.FAMILIES: "有孩子的家庭（系统不收集孩子的资料，没有名单）",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One festival day of the year."""

    day: date
    festival: str  # its code
    name: str
    also: tuple[str, ...]  # what falls on the same day and has no letter of its own
    kind: Kind
    kind_name: str
    audience: str
    has_letter: bool  # a stored one, to begin with
    letter_id: int | None
    status: Status | None
    status_name: str
    at: time | None  # the readers' wall clock; None: at once
    by_email: bool  # also who follows no account
    by_hand: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Year:
    """The plan of a year."""

    year: int
    lines: tuple[Line, ...]
    months: Mapping[int, int]  # letters by month, without cancelled ones
    most: int = MOST_A_MONTH  # mass messages one person gets in a month, newsletters included

    @property
    def to_draft(self) -> int:
        return sum(
            one.kind in PROPOSED and one.has_letter and not one.letter_id and not one.over
            for one in self.lines
        )


def plan(db: Session, officer: Officer, *, year: int, today: date) -> Year:
    """Return the plan of a year. Raise NotAllowed, Invalid for a year no calendar covers."""
    officer.must(Permission.SEE_DELIVERIES)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(fields={"year": [f"只能看 {FIRST_YEAR} 到 {LAST_YEAR} 年"]})
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = db.scalars(
        select(Campaign).where(
            Campaign.tenant_id == officer.tenant_id, Campaign.day.between(first, last)
        )
    ).all()
    written = {(row.festival, row.day): row for row in rows}
    lines = []
    for one in calendar.occasions(first, last, customs.coming(db, officer.tenant_id)):
        row = written.get((one.code, one.day))
        lines.append(
            Line(
                day=one.day,
                festival=one.code,
                name=one.name,
                also=tuple(other.name for other in one.festivals if other.name not in one.name),
                kind=one.kind,
                kind_name=labels.KINDS[one.kind],
                audience=AUDIENCES[one.festivals[0].audience],
                has_letter=service.letter_for(db, officer.tenant_id, one) is not None,
                letter_id=row.id if row else None,
                status=Status(row.status) if row else None,
                status_name=labels.STATUSES[row.status] if row else "",
                at=_hour(row),
                by_email=row is not None and row.by_email,
                by_hand=row is not None and row.by_hand,
                over=one.day < today,
            )
        )
    months = Counter(row.day.month for row in rows if row.status != Status.CANCELLED)
    return Year(year, tuple(lines), dict(months))


def _hour(row: Campaign | None) -> time | None:
    """Return the hour of a letter, or the one it would be proposed with."""
    if row is None:
        return service.USUAL_HOUR
    return None if row.timing == Timing.NOW else row.at


def month_of(db: Session, letter: service.Letter, *, today: date) -> tuple[int, int]:
    """Return the month in which a letter leaves, and how many letters that month has with it.

    Cancelled ones left out: each is a mass message for most. What is sent at once counts now,
    whenever its festival is.
    """
    at_once = letter.timing is Timing.NOW and letter.planned_at is None
    leaves = today if at_once else letter.day
    first = leaves.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    query = select(func.count()).where(
        Campaign.tenant_id == letter.tenant_id,
        Campaign.id != letter.id,
        Campaign.day.between(first, last),
        Campaign.status != Status.CANCELLED,
    )
    others = db.scalar(query) or 0
    return leaves.month, others + (letter.status is not Status.CANCELLED)


def draft_all(db: Session, officer: Officer, *, year: int, today: date, now: datetime) -> int:
    """Draft every festival of a year that is proposed and still to come; return how many.

    Each draft is edited and approved on its own; what is there already stays as it is.
    """
    officer.must(Permission.PREPARE_GREETINGS)
    made = 0
    wanted = {
        (one.festival, one.day)
        for one in plan(db, officer, year=year, today=today).lines
        if one.kind in PROPOSED and one.has_letter and not one.letter_id and not one.over
    }
    own = customs.coming(db, officer.tenant_id)
    for one in calendar.occasions(date(year, 1, 1), date(year, 12, 31), own):
        if (one.code, one.day) in wanted:
            service.draft(db, officer, one, now=now)
            made += 1
    return made
