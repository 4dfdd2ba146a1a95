"""亲属 of somebody in the register: only between people whose places the officer looks after."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.people.register import relations
from server.people.register.relations import Kin, Tie
from server.people.service import ids_of
from server.registers import access
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer


def ties(
    db: Session, officer: Officer, person_id: int, *, vault: Vault, now: datetime
) -> tuple[str, list[Tie]]:
    """Return the person's name and whom they belong to; recorded like a look at the page.

    Of relatives elsewhere only the tie is told, not the name. Raise NotAllowed, NotFound.
    """
    page = access.page(db, officer, person_id, vault=vault, now=now)
    return page.facts.name, relations.of(db, ids_of(db, person_id))


def add(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    other_id: int,
    kin: Kin,
    since: date | None,
    vault: Vault,
    now: datetime,
) -> None:
    """Note a relation between two people of the officer's places. Raise Invalid, NotFound."""
    for one in (person_id, other_id):
        access.page(db, officer, one, vault=vault, now=now, to=Permission.EDIT_PEOPLE)
    relations.add(db, person_id, other_id, kin, since=since)
    _note(db, officer, person_id, {}, {"relation": str(kin)}, vault=vault, now=now)


def end(
    db: Session,
    officer: Officer,
    person_id: int,
    relation_id: int,
    *,
    on: date,
    vault: Vault,
    now: datetime,
) -> None:
    """End a relation: a divorce, the end of support, a mistake. Raise NotAllowed, NotFound."""
    access.page(db, officer, person_id, vault=vault, now=now, to=Permission.EDIT_PEOPLE)
    tie = relations.end(db, person_id, relation_id, on=on)
    _note(db, officer, person_id, {"relation": str(tie.kin)}, {}, vault=vault, now=now)


def _note(
    db: Session,
    officer: Officer,
    person_id: int,
    *told: dict[str, str],
    vault: Vault,
    now: datetime,
) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="person.relation",
        subject=f"person:{person_id}",
        now=now,
        detail=audit.sealed_changes(told[0], told[1], vault=vault),
    )
