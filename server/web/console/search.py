"""One box at the top of every page: people, cases, places and pages by what somebody typed."""

from __future__ import annotations

from dataclasses import dataclass

from apiflask import APIBlueprint
from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.cases import access as cases
from server.people.register import dates
from server.people.register.reading import Line
from server.places import codes, gazetteer
from server.places import service as places
from server.places.service import Place
from server.registers import access
from server.staff.permissions import Permission
from server.web.console import navigation
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_search", __name__, url_prefix="/console", enable_openapi=False)
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """A page of the console whose name fits."""

    words: str
    href: str


@bp.get("/search")
def show() -> ResponseReturnValue:
    text = request.args.get("q", "").replace("\0", "").strip()[:LONGEST]
    people: list[Line] = []
    homes: dict[str, Place] = {}
    case, place = None, None
    if text:
        with tools().sessions.begin() as db:  # a search is recorded
            if officer().may(Permission.SEE_PEOPLE):
                people = access.find(db, officer(), text, vault=tools().vault, now=g.now)
                paths = {codes.path_of(one.division) for one in people if one.division}
                homes = places.by_paths(db, paths, tenant_id=officer().tenant_id)
                place = _place(db, text)
            case = cases.by_number(db, officer(), text)
    return page(
        "search",
        title="查找",
        q=text,
        people=people,
        homes={one.code: one.full_name for one in homes.values()},
        most=access.MOST_FOUND,
        place=place,
        case=case,
        pages=_pages(text) if text else [],
        born=dates.shown,
    )


def _place(db: Session, text: str) -> Place | None:
    """Return the place of the district that was typed, if the officer looks after it."""
    found = gazetteer.load(db, officer().tenant_id).place(text)
    seen = found is not None and officer().scope(Permission.SEE_PEOPLE).covers(found.path)
    return found if seen else None


def _pages(text: str) -> list[Hit]:
    """Return the pages whose name holds what was typed, in either script."""
    return [
        Hit(f"{said(section.words)} › {said(entry.words)}", url_for(entry.endpoint))
        for section in navigation.sections(officer())
        for entry in section.pages
        if any(text in words for words in (entry.words, said(entry.words), section.words))
    ]
