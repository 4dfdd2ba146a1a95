"""诉求: the desk, one case with its timeline, the moves an officer may make."""

from __future__ import annotations

from datetime import date

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.cases import access, deadlines, queries
from server.cases import service as cases
from server.cases import wording as case_words
from server.cases.states import WAITING, Action, Kind, possible
from server.kernel.errors import Conflict, Invalid
from server.people import service as people
from server.rights import retention
from server.staff import service as staff
from server.web.console import wording
from server.web.console.language import said
from server.web.console.phones import fates_of_steps
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_cases", __name__, url_prefix="/console/cases", enable_openapi=False)
PAGE = 20


@bp.get("")
def listing() -> ResponseReturnValue:
    waiting = request.args.get("done") != "1"
    with tools().sessions.begin() as db:  # looking is recorded
        rows = access.inbox_of(
            db,
            officer=officer(),
            waiting=waiting,
            after=_cursor(request.args.get("after", "")),
            limit=PAGE + 1,
            vault=tools().vault,
            now=g.now,
        )
    more = f"{rows[PAGE - 1].answer_by}_{rows[PAGE - 1].id}" if len(rows) > PAGE else None
    left = {row.id: deadlines.days_left(row.answer_by, g.now, g.county.home_zone) for row in rows}
    return page("cases", title="诉求", rows=rows[:PAGE], more=more, waiting=waiting, left=left)


def _cursor(text: str) -> tuple[date, int] | None:
    day, _, number = text.partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


@bp.get("/<int:case_id>")
def show(case_id: int) -> ResponseReturnValue:
    return _show(case_id)


def _show(
    case_id: int, *, wrong: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    who, vault = officer(), tools().vault
    with tools().sessions.begin() as db:  # looking is recorded
        case = access.for_officer(db, case_id, officer=who, now=g.now)
        listed = queries.listed(case, vault)
        steps = queries.timeline(db, case, vault)
        return page(
            "case",
            title=listed.subject,
            case=listed,
            body=queries.body(case, vault),
            contact=queries.contact(case, vault),
            country=case.country,
            person=people.profile(db, case.person_id, vault),
            files=[one.id for one in case.files],
            steps=steps,
            fates=fates_of_steps(db, who, case_id, steps),
            officers={one.id: one.name for one in staff.listing(db, who.tenant_id)},
            first_officer=case.first_officer_id,
            left=deadlines.days_left(case.answer_by, g.now, g.county.home_zone),
            open=listed.state in WAITING,
            actions=possible(listed.state) if access.may_handle(who, case) else [],
            assigned_to=case.assigned_to,
            kept_back=cases.keeps_back(db, case),
            archived=case.archived_at,
            kept_for=retention.words_for(db, who.tenant_id, listed.kind),
            lawyers=access.lawyers(db, who) if listed.kind is Kind.CONSULTATION else [],
            action_names=case_words.ACTION_NAMES,
            hints=wording.ACTION_HINTS,
            wrong=wrong or {},
            form=request.form,
            status=status,
        )


@bp.post("/<int:case_id>")
def move(case_id: int) -> ResponseReturnValue:
    """Make a move. `seen` is the number of steps on the page: a double click changes nothing."""
    form = request.form
    try:
        action = Action(form.get("action", ""))
    except ValueError:
        return _show(case_id, wrong={"action": ["请选择要做的事"]}, status=400)
    try:
        with tools().sessions.begin() as db:
            case = access.for_officer(db, case_id, officer=officer(), now=g.now, handle=True)
            notice = cases.move(
                db,
                case,
                action,
                officer=officer(),
                told=form.get("told", ""),
                note=form.get("note", ""),
                seen=form.get("seen", -1, type=int),
                vault=tools().vault,
                now=g.now,
            ).notice
    except Invalid as error:
        return _show(case_id, wrong=error.fields, status=400)
    except Conflict:
        return _show(case_id, wrong={"changed": [wording.CASE_CHANGED]}, status=409)
    tools().jobs.ask("dispatch")
    told = wording.NOTICES.get(
        notice, said("已发到对方手机（{channel}）", channel=wording.CHANNELS.get(notice, ""))
    )
    flash(
        said("已{action}。{told}。", action=case_words.ACTION_NAMES[action], told=told),
        "wrong" if notice == "none" else "done",
    )
    return redirect(url_for("console_cases.show", case_id=case_id))


@bp.post("/<int:case_id>/assign")
def assign(case_id: int) -> ResponseReturnValue:
    """Give a consultation to a lawyer, or take it back from everybody."""
    to = request.form.get("assigned_to", "")
    try:
        with tools().sessions.begin() as db:
            access.assign(
                db,
                case_id,
                int(to) if to.isdecimal() else None,
                officer=officer(),
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        return _show(case_id, wrong=error.fields, status=400)
    flash(wording.ASSIGNED if to else wording.TAKEN_BACK, "done")
    return redirect(url_for("console_cases.show", case_id=case_id))


@bp.get("/photos/<file_id>")
def photo(file_id: str) -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        row = access.file_for_officer(db, file_id, officer=officer(), now=g.now)
        key, kind = row.key, row.content_type
    return Response(tools().files.get(key), mimetype=kind)
