"""侨情 › 亲属 of one person: whom they belong to, and noting somebody new."""

from __future__ import annotations

from datetime import date

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.kernel.clock import known_zone
from server.kernel.errors import Invalid
from server.people.register import dates
from server.people.register.reading import Line
from server.people.register.relations import KIN, Kin
from server.registers import access, kin
from server.staff.permissions import Permission
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_relations", __name__, url_prefix="/console/people", enable_openapi=False)


@bp.get("/<int:person_id>/relations")
def show(person_id: int) -> ResponseReturnValue:
    return _show(person_id)


def _show(person_id: int, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    text = request.values.get("q", "").replace("\0", "").strip()[:80]
    found: list[Line] = []
    with tools().sessions.begin() as db:  # looking is recorded
        name, ties = kin.ties(db, officer(), person_id, vault=tools().vault, now=g.now)
        if text:
            found = access.find(db, officer(), text, vault=tools().vault, now=g.now)
    seen = officer().scope(Permission.SEE_PEOPLE)
    return page(
        "relations",
        title=said("{name}的亲属", name=name),
        name=name,
        person_id=person_id,
        ties=[(one, seen.covers(one.path)) for one in ties],
        kin=KIN,
        q=text,
        found=[one for one in found if one.person_id != person_id],
        born=dates.shown,
        may_edit=officer().may(Permission.EDIT_PEOPLE),
        wrong=wrong,
        status=status,
    )


@bp.post("/<int:person_id>/relations")
def add(person_id: int) -> ResponseReturnValue:
    chosen, other = request.form.get("kin", ""), request.form.get("other", type=int)
    officer().must(Permission.EDIT_PEOPLE)
    if chosen not in set(Kin) or other is None:
        return _show(person_id, wrong="请选是什么亲属", status=400)
    try:
        with tools().sessions.begin() as db:
            kin.add(
                db,
                officer(),
                person_id,
                other_id=other,
                kin=Kin(chosen),
                since=None,
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        lines = error.fields.get("other", [])
        return _show(person_id, wrong="；".join(map(said, lines)), status=400)
    flash("已登记。", "done")
    return redirect(url_for("console_relations.show", person_id=person_id))


@bp.post("/<int:person_id>/relations/<int:relation_id>/end")
def end(person_id: int, relation_id: int) -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        kin.end(db, officer(), person_id, relation_id, on=_today(), vault=tools().vault, now=g.now)
    flash("已记下结束，经过会留着。", "done")
    return redirect(url_for("console_relations.show", person_id=person_id))


def _today() -> date:
    zone = known_zone(g.county.home_zone, fallback="Asia/Shanghai")
    return g.now.astimezone(zone).date()  # type: ignore[no-any-return]
