"""侨情 › 权利请求: corrections and closings by the clock; consents and erasure of one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.kernel.clock import known_zone
from server.kernel.errors import Conflict, Invalid
from server.people import belongings
from server.people.agreements.terms import TERMS, WAYS, Purpose
from server.people.register.parsing import LABELS
from server.registers import access
from server.rights import choices, closing, requests, retention
from server.rights.holdings import standing_words
from server.rights.terms import KINDS, OPEN_CASES, Kind, State
from server.staff import service as staff
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_rights", __name__, url_prefix="/console/rights", enable_openapi=False)
PAGE = 30
COUNTRIES = ("country", "nationality")


@bp.get("")
def listing() -> ResponseReturnValue:
    waiting = request.args.get("done") != "1"
    with tools().sessions.read() as db:
        rows = requests.of_desk(
            db,
            officer(),
            waiting=waiting,
            after=_cursor(request.args.get("after", "")),
            limit=PAGE + 1,
            vault=tools().vault,
        )
        names = belongings.register_names(db, {one.person_id for one in rows})
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return page(
        "rights",
        title="权利请求",
        rows=rows[:PAGE],
        names=names,
        waiting=waiting,
        more=f"{more.answer_by}_{more.id}" if more else None,
        left={one.id: _days_left(one.answer_by) for one in rows},
        kinds=KINDS,
        states=wording.RIGHTS_STATES,
        labels=LABELS,
        may_erase=officer().may(Permission.ERASE_PEOPLE),
    )


def _cursor(text: str) -> tuple[date, int] | None:
    day, _, number = text.partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def _days_left(last: date) -> int:
    zone = known_zone(g.county.home_zone, fallback="Asia/Shanghai")
    today: date = g.now.astimezone(zone).date()
    return (last - today).days


@bp.get("/<int:request_id>")
def show(request_id: int) -> ResponseReturnValue:
    return _show(request_id)


def _show(
    request_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    with tools().sessions.begin() as db:  # looking is recorded
        one = requests.show(db, officer(), request_id, vault=tools().vault, now=g.now)
        names = belongings.register_names(db, {one.person_id})
        colleagues = {who.id: who.name for who in staff.listing(db, officer().tenant_id)}
    return page(
        "rights_request",
        title=said(
            "{what}：{name}",
            what=KINDS[one.kind],
            name=names.get(one.person_id, wording.NO_NAME),
        ),
        one=one,
        name=names.get(one.person_id),
        left=_days_left(one.answer_by),
        state=wording.RIGHTS_STATES[one.state],
        open=one.state is State.OPEN,
        labels=LABELS,
        countries=COUNTRIES,
        decided_by=colleagues.get(one.decided_by or 0, "以前的同事"),
        may_accept=one.kind is not Kind.ERASE or officer().may(Permission.ERASE_PEOPLE),
        wrong=wrong or {},
        form=request.form,
        status=status,
    )


@bp.post("/<int:request_id>/<any(accept, refuse):move>")
def decide(request_id: int, move: str) -> ResponseReturnValue:
    act = requests.accept if move == "accept" else requests.refuse
    reason = request.form.get("reason", "")
    try:
        with tools().sessions.begin() as db:
            act(db, officer(), request_id, reason=reason, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _show(request_id, wrong=error.fields, status=400)
    except Conflict:
        return _show(request_id, wrong={"changed": [wording.RIGHTS_CHANGED]}, status=409)
    flash("已办，对方在小程序里看得到。", "done")
    return redirect(url_for("console_rights.listing"))


@bp.get("/closings")
def closings() -> ResponseReturnValue:
    with tools().sessions.read() as db:
        rows = closing.of_desk(
            db, officer(), before=request.args.get("before", type=int), limit=PAGE + 1
        )
        names = belongings.register_names(db, {one.person_id for one in rows})
    return page(
        "rights_closings",
        title="账号注销",
        rows=rows[:PAGE],
        names=names,
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        states=wording.CLOSURE_STATES,
        open_cases=OPEN_CASES,
    )


@bp.get("/retention")
def kept() -> ResponseReturnValue:
    officer().must(Permission.ERASE_PEOPLE)
    return _kept()


def _kept(
    *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        rows = retention.table(db, officer().tenant_id)
    return page(
        "rights_retention",
        title="档案保管期限",
        rows=rows,
        choices=retention.CHOICE_NAMES,
        wrong=wrong or {},
        status=status,
    )


@bp.post("/retention")
def keep() -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            retention.change(db, officer(), request.form, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _kept(wrong=error.fields, status=400)
    flash("已保存。", "done")
    return redirect(url_for("console_rights.kept"))


@bp.get("/people/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    return _person(person_id)


def _person(
    person_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    with tools().sessions.begin() as db:  # looking is recorded
        found, now, history = choices.of_person(
            db, officer(), person_id, vault=tools().vault, now=g.now
        )
        colleagues = {who.id: who.name for who in staff.listing(db, officer().tenant_id)}
    return page(
        "rights_person",
        title=said("同意与权利：{name}", name=found.facts.name),
        person=found,
        standings=now,
        history=history,
        colleagues=colleagues,
        terms=TERMS,
        ways=WAYS,
        words=standing_words,
        by_staff=choices.BY_STAFF,
        may_edit=access.allows(officer(), Permission.EDIT_PEOPLE, found.path),
        may_erase=officer().may(Permission.ERASE_PEOPLE),
        wrong=wrong or {},
        form=request.form,
        status=status,
    )


@bp.post("/people/<int:person_id>")
def note(person_id: int) -> ResponseReturnValue:
    """代录: what somebody said at the counter or by telephone."""
    form = request.form
    said, given = form.get("purpose", ""), form.get("given", "")
    officer().must(Permission.EDIT_PEOPLE)
    wrong: dict[str, list[str]] = {}
    if said not in set(choices.BY_STAFF):
        wrong["purpose"] = ["请选择是哪一项"]
    if given not in {"yes", "no"}:
        wrong["given"] = ["请选择同意还是撤回"]
    if wrong:
        return _person(person_id, wrong=wrong, status=400)
    try:
        with tools().sessions.begin() as db:
            choices.note_for(
                db,
                officer(),
                person_id,
                purpose=Purpose(said),
                given=given == "yes",
                basis=form.get("basis", ""),
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        return _person(person_id, wrong=error.fields, status=400)
    except Conflict:
        return _person(person_id, wrong={"given": ["已经是这样了，不用再记"]}, status=409)
    flash("已代录。", "done")
    return redirect(url_for("console_rights.person", person_id=person_id))


@bp.get("/people/<int:person_id>/erase")
def ask_erase(person_id: int) -> ResponseReturnValue:
    return _erase(person_id)


def _erase(
    person_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    officer().must(Permission.ERASE_PEOPLE)
    with tools().sessions.begin() as db:  # looking is recorded
        found = access.page(
            db, officer(), person_id, vault=tools().vault, now=g.now, to=Permission.ERASE_PEOPLE
        )
    return page(
        "rights_erase",
        title=said("注销：{name}", name=found.facts.name),
        person=found,
        wrong=wrong or {},
        form=request.form,
        status=status,
    )


@bp.post("/people/<int:person_id>/erase")
def erase(person_id: int) -> ResponseReturnValue:
    form = request.form
    officer().must(Permission.ERASE_PEOPLE)
    if form.get("sure") != "1":
        return _erase(person_id, wrong={"sure": ["请确认已经看过后果"]}, status=400)
    try:
        with tools().sessions.begin() as db:
            files = closing.erase_on_request(
                db,
                officer(),
                person_id,
                basis=form.get("basis", ""),
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        return _erase(person_id, wrong=error.fields, status=400)
    except Conflict as error:
        words = wording.ERASE_TROUBLES[str(error)]
        return _erase(person_id, wrong={"changed": [words]}, status=409)
    tools().files.remove(files)
    tools().jobs.ask("remove_withdrawn")
    flash("已注销，个人信息已经删除。", "done")
    return redirect(url_for("console_people.listing"))
