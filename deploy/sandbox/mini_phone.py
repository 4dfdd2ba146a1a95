"""The mini-program on the phone: what /sandbox/followers/<id>/mini/<appid>/ does."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response

from deploy.sandbox import codes, consents, miniprogram, people
from deploy.sandbox.accounts import Account
from deploy.sandbox.control import BadRequest, account_named, given, refuse, world
from deploy.sandbox.dispatch import json_response
from deploy.sandbox.storage import Row

mini = Blueprint("mini", __name__, url_prefix="/sandbox/followers/<int:follower_id>/mini/<appid>")
mini.register_error_handler(BadRequest, refuse)
MAX_TEMPLATES = 5
DECISIONS = {
    "accept", "reject", "ban", "filter", "acceptWithAlert", "acceptWithAudio",
    "acceptWithForcePush",
}  # fmt: skip
Use = Callable[[sqlite3.Connection, Account, Row, float], dict[str, Any]]


def _used(follower_id: int, appid: str, use: Use) -> Response:
    account = account_named(appid)
    here = world()
    with here.store.write() as db:
        who = people.identity_of(db, appid, follower_id)
        if who is None:
            raise BadRequest(f"no follower {follower_id}", 404)
        try:
            return json_response(use(db, account, who, here.clock.now()))
        except ValueError as error:
            raise BadRequest(str(error)) from error


@mini.post("/login")
def login(follower_id: int, appid: str) -> Response:
    """wx.login → {code}."""

    def use(db: sqlite3.Connection, account: Account, who: Row, now: float) -> dict[str, Any]:
        return {"code": miniprogram.login(db, account, who, now)}

    return _used(follower_id, appid, use)


@mini.post("/phone")
def phone(follower_id: int, appid: str) -> Response:
    """The phone button → {code}, which is not the login code."""

    def use(db: sqlite3.Connection, account: Account, who: Row, now: float) -> dict[str, Any]:
        person = people.find(db, follower_id)
        if person is None:
            raise ValueError("no such person")
        detail = miniprogram.number_of(person)
        return {
            "code": codes.give(
                db,
                appid=account.appid,
                openid=who["openid"],
                kind=codes.PHONE,
                now=now,
                detail=detail,
            )
        }

    return _used(follower_id, appid, use)


def _decisions(body: Mapping[str, Any]) -> dict[str, str]:
    decisions = body.get("decisions")
    if not isinstance(decisions, dict) or not decisions:
        raise BadRequest("decisions must be an object {template_id: accept | reject}")
    if len(decisions) > MAX_TEMPLATES:
        raise BadRequest("20003: at most 5 templates in one call")
    if not set(decisions.values()) <= DECISIONS:
        raise BadRequest(f"a decision must be one of {sorted(DECISIONS)}")
    return decisions


@mini.post("/subscribe")
def subscribe(follower_id: int, appid: str) -> Response:
    """wx.requestSubscribeMessage: note the decisions, push subscribe_msg_popup_event."""
    decisions = _decisions(given())
    here = world()

    def use(db: sqlite3.Connection, account: Account, who: Row, _now: float) -> dict[str, Any]:
        scene = consents.IN_ARTICLE if account.official else consents.IN_MINI_PROGRAM
        try:
            consents.decide(here, db, account, who, decisions=decisions, scene=scene)
        except consents.UnknownTemplate as error:
            raise ValueError(f"20001: no template {error}") from error
        return {"errMsg": "requestSubscribeMessage:ok", **decisions}

    return _used(follower_id, appid, use)


@mini.post("/unsubscribe")
def unsubscribe(follower_id: int, appid: str) -> Response:
    """Settings page: withdraw all consents for a template, push subscribe_msg_change_event."""
    template_id = str(given().get("template_id") or "")
    here = world()

    def use(db: sqlite3.Connection, account: Account, who: Row, _now: float) -> dict[str, Any]:
        consents.withdraw(db, who["openid"], template_id)
        name = "subscribe_msg_change_event"
        entries = [{"TemplateId": template_id, "SubscribeStatusString": "reject"}]
        fields = {"MsgType": "event", "Event": name, **consents.event(account, name, entries)}
        here.pusher.push(db, account, who["openid"], fields, follower_id=follower_id)
        return {"remaining": 0}

    return _used(follower_id, appid, use)


@mini.get("/consents")
def show_consents(follower_id: int, appid: str) -> Response:
    """What only the platform knows: {template_id: messages left, -1 for long-term}."""

    def use(db: sqlite3.Connection, _account: Account, who: Row, _now: float) -> dict[str, Any]:
        return {"remaining": consents.listing(db, who["openid"])}

    return _used(follower_id, appid, use)


@mini.post("/group")
def group(follower_id: int, appid: str) -> Response:
    """wx.getGroupEnterInfo in the group `group` (any name) → {encryptedData, iv, opengid}."""
    name = str(given().get("group") or "家乡群")
    seed = world().seed

    def use(db: sqlite3.Connection, account: Account, who: Row, now: float) -> dict[str, Any]:
        def short(prefix: str, *parts: str) -> str:
            digest = hashlib.sha256("/".join([seed, account.appid, name, *parts]).encode())
            return prefix + digest.hexdigest()[:26]

        data = {
            "opengid": short("tG"),
            "open_single_roomid": "",
            "group_openid": short("gO", who["openid"]),
            "chat_type": 3,
        }
        return {**miniprogram.sealed(db, account, who, data, now=now), "opengid": data["opengid"]}

    return _used(follower_id, appid, use)


@mini.post("/oauth")
def oauth(follower_id: int, appid: str) -> Response:
    """Web sign-in of an official account: {scope: snsapi_base | snsapi_userinfo} → {code}."""
    scope = str(given().get("scope") or "snsapi_base")
    if scope not in ("snsapi_base", "snsapi_userinfo"):
        raise BadRequest("scope must be snsapi_base or snsapi_userinfo")

    def use(db: sqlite3.Connection, account: Account, who: Row, now: float) -> dict[str, Any]:
        if not account.official:
            raise ValueError("only official accounts have web sign-in")
        return {
            "code": codes.give(
                db,
                appid=account.appid,
                openid=who["openid"],
                kind=codes.WEB,
                now=now,
                detail={"scope": scope},
            )
        }

    return _used(follower_id, appid, use)
