"""侨情 › 导出台账: say whom, what for and for whom; watch it being written; take the file."""

from __future__ import annotations

import io
from collections.abc import Mapping

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from server.kernel.errors import Conflict, Invalid
from server.people.register.terms import IDENTITIES
from server.places import countries
from server.registers import access, export_jobs, exports
from server.registers.exports import State, Wish
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.people import chosen, picked
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_exports", __name__, url_prefix="/console/exports", enable_openapi=False)
PAGE = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
def listing() -> ResponseReturnValue:
    return _listing()


def _listing(
    *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    with tools().sessions.read() as db:
        found = exports.listing(db, officer(), limit=PAGE + 1, before=before)
        wish = _wish()
        total = access.count(db, officer(), exports.which(db, officer(), wish))
        title = export_jobs.title(db, officer().tenant_id, wish)
        titles = {one.id: export_jobs.title(db, officer().tenant_id, one.wish) for one in found}
    return page(
        "exports",
        title="导出台账",
        rows=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        states=wording.EXPORT_STATES,
        titles=titles,
        whom=title,
        total=total,
        picked=picked(),
        identities=IDENTITIES,
        countries=countries.listing(),
        may_hardship=officer().may(Permission.SEE_HARDSHIP),
        values=request.form,
        wrong=wrong or {},
        status=status,
    )


def _wish() -> Wish:
    """Read what is asked for. Hardship is asked of the form only when the officer may see it."""
    return Wish(
        purpose=request.form.get("purpose", ""),
        receiver=request.form.get("receiver", ""),
        contacts=request.form.get("contacts") == "1",
        hardship=request.form.get("hardship") == "1",
        **chosen(),
    )


@bp.post("")
def ask() -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            export_id = exports.ask(db, officer(), _wish(), now=g.now)
    except Invalid as error:
        return _listing(wrong=error.fields, status=400)
    tools().jobs.ask("write_export", export_id)
    return redirect(url_for("console_exports.show", export_id=export_id))


@bp.get("/<int:export_id>")
def show(export_id: int) -> ResponseReturnValue:
    return _show(export_id)


def _show(export_id: int, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        found = exports.show(db, officer(), export_id)
        title = export_jobs.title(db, officer().tenant_id, found.wish)
    return page(
        "export",
        title=title,
        export=found,
        busy=found.state == State.WAITING,
        own=found.created_by == officer().id,
        state=wording.EXPORT_STATES[found.state],
        wrong=wrong,
        status=status,
    )


@bp.post("/<int:export_id>/file")
def fetch(export_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            found, key = exports.fetch(db, officer(), export_id, now=g.now)
            title = export_jobs.title(db, officer().tenant_id, found.wish)
    except Conflict:
        return _show(export_id, wrong=wording.EXPORT_GONE, status=409)
    content = io.BytesIO(tools().files.get(key))
    name = f"{g.county.name}{title}-{found.number}.xlsx"
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=name)


@bp.post("/<int:export_id>/cancel")
def cancel(export_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            key = exports.cancel(db, officer(), export_id, now=g.now)
    except Conflict:
        return _show(export_id, wrong=wording.EXPORT_GONE, status=409)
    if key:
        tools().files.remove([key])
    flash("文件已删除。" if key else "已取消，没有生成文件。", "done")
    return redirect(url_for("console_exports.show", export_id=export_id))
