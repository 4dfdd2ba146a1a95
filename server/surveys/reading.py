"""How far a survey is, one village with its people, what is kept. Plain values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.people.register import rollcall
from server.people.register.rollcall import Present
from server.staff import access
from server.staff.permissions import Permission
from server.staff.service import Officer
from server.surveys import tasks
from server.surveys.models import SurveyAnswer, SurveyLine, SurveyRound, SurveyTask
from server.surveys.tasks import NOTE
from server.surveys.terms import FILLABLE, FOLLOW_UP, Change, Kept, Outcome, RoundState, State


@dataclass(frozen=True, slots=True)
class Task:
    """A village and how far it is."""

    id: int
    round_id: int
    path: str
    state: State
    assigned_to: int | None
    expected: int
    noted: int
    remark: str | None
    returned_because: str | None
    handed_in_by: int | None
    handed_in_at: datetime | None
    signed_by: int | None
    signed_at: datetime | None
    figures: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many villages of a round are in which state."""

    states: Mapping[State, int]

    @property
    def total(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Noted:
    """What was found out about somebody."""

    person_id: int
    outcome: Outcome
    note: str | None
    settled: bool


def _seen(officer: Officer) -> list[object]:
    fits = [
        access.within(officer, right, SurveyTask.tenant_id, SurveyTask.path)
        for right in (Permission.RUN_SURVEYS, Permission.FILL_SURVEYS)
    ]
    if officer.may(Permission.FILL_SURVEYS):
        fits.append(SurveyTask.assigned_to == officer.id)
    return [SurveyTask.tenant_id == officer.tenant_id, or_(*fits)]


def progress(db: Session, officer: Officer, round_id: int) -> Progress:
    """Count the villages the officer sees by state."""
    rows = db.execute(
        select(SurveyTask.state, func.count().label("number"))
        .where(SurveyTask.round_id == round_id, *_seen(officer))  # type: ignore[arg-type]
        .group_by(SurveyTask.state)
    )
    found = {State(row.state): row.number for row in rows}
    return Progress({state: found.get(state, 0) for state in State})


def villages(
    db: Session,
    officer: Officer,
    round_id: int,
    *,
    state: State | None = None,
    after: str | None = None,
    limit: int,
) -> list[Task]:
    """Return villages in the order of their codes, with how many people are noted; two queries."""
    query = select(SurveyTask).where(
        SurveyTask.round_id == round_id,
        *_seen(officer),  # type: ignore[arg-type]
    )
    if state is not None:
        query = query.where(SurveyTask.state == state)
    if after is not None:
        query = query.where(SurveyTask.path > after)
    rows = list(db.scalars(query.order_by(SurveyTask.path).limit(limit)))
    noted = _noted(db, [row.id for row in rows])
    return [_task(row, noted.get(row.id, 0)) for row in rows]


def _noted(db: Session, task_ids: list[int]) -> dict[int, int]:
    rows = db.execute(
        select(SurveyAnswer.task_id, func.count().label("number"))
        .where(SurveyAnswer.task_id.in_(task_ids))
        .group_by(SurveyAnswer.task_id)
    )
    return {row.task_id: row.number for row in rows}


def village(db: Session, officer: Officer, task_id: int) -> Task:
    """Return one village. Raise NotFound."""
    row = tasks.own(db, officer, task_id)
    return _task(row, _noted(db, [row.id]).get(row.id, 0))


def people(
    db: Session,
    officer: Officer,
    task_id: int,
    *,
    after: tuple[str, int] | None,
    limit: int,
    vault: Vault,
    now: datetime,
) -> list[tuple[Present, Noted | None]]:
    """Return people of a village with what is noted about them; the look is recorded."""
    row = tasks.own(db, officer, task_id)
    found = rollcall.roll(db, officer.tenant_id, row.path, after=after, limit=limit)
    ids = [one.person_id for one in found]
    rows = db.scalars(
        select(SurveyAnswer).where(SurveyAnswer.task_id == row.id, SurveyAnswer.person_id.in_(ids))
    )
    answers = {one.person_id: _answer(one, vault) for one in rows}
    tasks.note(db, officer, row.id, "survey.view", now=now)
    return [(one, answers.get(one.person_id)) for one in found]


def to_settle(
    db: Session, officer: Officer, task_id: int, *, vault: Vault, limit: int
) -> list[Noted]:
    """Return what was found out and is not in the register yet."""
    row = tasks.own(db, officer, task_id)
    rows = db.scalars(
        select(SurveyAnswer)
        .where(
            SurveyAnswer.task_id == row.id,
            SurveyAnswer.outcome.in_([str(one) for one in FOLLOW_UP]),
            SurveyAnswer.settled_at.is_(None),
        )
        .order_by(SurveyAnswer.person_id)
        .limit(limit)
    )
    return [_answer(one, vault) for one in rows]


def lines(
    db: Session,
    officer: Officer,
    task_id: int,
    *,
    change: Change | None,
    after: int,
    limit: int,
) -> list[Kept]:
    """Return the people a signed village keeps, `after` one of them."""
    row = tasks.own(db, officer, task_id)
    query = select(SurveyLine).where(SurveyLine.task_id == row.id, SurveyLine.person_id > after)
    if change is not None:
        query = query.where(SurveyLine.change == change)
    rows = db.scalars(query.order_by(SurveyLine.person_id).limit(limit))
    return [tasks.kept(one) for one in rows]


def names(db: Session, officer: Officer, task_id: int) -> dict[int, str]:
    """Return the names of a village's people by person."""
    row = tasks.own(db, officer, task_id)
    return {one.person_id: one.name for one in rollcall.roll(db, officer.tenant_id, row.path)}


def waiting(db: Session, officer: Officer) -> tuple[int, int]:
    """Count for 今日: villages of the open round to fill in, and to sign."""
    states = (
        select(SurveyTask.state, SurveyTask.assigned_to, SurveyTask.path)
        .join(SurveyRound, SurveyRound.id == SurveyTask.round_id)
        .where(
            SurveyRound.state == RoundState.OPEN,
            SurveyTask.state != State.SIGNED,
            *_seen(officer),  # type: ignore[arg-type]
        )
    )
    rows = list(db.execute(states))
    whole = officer.scope(Permission.FILL_SURVEYS).covers("")
    fill = sum(
        row.state in FILLABLE and (row.assigned_to == officer.id or not whole) for row in rows
    )
    runs = officer.scope(Permission.RUN_SURVEYS)
    sign = sum(row.state == State.HANDED_IN and runs.covers(row.path) for row in rows)
    return fill, sign


def _answer(row: SurveyAnswer, vault: Vault) -> Noted:
    return Noted(
        row.person_id,
        Outcome(row.outcome),
        vault.open(row.note, where=NOTE) if row.note else None,
        settled=row.settled_at is not None,
    )


def _task(row: SurveyTask, noted: int) -> Task:
    return Task(
        id=row.id, round_id=row.round_id, path=row.path, state=State(row.state),
        assigned_to=row.assigned_to, expected=row.expected, noted=noted, remark=row.remark,
        returned_because=row.returned_because, handed_in_by=row.handed_in_by,
        handed_in_at=row.handed_in_at, signed_by=row.signed_by, signed_at=row.signed_at,
        figures=row.figures,
    )  # fmt: skip
