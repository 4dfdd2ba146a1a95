"""组织 › 覆盖: who should have a federation, has one, lacks one; 五有 of a year."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from server.organisations import coverage, reading
from server.organisations.coverage import Verdict
from server.organisations.terms import ANSWERS, FIVE
from server.places import codes
from server.places.codes import Level
from server.staff.permissions import Permission
from server.web.console.shell import officer, page, today
from server.web.context import tools

bp = APIBlueprint(
    "console_coverage", __name__, url_prefix="/console/coverage", enable_openapi=False
)
PAGE = 50
VERDICTS = {
    Verdict.MISSING: "应建未建",
    Verdict.EXISTS: "已建",
    Verdict.SMALL: "人不多，建小组或参加邻近活动",
    Verdict.NOBODY: "没有登记的乡亲",
}
LEVELS = {Level.TOWN: "镇、街道", Level.VILLAGE: "村、社区"}


@bp.get("")
def show() -> ResponseReturnValue:
    level, verdict = request.args.get("level", ""), request.args.get("verdict", "")
    start = max(0, request.args.get("start", 0, type=int))
    with tools().sessions.read() as db:
        report = coverage.report(db, officer())
    lines = report.chosen(
        Level(level) if level in set(LEVELS) else None,
        Verdict(verdict) if verdict in set(Verdict) else None,
    )
    return page(
        "coverage",
        title="组织覆盖",
        report=report,
        lines=lines[start : start + PAGE],
        total=len(lines),
        more=start + PAGE if len(lines) > start + PAGE else None,
        level=level,
        verdict=verdict,
        levels=LEVELS,
        verdicts=VERDICTS,
        code_of=codes.code_of,
        town=coverage.TOWN,
        village=coverage.VILLAGE,
        may_see_people=officer().may(Permission.SEE_PEOPLE),
        may_edit=officer().may(Permission.EDIT_ORGANISATIONS),
    )


@bp.get("/five")
def five() -> ResponseReturnValue:
    """Show who answered the 五有 of a year, and how."""
    year = request.args.get("year", today().year, type=int)
    after = request.args.get("after", "")
    number = request.args.get("id", type=int)
    with tools().sessions.read() as db:
        found = reading.listing(
            db, officer(), after=(after, number) if number is not None else None, limit=PAGE + 1
        )
        answers = reading.checked(db, officer(), year=year)
    return page(
        "five",
        title="五有自查",
        rows=found[:PAGE],
        more=found[PAGE - 1] if len(found) > PAGE else None,
        year=year,
        checked=answers,
        five=FIVE,
        answers=ANSWERS,
    )
