"""The person: what they told us, what they allow, leaving."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request
from sqlalchemy.orm import Session

from server.kernel.errors import Invalid
from server.people import identities, sessions, subscriptions
from server.people import service as people
from server.places import countries
from server.web.context import tools
from server.web.mini.answers import PersonOut, SubscriptionOut
from server.web.mini.docs import problems
from server.web.mini.guard import bearer, keep_private, once, only_json, who
from server.web.mini.present import person
from server.web.mini.schemas import Key, ProfileChange, SubscriptionIn

bp = APIBlueprint(
    "api_me",
    __name__,
    url_prefix="/api/v1",
    tag={"name": "me", "description": "The person: profile, consents, signing out"},
)
bp.before_request(only_json)
bp.after_request(keep_private)


@bp.delete("/sessions/current")
@bp.output({}, status_code=204)
@bp.doc(summary="Sign out", security="token", responses=problems(401))
def sign_out() -> str:
    with tools().sessions.begin() as db:
        sessions.end_session(db, bearer())
    return ""


@bp.get("/me")
@bp.output(PersonOut)
@bp.doc(summary="What the person told us", security="token", responses=problems(401))
def show() -> dict[str, Any]:
    with tools().sessions.read() as db:
        return person(people.profile(db, who().person_id, tools().vault))


@bp.route("/me", methods=["PUT", "PATCH"])
@bp.input(ProfileChange, arg_name="change")
@bp.output(PersonOut)
@bp.doc(
    summary="Change some of it; fields left out stay (wx.request knows no PATCH, so PUT does too)",
    security="token",
    responses=problems(400, 401, 415),
)
def change(change: dict[str, Any]) -> dict[str, Any]:
    if change.get("country") and not countries.known(change["country"]):
        raise Invalid(fields={"country": ["请从列表中选择"]})
    with tools().sessions.begin() as db:
        return person(people.update_profile(db, who().person_id, change, vault=tools().vault))


@bp.post("/me/subscriptions")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(SubscriptionIn, arg_name="told")
@bp.output(SubscriptionOut, status_code=201)
@bp.doc(
    summary="The phone reports an accepted subscription dialog; counted once with WeChat's event",
    security="token",
    responses=problems(400, 401, 409, 415, 429),
)
def subscribe(header: dict[str, str], told: dict[str, Any]) -> Response:
    template, accepted = told["template"], told["accepted"]

    def work(db: Session) -> dict[str, Any]:
        person_id, account_id = who().person_id, who().account_id
        mine = identities.only_id(db, person_id=person_id, account_id=account_id)
        if accepted and mine is not None:  # of several phones WeChat's event says which it was
            subscriptions.report(
                db, identity_id=mine, template=template, witness="phone", now=g.now
            )
        left = subscriptions.remaining(
            db, person_id=person_id, template=template, account_id=account_id
        )
        return {"template": template, "remaining": left}

    return once(work, key=header["key"], content=request.get_data())
