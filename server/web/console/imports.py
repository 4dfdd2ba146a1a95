"""侨情 › 导入: bring a list in, see what is wrong with it, enter it, undo it."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.kernel.errors import Conflict, Invalid
from server.people.register.parsing import LABELS
from server.registers import imports
from server.registers.imports import State
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_imports", __name__, url_prefix="/console/imports", enable_openapi=False)
PAGE = 20
BUSY = {State.UPLOADED, State.APPLYING, State.UNDOING}
JOBS = {"apply": "apply_import", "undo": "undo_import"}


@bp.get("")
def listing() -> ResponseReturnValue:
    return _listing()


def _listing(*, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    with tools().sessions.read() as db:
        found = imports.listing(db, officer(), limit=PAGE + 1, before=before)
    return page(
        "imports",
        title="导入名单",
        rows=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        states=wording.IMPORT_STATES,
        labels=LABELS,
        wrong=wrong,
        status=status,
    )


@bp.post("")
def upload() -> ResponseReturnValue:
    officer().must(Permission.IMPORT_PEOPLE)
    file = request.files.get("file")
    content = file.read(imports.MOST_BYTES + 1) if file else b""
    if not file or not file.filename or not content:
        return _listing(wrong="请先选一个文件。", status=400)
    if len(content) > imports.MOST_BYTES:
        return _listing(wrong="文件超过 10 MB，请分成几个。", status=400)
    key = tools().files.put(content)
    with tools().sessions.begin() as db:
        batch_id = imports.upload(db, officer(), filename=file.filename, file_key=key, now=g.now)
    tools().jobs.ask("check_import", batch_id)
    return redirect(url_for("console_imports.show", batch_id=batch_id))


@bp.get("/<int:batch_id>")
def show(batch_id: int) -> ResponseReturnValue:
    return _show(batch_id)


def _show(batch_id: int, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        batch = imports.show(db, officer(), batch_id, vault=tools().vault)
    return page(
        "import",
        title=batch.filename,
        batch=batch,
        busy=batch.state in BUSY,
        state=wording.IMPORT_STATES[batch.state],
        labels=LABELS,
        wrong=wrong,
        status=status,
    )


@bp.post("/<int:batch_id>/columns")
def columns(batch_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            imports.remap(db, officer(), batch_id, request.form.getlist("column"))
    except Invalid as error:
        words = "；".join(error.fields.get("columns", []))
        return _show(batch_id, wrong=words, status=400)
    except Conflict:
        return _show(batch_id, wrong=wording.IMPORT_CHANGED, status=409)
    tools().jobs.ask("check_import", batch_id)
    return redirect(url_for("console_imports.show", batch_id=batch_id))


@bp.post("/<int:batch_id>/<any(apply, undo, cancel):move>")
def move(batch_id: int, move: str) -> ResponseReturnValue:
    acts = {"apply": imports.apply, "undo": imports.undo, "cancel": imports.cancel}
    try:
        with tools().sessions.begin() as db:
            acts[move](db, officer(), batch_id, now=g.now)
    except Conflict:
        return _show(batch_id, wrong=wording.IMPORT_CHANGED, status=409)
    if move in JOBS:
        tools().jobs.ask(JOBS[move], batch_id)
    else:
        flash("已取消，什么也没有登记。", "done")
    return redirect(url_for("console_imports.show", batch_id=batch_id))
