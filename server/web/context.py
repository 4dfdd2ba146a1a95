"""What a view may reach for: the toolbox and the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from server.toolbox import Toolbox


def tools() -> Toolbox:
    return cast("Toolbox", current_app.extensions["tools"])
