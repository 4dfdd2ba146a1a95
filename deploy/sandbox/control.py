"""The control desk's JSON under /sandbox/: accounts, logs, faults, clock, reset."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, request

from deploy.sandbox import clock as clocks
from deploy.sandbox import mass_jobs, people, posting, tokens, windows
from deploy.sandbox.accounts import Account, BadSettings
from deploy.sandbox.dispatch import json_response
from deploy.sandbox.faults import BadRule
from deploy.sandbox.world import World

desk = Blueprint("desk", __name__, url_prefix="/sandbox")
LOG_PAGE = 500


def world() -> World:
    found: World = current_app.extensions["sandbox"]
    return found


class BadRequest(Exception):
    """Something the caller of /sandbox/ got wrong; the text says what."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


@desk.errorhandler(BadRequest)
@desk.errorhandler(BadSettings)
@desk.errorhandler(BadRule)
def refuse(error: Exception) -> tuple[Response, int]:
    status = error.status if isinstance(error, BadRequest) else 400
    return json_response({"error": str(error)}), status


def given() -> dict[str, Any]:
    """Return the JSON object of the request; {} for an empty body. Raise BadRequest."""
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def whole(name: str, default: int, *, largest: int = 2**62) -> int:
    """Return a whole number of the query. Raise BadRequest."""
    try:
        return max(0, min(largest, int(float(request.args.get(name) or default))))
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{name} must be a number") from error


def account_named(appid: str) -> Account:
    found = world().accounts.get(appid)
    if found is None:
        raise BadRequest(f"no account {appid}", 404)
    return found


@desk.get("/accounts")
def accounts() -> Response:
    here = world()
    with here.store.read() as db:
        shown = []
        for account in here.accounts:
            row = db.execute(
                "SELECT count(*) AS n FROM identities WHERE appid = ? AND following = 1",
                (account.appid,),
            ).fetchone()
            shown.append({**account.shown(), "followers": row["n"]})
    return json_response({"items": shown})


@desk.put("/accounts/<appid>")
def put_account(appid: str) -> Response:
    here = world()
    body = given()
    with here.store.write() as db:
        account = here.accounts.put(db, appid, body)
        people.introduce(here, db, appid)
    return json_response(account.shown())


@desk.post("/accounts/<appid>/verify")
def verify(appid: str) -> Response:
    return json_response(posting.verify(account_named(appid)))


@desk.post("/accounts/<appid>/tokens")
def spoil_tokens(appid: str) -> Response:
    """{"action": "expire" | "invalidate"}: what was issued answers 42001 or 40001 from now on."""
    account_named(appid)
    action = given().get("action")
    if action not in ("expire", "invalidate"):
        raise BadRequest("action must be expire or invalidate")
    here = world()
    with here.store.write() as db:
        count = tokens.spoil(db, appid, str(action), here.clock.now())
    return json_response({"spoiled": count})


@desk.post("/accounts/<appid>/mass/<int:msg_id>")
def decide_mass(appid: str, msg_id: int) -> Response:
    """{"decision": "confirm" | "refuse"}: what the administrator does with a protected job."""
    account_named(appid)
    decision = given().get("decision")
    if decision not in ("confirm", "refuse"):
        raise BadRequest("decision must be confirm or refuse")
    here = world()
    with here.store.write() as db:
        row = db.execute(
            "SELECT * FROM mass WHERE appid = ? AND msg_id = ? AND status = 'SENDING'",
            (appid, msg_id),
        ).fetchone()
        if row is None:
            raise BadRequest("no such job is waiting", 404)
        mass_jobs.conclude(here, db, row, mass_jobs.REFUSED if decision == "refuse" else None)
    return json_response({})


def _log(table: str) -> Response:
    after, path = whole("after", 0), request.args.get("path")
    newest = request.args.get("newest")
    order = "DESC" if newest else "ASC"
    sql = f"SELECT * FROM {table} WHERE seq > ?"  # noqa: S608 (two names of our own)
    values: list[object] = [after]
    if path and table == "calls":
        sql, values = sql + " AND path = ?", [*values, path]
    limit = whole("newest", LOG_PAGE, largest=LOG_PAGE) or LOG_PAGE
    here = world()

    def look() -> list[dict[str, Any]]:
        with here.store.read() as db:
            rows = db.execute(f"{sql} ORDER BY seq {order} LIMIT ?", (*values, limit)).fetchall()
        shown = []
        for row in rows:
            head = {"seq": row["seq"], "at": clocks.iso(row["at"])}
            if table == "calls":
                head |= {"appid": row["appid"], "path": row["path"], "rid": row["rid"]}
            shown.append({**head, **json.loads(row["entry"])})
        return sorted(shown, key=lambda one: int(one["seq"]))

    items = here.store.wait_for(look, whole("wait", 0, largest=60))
    with here.store.read() as db:
        total = db.execute(f"SELECT count(*) AS n FROM {table}").fetchone()["n"]  # noqa: S608
    return json_response({"items": items, "total": total})


@desk.get("/callbacks")
def callbacks() -> Response:
    return _log("callbacks")


@desk.get("/calls")
def calls() -> Response:
    return _log("calls")


@desk.delete("/callbacks")
@desk.delete("/calls")
def empty_log() -> Response:
    table = "calls" if request.path.endswith("/calls") else "callbacks"
    with world().store.write() as db:
        db.execute(f"DELETE FROM {table}")  # noqa: S608
    return json_response({})


@desk.get("/faults")
def faults() -> Response:
    return json_response({"items": world().faults.listing()})


@desk.post("/faults")
def add_fault() -> tuple[Response, int]:
    return json_response(world().faults.add(given())), 201


@desk.delete("/faults", defaults={"rule_id": None})
@desk.delete("/faults/<int:rule_id>")
def remove_faults(rule_id: int | None) -> Response:
    chosen = rule_id if rule_id is not None else (whole("id", 0) or None)
    return json_response({"removed": world().faults.remove(chosen)})


def _time() -> Response:
    here = world()
    return json_response({"now": clocks.iso(here.clock.now()), "advanced": here.clock.offset})


@desk.get("/clock")
def read_clock() -> Response:
    return _time()


@desk.post("/clock")
def advance_clock() -> Response:
    seconds = given().get("advance_seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise BadRequest("advance_seconds must be a number")
    world().advance(seconds)
    return _time()


@desk.post("/reset")
def reset() -> Response:
    """Forget everything; {"keep_accounts": true} keeps the accounts."""
    world().reset(keep_accounts=given().get("keep_accounts") is True)
    return json_response({})


@desk.get("/media/<media_id>")
def show_medium(media_id: str) -> Response:
    with world().store.read() as db:
        row = db.execute("SELECT * FROM media WHERE media_id = ?", (media_id,)).fetchone()
    if row is None:
        raise BadRequest("no such medium", 404)
    response: Response = Response(row["content"], content_type=row["content_type"])
    response.headers["Cache-Control"] = "max-age=86400, immutable"
    return response


@desk.get("/accounts/<appid>/windows/<openid>")
def show_windows(appid: str, openid: str) -> Response:
    """Return the customer-service windows that only the platform knows."""
    account_named(appid)
    here = world()
    with here.store.read() as db:
        return json_response({"items": windows.open_now(db, openid, here.clock.now())})
