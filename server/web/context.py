"""What a view may reach for: the toolbox and the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, request

from server.greetings.wording import Script, script_for

if TYPE_CHECKING:
    from server.toolbox import Toolbox


_THIS_MACHINE = frozenset({"", "127.0.0.1", "::1"})


def caller_address() -> str:
    """Return who asks. Only the proxy of this machine is believed about whom it speaks for."""
    address = request.remote_addr or ""
    if address in _THIS_MACHINE:
        forwarded = request.headers.get("X-Forwarded-For", "")
        address = forwarded.rpartition(",")[2].strip() or address
    return address[:45]


def script() -> Script:
    """Return the script to show on a public page: asked for, or of the reader's phone."""
    asked = request.args.get("script")
    if asked in set(Script):
        return Script(asked)
    return script_for(request.accept_languages.best or "")


def tools() -> Toolbox:
    return cast("Toolbox", current_app.extensions["tools"])
