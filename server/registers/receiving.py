"""已故、近期有丧、收信习惯: what decides whether and when somebody is written to (DOMAIN §5).

Noted once, so that no letter wishes joy to a house of grief, and none comes when it does not suit.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Invalid
from server.people import service as people
from server.people.register import reading
from server.people.register.reading import Page
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer


def died(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    on: date | None,
    today: date,
    vault: Vault,
    now: datetime,
) -> None:
    """Note the day somebody died, or take it back (None). They get nothing any more.

    Raise Invalid for a day to come, NotAllowed, NotFound.
    """
    page = _page(db, officer, person_id, vault=vault)
    if on is not None and on > today:
        raise Invalid(fields={"deceased_on": ["日期还没有到"]})
    people.mark_deceased(db, person_id, on=on)
    change = {"deceased_on": _day(page.deceased_on)}, {"deceased_on": _day(on)}
    _note(db, officer, person_id, "person.deceased", change=change, vault=vault, now=now)


def mourns(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    until: date | None,
    zone: ZoneInfo,
    vault: Vault,
    now: datetime,
) -> None:
    """Hold festive letters back through a day of the county's clock; None lifts it.

    Raise Invalid for a day that is over, NotAllowed, NotFound.
    """
    page = _page(db, officer, person_id, vault=vault)
    end = datetime.combine(until, time(23, 59, 59), zone) if until is not None else None
    if end is not None and end < now:
        raise Invalid(fields={"bereaved_until": ["这一天已经过去了"]})
    people.mark_bereaved(db, person_id, until=end)
    before = page.bereaved_until.astimezone(zone).date() if page.bereaved_until else None
    change = {"bereaved_until": _day(before)}, {"bereaved_until": _day(until)}
    _note(db, officer, person_id, "person.bereaved", change=change, vault=vault, now=now)


def suits(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    part_of_day: str | None,
    reach_by: str | None,
    vault: Vault,
    now: datetime,
) -> None:
    """Note when letters are welcome and which way first; None is "as you like".

    Raise Invalid, NotAllowed, NotFound.
    """
    page = _page(db, officer, person_id, vault=vault)
    wanted = {"part_of_day": part_of_day, "reach_by": reach_by}
    people.update_profile(db, person_id, wanted, vault=vault)
    before = {name: str(getattr(page, name) or "") for name in wanted}
    change = before, {name: value or "" for name, value in wanted.items()}
    _note(db, officer, person_id, "person.habits", change=change, vault=vault, now=now)


def _page(db: Session, officer: Officer, person_id: int, *, vault: Vault) -> Page:
    officer.must(Permission.EDIT_PEOPLE)
    scope = officer.scope(Permission.EDIT_PEOPLE)
    return reading.page(db, officer.tenant_id, person_id, vault=vault, scope=scope)


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _note(
    db: Session,
    officer: Officer,
    person_id: int,
    action: str,
    *,
    change: tuple[dict[str, str], dict[str, str]],
    vault: Vault,
    now: datetime,
) -> None:
    audit.note(
        db, tenant_id=officer.tenant_id, staff_id=officer.id, action=action,
        subject=f"person:{person_id}", now=now, detail=audit.sealed_changes(*change, vault=vault),
    )  # fmt: skip
