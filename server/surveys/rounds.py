"""Open the survey of a year, hand the villages out, close it into the archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from server.people.register import counts
from server.places import codes, gazetteer
from server.places.codes import Level
from server.staff import audit
from server.staff import service as staff
from server.staff.permissions import Permission
from server.staff.service import Officer
from server.surveys.models import SurveyAnswer, SurveyRound, SurveyTask
from server.surveys.terms import RoundState, State, summed

MOST_WORDS = 500
_VILLAGE = 12  # digits of a village's path


@dataclass(frozen=True, slots=True)
class Round:
    """A year's survey."""

    id: int
    year: int
    words: str | None
    due_on: date
    state: RoundState
    opened_at: datetime
    archived_at: datetime | None
    figures: Mapping[str, int] | None
    remark: str | None


def listing(db: Session, officer: Officer) -> list[Round]:
    """Return every round, the latest first: one a year. Raise NotAllowed."""
    _must_take_part(officer)
    query = select(SurveyRound).where(SurveyRound.tenant_id == officer.tenant_id)
    return [_round(row) for row in db.scalars(query.order_by(SurveyRound.year.desc()))]


def one(db: Session, officer: Officer, round_id: int) -> Round:
    """Return a round. Raise NotAllowed, NotFound."""
    _must_take_part(officer)
    return _round(_row(db, officer, round_id))


def current(db: Session, officer: Officer) -> Round | None:
    """Return the open round, if there is one. Raise NotAllowed."""
    return next((one for one in listing(db, officer) if one.state is RoundState.OPEN), None)


def _must_take_part(officer: Officer) -> None:
    if not (officer.may(Permission.RUN_SURVEYS) or officer.may(Permission.FILL_SURVEYS)):
        raise NotAllowed(Permission.FILL_SURVEYS)


def must_run_all(officer: Officer) -> None:
    """Raise NotAllowed unless the officer runs surveys in the whole county."""
    if not officer.scope(Permission.RUN_SURVEYS).covers(""):
        raise NotAllowed(Permission.RUN_SURVEYS)


def open_round(
    db: Session,
    officer: Officer,
    *,
    year: int,
    due_on: date,
    words: str | None,
    today: date,
    now: datetime,
) -> int:
    """Open the survey of a year with a task for every village; return the round.

    A village goes to whoever fills surveys in that village or town alone; a town with people of
    no known village gets a task for them. Raise Invalid, NotAllowed, Conflict (there is one).
    """
    must_run_all(officer)
    wrong = {}
    if not today.year - 1 <= year <= today.year + 1:
        wrong["year"] = ["请选去年、今年或明年"]
    if due_on < today:
        wrong["due_on"] = ["这一天已经过去了"]
    if len(words or "") > MOST_WORDS:
        wrong["words"] = [f"请不要超过 {MOST_WORDS} 个字"]
    expected = _expected(db, officer.tenant_id, counts.by_path(db, officer.tenant_id))
    if not expected:
        wrong["year"] = ["还没有镇、村的名单，请先导入区划"]
    if current(db, officer) is not None:
        wrong["year"] = ["还有一轮没有归档，先把它归档"]
    taken = select(SurveyRound.id).where(
        SurveyRound.tenant_id == officer.tenant_id, SurveyRound.year == year
    )
    if db.scalar(taken) is not None:
        wrong["year"] = [f"{year} 年已经有一轮了"]
    if wrong:
        raise Invalid(fields=wrong)
    row = SurveyRound(
        tenant_id=officer.tenant_id, year=year, words=words, due_on=due_on,
        state=str(RoundState.OPEN), opened_by=officer.id, opened_at=now,
    )  # fmt: skip
    db.add(row)
    db.flush()
    fillers = _fillers(db, officer.tenant_id)
    db.execute(
        insert(SurveyTask),
        [
            {
                "round_id": row.id,
                "tenant_id": officer.tenant_id,
                "path": path,
                "state": str(State.OPEN),
                "assigned_to": _who(fillers, path),
                "expected": number,
            }
            for path, number in sorted(expected.items())
        ],
    )
    note(db, officer, row.id, "survey.open", now=now)
    return row.id


def _expected(db: Session, tenant_id: int, people: Mapping[str, int]) -> dict[str, int]:
    """Return every village that exists, and every town with people of no village; with people."""
    land = gazetteer.load(db, tenant_id)
    if land.seat is None:
        return {}
    expected = {
        path: 0
        for path, place in land.by_path.items()
        if place.level is Level.VILLAGE and place.exists
    }
    towns = {path for path, place in land.by_path.items() if place.level is Level.TOWN}
    for path, number in people.items():
        if not codes.inside(path, land.seat.path):
            continue
        place = path if path in towns else path[:_VILLAGE]
        if place in land.by_path and place != land.seat.path:
            expected[place] = expected.get(place, 0) + number
    return expected


