"""Devices somebody signed in from before: they keep a lane of their own when tries are slowed down.

Whoever guesses passwords of a colleague, from wherever, fills the lanes of strangers; the
colleague's own computer and telephone are not held up.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Response, g, request
from itsdangerous import BadData, URLSafeSerializer

from server.web.context import caller_address, tools

COOKIE = "xiangyin_device"
PATH = "/console/sign-in"
KEPT = timedelta(days=400)  # browsers keep no cookie longer
MOST = 6  # colleagues of one shared computer


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(tools().settings.secret_key, salt="xiangyin known device")


def _known() -> tuple[str, list[str]]:
    """Return this device's number and the logins that signed in here, the latest first."""
    try:
        told: Any = _signer().loads(request.cookies.get(COOKIE, ""))
        return str(told["d"]), [str(login) for login in told["l"]]
    except (BadData, KeyError, TypeError):
        return "", []


def wait_for(login: str, *, step: str = "") -> timedelta:
    """Count a try to sign in as somebody; return how long to wait (zero means go on).

    `step` keeps tries of the second step apart from those of the password.
    """
    device, logins = _known()
    who = f"{step}{login}"
    lanes = (
        [f"sign_in_known:{who}:{device}"]
        if login in logins
        else [
            f"sign_in:{who}:{caller_address()}",
            f"sign_in_from:{caller_address()}",
            f"sign_in_to:{who}",
        ]
    )
    for lane in lanes:
        wait = tools().limiter.take(lane, g.now)
        if wait > timedelta(0):
            return wait
    return timedelta(0)


def remember(response: Response, login: str) -> None:
    """Note that this login signed in from this device."""
    device, logins = _known()
    logins = [login, *(one for one in logins if one != login)][:MOST]
    response.set_cookie(
        COOKIE,
        _signer().dumps({"d": device or secrets.token_hex(8), "l": logins}),
        max_age=int(KEPT.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=not tools().settings.demo,
    )
