"""What a follower's phone shows, item by item."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from deploy.sandbox import clock as clocks
from deploy.sandbox.storage import Row, dump

BROKEN = "该公众号提供的服务出现故障，请稍后再试"


def add(
    db: sqlite3.Connection,
    *,
    appid: str,
    follower_id: int,
    at: float,
    origin: str,
    channel: str,
    kind: str,
    content: Mapping[str, Any],
    status: str = "delivered",
) -> int:
    """Put an item on the phone; return its seq."""
    done = db.execute(
        "INSERT INTO timeline (appid, follower_id, at, origin, channel, kind, content, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (appid, follower_id, at, origin, channel, kind, dump(content), status),
    )
    return int(done.lastrowid or 0)


def mark(db: sqlite3.Connection, seq: int, status: str) -> None:
    db.execute("UPDATE timeline SET status = ? WHERE seq = ?", (status, seq))


def after(
    db: sqlite3.Connection, follower_id: int, seq: int, *, appid: str | None, zone: str
) -> list[dict[str, Any]]:
    """Return the items later than seq, oldest first, at most 500."""
    rows = db.execute(
        "SELECT * FROM timeline WHERE follower_id = ? AND seq > ? AND (? IS NULL OR appid = ?)"
        " ORDER BY seq LIMIT 500",
        (follower_id, seq, appid, appid),
    ).fetchall()
    return [_shown(row, zone) for row in rows]


def _shown(row: Row, zone: str) -> dict[str, Any]:
    return {
        "seq": row["seq"],
        "appid": row["appid"],
        "at": clocks.iso(row["at"]),
        "local_time": clocks.local(row["at"], zone),
        "from": row["origin"],
        "channel": row["channel"],
        "kind": row["kind"],
        "content": json.loads(row["content"]),
        "status": row["status"],
    }