def unplaced(db: Session, tenant_id: int) -> int:
    """Count the people whom no village and no town of the county asks after."""
    people = counts.by_path(db, tenant_id)
    return sum(people.values()) - sum(_expected(db, tenant_id, people).values())


def _fillers(db: Session, tenant_id: int) -> list[Officer]:
    return [
        one for one in staff.listing(db, tenant_id)
        if one.may(Permission.FILL_SURVEYS) and not one.scope(Permission.FILL_SURVEYS).covers("")
    ]  # fmt: skip


def _who(fillers: Iterable[Officer], path: str) -> int | None:
    """Return the one who looks after this place most closely, None when two do alike."""
    found = [
        (max(len(part) for part in one.scope(Permission.FILL_SURVEYS).paths
             if codes.inside(path, part)), one.id)
        for one in fillers
        if one.scope(Permission.FILL_SURVEYS).covers(path)
    ]  # fmt: skip
    if not found:
        return None
    nearest = max(length for length, _ in found)
    best = [staff_id for length, staff_id in found if length == nearest]
    return best[0] if len(best) == 1 else None


def take_back(db: Session, officer: Officer, round_id: int, *, now: datetime) -> None:
    """Remove a round in which nobody has noted anything. Raise Conflict when somebody has."""
    must_run_all(officer)
    row = _row(db, officer, round_id, lock=True)
    tasks = select(SurveyTask.id).where(SurveyTask.round_id == row.id)
    begun = select(func.count()).select_from(SurveyTask).where(
        SurveyTask.round_id == row.id, SurveyTask.state != State.OPEN
    )  # fmt: skip
    noted = select(func.count()).select_from(SurveyAnswer).where(SurveyAnswer.task_id.in_(tasks))
    if row.state != RoundState.OPEN or db.scalar(begun) or db.scalar(noted):
        raise Conflict("begun")
    db.execute(delete(SurveyTask).where(SurveyTask.round_id == row.id))
    db.delete(row)
    note(db, officer, round_id, "survey.take_back", now=now)


def archive(
    db: Session, officer: Officer, round_id: int, *, remark: str | None, now: datetime
) -> None:
    """Close a round for good, with the sums of its villages.

    Raise Invalid when villages are not signed and no reason is given; Conflict when it is closed.
    """
    must_run_all(officer)
    row = _row(db, officer, round_id, lock=True)
    if row.state != RoundState.OPEN:
        raise Conflict("archived")
    tasks = list(db.scalars(select(SurveyTask).where(SurveyTask.round_id == row.id)))
    missing = sum(task.state != State.SIGNED for task in tasks)
    if missing and not remark:
        raise Invalid(fields={"remark": [f"还有 {missing} 个村没有签收，请写明为什么先归档"]})
    row.state, row.archived_by, row.archived_at = str(RoundState.ARCHIVED), officer.id, now
    row.figures = summed(task.figures or {} for task in tasks)
    row.remark = remark
    note(db, officer, row.id, "survey.archive", now=now)


def before(db: Session, tenant_id: int, year: int) -> int | None:
    """Return the last archived round before a year."""
    return db.scalar(
        select(SurveyRound.id)
        .where(
            SurveyRound.tenant_id == tenant_id,
            SurveyRound.year < year,
            SurveyRound.state == RoundState.ARCHIVED,
        )
        .order_by(SurveyRound.year.desc())
        .limit(1)
    )


def _row(db: Session, officer: Officer, round_id: int, *, lock: bool = False) -> SurveyRound:
    row = db.get(SurveyRound, round_id, with_for_update=lock)
    if row is None or row.tenant_id != officer.tenant_id:
        raise NotFound("survey")
    return row


def _round(row: SurveyRound) -> Round:
    return Round(
        id=row.id, year=row.year, words=row.words, due_on=row.due_on,
        state=RoundState(row.state), opened_at=row.opened_at, archived_at=row.archived_at,
        figures=row.figures, remark=row.remark,
    )  # fmt: skip


def note(db: Session, officer: Officer, round_id: int, action: str, *, now: datetime) -> None:
    audit.note(
        db, tenant_id=officer.tenant_id, staff_id=officer.id, action=action,
        subject=f"survey:{round_id}", now=now,
    )  # fmt: skip
