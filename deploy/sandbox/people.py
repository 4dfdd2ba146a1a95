"""The people who hold the phones, and who they are to each account."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from deploy.sandbox import clock as clocks
from deploy.sandbox import ids
from deploy.sandbox.storage import Row
from deploy.sandbox.world import World

COLOURS = ("#8d6e63", "#5c6bc0", "#26a69a", "#ec407a", "#7e57c2", "#ef6c00", "#2e7d32", "#0277bd")
PAGE = 50


def create(world: World, db: sqlite3.Connection, given: Mapping[str, Any], *, now: float) -> int:
    """Make a person known to every account; return the id."""
    done = db.execute(
        "INSERT INTO followers (nickname, country, zone, language, unionid, platform, phone,"
        " created_at) VALUES (?, ?, ?, ?, '', ?, ?, ?)",
        (
            str(given.get("nickname") or "新朋友"),
            str(given.get("country") or "中国"),
            str(given.get("zone") or "Asia/Shanghai"),
            str(given.get("language") or "zh_CN"),
            str(given.get("platform") or "android"),
            str(given.get("phone") or ""),
            now,
        ),
    )
    follower_id = int(done.lastrowid or 0)
    db.execute(
        "UPDATE followers SET unionid = ? WHERE id = ?",
        (ids.unionid(follower_id, world.seed), follower_id),
    )
    for account in world.accounts:
        _know(world, db, account.appid, follower_id)
    return follower_id


def introduce(world: World, db: sqlite3.Connection, appid: str) -> None:
    """Give everybody an openid at a new account."""
    rows = db.execute(
        "SELECT id FROM followers WHERE id NOT IN"
        " (SELECT follower_id FROM identities WHERE appid = ?)",
        (appid,),
    ).fetchall()
    for row in rows:
        _know(world, db, appid, row["id"])


def _know(world: World, db: sqlite3.Connection, appid: str, follower_id: int) -> None:
    db.execute(
        "INSERT OR IGNORE INTO identities (openid, appid, follower_id) VALUES (?, ?, ?)",
        (ids.openid(appid, follower_id, world.seed), appid, follower_id),
    )


def find(db: sqlite3.Connection, follower_id: int) -> Row | None:
    found: Row | None = db.execute(
        "SELECT * FROM followers WHERE id = ?", (follower_id,)
    ).fetchone()
    return found


def identity(db: sqlite3.Connection, appid: str, openid: object) -> Row | None:
    """Return who an openid is at this account, None when it is not one of its openids."""
    found: Row | None = db.execute(
        "SELECT * FROM identities WHERE openid = ? AND appid = ?", (str(openid), appid)
    ).fetchone()
    return found


def identity_of(db: sqlite3.Connection, appid: str, follower_id: int) -> Row | None:
    found: Row | None = db.execute(
        "SELECT * FROM identities WHERE follower_id = ? AND appid = ?", (follower_id, appid)
    ).fetchone()
    return found


def follow(
    db: sqlite3.Connection, who: Row, *, now: float, scene: str = "", numeric: bool = False
) -> None:
    """Start following; by a parametric code when there is a scene."""
    number = db.execute("SELECT coalesce(max(follow_no), 0) + 1 AS n FROM identities").fetchone()
    db.execute(
        "UPDATE identities SET following = 1, follow_no = ?, subscribe_time = ?,"
        " subscribe_scene = ?, qr_scene = ?, qr_scene_str = ? WHERE openid = ?",
        (
            number["n"],
            int(now),
            "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH",
            int(scene) if numeric else 0,
            "" if numeric else scene,
            who["openid"],
        ),
    )


def unfollow(db: sqlite3.Connection, openid: str) -> None:
    """Stop following; tags, remark and windows go (nobody documents what stays)."""
    db.execute("UPDATE identities SET following = 0, remark = '' WHERE openid = ?", (openid,))
    db.execute("DELETE FROM taggings WHERE openid = ?", (openid,))
    db.execute("DELETE FROM windows WHERE openid = ?", (openid,))


def card(db: sqlite3.Connection, person: Row, now: float) -> dict[str, Any]:
    """Return a person as the phone page shows them."""
    rows = db.execute(
        "SELECT * FROM identities WHERE follower_id = ? ORDER BY appid", (person["id"],)
    ).fetchall()
    return {
        "id": person["id"],
        "nickname": person["nickname"],
        "country": person["country"],
        "zone": person["zone"],
        "language": person["language"],
        "platform": person["platform"],
        "phone": person["phone"],
        "unionid": person["unionid"],
        "avatar": {
            "text": person["nickname"][:1],
            "colour": COLOURS[person["id"] % len(COLOURS)],
        },
        "openids": {row["appid"]: row["openid"] for row in rows},
        "following": [row["appid"] for row in rows if row["following"]],
        "refuses": [row["appid"] for row in rows if row["refuses"]],
        "local_time": clocks.local(now, person["zone"]),
    }


def page(db: sqlite3.Connection, words: str, number: int, now: float) -> dict[str, Any]:
    """Return one page of people whose nickname or country contains the words."""
    like = f"%{words}%"
    where = "WHERE nickname LIKE ? OR country LIKE ?"
    total = db.execute(f"SELECT count(*) AS n FROM followers {where}", (like, like)).fetchone()  # noqa: S608
    rows = db.execute(
        f"SELECT * FROM followers {where} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608
        (like, like, PAGE, (number - 1) * PAGE),
    ).fetchall()
    return {
        "items": [card(db, row, now) for row in rows],
        "total": total["n"],
        "page": number,
        "pages": max(1, -(-total["n"] // PAGE)),
    }
