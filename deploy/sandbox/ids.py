"""Identifiers that look like WeChat's."""

from __future__ import annotations

import base64
import hashlib
import secrets

from deploy.sandbox.clock import wall


def _letters(count: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(count)).decode()[:count]


def openid(appid: str, follower_id: int, seed: str) -> str:
    """Return the one openid of this person at this account: 28 characters, starting with o."""
    digest = hashlib.sha256(f"{seed}/{appid}/{follower_id}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def unionid(follower_id: int, seed: str) -> str:
    return openid("open-platform", follower_id, seed)


def access_token() -> str:
    """Return 138 characters in the usual shape."""
    return f"{secrets.randbelow(90) + 10}_{_letters(135)}"


def media_id() -> str:
    return _letters(64)


def code() -> str:
    """Return a code as wx.login and the phone button give: 32 characters."""
    return "0" + secrets.token_hex(16)[:31]


def ticket() -> str:
    return "gQ" + _letters(92) + "=="


def article_id() -> str:
    return _letters(64)


def message_id() -> int:
    """Return a 64-bit number that grows with time."""
    return (int(wall() * 1000) << 21) | secrets.randbelow(1 << 21)


def rid() -> str:
    """Return a request id: three groups of eight hexadecimal digits, the first is the time."""
    return f"{int(wall()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"


def trace_id() -> str:
    return f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
