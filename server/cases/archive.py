"""When somebody closes their account: open cases end or are waited for, closed ones are 封存."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from server.cases import service, wording
from server.cases.models import Case, CaseFile
from server.cases.states import WAITING, Kind
from server.kernel.crypto import Vault


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case somebody still owes the person an answer to."""

    number: str
    kind_name: str
    subject: str
    answer_by: date


def waiting(db: Session, person_ids: Collection[int], *, vault: Vault) -> list[Waiting]:
    """Return these persons' cases that are not answered yet."""
    return [
        Waiting(
            number=row.number,
            kind_name=wording.KIND_NAMES[Kind(row.kind)],
            subject=vault.open(row.subject, where=service.SUBJECT),
            answer_by=row.answer_by,
        )
        for row in db.scalars(_waiting(person_ids))
    ]


def any_waiting(db: Session, person_ids: Collection[int]) -> bool:
    return db.scalars(_waiting(person_ids).limit(1)).first() is not None


def withdraw_waiting(
    db: Session, person_ids: Collection[int], *, vault: Vault, now: datetime
) -> int:
    """End every case that waits, in the person's own name; return how many."""
    rows = list(db.scalars(_waiting(person_ids).with_for_update()))
    for row in rows:
        service.withdraw(db, row, vault=vault, now=now)
    return len(rows)


def seal(db: Session, person_ids: Collection[int], *, now: datetime) -> int:
    """Put these persons' cases into the restricted archive (DOMAIN §6, PIPL §47)."""
    done = db.execute(
        update(Case)
        .where(Case.person_id.in_(list(person_ids)), Case.archived_at.is_(None))
        .values(archived_at=now, assigned_to=None)
        .execution_options(synchronize_session="fetch")
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one


def drop_uploads(db: Session, person_ids: Collection[int]) -> list[str]:
    """Forget photos no case took; return their keys in the file store."""
    rows = list(
        db.scalars(
            select(CaseFile).where(
                CaseFile.person_id.in_(list(person_ids)), CaseFile.case_id.is_(None)
            )
        )
    )
    for row in rows:
        db.delete(row)
    return [row.key for row in rows]


def take_back_from_lawyers(db: Session, person_ids: Collection[int]) -> None:
    """Nobody outside the office sees these persons' unanswered consultations any more."""
    db.execute(
        update(Case)
        .where(
            Case.person_id.in_(list(person_ids)),
            Case.kind == str(Kind.CONSULTATION),
            Case.state.in_([str(state) for state in WAITING]),
        )
        .values(assigned_to=None)
        .execution_options(synchronize_session="fetch")
    )


def _waiting(person_ids: Collection[int]) -> Select[Case]:
    return (
        select(Case)
        .where(
            Case.person_id.in_(list(person_ids)),
            Case.state.in_([str(state) for state in WAITING]),
        )
        .order_by(Case.id)
    )
