"""操作记录: who did what, and what a change changed."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from server.people.register.parsing import LABELS
from server.staff import audit
from server.staff import service as staff
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_audit", __name__, url_prefix="/console/audit", enable_openapi=False)
PAGE = 50
_LABELS: dict[str, str] = {
    **LABELS,
    **{str(one): words for one, words in wording.PERMISSIONS.items()},
    "role": "角色",
}


@bp.get("")
def listing() -> ResponseReturnValue:
    who = officer()
    who.must(Permission.READ_AUDIT)
    staff_id = request.args.get("staff", type=int)
    subject = request.args.get("subject", "").strip()[:40]
    with tools().sessions.read() as db:
        found = audit.listing(
            db,
            who.tenant_id,
            vault=tools().vault,
            staff_id=staff_id,
            subject=subject or None,
            before=request.args.get("before", type=int),
            limit=PAGE + 1,
        )
        colleagues = staff.listing(db, who.tenant_id)
    return page(
        "audit",
        title="操作记录",
        rows=found[:PAGE],
        more=found[PAGE - 1].number if len(found) > PAGE else None,
        colleagues=colleagues,
        staff_id=staff_id,
        subject=subject,
        actions=wording.ACTIONS,
        subjects=wording.SUBJECTS,
        labels=_LABELS,
        may_see_people=who.may(Permission.SEE_PEOPLE) and who.may(Permission.SEE_HARDSHIP),
    )
