"""Customer-service windows: who may be written to, how often, for how long (WECHAT §4.1)."""

from __future__ import annotations

import sqlite3

from deploy.sandbox.clock import HOUR, MINUTE
from deploy.sandbox.errors import WeChatError

UNLIMITED = 1_000_000_000
CAUSES: dict[str, tuple[int, int]] = {  # cause: messages, seconds
    "message": (5, 48 * HOUR),
    "menu": (3, MINUTE),
    "follow": (3, MINUTE),
    "scan": (3, MINUTE),
    "pay": (UNLIMITED, 48 * HOUR),
    "enter": (2, MINUTE),
}


def open_window(db: sqlite3.Connection, openid: str, cause: str, now: float) -> None:
    """Open a window, or start the same one anew."""
    messages, seconds = CAUSES[cause]
    db.execute(
        "INSERT OR REPLACE INTO windows VALUES (?, ?, ?, ?, ?)",
        (openid, cause, now, now + seconds, messages),
    )


def spend(db: sqlite3.Connection, openid: str, now: float) -> None:
    """Use one message of the window that ends first; raise 45015 or 45047."""
    rows = db.execute(
        "SELECT cause, remaining FROM windows WHERE openid = ? AND expires_at > ?"
        " ORDER BY expires_at",
        (openid, now),
    ).fetchall()
    if not rows:
        raise WeChatError(45015)
    for row in rows:
        if row["remaining"] > 0:
            db.execute(
                "UPDATE windows SET remaining = remaining - 1 WHERE openid = ? AND cause = ?",
                (openid, row["cause"]),
            )
            return
    raise WeChatError(45047)


def close_all(db: sqlite3.Connection, openid: str) -> None:
    db.execute("DELETE FROM windows WHERE openid = ?", (openid,))


def open_now(db: sqlite3.Connection, openid: str, now: float) -> list[dict[str, object]]:
    """Return the open windows for the phone's and the control page's view."""
    rows = db.execute(
        "SELECT cause, expires_at, remaining FROM windows WHERE openid = ? AND expires_at > ?",
        (openid, now),
    ).fetchall()
    return [
        {"cause": r["cause"], "seconds": int(r["expires_at"] - now), "remaining": r["remaining"]}
        for r in rows
    ]
