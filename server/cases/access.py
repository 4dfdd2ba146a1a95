"""The only ways to get hold of a case: each checks who asks, and an officer's look is recorded."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from server.cases import queries, wording
from server.cases.models import Case, CaseFile
from server.cases.queries import Desk, Listed
from server.cases.states import Kind
from server.kernel.crypto import Vault
from server.kernel.errors import Invalid, NotAllowed, NotFound
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose
from server.people.service import ids_of
from server.staff import audit
from server.staff import service as staff
from server.staff.access import may, within
from server.staff.permissions import ON_ASSIGNED, Permission
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


def sees_some(officer: Officer) -> bool:
    """Tell whether there can be cases this officer sees."""
    needed = SEE.values()
    return any(
        officer.may(one) or (one in ON_ASSIGNED and officer.may(ON_ASSIGNED[one])) for one in needed
    )


def may_handle(officer: Officer, case: Case) -> bool:
    """Tell whether the officer may act on a case; nobody does on what is in the archive."""
    return case.archived_at is None and may(
        officer, HANDLE[Kind(case.kind)], case, assigned_to=case.assigned_to
    )


def seen_by(officer: Officer) -> ColumnElement[bool]:
    """Make the condition that holds for the cases an officer may see: the twin of `for_officer`."""
    return and_(
        Case.tenant_id == officer.tenant_id,
        true() if officer.may(Permission.SEE_ARCHIVE) else Case.archived_at.is_(None),
        or_(
            *(
                and_(
                    Case.kind == str(kind),
                    within(officer, permission, Case.tenant_id, assigned_column=Case.assigned_to),
                )
                for kind, permission in SEE.items()
            )
        ),
    )


def by_number(db: Session, officer: Officer, number: str) -> int | None:
    """Return the id of a case by its whole number; None for one the officer does not see."""
    return db.scalar(select(Case.id).where(Case.number == number.upper(), seen_by(officer)))


def desk_of(db: Session, officer: Officer, *, today: date) -> Desk | None:
    """Return what waits for this officer; None for one who sees no cases."""
    return queries.desk(db, seen_by(officer), today=today) if sees_some(officer) else None


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
    if not sees_some(officer):
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
        seen_by(officer),
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
    if case is None or not may(officer, SEE[Kind(case.kind)], case, assigned_to=case.assigned_to):
        raise NotFound("case")
    if case.archived_at is not None and not officer.may(Permission.SEE_ARCHIVE):
        raise NotFound("case")
    if handle and not may_handle(officer, case):
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


def lawyers(db: Session, officer: Officer) -> list[Officer]:
    """Return whom this officer may give a consultation to; nobody without the right to."""
    if not officer.may(Permission.ASSIGN_CONSULTATIONS):
        return []
    return [
        one for one in staff.listing(db, officer.tenant_id) if one.may(Permission.ANSWER_ASSIGNED)
    ]


def assign(
    db: Session, case_id: int, to: int | None, *, officer: Officer, vault: Vault, now: datetime
) -> None:
    """Give a consultation to a lawyer, or to nobody (None); the one before loses sight of it.

    Raise NotAllowed, NotFound, or Invalid when it is no consultation or nobody to give it to.
    """
    officer.must(Permission.ASSIGN_CONSULTATIONS)
    case = for_officer(db, case_id, officer=officer, now=now, handle=True)
    names = {one.id: one.name for one in lawyers(db, officer)}
    if case.kind != Kind.CONSULTATION or (to is not None and to not in names):
        raise Invalid(fields={"assigned_to": ["请选择一位可以答复法律咨询的同事"]})
    if to is not None and ledger.withdrew(db, case.person_id, Purpose.CONSULT):
        raise Invalid(fields={"assigned_to": [wording.NO_LAWYER]})
    before, case.assigned_to = case.assigned_to, to
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="case.assign",
        subject=f"case:{case.id}",
        now=now,
        detail=audit.sealed_changes(
            {"assigned_to": names.get(before, str(before)) if before is not None else ""},
            {"assigned_to": names[to] if to is not None else ""},
            vault=vault,
        ),
    )


def file_for_officer(db: Session, file_id: str, *, officer: Officer, now: datetime) -> CaseFile:
    """Return a photo of a case the officer may see. Raise NotFound otherwise."""
    row = db.get(CaseFile, file_id)
    if row is None or row.case_id is None:
        raise NotFound("file")
    for_officer(db, row.case_id, officer=officer, now=now)
    return row
