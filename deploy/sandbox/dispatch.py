"""From a request to the platform's answer: faults, token, permission, quota, work, log."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Request, Response

from deploy.sandbox import clock as clocks
from deploy.sandbox import ids, tokens
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.faults import Rule
from deploy.sandbox.interfaces import Answer, Call, Interface, counted
from deploy.sandbox.storage import dump, trim
from deploy.sandbox.world import World

CUT = "X-Sandbox-Cut"  # tells serve.py to reset the connection instead of answering
TRUNCATE = "X-Sandbox-Truncate"  # tells serve.py to stop half-way
_SECRET = re.compile(
    r'("(?:access_token|refresh_token|secret|appsecret|session_key|js_code|ticket)"\s*:\s*")'
    r'((?:[^"\\]|\\.)*)"'
)
_SECRET_QUERY = {"access_token", "secret", "appsecret", "js_code", "code", "signature"}
_LOGGED = 20_000  # characters of a body kept in the log


@dataclass(frozen=True, slots=True)
class Visit:
    """One request on its way through: when it began, and the faults that strike it."""

    world: World
    interface: Interface
    request: Request
    raw: bytes
    started: float
    struck: Mapping[str, Rule]

    def ms(self) -> float:
        return round((time.monotonic() - self.started) * 1000, 1)


def answer(world: World, interface: Interface, request: Request) -> Response:
    """Answer one call, with whatever faults were asked for."""
    raw = b"" if interface.body == "form" else request.get_data()
    struck = world.faults.take("api", interface.path)
    visit = Visit(world, interface, request, raw, time.monotonic(), struck)
    if "latency" in struck:
        threading.Event().wait(struck["latency"].value)
    if "reset_before" in struck:
        _log_unheard(visit)
        return Response(headers={CUT: "1"})
    response = _worked(visit)
    if "reset_after" in struck:
        response.headers[CUT] = "1"
    if "truncated" in struck:
        response.headers[TRUNCATE] = "1"
    if "garbled" in struck:
        body = response.get_data()
        response.set_data(b'{"errcode":0,"errm\xff\xfe' + body[len(body) // 2 :])
    if "empty" in struck:
        response.set_data(b"{}")
    return response


def _worked(visit: Visit) -> Response:
    world, request = visit.world, visit.request
    multipart = visit.interface.body == "form"
    with world.store.write() as db:
        call = Call(
            world=world,
            db=db,
            interface=visit.interface,
            query=request.args,
            raw=visit.raw,
            form=request.form if multipart else {},
            files=request.files if multipart else {},
            address=request.remote_addr or "127.0.0.1",
            base=request.host_url.rstrip("/"),
            now=world.clock.now(),
            rid=ids.rid(),
        )
        try:
            said = _run(call, request.method, visit.struck)
        except WeChatError as error:
            errmsg = f"{error.errmsg} rid: {call.rid}"
            said = {"errcode": error.errcode, "errmsg": errmsg, **error.more}
        response = said if isinstance(said, Response) else json_response(said)
        _log(visit, call, response)
    return response


def _run(call: Call, method: str, struck: Mapping[str, Rule]) -> Answer:
    """Check and do; what a refused call had written is undone, but it stays counted."""
    _check(call, method)
    if "errcode" in struck:
        raise WeChatError(int(struck["errcode"].value))
    with call.world.store.attempt():
        return call.interface.run(call)


def json_response(said: Any) -> Response:  # noqa: ANN401 (any JSON)
    return Response(dump(said), mimetype="application/json")


def _check(call: Call, method: str) -> None:
    interface = call.interface
    if interface.method not in (method, "ANY"):
        raise WeChatError(43001 if interface.method == "GET" else 43002)
    if interface.token:
        call.account_or_none = tokens.account_of(call)
        _permitted(call)
        _count(call)
    call.parse()


def _permitted(call: Call) -> None:
    interface, account = call.interface, call.account
    if interface.only and interface.only != account.kind:
        raise WeChatError(48001)
    if account.official and not account.may(interface.need):
        raise WeChatError(48001)


def _count(call: Call) -> None:
    spent = counted(call.db, call.appid, call.interface.path, clocks.day(call.now))
    if spent > call.interface.daily:
        raise WeChatError(45009)


def _log(visit: Visit, call: Call, response: Response) -> None:
    entry = {
        "status": response.status_code,
        "answer": _answered(response),
        "errcode": _errcode(response),
    }
    if call.files:
        entry["body"] = f"({', '.join(call.files)})"
    appid = call.account_or_none.appid if call.account_or_none else None
    _write_log(visit, entry, appid=appid, rid=call.rid)


def _log_unheard(visit: Visit) -> None:
    _write_log(visit, {"status": None, "answer": "", "errcode": None}, appid=None, rid=None)


def _write_log(
    visit: Visit, entry: Mapping[str, Any], *, appid: str | None, rid: str | None
) -> None:
    asked = _asked(visit.request, visit.raw)
    told = {"ms": visit.ms(), "fault": ",".join(visit.struck), "address": visit.request.remote_addr}
    with visit.world.store.write() as db:
        done = db.execute(
            "INSERT INTO calls (at, appid, path, rid, entry) VALUES (?, ?, ?, ?, ?)",
            (
                visit.world.clock.now(),
                appid,
                visit.interface.path,
                rid,
                dump({**asked, **entry, **told}),
            ),
        )
        trim(db, "calls", int(done.lastrowid or 0))


def _asked(request: Request, raw: bytes) -> dict[str, Any]:
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)
    query = {k: "***" if k in _SECRET_QUERY else v for k, v in pairs}
    body = scrubbed(raw[:_LOGGED].decode("utf-8", "replace"))
    return {"method": request.method, "query": query, "body": body}


def scrubbed(text: str) -> str:
    """Return JSON text without the values of secrets."""
    return _SECRET.sub(r'\1***"', text)


def _answered(response: Response) -> str:
    if response.mimetype != "application/json":
        return f"({response.mimetype}, {response.content_length} bytes)"
    return scrubbed(response.get_data(as_text=True)[:_LOGGED])


def _errcode(response: Response) -> int | None:
    if response.mimetype != "application/json":
        return None
    found = json.loads(response.get_data()).get("errcode", 0)
    return found if isinstance(found, int) else None
