"""我的: who is signed in, what they may do, and the way out."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from server.staff import service as staff
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.shell import officer
from server.web.console.shell import page as show

bp = APIBlueprint("console_me", __name__, url_prefix="/console/me", enable_openapi=False)


@bp.get("")
def page() -> ResponseReturnValue:
    return show(
        "me",
        title="我的",
        allowed=[wording.PERMISSIONS[one] for one in Permission if officer().may(one)],
        hours=int(staff.LIFETIME.total_seconds()) // 3600,
    )
