"""今日: what needs me now; every count opens the list behind it."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from server.cases import access, queries
from server.greetings import service as greetings
from server.inbox import questions
from server.kernel.clock import known_zone
from server.staff.permissions import Permission
from server.web.console.shell import officer
from server.web.console.shell import page as show
from server.web.context import tools

bp = APIBlueprint("console_today", __name__, url_prefix="/console", enable_openapi=False)


@bp.get("/")
def door() -> ResponseReturnValue:
    return redirect(url_for("console_today.page"))


@bp.get("/today")
def page() -> ResponseReturnValue:
    who = officer()
    with tools().sessions.read() as db:
        waiting = questions.waiting(db, who.tenant_id)
        coming = []
        if who.may(Permission.SEE_DELIVERIES):
            coming = [one for one in greetings.choices(db, who, now=g.now) if one.kind != "never"]
        kinds = access.kinds_of(who)
        zone = known_zone(g.county.home_zone, fallback="Asia/Shanghai")
        today = g.now.astimezone(zone).date()
        desk = queries.desk(db, who.tenant_id, kinds=kinds, today=today) if kinds else None
    return show(
        "today",
        title="今日",
        waiting=waiting if who.may(Permission.ANSWER_MESSAGES) else None,
        coming=coming[:3],
        desk=desk,
    )
