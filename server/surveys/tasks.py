"""What a village does in a survey: fill in, hand in; and the county: sign, give back, assign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.people.register import rollcall
from server.staff import access, audit
from server.staff import service as staff
from server.staff.permissions import Permission
from server.staff.service import Officer
from server.surveys import rounds
from server.surveys.models import SurveyAnswer, SurveyLine, SurveyRound, SurveyTask
from server.surveys.terms import (
    CONFIRMED,
    FILLABLE,
    FOLLOW_UP,
    Change,
    Kept,
    Outcome,
    RoundState,
    State,
    compared,
    figures,
)

NOTE = "survey_answer.note"
MOST_NOTE = 300
MOST_REMARK = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found out about somebody; None takes it back."""

    outcome: Outcome | None
    note: str | None = None


def may_fill(officer: Officer, task: SurveyTask) -> bool:
    """Tell whether the officer fills this village in: it lies in their part, or is theirs."""
    return access.may(officer, Permission.FILL_SURVEYS, task) or (
        task.assigned_to == officer.id
        and task.tenant_id == officer.tenant_id
        and officer.may(Permission.FILL_SURVEYS)
    )


def may_run(officer: Officer, task: SurveyTask) -> bool:
    return access.may(officer, Permission.RUN_SURVEYS, task)


def own(db: Session, officer: Officer, task_id: int, *, lock: bool = False) -> SurveyTask:
    """Return a task the officer fills in or runs. Raise NotFound."""
    row = db.get(SurveyTask, task_id, with_for_update=lock)
    if row is None or not (may_fill(officer, row) or may_run(officer, row)):
        raise NotFound("survey task")
    return row


def fill(
    db: Session,
    officer: Officer,
    task_id: int,
    answers: Mapping[int, Answer],
    *,
    vault: Vault,
    now: datetime,
) -> int:
    """Note what was found out about people; return how many notes changed.

    Raise NotFound, Conflict when the village was handed in meanwhile, Invalid for a person who
    does not belong there or a note that is too long.
    """
    task = _to_fill(db, officer, task_id)
    known = rollcall.belongs(db, officer.tenant_id, task.path, answers.keys())
    if wrong := _complaints(answers, known):
        raise Invalid(fields=wrong)
    held = select(SurveyAnswer).where(
        SurveyAnswer.task_id == task.id, SurveyAnswer.person_id.in_(list(answers))
    )
    rows = {row.person_id: row for row in db.scalars(held)}
    changed = 0
    for person_id, answer in answers.items():
        row = rows.get(person_id)
        if answer.outcome is None:
            if row is not None:
                db.delete(row)
                changed += 1
            continue
        before = (row.outcome, _read(row, vault)) if row is not None else None
        if before == (answer.outcome, answer.note):
            continue
        if row is None:
            row = SurveyAnswer(task_id=task.id, person_id=person_id)
            db.add(row)
        row.outcome, row.noted_by, row.noted_at = str(answer.outcome), officer.id, now
        row.note = vault.seal(answer.note, where=NOTE) if answer.note else None
        row.settled_by = row.settled_at = None
        changed += 1
    if changed:
        note(db, officer, task.id, "survey.fill", now=now)
    return changed


def _complaints(answers: Mapping[int, Answer], known: set[int]) -> dict[str, list[str]]:
    wrong = {}
    for person_id, answer in answers.items():
        if person_id not in known:
            wrong[f"note-{person_id}"] = ["这个人已经不在这个村的名册上，请刷新页面"]
        elif len(answer.note or "") > MOST_NOTE:
            wrong[f"note-{person_id}"] = [f"请不要超过 {MOST_NOTE} 个字"]
    return wrong


def _read(row: SurveyAnswer, vault: Vault) -> str | None:
    return vault.open(row.note, where=NOTE) if row.note else None


def rest_same(db: Session, officer: Officer, task_id: int, *, now: datetime) -> int:
    """Note 没变 for everybody nothing was noted about; return for how many."""
    task = _to_fill(db, officer, task_id)
    noted = set(db.scalars(select(SurveyAnswer.person_id).where(SurveyAnswer.task_id == task.id)))
    rest = [
        one.person_id
        for one in rollcall.roll(db, officer.tenant_id, task.path)
        if one.person_id not in noted
    ]
    if rest:
        db.execute(
            insert(SurveyAnswer),
            [
                {
                    "task_id": task.id, "person_id": person_id, "outcome": str(Outcome.SAME),
                    "noted_by": officer.id, "noted_at": now,
                }
                for person_id in rest
            ],
        )  # fmt: skip
        note(db, officer, task.id, "survey.fill", now=now)
    return len(rest)


def hand_in(
    db: Session, officer: Officer, task_id: int, *, remark: str | None, now: datetime
) -> None:
    """Hand a village in, when something is noted about everybody on its roll. Raise Invalid."""
    task = _to_fill(db, officer, task_id)
    noted = set(db.scalars(select(SurveyAnswer.person_id).where(SurveyAnswer.task_id == task.id)))
    roll = rollcall.roll(db, officer.tenant_id, task.path)
    wrong = {}
    if missing := sum(one.person_id not in noted for one in roll):
        wrong["hand_in"] = [f"还有 {missing} 位没有填"]
    if len(remark or "") > MOST_REMARK:
        wrong["remark"] = [f"请不要超过 {MOST_REMARK} 个字"]
    if wrong:
        raise Invalid(fields=wrong)
    task.state, task.handed_in_by, task.handed_in_at = str(State.HANDED_IN), officer.id, now
    task.remark, task.returned_because = remark, None
    note(db, officer, task.id, "survey.hand_in", now=now)


