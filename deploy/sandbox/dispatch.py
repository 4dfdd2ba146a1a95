"""From a request to the platform's answer: faults, token, permission, quota, work, log."""

from __future__ import annotations

import json
import re
import threading
import time
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


def answer(world: World, interface: Interface, request: Request) -> Response:
    """Answer one call, with whatever faults were asked for."""
    started = time.monotonic()
    struck = world.faults.take("api", interface.path)
    if "latency" in struck:
        threading.Event().wait(struck["latency"].value)
    if "reset_before" in struck:
        _log_only(world, interface, request, started, struck)
        return Response(headers={CUT: "1"})
    response = _worked(world, interface, request, started, struck)
    if "reset_after" in struck:
        response.headers[CUT] = "1"
    if "truncated" in struck:
        response.headers[TRUNCATE] = "1"
    if "garbled" in struck:
        body = response.get_data()
        response.set_data(b'{"errcode":0,"errm\xff\xfe' + body[len(body) // 2 :])
    return response


def _worked(
    world: World, interface: Interface, request: Request, started: float, struck: dict[str, Rule]
) -> Response:
    raw = b"" if interface.body == "form" else request.get_data()
    with world.store.write() as db:
        call = Call(
            world=world,
            db=db,
            interface=interface,
            query=request.args,
            raw=raw,
            form=request.form if interface.body == "form" else {},
            files=request.files if interface.body == "form" else {},
            address=request.remote_addr or "127.0.0.1",
            base=request.host_url.rstrip("/"),
            now=world.clock.now(),
            rid=ids.rid(),
        )
        said: Answer
        try:
            _check(call, request.method)
            if "errcode" in struck:
                raise WeChatError(int(struck["errcode"].value))
            with world.store.attempt():
                said = interface.run(call)
        except WeChatError as error:
            errmsg = f"{error.errmsg} rid: {call.rid}"
            said = {"errcode": error.errcode, "errmsg": errmsg, **error.more}
        response = said if isinstance(said, Response) else json_response(said)
        _log(call, request, response, started, struck)
    return response


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


def _log(
    call: Call, request: Request, response: Response, started: float, struck: dict[str, Rule]
) -> None:
    appid = call.account_or_none.appid if call.account_or_none else None
    entry = {
        **_asked(request, call.raw),
        "status": response.status_code,
        "answer": _answered(response),
        "errcode": _errcode(response),
        "ms": round((time.monotonic() - started) * 1000, 1),
        "fault": ",".join(struck),
        "address": call.address,
    }
    if call.files:
        entry["body"] = f"({', '.join(call.files)})"
    _write_log(call.world, appid, call.interface.path, call.rid, entry)


def _log_only(
    world: World, interface: Interface, request: Request, started: float, struck: dict[str, Rule]
) -> None:
    raw = b"" if interface.body == "form" else request.get_data()
    entry = {
        **_asked(request, raw),
        "status": None,
        "answer": "",
        "errcode": None,
        "ms": round((time.monotonic() - started) * 1000, 1),
        "fault": ",".join(struck),
        "address": request.remote_addr,
    }
    _write_log(world, None, interface.path, None, entry)


def _write_log(
    world: World, appid: str | None, path: str, rid: str | None, entry: dict[str, Any]
) -> None:
    with world.store.write() as db:
        done = db.execute(
            "INSERT INTO calls (at, appid, path, rid, entry) VALUES (?, ?, ?, ?, ?)",
            (world.clock.now(), appid, path, rid, dump(entry)),
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
