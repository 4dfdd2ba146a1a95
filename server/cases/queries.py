"""Reading cases: lists, timelines and the counts of the desk. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from server.cases import wording
from server.cases.models import Case, CaseEvent
from server.cases.service import BODY, CONTACT, NOTE, SUBJECT, TOLD
from server.cases.states import WAITING, Kind, State
from server.kernel.crypto import Vault
from server.people.service import ids_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in a list."""

    id: int
    number: str
    kind: Kind
    kind_name: str
    topic_name: str
    subject: str
    state: State
    state_name: str
    answer_by: date
    submitted_at: datetime
    updated_at: datetime
    unread: bool
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline."""

    at: datetime
    state: State
    state_name: str
    actor: str
    text: str
    note: str | None
    notice: str
    officer_id: int | None


def listed(case: Case, vault: Vault) -> Listed:
    kind, state = Kind(case.kind), State(case.state)
    topic = wording.topic(kind, case.topic)
    return Listed(
        id=case.id,
        number=case.number,
        kind=kind,
        kind_name=wording.KIND_NAMES[kind],
        topic_name=topic.name if topic else case.topic,
        subject=vault.open(case.subject, where=SUBJECT),
        state=state,
        state_name=wording.STATE_NAMES[state],
        answer_by=case.answer_by,
        submitted_at=case.submitted_at,
        updated_at=case.updated_at,
        unread=case.read_at is None or case.updated_at > case.read_at,
        archived=case.archived_at is not None,
    )


def of_person(
    db: Session, person_id: int, *, before: int | None, limit: int, vault: Vault
) -> list[Listed]:
    """Return a person's cases, newest first; `before` is the last id already seen."""
    query = select(Case).where(Case.person_id.in_(ids_of(db, person_id)))
    if before is not None:
        query = query.where(Case.id < before)
    rows = db.scalars(query.order_by(Case.id.desc()).limit(limit))
    return [listed(row, vault) for row in rows]


def of_desk(
    db: Session,
    seen: ColumnElement[bool],
    *,
    waiting: bool,
    after: tuple[date, int] | None,
    limit: int,
    vault: Vault,
) -> list[Listed]:
    """Return the cases that fit `seen` (access.seen_by), the most pressing first.

    `after` is (answer_by, id) of the last one already seen.
    """
    states = WAITING if waiting else frozenset(State) - WAITING
    query = select(Case).where(
        seen,
        Case.state.in_([str(state) for state in states]),
    )
    if after is not None:
        query = query.where(
            (Case.answer_by > after[0]) | ((Case.answer_by == after[0]) & (Case.id > after[1]))
        )
    rows = db.scalars(query.order_by(Case.answer_by, Case.id).limit(limit))
    return [listed(row, vault) for row in rows]


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits: for the start page."""

    open: int
    overdue: int


def desk(db: Session, seen: ColumnElement[bool], *, today: date) -> Desk:
    query = select(func.count()).select_from(Case)
    waiting = query.where(seen, Case.state.in_([str(state) for state in WAITING]))
    return Desk(
        open=db.scalar(waiting) or 0,
        overdue=db.scalar(waiting.where(Case.answer_by < today)) or 0,
    )


def timeline(db: Session, case: Case, vault: Vault) -> list[Step]:
    """Return every step of a case, oldest first."""
    events = db.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
    )
    return [step(event, vault) for event in events]


def step(event: CaseEvent, vault: Vault) -> Step:
    return Step(
        at=event.at,
        state=State(event.state),
        state_name=wording.STATE_NAMES[State(event.state)],
        actor=event.actor,
        text=vault.open(event.told, where=TOLD),
        note=vault.open(event.note, where=NOTE) if event.note is not None else None,
        notice=event.notice,
        officer_id=event.officer_id,
    )


def body(case: Case, vault: Vault) -> str:
    return vault.open(case.body, where=BODY)


def contact(case: Case, vault: Vault) -> str | None:
    return vault.open(case.contact, where=CONTACT) if case.contact is not None else None
