"""What everybody may see or do without a token: the county's facts, and signing in."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import g, request
from marshmallow import RAISE

from server.accounts import service as accounts
from server.cases import wording
from server.cases.states import Kind
from server.greetings import calendar
from server.kernel.clock import known_zone
from server.kernel.errors import NotFound
from server.people import identities, sessions
from server.people import service as people
from server.people.agreements.terms import RIGHTS, TERMS
from server.places import countries
from server.ports import Account, AccountKind
from server.web.context import tools
from server.web.mini.answers import NoticeOut, SessionOut, SiteOut
from server.web.mini.docs import problems
from server.web.mini.guard import keep_private, only_json, take
from server.web.mini.present import instant, person
from server.web.mini.schemas import SignIn, SiteQuery

bp = APIBlueprint(
    "api_public",
    __name__,
    url_prefix="/api/v1",
    tag={"name": "public", "description": "Without a token: the county's facts, and signing in"},
)
bp.before_request(only_json)
bp.after_request(keep_private)


def note_time() -> None:
    """Nobody is asked for a token here."""
    g.now = tools().clock.now()


def _mini(slug: str) -> Account:
    account = tools().accounts.by_slug(slug)
    if account.kind is not AccountKind.MINI:
        raise NotFound("account")
    return account


@bp.get("/site")
@bp.input(SiteQuery, location="query", unknown=RAISE)
@bp.output(SiteOut)
@bp.doc(
    summary="What the first page needs: the county, notices, topics, the next festival",
    responses=problems(400, 404),
)
def site(query_data: dict[str, str]) -> dict[str, Any]:
    account = _mini(query_data["account"])
    with tools().sessions.read() as db:
        county = accounts.tenant(db, account.tenant_id)
    today = g.now.astimezone(known_zone(county.home_zone, fallback="Asia/Shanghai")).date()
    festival = calendar.next_festival(today)
    return {
        "tenant": {"name": county.name},
        "service_promise": list(wording.PROMISES),
        "notices": {
            "before_submit": list(wording.CAUTIONS),
            "guides": {kind: list(wording.GUIDES[kind]) for kind in Kind},
            "emergency": wording.EMERGENCY,
        },
        "office": {name: county.office.get(name, "") for name in ("address", "phone", "hours")},
        "next_festival": {
            "name": festival.name,
            "date": festival.day.isoformat(),
            "days_left": (festival.day - today).days,
        }
        if festival
        else None,
        "kinds": [
            {"code": kind, "name": wording.KIND_NAMES[kind], "hint": wording.KIND_HINTS[kind]}
            for kind in Kind
        ],
        "topics": {
            kind: [
                {"code": one.code, "name": one.name, "note": one.note or None}
                for one in wording.TOPICS[kind]
            ]
            for kind in Kind
        },
        "countries": [
            {"code": one.code, "name": one.name, "zone": one.zone} for one in countries.listing()
        ],
        "subscription_templates": {"case_progress": account.templates.get("case_progress")},
        "consent": {"version": wording.CONSENT_VERSION, "text": wording.CONSENT_TEXT},
    }


@bp.get("/notice")
@bp.input(SiteQuery, location="query", unknown=RAISE)
@bp.output(NoticeOut)
@bp.doc(
    summary="What data is used for, listed by purpose (网络数据安全管理条例 §21)",
    responses=problems(400, 404),
)
def notice(query_data: dict[str, str]) -> dict[str, Any]:
    account = _mini(query_data["account"])
    with tools().sessions.read() as db:
        county = accounts.tenant(db, account.tenant_id)
    return {
        "handler": county.name,
        "version": max(one.wording.version for one in TERMS.values()),
        "terms": [
            {
                "purpose": one.purpose,
                "name": one.name,
                "text": one.wording.text,
                "kinds": list(one.kinds),
                "recipients": list(one.recipients),
                "kept": one.kept,
                "ending": one.ending,
            }
            for one in TERMS.values()
        ],
        "rights": list(RIGHTS),
        "office": {name: county.office.get(name, "") for name in ("address", "phone", "hours")},
    }


@bp.post("/sessions")
@bp.input(SignIn, arg_name="sign_in")
@bp.output(SessionOut, status_code=201)
@bp.doc(
    summary="Sign in with the code of wx.login; the code is single-use",
    responses=problems(400, 404, 415, 429, 503),
)
def open_session(sign_in: dict[str, str]) -> dict[str, Any]:
    take(f"mini_sign_in:{request.remote_addr}")
    box = tools()
    account = _mini(sign_in["account"])
    identity = box.platform.sign_in(account.id, sign_in["code"])  # no transaction is open here
    with box.sessions.begin() as db:
        person_id = identities.sign_in(db, account, identity, now=g.now)
        token, ends = sessions.open_session(
            db, person_id=person_id, account_id=account.id, now=g.now
        )
        profile = people.profile(db, person_id, box.vault)
    return {"token": token, "expires_at": instant(ends), "person": person(profile)}