def sign(db: Session, officer: Officer, task_id: int, *, today: date, now: datetime) -> None:
    """Accept a village: its people are kept as they are now, and set against last time.

    Pages somebody confirmed count as verified. Raise Invalid while something that was found out
    has not been carried into the register, Conflict when it was not handed in.
    """
    task = _to_run(db, officer, task_id)
    if task.state != State.HANDED_IN:
        raise Conflict("not handed in")
    answers = list(db.scalars(select(SurveyAnswer).where(SurveyAnswer.task_id == task.id)))
    waiting = sum(row.outcome in FOLLOW_UP and row.settled_at is None for row in answers)
    if waiting:
        raise Invalid(fields={"sign": [f"还有 {waiting} 条没有处理：改好侨情库，再点“已处理”"]})
    kept = differences(db, task)
    db.execute(delete(SurveyLine).where(SurveyLine.task_id == task.id))
    if kept:
        db.execute(insert(SurveyLine), [_columns(task.id, one) for one in kept])
    confirmed = [row.person_id for row in answers if row.outcome in CONFIRMED]
    for start in range(0, len(confirmed), 500):
        rollcall.verify(db, task.tenant_id, confirmed[start : start + 500], on=today)
    task.state, task.signed_by, task.signed_at = str(State.SIGNED), officer.id, now
    task.figures = figures(kept)
    note(db, officer, task.id, "survey.sign", now=now)


def give_back(db: Session, officer: Officer, task_id: int, *, reason: str, now: datetime) -> None:
    """Give a village back to be filled in again, also one that was signed. Raise Invalid."""
    task = _to_run(db, officer, task_id)
    if task.state not in {State.HANDED_IN, State.SIGNED}:
        raise Conflict("not handed in")
    if not 1 <= len(reason) <= MOST_REMARK:
        raise Invalid(fields={"reason": ["请写明要补什么"]})
    db.execute(delete(SurveyLine).where(SurveyLine.task_id == task.id))
    task.state, task.returned_because, task.figures = str(State.RETURNED), reason, None
    task.signed_by = task.signed_at = None
    note(db, officer, task.id, "survey.give_back", now=now)


def assign(
    db: Session, officer: Officer, task_id: int, *, staff_id: int | None, now: datetime
) -> None:
    """Give a village to somebody who fills surveys in; None takes it from everybody."""
    task = _to_run(db, officer, task_id)
    if staff_id is not None:
        able = {
            one.id
            for one in staff.listing(db, officer.tenant_id)
            if one.may(Permission.FILL_SURVEYS)
        }
        if staff_id not in able:
            raise Invalid(fields={"assigned_to": ["这位同事没有填报侨情调查的权限"]})
    task.assigned_to = staff_id
    note(db, officer, task.id, "survey.assign", now=now)


def settle(db: Session, officer: Officer, task_id: int, person_id: int, *, now: datetime) -> None:
    """Note that what was found out about somebody stands in the register now; twice is harmless."""
    task = _to_run(db, officer, task_id)
    row = db.get(SurveyAnswer, (task.id, person_id))
    if row is None:
        raise NotFound("answer")
    row.settled_by, row.settled_at = officer.id, now


def differences(db: Session, task: SurveyTask) -> list[Kept]:
    """Set the village as it is now against the last archived round."""
    year = db.get_one(SurveyRound, task.round_id).year
    last = rounds.before(db, task.tenant_id, year)
    before = {}
    if last is not None:
        lines = (
            select(SurveyLine)
            .join(SurveyTask, SurveyTask.id == SurveyLine.task_id)
            .where(SurveyTask.round_id == last, SurveyTask.path == task.path)
        )
        before = {row.person_id: kept(row) for row in db.scalars(lines)}
    present = (
        Kept(
            one.person_id, one.name, one.sex, one.born, one.country, one.city,
            one.identities, one.version, Change.SAME,
        )
        for one in rollcall.roll(db, task.tenant_id, task.path)
    )  # fmt: skip
    return compared(before, present)


def kept(row: SurveyLine) -> Kept:
    return Kept(
        row.person_id, row.name, row.sex, row.born, row.country, row.city,
        tuple(part for part in row.identities.split(",") if part), row.version, Change(row.change),
    )  # fmt: skip


def _columns(task_id: int, one: Kept) -> dict[str, object]:
    return {
        "task_id": task_id, "person_id": one.person_id, "name": one.name, "sex": one.sex,
        "born": one.born, "country": one.country, "city": one.city,
        "identities": ",".join(one.identities), "version": one.version, "change": str(one.change),
    }  # fmt: skip


def _to_fill(db: Session, officer: Officer, task_id: int) -> SurveyTask:
    task = own(db, officer, task_id, lock=True)
    if not may_fill(officer, task):
        raise NotFound("survey task")
    if task.state not in FILLABLE or not _is_open(db, task):
        raise Conflict("handed in")
    return task


def _to_run(db: Session, officer: Officer, task_id: int) -> SurveyTask:
    task = own(db, officer, task_id, lock=True)
    if not may_run(officer, task):
        raise NotFound("survey task")
    if not _is_open(db, task):
        raise Conflict("archived")
    return task


def _is_open(db: Session, task: SurveyTask) -> bool:
    return db.get_one(SurveyRound, task.round_id).state == RoundState.OPEN


def note(db: Session, officer: Officer, task_id: int, action: str, *, now: datetime) -> None:
    audit.note(
        db, tenant_id=officer.tenant_id, staff_id=officer.id, action=action,
        subject=f"survey_task:{task_id}", now=now,
    )  # fmt: skip
