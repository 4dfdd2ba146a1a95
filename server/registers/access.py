"""The only ways of staff to the register: each checks who asks, and every look is recorded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid
from server.people.duplicates import reading as entries
from server.people.register import parsing, reading, search, writing
from server.people.register.reading import Line, Page, Which
from server.people.register.terms import Facts, Identity
from server.places import codes
from server.places import service as places
from server.staff import audit
from server.staff.access import Record, may
from server.staff.permissions import Permission
from server.staff.service import Officer

MOST_FOUND = 50
TOGETHER = 500  # people asked for with one statement
ELSEWHERE = "您只负责一部分地方：请填写其中的区划代码"


def which(
    db: Session,
    officer: Officer,
    permission: Permission = Permission.SEE_PEOPLE,
    *,
    identity: Identity | None = None,
    country: str | None = None,
    division: str | None = None,
) -> Which:
    """Return whom a choice of staff means: within the places they look after.

    `division` is a code. Raise NotAllowed; NotFound or Invalid for a code that is none.
    """
    officer.must(permission)
    scope = officer.scope(permission)
    if division:
        scope = scope & places.scope_of(db, division, tenant_id=officer.tenant_id)
    return Which(scope, identity, country)


def listing(
    db: Session, officer: Officer, which: Which, *, after: tuple[str, int] | None, limit: int
) -> list[Line]:
    """Return a page of names of those meant by `which`, made by the function of that name."""
    return reading.listing(db, officer.tenant_id, which, after=after, limit=limit)


def named(db: Session, officer: Officer, person_ids: Collection[int]) -> dict[int, Line]:
    """Return what the list says of these people, without those the officer does not look after.

    Like the list itself this is not recorded; a look at somebody's page is.
    """
    found: dict[int, Line] = {}
    if officer.may(Permission.SEE_PEOPLE):
        ids = sorted(person_ids)
        for start in range(0, len(ids), TOGETHER):
            found |= _named(db, officer, ids[start : start + TOGETHER])
    return found


def _named(db: Session, officer: Officer, ids: Collection[int]) -> dict[int, Line]:
    paths = entries.places(db, ids)
    near = [one for one, path in paths.items() if allows(officer, Permission.SEE_PEOPLE, path)]
    return entries.lines(db, near)


def count(db: Session, officer: Officer, which: Which) -> int:
    """Count those meant by `which`."""
    return reading.count(db, officer.tenant_id, which)


def find(db: Session, officer: Officer, text: str, *, vault: Vault, now: datetime) -> list[Line]:
    """Search as one types. Who searched is recorded, what for is not. Raise NotAllowed."""
    officer.must(Permission.SEE_PEOPLE)
    _note(db, officer, "person.search", None, now=now)
    scope = officer.scope(Permission.SEE_PEOPLE)
    return search.find(db, officer.tenant_id, text, vault=vault, scope=scope, limit=MOST_FOUND)


def page(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    vault: Vault,
    now: datetime,
    to: Permission = Permission.SEE_PEOPLE,
) -> Page:
    """Open somebody's page, to see or to edit it, and record the look.

    困难与健康 stays closed to those without the right to it (DOMAIN §6). Raise NotAllowed;
    NotFound also for somebody of a place the officer does not look after.
    """
    officer.must(to)
    scope = officer.scope(to)
    found = reading.page(db, officer.tenant_id, person_id, vault=vault, scope=scope)
    _note(db, officer, "person.view", person_id, now=now)
    if not allows(officer, Permission.SEE_HARDSHIP, found.path):
        found = replace(found, facts=replace(found.facts, hardship=None))
    return found


def allows(officer: Officer, permission: Permission, path: str) -> bool:
    """Tell whether the officer holds a right for people of this place."""
    return may(officer, permission, Record(officer.tenant_id, path))


def _must_be_ours(officer: Officer, facts: Facts) -> None:
    path = codes.path_of(facts.division) if facts.division else ""
    if not allows(officer, Permission.EDIT_PEOPLE, path):
        raise Invalid(fields={"division": [ELSEWHERE]})


def add(
    db: Session, officer: Officer, facts: Facts, *, sure: bool, vault: Vault, now: datetime
) -> int:
    """Enter somebody. Raise Invalid, NotAllowed, or Conflict when they seem to be there already.

    `sure` enters them all the same: two brothers may share a telephone.
    """
    officer.must(Permission.EDIT_PEOPLE)
    _must_be_ours(officer, facts)
    if not sure and search.alike(db, officer.tenant_id, facts, vault=vault):
        raise Conflict("seems to be there")
    person_id = writing.add(db, officer.tenant_id, facts, vault=vault, now=now)
    _note(db, officer, "person.add", person_id, now=now)
    return person_id


def alike(db: Session, officer: Officer, facts: Facts, *, vault: Vault) -> list[Line]:
    """Return who seems to be the same person: a shared number, or the same name and birth.

    Who lives where the officer does not look is left out: one is told that there is somebody.
    """
    officer.must(Permission.EDIT_PEOPLE)
    return [
        one
        for one in search.alike(db, officer.tenant_id, facts, vault=vault)
        if allows(
            officer,
            Permission.SEE_PEOPLE,
            codes.path_of(one.division) if one.division else "",
        )
    ]


def change(
    db: Session,
    officer: Officer,
    person_id: int,
    facts: Facts,
    *,
    seen: int,
    vault: Vault,
    now: datetime,
) -> None:
    """Change a page. Raise Invalid, NotAllowed, NotFound, Conflict (changed meanwhile).

    Who may not see 困难与健康 does not change it either; nobody moves people out of their reach.
    """
    officer.must(Permission.EDIT_PEOPLE)
    scope = officer.scope(Permission.EDIT_PEOPLE)
    before = reading.page(db, officer.tenant_id, person_id, vault=vault, scope=scope)
    _must_be_ours(officer, facts)
    if not allows(officer, Permission.SEE_HARDSHIP, before.path):
        facts = replace(facts, hardship=before.facts.hardship)
    writing.change(db, officer.tenant_id, person_id, facts, seen=seen, vault=vault, now=now)
    told = parsing.written(before.facts), parsing.written(facts)
    detail = audit.sealed_changes(*told, vault=vault)
    _note(db, officer, "person.change", person_id, now=now, detail=detail)


def _note(
    db: Session,
    officer: Officer,
    action: str,
    person_id: int | None,
    *,
    now: datetime,
    detail: bytes | None = None,
) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"person:{person_id}" if person_id is not None else "people",
        now=now,
        detail=detail,
    )
