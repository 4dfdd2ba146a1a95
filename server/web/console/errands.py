"""同事转告: whom no machine reaches; the words to say, the number to call, a tick when done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.greetings import family, labels, posters
from server.greetings import service as greetings
from server.greetings.family import Page
from server.greetings.wording import Script, script_for
from server.kernel.clock import known_zone
from server.kernel.errors import Conflict, NotFound
from server.outbox import by_hand
from server.outbox.by_hand import Done, Errand
from server.outbox.rules import Status
from server.people.register import phones
from server.people.register.terms import ContactKind
from server.places import countries
from server.registers import access
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.language import language, said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_errands", __name__, url_prefix="/console/errands", enable_openapi=False)
PAGE = 20
CALLS_FROM, CALLS_UNTIL = time(8, 0), time(21, 30)  # nobody is rung up at night


@bp.get("/<int:letter_id>")
def show(letter_id: int) -> ResponseReturnValue:
    who = officer()
    who.must(Permission.SEE_PEOPLE)
    every = request.args.get("all") == "1"
    with tools().sessions.begin() as db:  # looking up numbers is recorded
        words = family.shown(db, greetings.own(db, who.tenant_id, letter_id))
        rows, more = _theirs(db, letter_id, open_only=not every)
    return page(
        "errands",
        title=said("{festival}：要同事转告的", festival=words.festival),
        letter_id=letter_id,
        words=words.text,
        link=_link(words),
        sent=words.takes_replies,
        rows=rows,
        more=more,
        every=every,
        outcomes=wording.ERRANDS,
        reasons=labels.REASONS,
    )


def _link(letter: Page) -> str:
    return f"{tools().settings.base_url}/letters/{letter.code}"


def _sent(letter_id: int, *, script: Script = Script.HANS) -> Page:
    """Return a letter that is out: a poster must not lead to a page nobody can open."""
    who = officer()
    who.must(Permission.SEE_PEOPLE)
    with tools().sessions.read() as db:
        row = greetings.own(db, who.tenant_id, letter_id)
        return family.page(db, row.code, script=script)


@bp.get("/<int:letter_id>/poster")
def poster(letter_id: int) -> ResponseReturnValue:
    """Show a letter on one sheet, all of it in one script; nobody's name stands on it."""
    asked = request.args.get("script")
    script = Script(asked) if asked in set(Script) else script_for(language())
    letter = _sent(letter_id, script=script)
    g.language = "zh-Hant" if script is Script.HANT else "zh-Hans"
    salutation, words = posters.opening(letter.text)
    html = render_template(
        "console/poster.html",
        letter_id=letter_id,
        letter=letter,
        salutation=salutation,
        words=posters.clipped(words, signed=letter.tenant),
        photo=next(iter(letter.photos), None),
        link=_link(letter),
        script=script,
    )
    return Response(html, mimetype="text/html")


@bp.get("/<int:letter_id>/poster/code.png")
def poster_code(letter_id: int) -> ResponseReturnValue:
    return Response(posters.code(_link(_sent(letter_id))), mimetype="image/png")


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody to be told: what it is about, who, at which numbers, and how late it is there."""

    errand: Errand
    name: str
    numbers: list[str]
    zone: str
    hour: datetime  # on their wall clock
    night: bool
    due: datetime  # the same clock


def _theirs(db: Session, letter_id: int, *, open_only: bool) -> tuple[list[Row], str | None]:
    """Return a page of the people this officer looks after, and the key to go on from."""
    found: list[Row] = []
    after: str | None = request.args.get("after", "")
    while after is not None and len(found) < PAGE:
        some = by_hand.listing(
            db, tenant_id=officer().tenant_id, topic=greetings.topic(letter_id),
            open_only=open_only, after=after, limit=PAGE, vault=tools().vault, now=g.now,
        )  # fmt: skip
        after = some[-1].key if len(some) == PAGE else None
        for one in some:
            if open_only and one.status != Status.QUEUED:
                continue  # no longer to be told
            if (called := _called(db, one.person_id)) is not None:
                found.append(_row(one, *called))
            if len(found) == PAGE:
                return found, one.key
    return found, None


def _row(one: Errand, name: str, numbers: list[str], zone: ZoneInfo) -> Row:
    hour = g.now.astimezone(zone)
    return Row(
        errand=one,
        name=name,
        numbers=numbers if one.status != Status.SKIPPED else [],
        zone=zone.key,
        hour=hour,
        night=not CALLS_FROM <= hour.time() <= CALLS_UNTIL,
        due=one.due_at.astimezone(zone),
    )


def _called(db: Session, person_id: int) -> tuple[str, list[str], ZoneInfo] | None:
    """Return somebody's name, numbers and zone; None for whom the officer does not look after."""
    try:
        found = access.page(db, officer(), person_id, vault=tools().vault, now=g.now)
    except NotFound:
        return None
    numbers = [value for kind, value in found.facts.contacts if kind is ContactKind.PHONE]
    zone = found.facts.zone or countries.zone_of(found.facts.country or "")
    home = g.county.home_zone
    return found.facts.name, [phones.shown(one) for one in numbers], known_zone(zone, fallback=home)


@bp.post("/<int:letter_id>")
def tick(letter_id: int) -> ResponseReturnValue:
    who = officer()
    who.must(Permission.SEE_PEOPLE)
    typed = request.form.get("done", "")
    try:
        with tools().sessions.begin() as db:
            greetings.own(db, who.tenant_id, letter_id)
            person_id = by_hand.tick(
                db, tenant_id=who.tenant_id, topic=greetings.topic(letter_id),
                key=request.form.get("key", ""), by=who.id, now=g.now,
                done=Done(typed) if typed in set(Done) else None,
            )  # fmt: skip
            if _called(db, person_id) is None:
                raise NotFound("errand")
    except Conflict:
        flash("这一位已经不用转告了。", "wrong")
    return redirect(
        url_for("console_errands.show", letter_id=letter_id, all=request.args.get("all"))
    )
