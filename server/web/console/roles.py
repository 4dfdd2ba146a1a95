"""设置 › 角色: what each role of the county allows; own roles beside those that are shipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.kernel.errors import Invalid
from server.staff import role_changes, roles
from server.staff.permissions import LOCAL, Permission
from server.staff.roles import SHIPPED, RoleCard
from server.web.console import wording
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_roles", __name__, url_prefix="/console/roles", enable_openapi=False)
NEW = RoleCard("", "", frozenset())


@bp.get("")
def listing() -> ResponseReturnValue:
    officer().must(Permission.MANAGE_STAFF)
    with tools().sessions.read() as db:
        cards = roles.catalogue(db, officer().tenant_id)
    return page("roles", title="角色", cards=cards.values(), names=wording.PERMISSIONS)


@bp.get("/new")
def new() -> ResponseReturnValue:
    officer().must(Permission.MANAGE_STAFF)
    return _form(NEW)


@bp.post("/new")
def add() -> ResponseReturnValue:
    name, permissions = request.form.get("name", ""), _ticked()
    try:
        with tools().sessions.begin() as db:
            key = role_changes.add(
                db, officer(), name=name, permissions=permissions, vault=tools().vault, now=g.now
            )
    except Invalid as error:
        return _form(NEW, name=name, ticked=permissions, wrong=error.fields, status=400)
    flash("角色已添加。", "done")
    return redirect(url_for("console_roles.show", key=key))


@bp.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    return _form(_card(key))


@bp.post("/<key>")
def save(key: str) -> ResponseReturnValue:
    name, permissions = request.form.get("name", ""), _ticked()
    try:
        with tools().sessions.begin() as db:
            role_changes.save(
                db, officer(), key,
                name=name, permissions=permissions, vault=tools().vault, now=g.now,
            )  # fmt: skip
    except Invalid as error:
        return _form(_card(key), name=name, ticked=permissions, wrong=error.fields, status=400)
    flash("已保存。担任这个角色的同事，权限马上就变。", "done")
    return redirect(url_for("console_roles.show", key=key))


@bp.post("/<key>/reset")
def reset(key: str) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            role_changes.reset(db, officer(), key, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _form(_card(key), wrong=error.fields, status=400)
    flash("已恢复成原来的样子。" if key in SHIPPED else "角色已删除。", "done")
    return redirect(url_for("console_roles.listing"))


def _card(key: str) -> RoleCard:
    with tools().sessions.read() as db:
        return role_changes.card(db, officer(), key)


def _ticked() -> frozenset[Permission]:
    return frozenset(
        Permission(one) for one in request.form.getlist("permission") if one in set(Permission)
    )


def _form(
    card: RoleCard,
    *,
    name: str | None = None,
    ticked: Collection[Permission] | None = None,
    wrong: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return page(
        "role",
        title=card.name or "添加角色",
        card=card,
        name=card.name if name is None else name,
        ticked=card.permissions if ticked is None else ticked,
        groups=wording.PERMISSION_GROUPS,
        names=wording.PERMISSIONS,
        local=LOCAL,
        closed={one for one in Permission if not role_changes.may_change(officer(), one)},
        wrong=wrong or {},
        status=status,
    )
