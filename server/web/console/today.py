"""今日: what needs me now; every count opens the list behind it."""

from __future__ import annotations

from dataclasses import dataclass

from apiflask import APIBlueprint
from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.cases import access
from server.greetings import replies, sending
from server.greetings import service as greetings
from server.greetings.service import Choice, Letter
from server.greetings.terms import Status
from server.inbox import questions
from server.kernel.clock import known_zone
from server.organisations.reading import terms_ending
from server.outbox import holds
from server.outbox.rules import Status as Fate
from server.registers import duplicates
from server.rights import requests
from server.staff.permissions import Permission
from server.surveys import reading as surveys
from server.web.console.language import said
from server.web.console.shell import officer
from server.web.console.shell import page as show
from server.web.context import tools

bp = APIBlueprint("console_today", __name__, url_prefix="/console", enable_openapi=False)
SOON = 45  # days before a festival in which its draft is somebody's business
RECENT = 60  # days after it in which a lost letter still is
LOST = {Fate.FAILED, Fate.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Errand:
    """A letter that waits for somebody."""

    letter: Letter
    words: str
    lost: int = 0  # letters nobody knows the end of, or that never left


@bp.get("/")
def door() -> ResponseReturnValue:
    return redirect(url_for("console_today.page"))


@bp.get("/today")
def page() -> ResponseReturnValue:
    who = officer()
    zone = known_zone(g.county.home_zone, fallback="Asia/Shanghai")
    today = g.now.astimezone(zone).date()
    sees_letters = who.may(Permission.SEE_DELIVERIES)
    with tools().sessions.read() as db:
        desk = access.desk_of(db, who, today=today)
        answers = who.may(Permission.ANSWER_MESSAGES)
        waiting = questions.waiting(db, who.tenant_id) if answers else None
        wishes = requests.waiting_count(db, who) if who.may(Permission.EDIT_PEOPLE) else 0
        twice = duplicates.count(db, who) if who.may(Permission.MERGE_PEOPLE) else 0
        held = holds.active(db, who, now=g.now) if sees_letters else []
        sees_bodies = who.may(Permission.SEE_ORGANISATIONS)
        ending = terms_ending(db, who, today=today, limit=100) if sees_bodies else []
        letters_back = replies.waiting(db, who) if who.may(Permission.PREPARE_GREETINGS) else 0
        to_fill, to_sign = surveys.waiting(db, who)
        letters = greetings.letters(db, who) if sees_letters else []
        errands = [found for one in letters if (found := _errand(db, one)) is not None]
        coming = greetings.choices(db, who, now=g.now) if sees_letters else []
    return show(
        "today",
        title="今日",
        today=today,
        waiting=waiting,
        desk=desk,
        wishes=wishes,
        twice=twice,
        ending=len(ending),
        held=held,
        letters_back=letters_back,
        to_fill=to_fill,
        to_sign=to_sign,
        errands=errands,
        sees_letters=sees_letters,
        coming=_next_ones(coming),
        written={(one.festival, one.day): one.id for one in letters},
        may_prepare=who.may(Permission.PREPARE_GREETINGS),
    )


def _next_ones(coming: list[Choice]) -> list[Choice]:
    return [one for one in coming if one.kind != "never"][:3]


def _errand(db: Session, letter: Letter) -> Errand | None:
    """Tell what a letter waits for, or None."""
    who = officer()
    zone = known_zone(g.county.home_zone, fallback="Asia/Shanghai")
    days = (letter.day - g.now.astimezone(zone).date()).days
    if letter.status is Status.DRAFT and 0 <= days <= SOON:
        waits_for = "等您批准" if who.may(Permission.APPROVE_GREETINGS) else "等批准"
        return Errand(
            letter, said("草稿，{waits_for}，还有 {days} 天", waits_for=waits_for, days=days)
        )
    if letter.planned_at is None or days < -RECENT:
        return None
    counts = {one.status: one.count for one in sending.progress(db, who, letter.id)}
    lost = sum(counts.get(status, 0) for status in LOST)
    return Errand(letter, said("有 {lost} 封没寄出或结果不明", lost=lost), lost) if lost else None
