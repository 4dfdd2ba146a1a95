"""Close an account: asked in two steps, seven days to take it back, then done by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.cases import archive
from server.cases.archive import Waiting
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid
from server.outbox import erasure as outbox
from server.people import erasure as people
from server.people.register import reading
from server.people.service import ids_of, resolve
from server.places.codes import EVERYWHERE
from server.rights import erasure
from server.rights.models import Closure
from server.rights.terms import COOLING, ClosureState, OpenCases
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

BASIS = "account_closure.basis"
LOOK_AGAIN = timedelta(days=1)  # at cases that are waited for


@dataclass(frozen=True, slots=True)
class Closing:
    """An account that is being closed."""

    id: int
    person_id: int
    state: ClosureState
    open_cases: OpenCases
    asked_at: datetime
    due_at: datetime
    asked_by: int | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the person sees before and after asking."""

    closing: Closing | None
    waiting: Sequence[Waiting]  # cases not answered yet


def outlook(db: Session, person_id: int, *, vault: Vault) -> Outlook:
    ids = ids_of(db, person_id)
    row = _cooling(db, ids)
    return Outlook(_closing(row) if row else None, archive.waiting(db, ids, vault=vault))


def ask(db: Session, *, person_id: int, open_cases: OpenCases | None, now: datetime) -> Closing:
    """Begin the seven days. Raise Invalid when cases wait and nothing was chosen for them."""
    person = resolve(db, person_id)
    ids = ids_of(db, person.id)
    if (row := _cooling(db, ids)) is not None:
        return _closing(row)
    if open_cases is None and archive.any_waiting(db, ids):
        raise Invalid(fields={"open_cases": ["还有没办完的诉求，请选择怎么办"]})
    row = Closure(
        tenant_id=person.tenant_id,
        person_id=person.id,
        state=ClosureState.COOLING,
        open_cases=open_cases or OpenCases.WITHDRAW,
        asked_at=now,
        due_at=now + COOLING,
    )
    db.add(row)
    db.flush()
    _note(db, row, "right.close", now=now)
    return _closing(row)


def take_back(db: Session, *, person_id: int, now: datetime) -> None:
    """Keep the account after all; without a closing there is nothing to do."""
    row = _cooling(db, ids_of(db, person_id))
    if row is not None:
        row.state, row.ended_at = ClosureState.TAKEN_BACK, now
        _note(db, row, "right.close_taken_back", now=now)


def due(db: Session, *, now: datetime, limit: int) -> list[int]:
    """Return closings whose seven days are over."""
    query = select(Closure.id).where(Closure.state == ClosureState.COOLING, Closure.due_at <= now)
    return list(db.scalars(query.order_by(Closure.due_at, Closure.id).limit(limit)))


def finish(db: Session, closure_id: int, *, vault: Vault, now: datetime) -> list[str] | None:
    """Carry a closing out; return the keys of files to remove, None when it has to wait.

    It waits for answers when the person chose so, and while a message is on its way.
    """
    row = db.get(Closure, closure_id, with_for_update=True)
    if row is None or row.state != ClosureState.COOLING or row.due_at > now:
        return None
    ids = ids_of(db, resolve(db, row.person_id).id)
    if row.open_cases == OpenCases.ANSWER_FIRST and archive.any_waiting(db, ids):
        row.due_at = now + LOOK_AGAIN  # behind those that can be done
        return None
    if outbox.in_flight(db, ids):
        return None
    archive.withdraw_waiting(db, ids, vault=vault, now=now)
    row.state, row.ended_at = ClosureState.DONE, now
    _note(db, row, "right.erased", now=now)
    return erasure.erase(db, row.person_id, vault=vault, now=now)


def erase_on_request(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    basis: str,
    vault: Vault,
    now: datetime,
) -> list[str]:
    """Erase somebody who asked at the office and is not on WeChat; return files to remove.

    Raise NotAllowed, NotFound, Invalid without a basis, Conflict for somebody who has an account
    (they close it themselves), whose cases wait, or to whom a message is on its way.
    """
    officer.must(Permission.ERASE_PEOPLE)
    page = reading.page(db, officer.tenant_id, person_id, vault=vault, scope=EVERYWHERE)
    person = resolve(db, page.person_id)
    if not 4 <= len(basis.strip()) <= 500:
        raise Invalid(fields={"basis": ["请写明依据（4 至 500 个字）：谁、哪天、怎么提出的"]})
    ids = ids_of(db, person.id)
    if people.addresses(db, ids):
        raise Conflict("has an account")
    if archive.any_waiting(db, ids) or outbox.in_flight(db, ids):
        raise Conflict("cases wait")
    row = Closure(
        tenant_id=person.tenant_id,
        person_id=person.id,
        state=ClosureState.DONE,
        open_cases=OpenCases.ANSWER_FIRST,
        asked_at=now,
        due_at=now,
        asked_by=officer.id,
        ended_at=now,
    )
    db.add(row)
    db.flush()
    _note(db, row, "right.erased", now=now)
    files = erasure.erase(db, person.id, vault=vault, now=now)
    row.basis = vault.seal(basis.strip(), where=BASIS)  # the proof that it was asked for
    return files


def of_desk(db: Session, officer: Officer, *, before: int | None, limit: int) -> list[Closing]:
    """Return the county's closings, the latest first; `before` is the last id already seen."""
    officer.must(Permission.ERASE_PEOPLE)
    query = select(Closure).where(Closure.tenant_id == officer.tenant_id)
    if before is not None:
        query = query.where(Closure.id < before)
    return [_closing(row) for row in db.scalars(query.order_by(Closure.id.desc()).limit(limit))]


def cooling_count(db: Session, officer: Officer) -> int:
    query = select(func.count()).where(
        Closure.tenant_id == officer.tenant_id, Closure.state == ClosureState.COOLING
    )
    return db.scalar(query) or 0


def _cooling(db: Session, ids: Sequence[int]) -> Closure | None:
    return db.scalar(
        select(Closure)
        .where(Closure.person_id.in_(list(ids)), Closure.state == ClosureState.COOLING)
        .limit(1)
    )


def _note(db: Session, row: Closure, action: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=row.tenant_id,
        staff_id=row.asked_by,
        action=action,
        subject=f"person:{row.person_id}",
        now=now,
    )


def _closing(row: Closure) -> Closing:
    return Closing(
        id=row.id,
        person_id=row.person_id,
        state=ClosureState(row.state),
        open_cases=OpenCases(row.open_cases),
        asked_at=row.asked_at,
        due_at=row.due_at,
        asked_by=row.asked_by,
        ended_at=row.ended_at,
    )
