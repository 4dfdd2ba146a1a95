"""WeChat's own browser as web pages meet it: the JS-SDK, whether a page is signed, the dialog.

Pages lie on other servers, so every answer may be read from anywhere; none tells of a person.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from deploy.sandbox import basics, consents, people
from deploy.sandbox.accounts import Account
from deploy.sandbox.control import BadRequest, account_named, given, refuse, world
from deploy.sandbox.dispatch import json_response

browser = Blueprint("web_browser", __name__, url_prefix="/open")
browser.register_error_handler(BadRequest, refuse)


@browser.after_request
def for_every_page(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@browser.get("/jweixin.js")
def script() -> Response:
    """Serve the stand-in for res.wx.qq.com/open/js/jweixin-1.6.0.js."""
    response = current_app.send_static_file("jweixin.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@browser.post("/config")
def config() -> Response:
    """wx.config: {appId, nonceStr, timestamp, signature, url} → {errMsg}."""
    told = given()
    here = world()
    account = here.accounts.get(str(told.get("appId")))
    if account is None or not account.official:
        return json_response({"errMsg": "config:invalid appid"})
    with here.store.read() as db:
        ticket = basics.page_ticket(db, account.appid, here.clock.now())
    good = ticket is not None and hmac.compare_digest(
        _signature(ticket, told), str(told.get("signature"))
    )
    return json_response({"errMsg": "config:ok" if good else "config:invalid signature"})


def _signature(ticket: str, told: Mapping[str, Any]) -> str:
    """Sign as WeChat documents it: the address is the one the page has, without what follows #."""
    values = {
        "jsapi_ticket": ticket,
        "noncestr": told.get("nonceStr"),
        "timestamp": told.get("timestamp"),
        "url": str(told.get("url")).partition("#")[0],
    }
    text = "&".join(f"{name}={value}" for name, value in values.items())
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _template(account: Account, told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    name = str(told.get("template"))
    found = account.templates.get(name)
    if not isinstance(found, Mapping):
        raise BadRequest(f"20001: no template {name}")
    return name, found


@browser.post("/subscribe/ask")
def ask() -> Response:
    """What the dialog of wx-open-subscribe shows: {appId, template} → {account, title, fields}."""
    told = given()
    account = account_named(str(told.get("appId")))
    _, template = _template(account, told)
    labels = list(dict(template.get("fields", {})).values())
    return json_response(
        {"account": account.name, "title": template.get("title", ""), "fields": labels}
    )


@browser.post("/subscribe")
def subscribe() -> Response:
    """What the person chose: {appId, template, follower, decision accept | reject} → {errMsg}."""
    told = given()
    account = account_named(str(told.get("appId")))
    name, _ = _template(account, told)
    decision, follower = told.get("decision"), str(told.get("follower"))
    if decision not in ("accept", "reject"):
        raise BadRequest("decision must be accept or reject")
    here = world()
    with here.store.write() as db:
        number = int(follower) if follower.isdecimal() and len(follower) < 18 else 0
        who = people.identity_of(db, account.appid, number)
        if who is None:
            raise BadRequest(f"no follower {follower}", 404)
        consents.decide(here, db, account, who, decisions={name: decision}, scene=consents.IN_PAGE)
    return json_response({"errMsg": "subscribe:ok"})
