"""侨情: look people up, open a page, enter and change one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.kernel.clock import known_zone
from server.kernel.errors import Conflict, Invalid
from server.people.register import dates, parsing, phones
from server.people.register.reading import Line, Page
from server.people.register.terms import (
    CONTACT_KINDS,
    IDENTITIES,
    LEFT_HOW,
    NAME_KINDS,
    PROOFS,
    SEXES,
    ContactKind,
    Facts,
    Identity,
    old_or_new,
)
from server.places import codes, countries, gazetteer
from server.places import service as places
from server.registers import access, receiving
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.language import said
from server.web.console.shell import home_zone, officer, today
from server.web.console.shell import page as show_page
from server.web.context import tools

bp = APIBlueprint("console_people", __name__, url_prefix="/console/people", enable_openapi=False)
PAGE = 50
LONG = ("skills", "associations", "notes", "hardship", "home_address", "abroad_address")
BLOCKS = (  # how the form is laid out
    ("姓名", ("name", "former", "genealogy", "foreign", "dialect", "married")),
    ("本人", ("sex", "born", "birthplace", "education", "nationality", "identities")),
    ("家乡", ("hometown", "division", "village_group", "clan", "home_address")),
    ("国外", ("country", "city", "abroad_address", "left_on", "left_how", "settled_on")),
    ("联系", ("phone", "email", "wechat")),
    ("工作与社团", ("occupation", "employer", "position", "skills", "associations")),
    ("其他", ("notes", "hardship")),
)
HINTS: Mapping[str, str] = {
    "born": "知道多少写多少：1950、1950-03、1950-03-07",
    "left_on": "知道多少写多少：1985、1985-06",
    "settled_on": "知道多少写多少",
    "identities": "可写几个，用顿号隔开；以侨务部门认定为准",
    "foreign": "护照上的拼写",
    "dialect": "比如 Tan、Wong、Teoh",
    "division": "写镇名或村名，比如石桥镇岭脚村；不知道就空着",
    "hometown": "照本人说的写，老地名也可以",
    "country": "写中文名，比如意大利、中国香港",
    "phone": "几个号码用分号隔开；国外号码带 + 和国家代码",
    "hardship": "只有得到授权的同事看得到",
}


class Chosen(TypedDict):
    """Which people staff asked for."""

    identity: Identity | None
    country: str | None
    division: str | None


@bp.get("")
def listing() -> ResponseReturnValue:
    text = request.args.get("q", "").replace("\0", "").strip()[:80]
    with tools().sessions.begin() as db:  # a search is recorded
        if text:
            rows = access.find(db, officer(), text, vault=tools().vault, now=g.now)
            more, total = None, None
        else:
            which = access.which(db, officer(), **chosen())
            found = access.listing(db, officer(), which, after=_after(), limit=PAGE + 1)
            rows, total = found[:PAGE], access.count(db, officer(), which)
            more = rows[-1] if len(found) > PAGE else None
        homes = _homes(db, rows)
        division = request.args.get("division", "")
        place = division and not text and places.find(db, division, tenant_id=officer().tenant_id)
    return show_page(
        "people",
        title="侨情",
        q=text,
        rows=rows,
        total=total,
        homes=homes,
        picked=picked(),
        place=place,
        identities=IDENTITIES,
        countries=countries.listing(),
        born=dates.shown,
        more=more,
        may_edit=officer().may(Permission.EDIT_PEOPLE),
        may_export=officer().may(Permission.EXPORT_PEOPLE),
        most=access.MOST_FOUND,
    )


def picked() -> dict[str, str]:
    """Return the choice in the address, for links that keep it; nonsense is left out."""
    values = {name: request.values.get(name, "") for name in ("identity", "country", "division")}
    if values["identity"] not in set(Identity):
        values["identity"] = ""
    if not countries.known(values["country"]):
        values["country"] = ""
    return {name: value for name, value in values.items() if value}


def chosen() -> Chosen:
    """Return the choice as `access.which` takes it."""
    values = picked()
    identity = values.get("identity")
    return Chosen(
        identity=Identity(identity) if identity else None,
        country=values.get("country"),
        division=values.get("division"),
    )


def _after() -> tuple[str, int] | None:
    number = request.args.get("id", type=int)
    return (request.args.get("after", ""), number) if number is not None else None


def _homes(db: Session, rows: list[Line]) -> dict[str, str]:
    """Return the full names of the rows' divisions by code."""
    paths = {codes.path_of(one.division) for one in rows if one.division}
    found = places.by_paths(db, paths, tenant_id=officer().tenant_id)
    return {place.code: place.full_name for place in found.values()}


