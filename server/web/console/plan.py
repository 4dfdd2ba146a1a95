"""节日问候 › 全年: the plan of a year, and the county's own festivals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.greetings import customs, labels, yearly
from server.greetings.calendar import CATALOGUE
from server.kernel.errors import Invalid
from server.staff.permissions import Permission
from server.web.console.language import said
from server.web.console.shell import officer, page, today
from server.web.context import tools

bp = APIBlueprint("console_plan", __name__, url_prefix="/console/plan", enable_openapi=False)
RULES: Mapping[str, str] = {"solar": "公历", "lunar": "农历", "weekday": "第几个星期几"}
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
LETTER = "{salutation}：\n\n\n\n{tenant}\n{date}"


@bp.get("")
def show() -> ResponseReturnValue:
    return _show()


def _show(
    *, wrong: Mapping[str, list[str]] | None = None, at: str = "", status: int = 200
) -> ResponseReturnValue:
    who, now = officer(), today()
    year = request.args.get("year", now.year, type=int)
    with tools().sessions.read() as db:
        try:
            found = yearly.plan(db, who, year=year, today=now)
        except Invalid:
            found = yearly.plan(db, who, year=now.year, today=now)
        local = customs.listing(db, who.tenant_id)
        left_out = customs.left_out(db, who.tenant_id)
    return page(
        "plan",
        title=said("{year} 年的节日", year=found.year),
        plan=found,
        this_year=now.year,
        local=local,
        left_out=[(code, CATALOGUE[code].name) for code in left_out],
        kinds={one: labels.KINDS[one] for one in customs.KINDS},
        rules=RULES,
        weekdays=WEEKDAYS,
        letter=LETTER,
        may_prepare=who.may(Permission.PREPARE_GREETINGS),
        values=request.form,
        wrong=wrong or {},
        at=at,
        status=status,
    )


@bp.post("")
def draft() -> ResponseReturnValue:
    """Draft all that is proposed and still to come."""
    officer().must(Permission.PREPARE_GREETINGS)
    year = request.form.get("year", 0, type=int)
    try:
        with tools().sessions.begin() as db:
            made = yearly.draft_all(db, officer(), year=year, today=today(), now=g.now)
    except Invalid as error:
        return _show(wrong=error.fields, status=400)
    flash(said("起草了 {made} 封，逐封修改、批准。", made=made), "done")
    return redirect(url_for("console_plan.show", year=year))


@bp.post("/festivals")
def add() -> ResponseReturnValue:
    form = request.form
    new = customs.New(
        name=form.get("name", "").replace("\0", "").strip(),
        kind=form.get("kind", ""),
        rule=form.get("rule", ""),
        month=form.get("month", 0, type=int),
        day=form.get("day", 0, type=int),
        weekday=form.get("weekday", type=int),
        letter=form.get("letter", "").replace("\0", "").replace("\r\n", "\n").strip(),
    )
    try:
        with tools().sessions.begin() as db:
            customs.add(db, officer(), new, now=g.now)
    except Invalid as error:
        return _show(wrong=error.fields, at="add", status=400)
    flash("已加进日历。", "done")
    return redirect(url_for("console_plan.show", year=request.args.get("year", type=int)))


@bp.post("/festivals/<code>/<any(keep, 'leave-out'):move>")
def keep(code: str, move: str) -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        customs.keep(db, officer(), code, here=move == "keep", now=g.now)
    flash("已记下。已经起草的信不变。", "done")
    return redirect(url_for("console_plan.show", year=request.args.get("year")))


@bp.post("/festivals/<code>/move")
def move(code: str) -> ResponseReturnValue:
    officer().must(Permission.PREPARE_GREETINGS)
    form = request.form
    try:
        usual = date.fromisoformat(form.get("usual", ""))
        to = date.fromisoformat(form.get("to", ""))
    except ValueError:
        return _show(wrong={"to": ["写成 2026-11-21 这样"]}, at=code, status=400)
    try:
        with tools().sessions.begin() as db:
            customs.move(
                db, officer(), code, usual=usual, to=to,
                because=form.get("because", "").replace("\0", "").strip(), now=g.now,
            )  # fmt: skip
    except Invalid as error:
        return _show(wrong=error.fields, at=code, status=400)
    flash("日期已改，只改这一年。", "done")
    return redirect(url_for("console_plan.show", year=to.year))
