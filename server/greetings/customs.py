"""The calendar of one county: its own festivals, what it leaves out, what it keeps another day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.greetings import calendar
from server.greetings.calendar import CATALOGUE, Festival, Kind, Own
from server.greetings.models import Campaign, FestivalLeftOut, FestivalMoved, LocalFestival
from server.kernel.errors import Invalid, NotFound
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

PREFIX = "own:"
_OWN = re.compile(r"own:([0-9]{1,15})")
KINDS = (Kind.OPTIONAL, Kind.GREET, Kind.MEMORIAL)
MOST_NAME, MOST_LETTER, MOST_REASON = 20, 2000, 100
NEAR = 40  # days a festival may be moved by


@dataclass(frozen=True, slots=True)
class Local:
    """A county's own festival."""

    id: int
    name: str
    kind: Kind
    rule: str
    month: int
    day: int
    weekday: int | None
    letter: str

    @property
    def code(self) -> str:
        return f"{PREFIX}{self.id}"


def kept(db: Session, tenant_id: int) -> Own:
    """Return all a county ever kept, so that letters already written find their festival."""
    moved = select(FestivalMoved).where(FestivalMoved.tenant_id == tenant_id)
    return Own(
        festivals=tuple(
            (
                Festival(
                    one.code, one.name, one.kind, local=True, mourning=one.kind is Kind.MEMORIAL
                ),
                calendar.rule(one.rule, one.month, one.day, one.weekday),
            )
            for one in listing(db, tenant_id, with_retired=True)
        ),
        moved={(row.code, row.year): row.day for row in db.scalars(moved)},
    )


def coming(db: Session, tenant_id: int) -> Own:
    """Return what a county keeps now: for what is still to be written. Four small queries."""
    whole, retired = kept(db, tenant_id), _retired(db, tenant_id)
    return Own(
        festivals=tuple(one for one in whole.festivals if one[0].code not in retired),
        left_out=frozenset(left_out(db, tenant_id)),
        moved=whole.moved,
    )


def _retired(db: Session, tenant_id: int) -> frozenset[str]:
    query = select(LocalFestival.id).where(
        LocalFestival.tenant_id == tenant_id, LocalFestival.retired_at.is_not(None)
    )
    return frozenset(f"{PREFIX}{one}" for one in db.scalars(query))


def listing(db: Session, tenant_id: int, *, with_retired: bool = False) -> list[Local]:
    query = select(LocalFestival).where(LocalFestival.tenant_id == tenant_id)
    if not with_retired:
        query = query.where(LocalFestival.retired_at.is_(None))
    return [
        Local(
            row.id, row.name, Kind(row.kind), row.rule, row.month, row.day, row.weekday, row.letter
        )
        for row in db.scalars(query.order_by(LocalFestival.id))
    ]


def letter_of(db: Session, tenant_id: int, code: str) -> str | None:
    """Return the stored letter of a county's own festival, None for one of the catalogue."""
    row = _row(db, tenant_id, code)
    return row.letter if row is not None else None


def _row(db: Session, tenant_id: int, code: str) -> LocalFestival | None:
    found = _OWN.fullmatch(code)
    row = db.get(LocalFestival, int(found[1])) if found else None
    return row if row is not None and row.tenant_id == tenant_id else None


@dataclass(frozen=True, slots=True)
class New:
    """What a county enters: when, what kind, which letter. `day` of "weekday" is the nth."""

    name: str
    kind: str
    rule: str
    month: int
    day: int
    weekday: int | None
    letter: str


_NATIONAL = frozenset(one.name for one in CATALOGUE.values())


def _same(known: Local, new: New) -> bool:
    when = (new.rule, new.month, new.day, new.weekday if new.rule == "weekday" else None)
    return known.name == new.name and (known.rule, known.month, known.day, known.weekday) == when


