"""组织: the list, one organisation with its history, officers, links and 五有."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid
from server.organisations import credit_codes, reading, service, ties
from server.organisations.service import Facts
from server.organisations.terms import (
    ANSWERS,
    BUILT,
    FIVE,
    HAPPENED,
    HOME_TYPES,
    KINDS,
    LINKS,
    Happened,
    Kind,
    LinkKind,
)
from server.places import countries, gazetteer
from server.places import service as places
from server.staff import service as staff
from server.staff.access import may
from server.staff.permissions import Permission
from server.web.console import fields, nodes, wording
from server.web.console.language import said
from server.web.console.shell import officer, page, today
from server.web.context import tools

bp = APIBlueprint(
    "console_organisations", __name__, url_prefix="/console/organisations", enable_openapi=False
)
PAGE = 50
LONGEST = 200
DAY = "写成 2026-11-21 这样"


@bp.get("")
def listing() -> ResponseReturnValue:
    text = request.args.get("q", "").replace("\0", "").strip()[:80]
    kind = request.args.get("kind", "")
    dissolved = request.args.get("dissolved") == "1"
    number = request.args.get("id", type=int)
    with tools().sessions.read() as db:
        found = reading.listing(
            db,
            officer(),
            text=text,
            kind=Kind(kind) if kind in set(Kind) else None,
            dissolved=dissolved,
            after=(request.args.get("after", ""), number) if number is not None else None,
            limit=PAGE + 1,
        )
        rows = found[:PAGE]
        called = nodes.names(db, officer().tenant_id, {one.path for one in rows})
        ending = reading.terms_ending(db, officer(), today=today(), limit=20)
    return page(
        "organisations",
        title="组织",
        rows=rows,
        called=called,
        more=rows[-1] if len(found) > PAGE else None,
        q=text,
        kind=kind,
        dissolved=dissolved,
        kinds=KINDS,
        ending=ending,
        today=today(),
        may_edit=officer().may(Permission.EDIT_ORGANISATIONS),
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    officer().must(Permission.EDIT_ORGANISATIONS)
    values = {name: request.args.get(name, "") for name in ("kind", "place", "name")}
    return _form("添加组织", values)


@bp.post("/new")
def add() -> ResponseReturnValue:
    officer().must(Permission.EDIT_ORGANISATIONS)
    form = request.form
    try:
        founded = _day("founded_on")
        with tools().sessions.begin() as db:
            number = service.add(
                db,
                officer(),
                _typed(db),
                founded_on=founded,
                document=_text("document"),
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        return _form("添加组织", form, wrong=error.fields, status=400)
    flash("已登记。", "done")
    return redirect(url_for("console_organisations.show", number=number))


@bp.get("/<int:number>/edit")
def edit(number: int) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        row = reading.one(db, officer(), number, to=Permission.EDIT_ORGANISATIONS)
        card = reading.card(row)
        values = _written(db, card)
    return _form(said("修改：{name}", name=card.name), values, number=number, seen=card.version)


@bp.post("/<int:number>/edit")
def change(number: int) -> ResponseReturnValue:
    seen = request.form.get("seen", -1, type=int)
    try:
        with tools().sessions.begin() as db:
            reading.one(db, officer(), number, to=Permission.EDIT_ORGANISATIONS)
            service.change(
                db, officer(), number, _typed(db), seen=seen, vault=tools().vault, now=g.now
            )
    except Invalid as error:
        return _form("修改", request.form, number=number, seen=seen, wrong=error.fields, status=400)
    except Conflict:
        with tools().sessions.read() as db:
            latest = reading.page(db, officer(), number).card.version
        return _form(
            "修改", request.form, number=number, seen=latest,
            wrong={"changed": [wording.ORGANISATION_CHANGED]}, status=409,
        )  # fmt: skip
    flash("已保存。", "done")
    return redirect(url_for("console_organisations.show", number=number))


def _typed(db: Session) -> Facts:
    """Read the form. Raise Invalid."""
    form, wrong = request.form, {}
    kind, country, members = form.get("kind", ""), form.get("country", ""), _text("members")
    if kind not in set(Kind):
        wrong["kind"] = ["请选一类"]
    if country and not countries.known(country):
        wrong["country"] = ["不在国家（地区）名单里"]
    if members and not (members.isascii() and members.isdigit() and len(members) <= 7):
        wrong["members"] = ["人数写数字"]
    path = ""
    if typed := form.get("place", "").strip():
        try:
            path = nodes.path_of(db, officer().tenant_id, typed)
        except Invalid as error:
            wrong["place"] = error.fields["path"]
    if wrong:
        raise Invalid(fields=wrong)
    contact = form.get("contact_staff", type=int)
    colleagues = {one.id for one in staff.listing(db, officer().tenant_id)}
    return Facts(
        kind=Kind(kind),
        name=(_text("name") or ""),
        former_names=_text("former_names"),
        credit_code=credit_codes.tidy(form.get("credit_code", "")) or None,
        path=path,
        country=country or None,
        parent_id=form.get("parent_id", type=int),
        address=_text("address"),
        phone=_text("phone"),
        members=int(members) if members else None,
        built=form.get("built") if form.get("built") in BUILT else None,
        home_type=form.get("home_type") if form.get("home_type") in HOME_TYPES else None,
        contact_staff=contact if contact in colleagues else None,
        notes=_text("notes"),
    )


def _written(db: Session, card: reading.Card) -> dict[str, Any]:
    land = gazetteer.load(db, officer().tenant_id)
    values = {name: getattr(card, name) or "" for name in Facts.__slots__}
    return {**values, "kind": str(card.kind), "place": land.said(card.path) if card.path else ""}


def _text(name: str) -> str | None:
    return fields.text(name, most=LONGEST)


def _day(name: str, *, default: date | None = None) -> date | None:
    """Read a date of the form. Raise Invalid."""
    typed = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(typed) if typed else default
    except ValueError:
        raise Invalid(fields={name: [DAY]}) from None


def _form(
    title: str,
    values: Mapping[str, Any],
    *,
    number: int | None = None,
    seen: int | None = None,
    wrong: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        above = reading.listing(db, officer(), kind=Kind.FEDERATION, limit=200)
        suggestions = nodes.here(db, officer().tenant_id)
        colleagues = staff.listing(db, officer().tenant_id)
    return page(
        "organisation_form",
        title=title,
        values=values,
        number=number,
        seen=seen,
        kinds=KINDS,
        built=BUILT,
        home_types=HOME_TYPES,
        country_options=[(one.code, one.name) for one in countries.listing()],
        places=suggestions,
        above_options=[(one.id, one.name) for one in above if one.id != number],
        staff_options=[(one.id, one.name) for one in colleagues],
        wrong=wrong or {},
        status=status,
    )


@bp.get("/<int:number>")
def show(number: int) -> ResponseReturnValue:
    return _show(number)


def _show(
    number: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        found = reading.page(db, officer(), number)
        card = found.card
        there = places.by_paths(db, [card.path], tenant_id=officer().tenant_id).get(card.path)
        mine = may(officer(), Permission.EDIT_ORGANISATIONS, card)
        others = reading.listing(db, officer(), limit=500) if mine else []
        names = {one.id: one.name for one in staff.listing(db, officer().tenant_id)}
    return page(
        "organisation",
        title=card.name,
        organisation=found,
        card=card,
        place=there.full_name if there else nodes.WHOLE,
        kinds=KINDS,
        happened=HAPPENED,
        links=LINKS,
        five=FIVE,
        answers=ANSWERS,
        built=BUILT,
        home_types=HOME_TYPES,
        colleagues=names,
        others=[one for one in others if one.id != card.id],
        today=today(),
        values=request.form,
        wrong=wrong or {},
        may_edit=mine,
        status=status,
    )


@bp.post("/<int:number>/<any('event', 'link', 'unlink', 'appoint', 'leave', 'check'):move>")
def move(number: int, move: str) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            reading.one(db, officer(), number, to=Permission.EDIT_ORGANISATIONS)
            _MOVES[move](db, number)
    except Invalid as error:
        return _show(number, wrong=error.fields, status=400)
    flash("已记下。", "done")
    return redirect(url_for("console_organisations.show", number=number))


def _event(db: Session, number: int) -> None:
    kind, on = request.form.get("event", ""), _day("on")
    if kind not in set(Happened) or on is None:
        raise Invalid(fields={"on": [DAY]} if kind else {"event": ["请选一项"]})
    service.happened(
        db, officer(), number, Happened(kind), on=on, document=_text("document"),
        today=today(), vault=tools().vault, now=g.now,
    )  # fmt: skip


def _link(db: Session, number: int) -> None:
    kind, other = request.form.get("link", ""), request.form.get("other", type=int)
    if kind not in set(LinkKind) or other is None:
        raise Invalid(fields={"other": ["请选联系的种类和对方"]})
    since = _day("since", default=today()) or today()
    ties.link(
        db, officer(), number, other,
        kind=LinkKind(kind), since=since, vault=tools().vault, now=g.now,
    )  # fmt: skip


def _unlink(db: Session, number: int) -> None:
    link = request.form.get("link", 0, type=int)
    ties.end_link(db, officer(), number, link, on=today(), vault=tools().vault, now=g.now)


def _appoint(db: Session, number: int) -> None:
    who = ties.Appointment(
        name=_text("officer") or "",
        post=_text("post") or "",
        since=_day("since", default=today()) or today(),
        term=_text("term"),
        term_ends=_day("term_ends"),
    )
    ties.appoint(db, officer(), number, who, vault=tools().vault, now=g.now)


def _leave(db: Session, number: int) -> None:
    post = request.form.get("post", 0, type=int)
    ties.leave(db, officer(), number, post, on=today(), vault=tools().vault, now=g.now)


def _check(db: Session, number: int) -> None:
    ties.check(
        db,
        officer(),
        number,
        year=request.form.get("year", 0, type=int),
        answers={one: request.form.get(one, "") for one in FIVE},
        remark=_text("note"),
        vault=tools().vault,
        now=g.now,
    )


_MOVES = {
    "event": _event,
    "link": _link,
    "unlink": _unlink,
    "appoint": _appoint,
    "leave": _leave,
    "check": _check,
}
