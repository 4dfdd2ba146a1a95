"""节日问候: propose, edit, rehearse, approve, follow what became of a letter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import time
from typing import Any

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.greetings import family, labels, rehearsal, replies, sending, yearly
from server.greetings import service as greetings
from server.greetings.proofreading import Level
from server.greetings.service import Letter
from server.greetings.terms import Policy, Status, Timing
from server.kernel.errors import Conflict, Invalid
from server.outbox import by_hand, reports
from server.outbox import service as outbox
from server.outbox.allowances import MOST_A_MONTH
from server.staff import audit
from server.staff import service as staff
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.language import said
from server.web.console.shell import officer, page, today
from server.web.context import tools

bp = APIBlueprint(
    "console_greetings", __name__, url_prefix="/console/greetings", enable_openapi=False
)
COMING = 12
SWITCHES = ("even_at_night", "by_email", "by_hand")


@bp.get("")
def listing() -> ResponseReturnValue:
    with tools().sessions.read() as db:
        letters = greetings.letters(db, officer())
        choices = greetings.choices(db, officer(), now=g.now)[:COMING]
    return page(
        "greetings",
        title="节日问候",
        letters=letters,
        choices=choices,
        written={(one.festival, one.day): one.id for one in letters},
        may_prepare=officer().may(Permission.PREPARE_GREETINGS),
    )


@bp.post("")
def propose() -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        letter = greetings.propose(
            db, officer(), now=g.now, festival=request.form.get("festival") or None
        )
    return redirect(url_for("console_greetings.show", letter_id=letter.id))


@bp.get("/<int:letter_id>")
def show(letter_id: int) -> ResponseReturnValue:
    return _show(letter_id)


def _show(
    letter_id: int,
    *,
    wrong: Mapping[str, list[str]] | None = None,
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    who = officer()
    with tools().sessions.read() as db:
        letter, seen = greetings.letter(db, who, letter_id), family.preview(db, who, letter_id)
        names = {one.id: one.name for one in staff.listing(db, who.tenant_id)}
        return page(
            "greeting",
            title=said("{festival}问候", festival=letter.festival_name),
            letter=letter,
            seen=fingerprint(letter, seen),
            errors=[one for one in letter.findings if one.level == Level.ERROR],
            written_by=names.get(letter.created_by, "以前的同事"),
            approved_by=names.get(letter.approved_by or 0, ""),
            changed_by=names.get(letter.changed_by, "以前的同事"),
            alone=letter.changed_by == who.id,
            others=_must_ask(db, letter),
            progress=sending.progress(db, who, letter_id) if letter.planned_at else [],
            reported=reports.reported(db, topic=greetings.topic(letter_id)),
            page=seen,
            read=outbox.read_count(db, topic=greetings.topic(letter_id)),
            replied=replies.count(db, letter_id),
            public=f"{tools().settings.base_url}/letters/",
            timings=labels.TIMINGS,
            policies=labels.POLICIES,
            by_tag=accounts.reached_by_tag(db, who.tenant_id),
            month=yearly.month_of(db, letter, today=today()),
            most=MOST_A_MONTH,
            mails=bool(tools().settings.smtp_url),
            errands=by_hand.waiting(db, tenant_id=who.tenant_id, topic=greetings.topic(letter_id)),
            wrong=wrong or {},
            typed=typed or _values(letter),
            may_prepare=who.may(Permission.PREPARE_GREETINGS),
            may_approve=who.may(Permission.APPROVE_GREETINGS),
            status=status,
            **_rehearsal(db, letter),
        )


def _rehearsal(db: Session, letter: Letter) -> dict[str, Any]:
    """Reckon through what has not been planned yet, for those who prepare or approve letters."""
    who, vault = officer(), tools().vault
    person, named = request.args.get("person", type=int), request.args.get("named", "").strip()
    over = letter.planned_at is not None or letter.status is Status.CANCELLED
    if over or not rehearsal.may_see(who):
        return {"preview": None}
    seen = rehearsal.preview(
        db, who, letter.id, named=named, person_id=person, now=g.now, vault=vault
    )
    return {"preview": seen, "rehearsed": seen.rehearsed, "named": named}


def _must_ask(db: Session, letter: Letter) -> list[str]:
    """Return who has to approve instead: nobody releases their own words while others could.

    Own is what one drafted, and what one changed last. Somebody who did neither goes first; where
    there is nobody like that, whoever drafted it may release what a colleague made of it. The demo
    has one person for everything and is let through; the record says "alone".
    """
    who, hands = officer(), {letter.created_by, letter.changed_by}
    if tools().settings.demo or who.id not in hands:
        return []
    others = [
        one
        for one in staff.listing(db, who.tenant_id)
        if one.id != who.id and one.may(Permission.APPROVE_GREETINGS)
    ]
    fresh = [one.name for one in others if one.id not in hands]
    if fresh or letter.changed_by != who.id:
        return fresh
    return [one.name for one in others]


def fingerprint(letter: Letter, shown: family.Page) -> str:
    """Name exactly what is on the page, so that nobody approves what they have not seen."""
    switches = [getattr(letter, name) for name in SWITCHES]
    plan = [letter.timing, letter.at, letter.policy, *switches]
    more = [[one.id for one in shown.photos], [[one.title, one.url] for one in shown.news]]
    facts = json.dumps([letter.text, *map(str, plan), *more])
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _values(letter: Letter) -> dict[str, Any]:
    return {
        "text": letter.text,
        "timing": letter.timing,
        "policy": letter.policy,
        "at": letter.at.strftime("%H:%M"),
        **{name: getattr(letter, name) for name in SWITCHES},
    }


@bp.post("/<int:letter_id>")
def edit(letter_id: int) -> ResponseReturnValue:
    officer().must(Permission.PREPARE_GREETINGS)
    form = request.form
    typed: dict[str, Any] = {
        "text": form.get("text", ""),
        "timing": form.get("timing", ""),
        "policy": form.get("policy", ""),
        "at": form.get("at", ""),
        **{name: form.get(name) == "1" for name in SWITCHES},
    }
    try:
        values = {**typed, "at": time.fromisoformat(typed["at"]), "timing": Timing(typed["timing"])}
        values["policy"] = Policy(typed["policy"])
    except ValueError:
        wrong = {"at": ["请选择寄出方式和时刻"]}
        return _show(letter_id, wrong=wrong, typed=typed, status=400)
    try:
        with tools().sessions.begin() as db:
            _must_be_as_seen(db, letter_id)
            greetings.edit(db, officer(), letter_id, values, now=g.now)
    except Invalid as error:
        return _show(letter_id, wrong=error.fields, typed=typed, status=400)
    except Conflict:
        flash(wording.LETTER_CHANGED, "wrong")
        return redirect(url_for("console_greetings.show", letter_id=letter_id))
    flash("已保存。", "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


def _must_be_as_seen(db: Session, letter_id: int) -> None:
    """Raise Invalid when a colleague changed the draft since this officer opened it."""
    row = greetings.locked(db, officer().tenant_id, letter_id)
    before = fingerprint(greetings.view(db, row), family.shown(db, row))
    if row.status == Status.DRAFT and before != request.form.get("seen"):
        raise Invalid(fields={"text": [wording.LETTER_EDITED]})


@bp.post("/<int:letter_id>/<any(approve, reopen, cancel):move>")
def move(letter_id: int, move: str) -> ResponseReturnValue:
    """Approve, take back or cancel. A second click finds the state changed and says so."""
    try:
        with tools().sessions.begin() as db:
            told = _MOVES[move](db, letter_id)
    except Invalid as error:
        return _show(letter_id, wrong=error.fields, status=400)
    except Conflict:
        flash(wording.LETTER_CHANGED, "wrong")
        return redirect(url_for("console_greetings.show", letter_id=letter_id))
    if move == "approve":
        tools().jobs.ask("plan_greetings")
    flash(told, "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


def _approve(db: Session, letter_id: int) -> str:
    who = officer()
    letter = greetings.approve(db, who, letter_id, now=g.now)
    shown = family.shown(db, greetings.own(db, who.tenant_id, letter_id))
    if fingerprint(letter, shown) != request.form.get("seen"):
        raise Conflict("something else than what was on the page")
    if others := _must_ask(db, letter):
        told = said("自己写的、改的信请别人批准：{others}", others="、".join(others))
        raise Invalid(fields={"approve": [told]})
    if letter.changed_by == who.id:
        audit.note(
            db,
            tenant_id=who.tenant_id,
            staff_id=who.id,
            action="greeting.approve_alone",
            subject=greetings.topic(letter_id),
            now=g.now,
        )
    return "已批准。" + ("马上开始寄出。" if letter.timing is Timing.NOW else "到时自动寄出。")


def _reopen(db: Session, letter_id: int) -> str:
    greetings.reopen(db, officer(), letter_id, now=g.now)
    return "已退回草稿，可以继续修改。"


def _cancel(db: Session, letter_id: int) -> str:
    spared = greetings.cancel(db, officer(), letter_id, now=g.now)
    return said("已取消，{spared} 人还没寄出的信已收回。", spared=spared)


_MOVES = {"approve": _approve, "reopen": _reopen, "cancel": _cancel}
