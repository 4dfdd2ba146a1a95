"""The person's own rights: see, correct, take along, say yes or no, close the account."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request
from sqlalchemy.orm import Session

from server.kernel.errors import NotFound
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose, Way
from server.people.register import parsing
from server.rights import choices, closing, copies, holdings, requests
from server.rights.terms import OpenCases
from server.web.context import tools
from server.web.mini import rights_present as present
from server.web.mini.answers import (
    AgreementsOut,
    AskedOut,
    ClosingOut,
    ClosureOut,
    CorrectionsOut,
    HoldingsOut,
    LatestCopyOut,
    OrderedCopyOut,
    SaidOut,
)
from server.web.mini.docs import Described, problems
from server.web.mini.guard import keep_private, once, only_json, who
from server.web.mini.schemas import ClosureIn, CopyIn, CorrectionIn, Key, Say

bp = APIBlueprint(
    "api_rights",
    __name__,
    url_prefix="/api/v1/me",
    tag={"name": "rights", "description": "Personal data: see, correct, copy, consent, close"},
)
bp.before_request(only_json)
bp.after_request(keep_private)


@bp.get("/holdings")
@bp.output(HoldingsOut)
@bp.doc(summary="All we hold of the person", security="token", responses=problems(401))
def held() -> dict[str, Any]:
    with tools().sessions.read() as db:
        found = holdings.sections(db, who().person_id, vault=tools().vault)
    return {"sections": [present.section(one) for one in found]}


@bp.get("/agreements")
@bp.output(AgreementsOut)
@bp.doc(
    summary="What the person allows, purpose by purpose, and how it came about",
    security="token",
    responses=problems(401),
)
def agreements() -> dict[str, Any]:
    with tools().sessions.read() as db:
        now = ledger.standings(db, who().person_id)
        before = ledger.history(db, who().person_id, vault=tools().vault)
    return {
        "items": [present.agreement(one) for one in now],
        "history": [present.entry(one) for one in before],
    }


@bp.post("/agreements")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(Say, arg_name="told")
@bp.output(SaidOut, status_code=201)
@bp.doc(
    summary="Say yes or no to one purpose; as easy one way as the other",
    security="token",
    responses=problems(400, 401, 409, 415, 429),
)
def say(header: dict[str, str], told: dict[str, Any]) -> Response:
    def work(db: Session) -> dict[str, Any]:
        now = choices.say(
            db,
            person_id=who().person_id,
            purpose=Purpose(told["purpose"]),
            given=told["given"],
            version=told["version"],
            way=Way.MINI,
            vault=tools().vault,
            now=g.now,
        )
        return present.agreement(now)

    return once(work, key=header["key"], content=request.get_data())


@bp.get("/corrections")
@bp.output(CorrectionsOut)
@bp.doc(
    summary="What may be corrected, and the requests so far; looking marks answers as read",
    security="token",
    responses=problems(401),
)
def corrections() -> dict[str, Any]:
    with tools().sessions.read() as db:
        items = requests.of_person(db, who().person_id, vault=tools().vault)
        page = requests.register_page(db, who().tenant_id, who().person_id, vault=tools().vault)
    if any(one.unread for one in items):
        with tools().sessions.begin() as db:
            requests.seen(db, who().person_id, now=g.now)
    known = parsing.written(page.facts) if page else None
    return {
        "fields": [present.correctable(field, known) for field in requests.FIELDS]
        if known is not None
        else [],
        "items": [present.correction(one) for one in items],
    }


@bp.post("/corrections")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(CorrectionIn, arg_name="wanted")
@bp.output(AskedOut, status_code=201)
@bp.doc(
    summary="Ask staff to correct the register; answered within fifteen working days",
    security="token",
    responses=problems(400, 401, 409, 415, 429),
)
def correct(header: dict[str, str], wanted: dict[str, Any]) -> Response:
    def work(db: Session) -> dict[str, Any]:
        asked = requests.ask(
            db,
            person_id=who().person_id,
            fields=present.codes_of(wanted["fields_"]),
            words=wanted["words"],
            vault=tools().vault,
            now=g.now,
        )
        return present.correction(asked)

    return once(work, key=header["key"], content=request.get_data())


@bp.delete("/corrections/<request_id>")
@bp.output({}, status_code=204)
@bp.doc(summary="Take a request back", security="token", responses=problems(401, 404, 409))
def take_back(request_id: str) -> str:
    if not (request_id.isascii() and request_id.isdigit()):
        raise NotFound("request")
    with tools().sessions.begin() as db:
        requests.take_back(db, int(request_id), person_id=who().person_id, now=g.now)
    return ""


@bp.get("/copies")
@bp.output(LatestCopyOut)
@bp.doc(summary="The copy one can have now", security="token", responses=problems(401))
def copy() -> dict[str, Any]:
    with tools().sessions.read() as db:
        found = copies.latest(db, person_id=who().person_id, now=g.now)
    return {"copy": present.copy(found) if found else None}


@bp.post("/copies")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(CopyIn, arg_name="_nothing")
@bp.output(OrderedCopyOut, status_code=201)
@bp.doc(
    summary="Ask for a copy of everything; ready in a moment, there for 24 hours, three a day",
    security="token",
    responses=problems(400, 401, 409, 415, 429),
)
def order(header: dict[str, str], _nothing: dict[str, Any]) -> Response:
    def work(db: Session) -> dict[str, Any]:
        return present.copy(copies.ask(db, person_id=who().person_id, now=g.now))

    answer = once(work, key=header["key"], content=request.get_data())
    tools().jobs.ask("make_copy", answer.get_json()["id"])
    return answer


_ZIP: Described = {
    "description": "A zip: readable, for machines, and every case with its photos",
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
}


@bp.get("/copies/<copy_id>/file")
@bp.doc(
    summary="One's own copy",
    security="token",
    responses={200: _ZIP, **problems(401, 404)},
)
def fetch(copy_id: str) -> Response:
    with tools().sessions.begin() as db:  # a download is recorded
        key = copies.fetch(db, copy_id, person_id=who().person_id, now=g.now)
    response = Response(tools().files.get(key), mimetype="application/zip")
    response.headers["Content-Disposition"] = "attachment; filename=my-data.zip"
    return response


@bp.get("/closure")
@bp.output(ClosureOut)
@bp.doc(
    summary="What closing the account means, and whether it is under way",
    security="token",
    responses=problems(401),
)
def closure() -> dict[str, Any]:
    with tools().sessions.read() as db:
        return present.closure(closing.outlook(db, who().person_id, vault=tools().vault))


@bp.post("/closure")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(ClosureIn, arg_name="wanted")
@bp.output(ClosingOut, status_code=201)
@bp.doc(
    summary="Close the account in seven days; until then it can be taken back",
    security="token",
    responses=problems(400, 401, 409, 415, 429),
)
def close(header: dict[str, str], wanted: dict[str, Any]) -> Response:
    chosen = wanted["open_cases"]

    def work(db: Session) -> dict[str, Any]:
        closing.ask(
            db,
            person_id=who().person_id,
            open_cases=OpenCases(chosen) if chosen else None,
            now=g.now,
        )
        return present.closure(closing.outlook(db, who().person_id, vault=tools().vault))

    return once(work, key=header["key"], content=request.get_data())


@bp.delete("/closure")
@bp.output({}, status_code=204)
@bp.doc(summary="Keep the account after all", security="token", responses=problems(401))
def keep() -> str:
    with tools().sessions.begin() as db:
        closing.take_back(db, person_id=who().person_id, now=g.now)
    return ""
