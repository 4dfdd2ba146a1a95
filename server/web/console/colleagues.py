"""设置 › 同事: who works here, which roles they hold where, letting in and shutting out."""

from __future__ import annotations

from collections.abc import Mapping

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.kernel.errors import Invalid
from server.staff import colleagues, roles
from server.staff.officers import Officer
from server.web.console import nodes
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_colleagues", __name__, url_prefix="/console/colleagues", enable_openapi=False
)
PAGE = 50
LONGEST = 40


@bp.get("")
def listing() -> ResponseReturnValue:
    text = request.args.get("q", "").replace("\0", "").strip()[:LONGEST]
    after = request.args.get("after", 0, type=int)
    with tools().sessions.read() as db:
        found = colleagues.everyone(db, officer(), text=text, after=after, limit=PAGE + 1)
        paths = {held.path for one in found for held in one.holdings}
        called = nodes.names(db, officer().tenant_id, paths)
    return page(
        "colleagues",
        title="同事",
        q=text,
        rows=found[:PAGE],
        called=called,
        more=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _form({})


def _form(
    values: Mapping[str, str],
    *,
    wrong: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        colleagues.everyone(db, officer(), limit=1)  # asks whether they may
        cards = roles.catalogue(db, officer().tenant_id)
        suggestions = nodes.here(db, officer().tenant_id)
    return page(
        "colleague_new",
        title="添加同事",
        values=values,
        cards=cards,
        places=suggestions,
        wrong=wrong or {},
        status=status,
    )


@bp.post("/new")
def add() -> ResponseReturnValue:
    form = request.form
    try:
        with tools().sessions.begin() as db:
            values = {
                "login": form.get("login", "").strip().lower(),
                "name": form.get("name", "").strip(),
                "role": form.get("role", ""),
                "path": nodes.path_of(db, officer().tenant_id, form.get("place", "")),
            }
            made, password = colleagues.add(db, officer(), values, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _form(form, wrong=error.fields, status=400)
    return _password(made, password, said("已添加{name}", name=made.name))


def _password(other: Officer, password: str, title: str) -> ResponseReturnValue:
    """Show a temporary password, this once."""
    return page("temporary_password", title=title, other=other, password=password)


@bp.get("/<int:staff_id>")
def show(staff_id: int) -> ResponseReturnValue:
    return _show(staff_id)


def _show(
    staff_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        other = colleagues.colleague(db, officer(), staff_id)
        cards = roles.catalogue(db, officer().tenant_id)
        called = nodes.names(db, officer().tenant_id, {one.path for one in other.holdings})
        suggestions = nodes.here(db, officer().tenant_id)
    return page(
        "colleague",
        title=other.name,
        other=other,
        own=other.id == officer().id,
        above=not colleagues.outranks(officer(), other),
        cards=cards,
        called=called,
        places=suggestions,
        values=request.form,
        wrong=wrong or {},
        status=status,
    )


@bp.post("/<int:staff_id>/roles")
def grant(staff_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            path = nodes.path_of(db, officer().tenant_id, request.form.get("place", ""))
            colleagues.grant(
                db,
                officer(),
                staff_id,
                role=request.form.get("role", ""),
                path=path,
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        return _show(staff_id, wrong=error.fields, status=400)
    flash("角色已给。", "done")
    return redirect(url_for("console_colleagues.show", staff_id=staff_id))


@bp.post("/<int:staff_id>/roles/<int:grant_id>/end")
def end_grant(staff_id: int, grant_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            colleagues.end_grant(db, officer(), staff_id, grant_id, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _show(staff_id, wrong={"ended": _lines(error)}, status=400)
    flash("角色已取消。", "done")
    return redirect(url_for("console_colleagues.show", staff_id=staff_id))


@bp.post("/<int:staff_id>/password")
def reset_password(staff_id: int) -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        other = colleagues.colleague(db, officer(), staff_id)
        password = colleagues.reset_password(db, officer(), staff_id, now=g.now)
    return _password(other, password, said("{name}的新密码", name=other.name))


_MOVES = {
    "disable": (colleagues.disable, "已停用，这位同事在各处的登录都已退出。"),
    "enable": (colleagues.enable, "已恢复，角色和停用前一样。"),
    "two-step": (colleagues.turn_off_two_step, "两步登录已关闭，这位同事下次只用密码登录。"),
}


@bp.post("/<int:staff_id>/<any('disable', 'enable', 'two-step'):move>")
def move(staff_id: int, move: str) -> ResponseReturnValue:
    act, words = _MOVES[move]
    try:
        with tools().sessions.begin() as db:
            act(db, officer(), staff_id, now=g.now)
    except Invalid as error:
        return _show(staff_id, wrong={"ended": _lines(error)}, status=400)
    flash(words, "done")
    return redirect(url_for("console_colleagues.show", staff_id=staff_id))


def _lines(error: Invalid) -> list[str]:
    return [line for lines in error.fields.values() for line in lines]
