"""Parametric QR codes and what scanning one means (WECHAT §3.3)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from deploy.sandbox import ids, pictures
from deploy.sandbox.clock import DAY
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import Answer, Call, interface
from deploy.sandbox.storage import Store

PERMANENT = 100_000
LONGEST, SHORTEST = 30 * DAY, 30  # seconds
ACTIONS = {  # name: permanent, numeric
    "QR_SCENE": (False, True),
    "QR_STR_SCENE": (False, False),
    "QR_LIMIT_SCENE": (True, True),
    "QR_LIMIT_STR_SCENE": (True, False),
}


class Expired(Exception):
    """A temporary code whose time is over."""


@dataclass(frozen=True, slots=True)
class Code:
    ticket: str
    numeric: bool


def scanned(db: sqlite3.Connection, appid: str, scene: str, now: float) -> Code:
    """Return the newest valid code with this scene, or one printed elsewhere. Raise Expired."""
    rows = db.execute(
        "SELECT * FROM qrcodes WHERE appid = ? AND scene = ?"
        " ORDER BY expires_at IS NULL DESC, expires_at DESC",
        (appid, scene),
    ).fetchall()
    if not rows:
        return Code(ids.ticket(), scene.isdigit() and 0 < int(scene) < 2**32)
    if rows[0]["expires_at"] is not None and rows[0]["expires_at"] <= now:
        raise Expired
    return Code(rows[0]["ticket"], bool(rows[0]["numeric"]))


def _scene(call: Call, *, permanent: bool, numeric: bool) -> str:
    info = call.body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise WeChatError(40053)
    if not numeric:
        value = scene.get("scene_str")
        if not isinstance(value, str) or not 1 <= len(value) <= 64:
            raise WeChatError(40053)
        return value
    number: Any = scene.get("scene_id")
    largest = 100_000 if permanent else 2**32 - 1
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= largest:
        raise WeChatError(40053)
    return str(number)


def _seconds(call: Call) -> int:
    seconds = call.number("expire_seconds", SHORTEST, 40053)
    if not 0 < seconds <= LONGEST:
        raise WeChatError(40053)
    return seconds


@interface("POST", "/cgi-bin/qrcode/create", only="official", need="service", daily=100_000)
def create(call: Call) -> Answer:
    found = ACTIONS.get(str(call.body.get("action_name")))
    if found is None:
        raise WeChatError(40052)
    permanent, numeric = found
    scene = _scene(call, permanent=permanent, numeric=numeric)
    if permanent:
        return _permanent(call, scene, numeric=numeric)
    seconds = _seconds(call)
    ticket, url = _kept(call, scene, numeric=numeric, expires_at=call.now + seconds)
    return {"ticket": ticket, "expire_seconds": seconds, "url": url}


def _permanent(call: Call, scene: str, *, numeric: bool) -> Answer:
    """Return the one permanent code of a scene; it is not made twice."""
    row = call.db.execute(
        "SELECT * FROM qrcodes WHERE appid = ? AND scene = ? AND permanent = 1 AND numeric = ?",
        (call.appid, scene, int(numeric)),
    ).fetchone()
    if row is not None:
        return {"ticket": row["ticket"], "url": row["url"]}
    count = call.db.execute(
        "SELECT count(*) AS n FROM qrcodes WHERE appid = ? AND permanent = 1", (call.appid,)
    ).fetchone()
    if count["n"] >= PERMANENT:
        raise WeChatError(45029)
    ticket, url = _kept(call, scene, numeric=numeric, expires_at=None)
    return {"ticket": ticket, "url": url}


def _kept(call: Call, scene: str, *, numeric: bool, expires_at: float | None) -> tuple[str, str]:
    ticket = ids.ticket()
    url = f"http://weixin.qq.com/q/{ids.media_id()[:22]}"
    call.db.execute(
        "INSERT INTO qrcodes VALUES (?, ?, ?, ?, ?, ?, ?)",
        (ticket, call.appid, scene, int(numeric), int(expires_at is None), expires_at, url),
    )
    return ticket, url


def image(store: Store, ticket: str, now: float) -> bytes | None:
    """Return the picture of a ticket, None when there is no such code any more."""
    with store.read() as db:
        row = db.execute("SELECT * FROM qrcodes WHERE ticket = ?", (ticket,)).fetchone()
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    return pictures.square(row["url"], 430, kind="JPEG")
