"""侨情 › 调查: the rounds, one round village by village, one village person by person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid
from server.people.register.terms import IDENTITIES
from server.staff import service as staff
from server.staff.permissions import Permission
from server.surveys import reading, rounds, tasks
from server.surveys.tasks import Answer
from server.surveys.terms import (
    CHANGES,
    FIGURES,
    FILLABLE,
    OUTCOMES,
    STATES,
    Change,
    Outcome,
    RoundState,
    State,
)
from server.web.console import fields, nodes
from server.web.console.language import said
from server.web.console.shell import officer, page, today
from server.web.context import tools

bp = APIBlueprint("console_surveys", __name__, url_prefix="/console/surveys", enable_openapi=False)
VILLAGES = 60
PEOPLE = 20  # a screenful for somebody at a farmhouse door
LONGEST = 2000
CLOSED = "这个村刚才被交上去或归档了，请看看现在的情况。"


@bp.get("")
def listing() -> ResponseReturnValue:
    return _rounds()


def _rounds(
    *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        found = rounds.listing(db, officer())
        progress = {one.id: reading.progress(db, officer(), one.id) for one in found[:10]}
    return page(
        "surveys",
        title="侨情调查",
        rounds=found,
        progress=progress,
        states=STATES,
        today=today(),
        open=any(one.state is RoundState.OPEN for one in found),
        may_open=_runs_all(),
        values=request.form,
        wrong=wrong or {},
        status=status,
    )


def _runs_all() -> bool:
    return officer().scope(Permission.RUN_SURVEYS).covers("")


@bp.post("")
def open_round() -> ResponseReturnValue:
    rounds.must_run_all(officer())
    try:
        due = date.fromisoformat(request.form.get("due_on", ""))
    except ValueError:
        return _rounds(wrong={"due_on": ["写成 2026-11-21 这样"]}, status=400)
    try:
        with tools().sessions.begin() as db:
            number = rounds.open_round(
                db,
                officer(),
                year=request.form.get("year", 0, type=int),
                due_on=due,
                words=_text("words"),
                today=today(),
                now=g.now,
            )
    except Invalid as error:
        return _rounds(wrong=error.fields, status=400)
    flash("已布置到每个村。", "done")
    return redirect(url_for("console_surveys.show", round_id=number))


@bp.get("/<int:round_id>")
def show(round_id: int) -> ResponseReturnValue:
    return _round(round_id)


def _round(
    round_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    state = request.args.get("state", "")
    after = request.args.get("after")
    with tools().sessions.read() as db:
        found = rounds.one(db, officer(), round_id)
        progress = reading.progress(db, officer(), round_id)
        villages = reading.villages(
            db, officer(), round_id,
            state=State(state) if state in set(State) else None, after=after, limit=VILLAGES + 1,
        )  # fmt: skip
        called = nodes.names(db, officer().tenant_id, {one.path for one in villages})
        colleagues = staff.names(
            db, officer().tenant_id, {one.assigned_to for one in villages if one.assigned_to}
        )
        unplaced = rounds.unplaced(db, officer().tenant_id) if _runs_all() else 0
    return page(
        "survey",
        title=said("{year} 年侨情调查", year=found.year),
        round=found,
        progress=progress,
        villages=villages[:VILLAGES],
        more=villages[VILLAGES - 1].path if len(villages) > VILLAGES else None,
        called=called,
        colleagues=colleagues,
        state=state,
        states=STATES,
        figures=FIGURES,
        unplaced=unplaced,
        may_run=_runs_all(),
        untouched=progress.states[State.OPEN] == progress.total
        and not any(one.noted for one in villages),
        late=found.due_on < today(),
        wrong=wrong or {},
        status=status,
    )


@bp.post("/<int:round_id>/<any('archive', 'take-back'):move>")
def close(round_id: int, move: str) -> ResponseReturnValue:
    rounds.must_run_all(officer())
    try:
        with tools().sessions.begin() as db:
            if move == "archive":
                rounds.archive(db, officer(), round_id, remark=_text("remark"), now=g.now)
            else:
                rounds.take_back(db, officer(), round_id, now=g.now)
    except Invalid as error:
        return _round(round_id, wrong=error.fields, status=400)
    except Conflict:
        flash("已经有人填了，或者已经归档，不能这样做。", "wrong")
        return redirect(url_for("console_surveys.show", round_id=round_id))
    if move == "take-back":
        flash("已撤回。", "done")
        return redirect(url_for("console_surveys.listing"))
    flash("已归档。", "done")
    return redirect(url_for("console_surveys.show", round_id=round_id))


@bp.get("/villages/<int:task_id>")
def village(task_id: int) -> ResponseReturnValue:
    return _village(task_id)


def _village(
    task_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    who = officer()
    with tools().sessions.begin() as db:  # the look is recorded
        task = tasks.own(db, who, task_id)
        may_fill, may_run = tasks.may_fill(who, task), tasks.may_run(who, task)
        found = reading.village(db, who, task_id)
        round_ = rounds.one(db, who, found.round_id)
        rows = reading.people(
            db, who, task_id, after=_after(), limit=PEOPLE + 1, vault=tools().vault, now=g.now
        )
        open_ones = reading.to_settle(db, who, task_id, vault=tools().vault, limit=PEOPLE)
        names = reading.names(db, who, task_id) if open_ones else {}
        called = nodes.names(db, who.tenant_id, {found.path})
        colleagues = {
            one.id: one.name
            for one in staff.listing(db, who.tenant_id)
            if one.may(Permission.FILL_SURVEYS)
        }
        parts = (found.assigned_to, found.handed_in_by, found.signed_by)
        told = staff.names(db, who.tenant_id, {one for one in parts if one})
    is_open = round_.state is RoundState.OPEN
    fillable = is_open and may_fill and found.state in FILLABLE
    if wrong and not fillable and not may_run:
        flash(CLOSED, "wrong")
    return page(
        "survey_village",
        title=called.get(found.path, "") or found.path,
        task=found,
        round=round_,
        rows=rows[:PEOPLE],
        more=rows[PEOPLE - 1][0] if len(rows) > PEOPLE else None,
        first=request.args.get("id") is None,
        open_ones=open_ones,
        names=names,
        fillable=fillable,
        runs=is_open and may_run,
        outcomes=OUTCOMES,
        states=STATES,
        figures=FIGURES,
        identities=IDENTITIES,
        colleagues=colleagues,
        told=told,
        may_edit_people=who.may(Permission.EDIT_PEOPLE),
        may_see_people=who.may(Permission.SEE_PEOPLE),
        values=request.form,
        wrong=wrong or {},
        status=status,
    )


@bp.get("/villages/<int:task_id>/kept")
def kept(task_id: int) -> ResponseReturnValue:
    """Show the people a signed village keeps, and how they differ from the round before."""
    change = request.args.get("change", "")
    after = request.args.get("id", 0, type=int)
    with tools().sessions.read() as db:
        found = reading.village(db, officer(), task_id)
        lines = reading.lines(
            db, officer(), task_id,
            change=Change(change) if change in set(Change) else None, after=after,
            limit=VILLAGES + 1,
        )  # fmt: skip
        called = nodes.names(db, officer().tenant_id, {found.path})
        round_ = rounds.one(db, officer(), found.round_id)
    return page(
        "survey_kept",
        title=said("{village}：签收时的名册", village=called.get(found.path, "") or found.path),
        task=found,
        round=round_,
        lines=lines[:VILLAGES],
        more=lines[VILLAGES - 1].person_id if len(lines) > VILLAGES else None,
        change=change,
        changes=CHANGES,
        identities=IDENTITIES,
        may_see_people=officer().may(Permission.SEE_PEOPLE),
    )


@bp.post("/villages/<int:task_id>")
def fill(task_id: int) -> ResponseReturnValue:
    """Note what one page of people says."""
    try:
        with tools().sessions.begin() as db:
            tasks.fill(db, officer(), task_id, _answers(), vault=tools().vault, now=g.now)
    except Invalid as error:
        return _village(task_id, wrong=error.fields, status=400)
    except Conflict:
        flash(CLOSED, "wrong")
        return redirect(url_for("console_surveys.village", task_id=task_id))
    flash("已保存。", "done")
    onward = request.form.get("after"), request.form.get("id", type=int)
    if None not in onward and request.form.get("next") == "1":
        return redirect(
            url_for("console_surveys.village", task_id=task_id, after=onward[0], id=onward[1])
        )
    return redirect(
        url_for(
            "console_surveys.village",
            task_id=task_id,
            after=request.args.get("after"),
            id=request.args.get("id"),
        )
    )


def _answers() -> dict[int, Answer]:
    found = {}
    for name in request.form:
        kind, _, number = name.partition("-")
        if kind == "outcome" and number.isascii() and number.isdigit() and len(number) < 18:
            typed = request.form[name]
            outcome = Outcome(typed) if typed in set(Outcome) else None
            found[int(number)] = Answer(outcome, _text(f"note-{number}"))
    return found


@bp.post(
    "/villages/<int:task_id>/<any('rest', 'hand-in', 'sign', 'give-back', 'assign', 'settle'):move>"
)
def move(task_id: int, move: str) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            _MOVES[move](db, task_id)
    except Invalid as error:
        return _village(task_id, wrong=error.fields, status=400)
    except Conflict:
        flash(CLOSED, "wrong")
    else:
        flash("已记下。", "done")
    return redirect(url_for("console_surveys.village", task_id=task_id))


def _rest(db: Session, task_id: int) -> None:
    tasks.rest_same(db, officer(), task_id, now=g.now)


def _hand_in(db: Session, task_id: int) -> None:
    tasks.hand_in(db, officer(), task_id, remark=_text("remark"), now=g.now)


def _sign(db: Session, task_id: int) -> None:
    tasks.sign(db, officer(), task_id, today=today(), now=g.now)


def _give_back(db: Session, task_id: int) -> None:
    tasks.give_back(db, officer(), task_id, reason=_text("reason") or "", now=g.now)


def _assign(db: Session, task_id: int) -> None:
    chosen = request.form.get("assigned_to", type=int)
    tasks.assign(db, officer(), task_id, staff_id=chosen, now=g.now)


def _settle(db: Session, task_id: int) -> None:
    tasks.settle(db, officer(), task_id, request.form.get("person", 0, type=int), now=g.now)


_MOVES = {
    "rest": _rest,
    "hand-in": _hand_in,
    "sign": _sign,
    "give-back": _give_back,
    "assign": _assign,
    "settle": _settle,
}


def _after() -> tuple[str, int] | None:
    number = request.args.get("id", type=int)
    return (request.args.get("after", ""), number) if number is not None else None


def _text(name: str) -> str | None:
    return fields.text(name, most=LONGEST)