@bp.get("/<int:person_id>")
def show(person_id: int) -> ResponseReturnValue:
    return _show(person_id)


@bp.post("/<int:person_id>/mourning")
def mourning_form(person_id: int) -> ResponseReturnValue:
    """Note a death or a mourning; an empty day takes it back."""
    which = "deceased_on" if "deceased_on" in request.form else "bereaved_until"
    typed = request.form.get(which, "").strip()
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        return _show(person_id, wrong={which: ["写成 2026-11-21 这样"]}, status=400)
    zone = home_zone()
    try:
        with tools().sessions.begin() as db:
            if which == "deceased_on":
                receiving.died(
                    db, officer(), person_id, on=day,
                    today=today(), vault=tools().vault, now=g.now,
                )  # fmt: skip
            else:
                receiving.mourns(
                    db, officer(), person_id, until=day, zone=zone, vault=tools().vault, now=g.now
                )
    except Invalid as error:
        return _show(person_id, wrong=error.fields, status=400)
    flash("已记下。", "done")
    return redirect(url_for("console_people.show", person_id=person_id))


@bp.post("/<int:person_id>/habits")
def habits_form(person_id: int) -> ResponseReturnValue:
    """Note when letters are welcome, and which way first."""
    form = request.form
    try:
        with tools().sessions.begin() as db:
            receiving.suits(
                db, officer(), person_id, part_of_day=form.get("part_of_day") or None,
                reach_by=form.get("reach_by") or None, vault=tools().vault, now=g.now,
            )  # fmt: skip
    except Invalid as error:
        return _show(person_id, wrong=error.fields, status=400)
    flash("已记下。", "done")
    return redirect(url_for("console_people.show", person_id=person_id))


