"""One-time codes: login, phone number, web sign-in. Five minutes, once (WECHAT §3.5, §5)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.sandbox import ids
from deploy.sandbox.clock import MINUTE
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.storage import dump

LIFE = 5 * MINUTE
LOGIN, PHONE, WEB = "login", "phone", "web"


@dataclass(frozen=True, slots=True)
class Redeemed:
    openid: str
    detail: Mapping[str, Any]


def give(
    db: sqlite3.Connection,
    *,
    appid: str,
    openid: str,
    kind: str,
    now: float,
    detail: Mapping[str, Any] | None = None,
) -> str:
    """Return a fresh code for a person at an account."""
    code = ids.code()
    db.execute(
        "INSERT INTO codes VALUES (?, ?, ?, ?, ?, 0, ?)",
        (code, appid, openid, kind, now + LIFE, dump(detail or {})),
    )
    return code


def redeem(
    db: sqlite3.Connection, *, appid: str, code: object, kind: str, now: float, late: int = 40029
) -> Redeemed:
    """Use a code up. Raise 40029 for one never given, 40163 for a used one, `late` after 5 min."""
    row = db.execute(
        "SELECT * FROM codes WHERE code = ? AND appid = ? AND kind = ?", (str(code), appid, kind)
    ).fetchone()
    if row is None:
        raise WeChatError(40029)
    if row["used"]:
        raise WeChatError(40163)
    if row["expires_at"] <= now:
        raise WeChatError(late)
    db.execute("UPDATE codes SET used = 1 WHERE code = ?", (row["code"],))
    return Redeemed(row["openid"], json.loads(row["detail"]))
