"""What staff do with organisations; every change is recorded with before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid
from server.organisations import credit_codes, reading
from server.organisations.models import (
    Organisation,
    OrganisationEvent,
)
from server.organisations.terms import (
    LOCATED,
    Happened,
    Kind,
    may_follow,
)
from server.staff import access, audit
from server.staff.permissions import Permission
from server.staff.service import Officer

LONGEST = 80
ELSEWHERE = "您只负责一部分地方：请填写其中的镇、村"


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be written of an organisation. None means "not known"."""

    kind: Kind
    name: str
    former_names: str | None = None
    credit_code: str | None = None
    path: str = ""
    country: str | None = None
    parent_id: int | None = None
    address: str | None = None
    phone: str | None = None
    members: int | None = None
    built: str | None = None
    home_type: str | None = None
    contact_staff: int | None = None
    notes: str | None = None


def add(
    db: Session,
    officer: Officer,
    facts: Facts,
    *,
    founded_on: date | None,
    document: str | None,
    vault: Vault,
    now: datetime,
) -> int:
    """Enter an organisation, with its founding when that is known. Raise Invalid, NotAllowed."""
    officer.must(Permission.EDIT_ORGANISATIONS)
    _check(db, officer, facts, organisation_id=None)
    row = Organisation(tenant_id=officer.tenant_id, changed_at=now)
    _write(row, facts)
    db.add(row)
    db.flush()
    if founded_on is not None:
        _event(db, row, Happened.FOUNDED, on=founded_on, document=document, by=officer, now=now)
    note(db, officer, row.id, "organisation.add", vault=vault, now=now, after=_told(facts))
    return row.id


def change(
    db: Session,
    officer: Officer,
    organisation_id: int,
    facts: Facts,
    *,
    seen: int,
    vault: Vault,
    now: datetime,
) -> None:
    """Change an organisation. Raise Invalid, NotAllowed, NotFound, Conflict (changed meanwhile)."""
    row = own(db, officer, organisation_id)
    if row.version != seen:
        raise Conflict("changed meanwhile")
    _check(db, officer, facts, organisation_id=organisation_id)
    before = _told(_facts(row))
    if row.name != facts.name and row.name not in (facts.former_names or ""):
        kept = "、".join(part for part in (facts.former_names, row.name) if part)
        row.former_names = kept  # an old name is never lost
        _write(row, facts, keep={"former_names"})
    else:
        _write(row, facts)
    row.version, row.changed_at = row.version + 1, now
    db.flush()
    after = _told(_facts(row))
    note(
        db, officer, row.id, "organisation.change", vault=vault, now=now, before=before, after=after
    )


def happened(
    db: Session,
    officer: Officer,
    organisation_id: int,
    kind: Happened,
    *,
    on: date,
    document: str | None,
    today: date,
    vault: Vault,
    now: datetime,
) -> None:
    """Note 新建、重组、恢复 or 撤销. Raise Invalid when it cannot follow what happened before."""
    row = own(db, officer, organisation_id)
    last = db.scalar(
        select(OrganisationEvent)
        .where(OrganisationEvent.organisation_id == row.id)
        .order_by(OrganisationEvent.on.desc(), OrganisationEvent.id.desc())
        .limit(1)
    )
    wrong = {}
    if not may_follow(Happened(last.kind) if last else None, kind):
        wrong["event"] = ["和以前的经过接不上，请先看看经过"]
    if on > today:
        wrong["on"] = ["日期还没有到"]
    elif last is not None and on < last.on:
        wrong["on"] = [f"不能早于上一次的 {last.on:%Y-%m-%d}"]
    if wrong:
        raise Invalid(fields=wrong)
    _event(db, row, kind, on=on, document=document, by=officer, now=now)
    row.exists = kind is not Happened.DISSOLVED
    row.version, row.changed_at = row.version + 1, now
    after = {"event": str(kind), "on": f"{on:%Y-%m-%d}"}
    note(db, officer, row.id, "organisation.event", vault=vault, now=now, after=after)


def own(db: Session, officer: Officer, organisation_id: int) -> Organisation:
    """Return a row to change, locked. Raise NotAllowed, NotFound."""
    return reading.one(db, officer, organisation_id, to=Permission.EDIT_ORGANISATIONS, lock=True)


def _check(db: Session, officer: Officer, facts: Facts, *, organisation_id: int | None) -> None:
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(facts.name) <= LONGEST:
        wrong["name"] = ["请填写名称"]
    if facts.kind in LOCATED and not facts.path and facts.kind is not Kind.FEDERATION:
        wrong["place"] = ["请写在哪个镇、村"]
    if facts.kind is Kind.OVERSEAS and not facts.country:
        wrong["country"] = ["请选在哪个国家（地区）"]
    record = access.Record(officer.tenant_id, facts.path)
    if not access.may(officer, Permission.EDIT_ORGANISATIONS, record):
        wrong["place"] = [ELSEWHERE]
    if facts.credit_code and (lines := _code_complaints(db, officer, facts, organisation_id)):
        wrong["credit_code"] = lines
    if facts.parent_id is not None and _circular(db, officer, facts.parent_id, organisation_id):
        wrong["parent"] = ["上级不能是自己或自己的下级"]
    if wrong:
        raise Invalid(fields=wrong)


def _code_complaints(
    db: Session, officer: Officer, facts: Facts, organisation_id: int | None
) -> list[str]:
    if found := credit_codes.complaint(facts.credit_code or ""):
        return [found]
    taken = db.execute(
        select(Organisation.id, Organisation.name).where(
            Organisation.tenant_id == officer.tenant_id,
            Organisation.credit_code == facts.credit_code,
        )
    ).first()
    if taken is not None and taken.id != organisation_id:
        return [f"这个代码已经登记在“{taken.name}”名下"]
    return []


def _circular(db: Session, officer: Officer, parent_id: int, organisation_id: int | None) -> bool:
    at: int | None = parent_id
    while at is not None:
        if at == organisation_id:
            return True
        row = db.get(Organisation, at)
        if row is None or row.tenant_id != officer.tenant_id:
            return True
        at = row.parent_id
    return False


def _write(
    row: Organisation, facts: Facts, *, keep: frozenset[str] | set[str] = frozenset()
) -> None:
    for name in Facts.__slots__:
        if name not in keep:
            value = getattr(facts, name)
            setattr(row, name, str(value) if name == "kind" else value)


def _facts(row: Organisation) -> Facts:
    values = {name: getattr(row, name) for name in Facts.__slots__ if name != "kind"}
    return Facts(kind=Kind(row.kind), **values)


def _told(facts: Facts) -> dict[str, str]:
    return {name: str(getattr(facts, name) or "") for name in Facts.__slots__}


def _event(
    db: Session,
    row: Organisation,
    kind: Happened,
    *,
    on: date,
    document: str | None,
    by: Officer,
    now: datetime,
) -> None:
    db.add(
        OrganisationEvent(
            organisation_id=row.id,
            kind=str(kind),
            on=on,
            document=document,
            noted_by=by.id,
            noted_at=now,
        )
    )
    db.flush()


def note(
    db: Session,
    officer: Officer,
    organisation_id: int,
    action: str,
    *,
    vault: Vault,
    now: datetime,
    before: Mapping[str, str] | None = None,
    after: Mapping[str, str] | None = None,
) -> None:
    """Record a change with what was before and after."""
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"organisation:{organisation_id}",
        now=now,
        detail=audit.sealed_changes(dict(before or {}), dict(after or {}), vault=vault),
    )
