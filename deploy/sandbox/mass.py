"""Mass sending: accepted at once, delivered later, counted per person and month (WECHAT §4.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from deploy.sandbox import articles, clock, custom, drafts, mass_jobs, publishing, timeline
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, counted, interface
from deploy.sandbox.storage import Row, dump

SMALLEST, LARGEST = 2, 10_000
CALLS_PER_DAY, CALLS_PER_MINUTE = 100, 60
MAX_CLIENT_ID = 64  # bytes
SAME_TOO_FAST = clock.MINUTE
SPEEDS = {0: 80, 1: 60, 2: 45, 3: 30, 4: 10}  # 10,000 a minute
FIRST_ID = 1_000_000_000
FIRST_DATA_ID = 2_240_000_000
Shown = tuple[str, dict[str, Any]]


def _content(call: Call) -> tuple[Shown, Row | None]:
    """Return what phones will show, and the draft it comes from."""
    kind = str(call.body.get("msgtype", ""))
    if kind == "mpnews":
        draft = drafts.find(call.db, call.appid, call.part("mpnews").get("media_id"))
        return ("news", {"articles": drafts.cards(draft)}), draft
    if kind == "text":
        return custom.text(call, call.part("text")), None
    if kind == "voice":
        return custom.medium("voice")(call, call.part("voice")), None
    if kind == "mpvideo":
        return custom.medium("video")(call, call.part("mpvideo")), None
    if kind == "image":
        return _images(call), None
    if kind == "wxcard":
        return custom.voucher(call, call.part("wxcard")), None
    raise WeChatError(40008)


def _images(call: Call) -> Shown:
    part = call.body.get("images") or call.part("image")
    if "media_id" in part:  # the older form
        return custom.medium("image")(call, part)
    listed = part.get("media_ids")
    if not isinstance(listed, list) or not listed:
        raise WeChatError(40007)
    found = [custom.medium("image")(call, {"media_id": one})[1] for one in listed]
    text = custom.clipped(part.get("recommend"))
    return "image", {**found[0], "images": found, "content": text}


def _client_id(call: Call, target: Mapping[str, Any]) -> str:
    """Return the idempotency id; without one the platform makes it from range and content."""
    given = call.body.get("clientmsgid") or call.body.get("client_msg_id")
    if given:
        if len(str(given).encode()) > MAX_CLIENT_ID:
            raise WeChatError(45067)
        return str(given)
    kind = str(call.body.get("msgtype"))
    body = call.body.get(kind, call.body.get("images"))
    # Community reports: the range counts as a whole only for filters, not for openid lists.
    scope = target.get("filter", "list")
    return "auto:" + hashlib.sha256(dump([scope, kind, body]).encode()).hexdigest()


def _refuse_duplicate(call: Call, client_id: str) -> None:
    row = call.db.execute(
        "SELECT msg_id, at FROM mass WHERE appid = ? AND client_id = ? AND at > ?"
        " ORDER BY at DESC LIMIT 1",
        (call.appid, client_id, call.now - clock.DAY),
    ).fetchone()
    if row is None:
        return
    if call.now - row["at"] < SAME_TOO_FAST:
        raise WeChatError(45066)
    raise WeChatError(45065, msg_id=row["msg_id"])


def _quota(call: Call, *, to_all: bool) -> None:
    """Count a successful call; raise 45028 or 45011 when there may be no more."""
    today, month = clock.day(call.now), clock.month(call.now)
    per_day = CALLS_PER_DAY if call.account.account_type == "service" else 1
    if counted(call.db, call.appid, "mass", f"minute {int(call.now // 60)}") > CALLS_PER_MINUTE:
        raise WeChatError(45011)
    if counted(call.db, call.appid, "mass", today) > per_day:
        raise WeChatError(45028)
    if to_all and (
        counted(call.db, call.appid, "mass_all", today) > 1
        or counted(call.db, call.appid, "mass_all", month) > mass_jobs.PER_MONTH
    ):
        raise WeChatError(45028)


def _submit(call: Call, target: dict[str, Any]) -> Answer:
    (kind, content), draft = _content(call)
    client_id = _client_id(call, target)
    _refuse_duplicate(call, client_id)
    to_all = bool(target.get("filter", {}).get("is_to_all"))
    _quota(call, to_all=to_all)
    job: dict[str, Any] = {**target, "kind": kind, "content": content, "base": call.base}
    if draft is not None:
        job["publish_id"] = publishing.make(call, draft, publishing.DONE)
        _linked(call, job)
    msg_id = _kept(call, client_id, job)
    protected = to_all and call.account.mass_protection
    after = mass_jobs.CONFIRM_WITHIN if protected else call.account.job_seconds
    plan = {"msg_id": msg_id, "unconfirmed": protected}
    call.world.jobs.plan(call.db, "mass", plan, after=after)
    told = {"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id}
    if kind == "news":
        told["msg_data_id"] = FIRST_DATA_ID + msg_id % FIRST_ID
    return told


def _linked(call: Call, job: dict[str, Any]) -> None:
    """Give the cards their permanent links."""
    row = call.db.execute(
        "SELECT * FROM publishes WHERE publish_id = ?", (job["publish_id"],)
    ).fetchone()
    job["article_id"] = row["article_id"]
    job["content"] = {"articles": articles.cards(row["articles"], row["base"], row["article_id"])}


def _kept(call: Call, client_id: str, job: Mapping[str, Any]) -> int:
    row = call.db.execute("SELECT max(msg_id) AS last FROM mass").fetchone()
    msg_id = max(FIRST_ID, row["last"] or 0) + 1
    call.db.execute(
        "INSERT INTO mass VALUES (?, ?, ?, ?, 'SENDING', ?)",
        (msg_id, call.appid, client_id, call.now, dump(job)),
    )
    return int(msg_id)


@interface("POST", "/cgi-bin/message/mass/sendall", only="official", need="certified")
def send_all(call: Call) -> Answer:
    """Send to everybody or to a tag."""
    chosen = call.part("filter")
    if chosen.get("is_to_all") is True:
        return _submit(call, {"filter": {"is_to_all": True}})
    tag_id = chosen.get("tag_id")
    row = call.db.execute(
        "SELECT id FROM tags WHERE appid = ? AND id = ?", (call.appid, str(tag_id))
    ).fetchone()
    if row is None:
        raise WeChatError(45159)
    return _submit(call, {"filter": {"is_to_all": False, "tag_id": row["id"]}})


@interface("POST", "/cgi-bin/message/mass/send", only="official", need="service")
def send(call: Call) -> Answer:
    """Send to a list of 2 … 10,000 openids."""
    listed = call.body.get("touser")
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise WeChatError(40031)
    if len(listed) < SMALLEST:
        raise WeChatError(40031)
    if len(listed) > LARGEST:
        raise WeChatError(40032)
    return _submit(call, {"touser": list(dict.fromkeys(listed))})


@interface("POST", "/cgi-bin/message/mass/preview", only="official", need="certified", daily=100)
def preview(call: Call) -> Answer:
    """Show a mass message to one person; uses no quota of theirs."""
    who = custom.recipient(call, call.body.get("touser"))
    if not who["following"]:
        raise WeChatError(43004)
    (kind, content), _ = _content(call)
    timeline.add(
        call.db, appid=call.appid, follower_id=who["follower_id"], at=call.now, origin="account",
        channel="mass", kind=kind, content=content, status="preview",
    )  # fmt: skip
    return {**OK, "errmsg": "preview success"}


def _found(call: Call) -> Row:
    row: Row | None = call.db.execute(
        "SELECT * FROM mass WHERE appid = ? AND msg_id = ?",
        (call.appid, str(call.body.get("msg_id"))),
    ).fetchone()
    if row is None:
        raise WeChatError(40059, "invalid msg id")
    return row


@interface("POST", "/cgi-bin/message/mass/get", only="official", need="certified")
def get(call: Call) -> Answer:
    row = _found(call)
    return {"msg_id": row["msg_id"], "msg_status": row["status"]}


@interface("POST", "/cgi-bin/message/mass/delete", only="official", need="certified", daily=10)
def delete(call: Call) -> Answer:
    """Delete a sent article or video; its link dies everywhere."""
    row = _found(call)
    job = json.loads(row["job"])
    if job["kind"] not in ("news", "video"):
        raise WeChatError(48005, "forbid to delete this kind of message")
    call.db.execute("UPDATE mass SET status = 'DELETE' WHERE msg_id = ?", (row["msg_id"],))
    if "publish_id" in job:
        call.db.execute(
            "UPDATE publishes SET status = ? WHERE publish_id = ?",
            (publishing.DELETED, job["publish_id"]),
        )
    return OK


def _speed(call: Call) -> int:
    row = call.db.execute(
        "SELECT value FROM meta WHERE name = ?", (f"speed:{call.appid}",)
    ).fetchone()
    return int(row["value"]) if row is not None else 0


@interface(
    "POST", "/cgi-bin/message/mass/speed/get", only="official", need="certified", body="optional"
)
def get_speed(call: Call) -> Answer:
    return {"speed": _speed(call), "realspeed": SPEEDS[_speed(call)]}


@interface("POST", "/cgi-bin/message/mass/speed/set", only="official", need="certified")
def set_speed(call: Call) -> Answer:
    if "speed" not in call.body:
        raise WeChatError(45084)
    speed = call.number("speed", errcode=45083)
    if speed not in SPEEDS:
        raise WeChatError(45083)
    call.db.execute(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"speed:{call.appid}", str(speed))
    )
    return OK
