"""The only ways to get hold of a case: each checks who asks, and an officer's look is recorded."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.cases import queries
from server.cases.models import Case, CaseFile
from server.cases.queries import Listed
from server.cases.states import Kind
from server.kernel.crypto import Vault
from server.kernel.errors import NotAllowed, NotFound
from server.people.service import ids_of
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

SEE = {
    Kind.PETITION: Permission.SEE_PETITIONS,
    Kind.CONSULTATION: Permission.SEE_CONSULTATIONS,
}
HANDLE = {
    Kind.PETITION: Permission.HANDLE_PETITIONS,
    Kind.CONSULTATION: Permission.HANDLE_CONSULTATIONS,
}


def for_person(db: Session, number: str, *, person_id: int, handle: bool = False) -> Case:
    """Return the person's own case. Another's is not found, like one that does not exist.

    With `handle` the row is locked, so that an officer's move and the person's words queue up.
    """
    query = select(Case).where(Case.number == number, Case.person_id.in_(ids_of(db, person_id)))
    case = db.scalar(query.with_for_update() if handle else query)
    if case is None:
        raise NotFound("case")
    return case


def kinds_of(officer: Officer) -> list[Kind]:
    """Return the kinds of case an officer may see at all."""
    return [kind for kind, permission in SEE.items() if officer.may(permission)]


def inbox_of(
    db: Session,
    *,
    officer: Officer,
    waiting: bool,
    after: tuple[date, int] | None,
    limit: int,
    vault: Vault,
    now: datetime,
) -> list[Listed]:
    """Return the cases an officer may see, the most pressing first, and record the look.

    `after` is (answer_by, id) of the last one already seen. Raise NotAllowed for an officer who
    may see no kind of case.
    """
    kinds = kinds_of(officer)
    if not kinds:
        raise NotAllowed("cases")
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="case.list",
        subject=f"cases:{'waiting' if waiting else 'done'}",
        now=now,
    )
    return queries.of_desk(
        db,
        officer.tenant_id,
        kinds=kinds,
        waiting=waiting,
        after=after,
        limit=limit,
        vault=vault,
    )


def for_officer(
    db: Session, case_id: int, *, officer: Officer, now: datetime, handle: bool = False
) -> Case:
    """Return a case of the officer's county and record the look.

    Raise NotFound for another county's or a kind the officer may not see, NotAllowed when they
    may see but not handle it.
    """
    query = select(Case).where(Case.id == case_id, Case.tenant_id == officer.tenant_id)
    case = db.scalar(query.with_for_update() if handle else query)
    if case is None or not officer.may(SEE[Kind(case.kind)]):
        raise NotFound("case")
    if handle and not officer.may(HANDLE[Kind(case.kind)]):
        raise NotAllowed("case")
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="case.handle" if handle else "case.view",
        subject=f"case:{case.id}",
        now=now,
    )
    return case


def file_for_officer(db: Session, file_id: str, *, officer: Officer, now: datetime) -> CaseFile:
    """Return a photo of a case the officer may see. Raise NotFound otherwise."""
    row = db.get(CaseFile, file_id)
    if row is None or row.case_id is None:
        raise NotFound("file")
    for_officer(db, row.case_id, officer=officer, now=now)
    return row