def add(db: Session, officer: Officer, new: New, *, now: datetime) -> int:
    """Enter a festival of the county's own. Raise Invalid naming each wrong field."""
    officer.must(Permission.PREPARE_GREETINGS)
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(new.name) <= MOST_NAME:
        wrong["name"] = [f"请填写名称，不超过 {MOST_NAME} 个字"]
    elif new.name in _NATIONAL:
        wrong["name"] = ["全国都过的节已经在日历里，不用再加"]
    elif any(_same(one, new) for one in listing(db, officer.tenant_id)):
        wrong["name"] = ["这一天已经有同名的节"]
    if new.kind not in KINDS:
        wrong["kind"] = ["请选一种"]
    if not 1 <= len(new.letter) <= MOST_LETTER:
        wrong["letter"] = ["请写好信的底稿"]
    try:
        calendar.rule(new.rule, new.month, new.day, new.weekday)
    except ValueError:
        wrong["day"] = ["没有这样的日子"]
    if wrong:
        raise Invalid(fields=wrong)
    row = LocalFestival(
        tenant_id=officer.tenant_id, name=new.name, kind=str(new.kind), rule=new.rule,
        month=new.month, day=new.day, letter=new.letter,
        weekday=new.weekday if new.rule == "weekday" else None,
    )  # fmt: skip
    db.add(row)
    db.flush()
    _note(db, officer, "festival.add", f"{PREFIX}{row.id}", now=now)
    return row.id


def keep(db: Session, officer: Officer, code: str, *, here: bool, now: datetime) -> None:
    """Keep a festival here, or leave it out; letters already written stay. Raise NotFound."""
    officer.must(Permission.PREPARE_GREETINGS)
    if code.startswith(PREFIX):
        row = _row(db, officer.tenant_id, code)
        if row is None:
            raise NotFound("festival")
        row.retired_at = None if here else now
    elif code not in CATALOGUE:
        raise NotFound("festival")
    else:
        mine = FestivalLeftOut.tenant_id == officer.tenant_id
        db.execute(delete(FestivalLeftOut).where(mine, FestivalLeftOut.code == code))
        if not here:
            db.add(FestivalLeftOut(tenant_id=officer.tenant_id, code=code))
    _note(db, officer, "festival.keep" if here else "festival.leave_out", code, now=now)


def move(
    db: Session, officer: Officer, code: str, *, usual: date, to: date, because: str, now: datetime
) -> None:
    """Keep a festival, on or about its `usual` day, on another day of that year.

    Raise Invalid, NotFound.

    Where almanacs truly disagree (a new moon within a minute of midnight), this is the way out.
    """
    officer.must(Permission.PREPARE_GREETINGS)
    usual = _by_the_almanac(db, officer.tenant_id, code, usual)
    wrong: dict[str, list[str]] = {}
    if to.year != usual.year or abs((to - usual).days) > NEAR:
        wrong["to"] = [f"只能移到同一年、前后 {NEAR} 天以内"]
    written = select(Campaign.id).where(
        Campaign.tenant_id == officer.tenant_id,
        Campaign.festival == code,
        Campaign.day.between(date(to.year, 1, 1), date(to.year, 12, 31)),
    )
    if db.scalar(written.limit(1)) is not None:
        wrong["to"] = ["这个节日的信已经起草，不能再改日期"]
    if not 1 <= len(because) <= MOST_REASON:
        wrong["because"] = ["请写明为什么改日期"]
    if wrong:
        raise Invalid(fields=wrong)
    mine = FestivalMoved.tenant_id == officer.tenant_id
    db.execute(
        delete(FestivalMoved).where(mine, FestivalMoved.code == code, FestivalMoved.year == to.year)
    )
    if to != usual:
        db.add(
            FestivalMoved(
                tenant_id=officer.tenant_id, code=code, year=to.year, day=to, because=because
            )
        )
    _note(db, officer, "festival.move", code, now=now)


def _by_the_almanac(db: Session, tenant_id: int, code: str, shown: date) -> date:
    """Return the almanac's day of the festival that the county keeps on the day shown.

    The page shows where it was moved, or the day whose letter speaks for it too (中秋 in the
    week of 国庆). Raise NotFound when nothing of that name falls there.
    """
    own = coming(db, tenant_id)
    days = calendar.days_of(code, shown.year, own)
    occasion = calendar.occasion_on(shown, own)
    kept_then = occasion is not None and occasion.has(code)
    if not days or not (shown in days or kept_then):
        raise NotFound("festival")
    return min(days, key=lambda one: abs(one - shown))


def left_out(db: Session, tenant_id: int) -> list[str]:
    """Return the codes of the catalogue that are not kept here."""
    query = select(FestivalLeftOut.code).where(FestivalLeftOut.tenant_id == tenant_id)
    return sorted(db.scalars(query), key=list(CATALOGUE).index)


def _note(db: Session, officer: Officer, action: str, code: str, *, now: datetime) -> None:
    audit.note(
        db, tenant_id=officer.tenant_id, staff_id=officer.id, action=action,
        subject=f"festival:{code}", now=now,
    )  # fmt: skip