def _show(
    person_id: int, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    zone = home_zone()
    with tools().sessions.begin() as db:  # looking is recorded
        found = access.page(db, officer(), person_id, vault=tools().vault, now=g.now)
        home = places.by_paths(db, [found.path], tenant_id=officer().tenant_id)
    return show_page(
        "person",
        title=found.facts.name,
        person=found,
        home=next((place.full_name for place in home.values()), None),
        told=_told(found),
        other_names=[(NAME_KINDS[kind], name) for kind, name in found.facts.other_names],
        contacts=[
            (CONTACT_KINDS[kind], phones.shown(value) if kind is ContactKind.PHONE else value)
            for kind, value in found.facts.contacts
        ],
        identities=IDENTITIES,
        proofs=PROOFS,
        may_edit=access.allows(officer(), Permission.EDIT_PEOPLE, found.path),
        mourns=found.bereaved_until is not None and found.bereaved_until > g.now,
        mourns_until=found.bereaved_until and found.bereaved_until.astimezone(zone).date(),
        parts=wording.PARTS_OF_DAY,
        ways=wording.REACH_BY,
        wrong=wrong or {},
        status=status,
    )


def _told(found: Page) -> list[tuple[str, str]]:
    """Return what is known, a label and words each; what is not known is left out."""
    facts = found.facts
    values = {
        "sex": SEXES.get(facts.sex or "", ""),
        "born": dates.shown(facts.born),
        "birthplace": facts.birthplace,
        "education": facts.education,
        "nationality": countries.name_of(facts.nationality) if facts.nationality else "",
        "village_group": facts.village_group,
        "clan": facts.clan,
        "country": countries.name_of(facts.country) if facts.country else "",
        "city": facts.city,
        "left_on": " · ".join(
            part for part in (dates.shown(facts.left_on), old_or_new(facts.left_on) or "") if part
        ),
        "left_how": LEFT_HOW.get(facts.left_how or "", ""),
        "settled_on": dates.shown(facts.settled_on),
        "occupation": facts.occupation,
        "employer": facts.employer,
        "position": facts.position,
        "skills": facts.skills,
        "associations": facts.associations,
    }
    return [(parsing.LABELS[field], value) for field, value in values.items() if value]


@bp.get("/new")
def new() -> ResponseReturnValue:
    officer().must(Permission.EDIT_PEOPLE)
    nodes = officer().scope(Permission.EDIT_PEOPLE).paths
    own = nodes[0] if len(nodes) == 1 else ""
    values = {name: request.args.get(name, "")[:80] for name in ("hometown", "division")}
    return _form(
        title="登记一位", values={**values, "division": values["division"] or _place_said(own)}
    )


@bp.post("/new")
def add() -> ResponseReturnValue:
    sure = request.form.get("sure") == "1"
    try:
        facts = _typed()
        with tools().sessions.begin() as db:
            person_id = access.add(db, officer(), facts, sure=sure, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _form(title="登记一位", values=request.form, wrong=error.fields, status=400)
    except Conflict:
        with tools().sessions.read() as db:
            alike = access.alike(db, officer(), facts, vault=tools().vault)
        return _form(title="登记一位", values=request.form, alike=alike, status=409)
    flash("已登记。", "done")
    return redirect(url_for("console_people.show", person_id=person_id))


@bp.get("/<int:person_id>/edit")
def edit(person_id: int) -> ResponseReturnValue:
    officer().must(Permission.EDIT_PEOPLE)
    with tools().sessions.begin() as db:
        found = access.page(
            db,
            officer(),
            person_id,
            vault=tools().vault,
            now=g.now,
            to=Permission.EDIT_PEOPLE,
        )
    return _form(
        title=said("修改：{name}", name=found.facts.name),
        values=_written(found.facts),
        person_id=person_id,
        seen=found.version,
    )


@bp.post("/<int:person_id>/edit")
def change(person_id: int) -> ResponseReturnValue:
    seen = request.form.get("seen", -1, type=int)
    try:
        facts = _typed()
        with tools().sessions.begin() as db:
            access.change(
                db, officer(), person_id, facts, seen=seen, vault=tools().vault, now=g.now
            )
    except Invalid as error:
        return _form(
            title="修改", values=request.form, wrong=error.fields, person_id=person_id,
            seen=seen, status=400,
        )  # fmt: skip
    except Conflict:
        with tools().sessions.begin() as db:
            latest = access.page(db, officer(), person_id, vault=tools().vault, now=g.now)
        return _form(
            title="修改", values=request.form, wrong={"changed": [wording.PERSON_CHANGED]},
            person_id=person_id, seen=latest.version, status=409,
        )  # fmt: skip
    flash("已保存。", "done")
    return redirect(url_for("console_people.show", person_id=person_id))


def _typed() -> Facts:
    """Read the form. Raise Invalid naming each field that could not be read."""
    today = g.now.astimezone(known_zone(g.county.home_zone, fallback="Asia/Shanghai")).date()
    values, misplaced = request.form.to_dict(), {}
    if named := values.get("division", "").strip():
        with tools().sessions.read() as db:
            tenant_id = officer().tenant_id
            land = gazetteer.load(db, tenant_id)
            try:
                values["division"] = gazetteer.code_of(db, land, named, tenant_id=tenant_id)
            except Invalid as error:
                values["division"], misplaced = "", error.fields
    facts, wrong = parsing.read(values, today=today, source="console")
    if wrong or misplaced:
        raise Invalid(fields={**wrong, **misplaced})
    return facts


def _written(facts: Facts) -> dict[str, str]:
    """Return what the form shows; the place by its name."""
    values = parsing.written(facts)
    if facts.division:
        values["division"] = _place_said(codes.path_of(facts.division))
    return values


def _place_said(path: str) -> str:
    """Say a place as the form takes it: by its name in the district, or in full."""
    with tools().sessions.read() as db:
        land = gazetteer.load(db, officer().tenant_id)
        there = places.by_paths(db, [path], tenant_id=officer().tenant_id).get(path)
    return land.said(path) or (there.full_name if there else path)


def _places_here() -> list[str]:
    """Return the places of the district that the officer looks after, as they are said."""
    scope = officer().scope(Permission.EDIT_PEOPLE)
    with tools().sessions.read() as db:
        land = gazetteer.load(db, officer().tenant_id)
    return [name for path in land.by_path if scope.covers(path) and (name := land.said(path))]


def _form(
    *,
    title: str,
    values: Mapping[str, Any],
    wrong: Mapping[str, list[str]] | None = None,
    alike: list[Line] | None = None,
    person_id: int | None = None,
    seen: int | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return show_page(
        "person_form",
        title=title,
        values=values,
        wrong=wrong or {},
        alike=alike,
        alike_words=wording.PERSON_ALIKE,
        person_id=person_id,
        seen=seen,
        blocks=BLOCKS,
        labels=parsing.LABELS,
        hints=HINTS,
        long=LONG,
        choices={"sex": list(SEXES.values()), "left_how": list(LEFT_HOW.values())},
        hidden=() if officer().may(Permission.SEE_HARDSHIP) else ("hardship",),
        suggestions={
            "country": [one.name for one in countries.listing()],
            "nationality": [one.name for one in countries.listing()],
            "identities": list(IDENTITIES.values()),
            "division": _places_here(),
        },
        born=dates.shown,
        status=status,
    )
