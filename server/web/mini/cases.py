"""Submit a case and follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, g, request
from marshmallow import RAISE
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.cases import access, queries, wording
from server.cases import service as cases
from server.cases.service import Submission
from server.cases.states import MOVES, Action, Kind, State
from server.kernel.errors import Invalid
from server.places import countries
from server.staff import service as staff
from server.web.context import tools
from server.web.mini import present
from server.web.mini.answers import AddedStepOut, CaseOut, CasePageOut
from server.web.mini.docs import problems
from server.web.mini.guard import keep_private, once, only_json, who
from server.web.mini.schemas import CaseIn, Key, PageQuery, SupplementIn

if TYPE_CHECKING:
    from server.cases.models import Case

bp = APIBlueprint(
    "api_cases",
    __name__,
    url_prefix="/api/v1/cases",
    tag={"name": "cases", "description": "Petitions (信访诉求) and consultations (法律咨询)"},
)
bp.before_request(only_json)
bp.after_request(keep_private)


@bp.post("")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(CaseIn, arg_name="handed")
@bp.output(CaseOut, status_code=201)
@bp.doc(
    summary="Submit a petition or a consultation",
    security="token",
    responses=problems(400, 401, 409, 413, 415, 429),
)
def submit(header: dict[str, str], handed: dict[str, Any]) -> Response:
    if handed["country"] and not countries.known(handed["country"]):
        raise Invalid(fields={"country": ["请从列表中选择"]})
    submission = Submission(
        submission_id=header["key"],
        kind=Kind(handed["kind"]),
        topic=handed["topic"],
        subject=handed["subject"],
        body=handed["body"],
        country=handed["country"] or None,
        contact=handed["contact"] or None,
        files=tuple(handed["files"]),
        consent_version=handed["consent_version"],
    )

    def work(db: Session) -> dict[str, Any]:
        case = cases.submit(
            db,
            submission,
            tenant_id=who().tenant_id,
            person_id=who().person_id,
            vault=tools().vault,
            now=g.now,
        )
        return _whole(db, case)

    return once(work, key=header["key"], content=request.get_data())


@bp.get("")
@bp.input(PageQuery, location="query", unknown=RAISE)
@bp.output(CasePageOut)
@bp.doc(summary="One's own cases, newest first", security="token", responses=problems(400, 401))
def listing(query_data: dict[str, Any]) -> dict[str, Any]:
    limit = query_data["limit"]
    with tools().sessions.read() as db:
        rows = queries.of_person(
            db,
            who().person_id,
            before=int(query_data["cursor"]) if query_data["cursor"] else None,
            limit=limit + 1,
            vault=tools().vault,
        )
    return {
        "items": [present.item(row) for row in rows[:limit]],
        "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None,
    }


@bp.get("/<number>")
@bp.output(CaseOut)
@bp.doc(
    summary="One case with its timeline; looking marks it as read",
    security="token",
    responses=problems(401, 404),
)
def show(number: str) -> dict[str, Any]:
    with tools().sessions.read() as db:
        answer = _whole(db, access.for_person(db, number, person_id=who().person_id))
    if answer["unread"]:
        with tools().sessions.begin() as db:
            access.for_person(db, number, person_id=who().person_id).read_at = g.now
    return answer


@bp.post("/<number>/supplements")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(SupplementIn, arg_name="more")
@bp.output(AddedStepOut, status_code=201)
@bp.doc(
    summary="Say more about a case",
    security="token",
    responses=problems(400, 401, 404, 409, 413, 415, 429),
)
def supplement(number: str, header: dict[str, str], more: dict[str, Any]) -> Response:
    def work(db: Session) -> dict[str, Any]:
        case = access.for_person(db, number, person_id=who().person_id, handle=True)
        event = cases.supplement(
            db, case, body=more["body"], files=more["files"], vault=tools().vault, now=g.now
        )
        return present.step(queries.step(event, tools().vault))

    return once(work, key=header["key"], content=request.get_data())


def _whole(db: Session, case: Case) -> dict[str, Any]:
    vault = tools().vault
    county = accounts.tenant(db, case.tenant_id)
    db.refresh(case, ["files"])
    return {
        **present.item(queries.listed(case, vault)),
        "body": queries.body(case, vault),
        "files": [{"id": one.id, "url": f"/api/v1/files/{one.id}"} for one in case.files],
        "answer_by": case.answer_by.isoformat(),
        "handler": _handler(db, case, county.name),
        "timeline": [present.step(one) for one in queries.timeline(db, case, vault)],
        "may_supplement": (State(case.state), Action.SUPPLEMENT) in MOVES,
    }


def _handler(db: Session, case: Case, unit: str) -> str:
    """Say who it is with (信访工作条例 §23): the unit, and the 首问责任人 once there is one."""
    if case.first_officer_id is None:
        return unit
    return f"{unit}（{wording.FIRST_OFFICER}：{staff.by_id(db, case.first_officer_id).name}）"
