"""送达: for each letter who got it, who did not and why; a lost answer is a person's decision."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.greetings import labels, sending
from server.greetings import service as greetings
from server.greetings.service import Letter
from server.outbox import decisions, holds
from server.outbox import service as outbox
from server.outbox.rules import Status
from server.people import reach as people
from server.people.reach import Reach
from server.people.register.reading import Line as Entry
from server.places import countries
from server.ports import MASSES
from server.registers import access
from server.staff import audit
from server.staff import service as staff
from server.staff.permissions import Permission
from server.web.console import phones, wording
from server.web.console.language import said
from server.web.console.shell import local, officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_deliveries", __name__, url_prefix="/console/deliveries", enable_openapi=False
)
PAGE = 50
RELAUNCHED = timedelta(hours=3)
CHUNK = 5000
HEADINGS = (
    "收信人编号", "姓名或称呼", "国家（地区）", "结果", "原因",
    "渠道", "应寄时间", "了结时间", "谁了结的",
)  # fmt: skip
LETTERS = 12  # looked at on the first page, the latest festivals


@bp.get("")
def listing() -> ResponseReturnValue:
    with tools().sessions.read() as db:
        sent = [one for one in greetings.letters(db, officer()) if one.planned_at][:LETTERS]
        rows = [(one, sending.progress(db, officer(), one.id)) for one in sent]
        held = holds.active(db, officer(), now=g.now)
    return page(
        "deliveries",
        title="送达",
        rows=rows,
        holds=held,
        reasons=wording.HOLDS,
        channels=wording.CHANNELS,
        code_words=wording.code_words,
        paused=any(one.reason is holds.Reason.STAFF for one in held),
        may_hold_all=officer().may(Permission.MANAGE_ACCOUNTS),
        may_hold=officer().may(Permission.APPROVE_GREETINGS),
    )


@bp.post("/pause")
def pause() -> ResponseReturnValue:
    """Stop everything that would leave."""
    with tools().sessions.begin() as db:
        holds.pause(db, officer(), now=g.now)
    flash("已全部停下，到您放行为止什么也不寄。", "done")
    return redirect(url_for("console_deliveries.listing"))


@bp.post("/holds/<int:hold_id>/lift")
def lift(hold_id: int) -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        holds.lift(db, officer(), hold_id, now=g.now)
    tools().jobs.ask("dispatch")
    flash("已放行。", "done")
    return redirect(url_for("console_deliveries.listing"))


@bp.post("/<int:letter_id>/relaunch")
def relaunch(letter_id: int) -> ResponseReturnValue:
    """Send what expired after all, within the next hours."""
    officer().must(Permission.APPROVE_GREETINGS)
    with tools().sessions.begin() as db:
        letter = greetings.letter(db, officer(), letter_id)
        number = decisions.relaunch(
            db,
            tenant_id=officer().tenant_id,
            topic=greetings.topic(letter.id),
            now=g.now,
            until=g.now + RELAUNCHED,
        )
        if number:
            _note(db, "delivery.relaunch", letter.id)
    tools().jobs.ask("dispatch")
    if number:
        flash(said("{number} 人的信重新寄出。", number=number), "done")
    else:
        flash("没有过时未寄的信。", "wrong")
    return redirect(url_for("console_deliveries.show", letter_id=letter_id))


@bp.get("/<int:letter_id>/list.csv")
def table(letter_id: int) -> ResponseReturnValue:
    """谁没收到，为什么: all lines of a letter as a table, with the names this officer may see."""
    who, state = officer(), _state()
    with tools().sessions.begin() as db:
        letter = greetings.letter(db, who, letter_id)
        found = _all_lines(db, letter_id, state)
        known = _known(db, found)
        by = _settled_by(db, letter, found)
        _note(db, "delivery.export", letter_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for one in found:
        reader = known[one.person_id]
        writer.writerow(
            (
                one.person_id,
                _unreckoned(reader.name),
                countries.name_of(reader.country) if reader.country else "",
                labels.fate(one.status, one.channel),
                phones.why(one),
                "" if one.status == Status.SKIPPED else wording.CHANNELS.get(one.channel, ""),
                local(one.due_at),
                local(one.settled_at) if one.settled_at else "",
                by(one),
            )
        )
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")  # Excel needs the mark
    name = quote(f"{letter.festival_name}-{letter.day}.csv")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


@dataclass(frozen=True, slots=True)
class Known:
    """What this officer may know of a reader."""

    name: str
    country: str | None = None
    page: int | None = None  # the person whose page may be opened


def _known(db: Session, rows: Sequence[outbox.Line]) -> dict[int, Known]:
    """Return the name in the register, else the salutation; for who may see neither a number."""
    who, ids = officer(), {one.person_id for one in rows}
    reached: Mapping[int, Reach] = {}
    if who.may(Permission.PREPARE_GREETINGS) or who.may(Permission.SEE_PEOPLE):
        reached = people.many(db, ids, tools().vault)
    of_now = {one: reached[one].person_id if one in reached else one for one in ids}  # merged since
    entries = access.named(db, who, set(of_now.values()))
    return {one: _reader(reached.get(one), entries.get(now), one) for one, now in of_now.items()}


def _reader(reached: Reach | None, entry: Entry | None, person_id: int) -> Known:
    if entry is not None:
        country = entry.country or (reached.country if reached else None)
        return Known(entry.name, country, entry.person_id)
    if reached is not None and officer().may(Permission.PREPARE_GREETINGS):
        return Known(reached.salutation or "一位乡亲", reached.country)
    return Known(said("收信人 {number}", number=person_id))


def _settled_by(
    db: Session, letter: Letter, rows: Sequence[outbox.Line]
) -> Callable[[outbox.Line], str]:
    """Return who is to be named beside a line: who passed it on, or took the letter back."""
    ids = {letter.cancelled_by, *(one.settled_by for one in rows)}
    names = staff.names(db, officer().tenant_id, [one for one in ids if one is not None])

    def name(line: outbox.Line) -> str:
        by = letter.cancelled_by if line.reason == "cancelled" else line.settled_by
        return names.get(by or 0, "")

    return name


def _note(db: Session, action: str, letter_id: int) -> None:
    who = officer()
    audit.note(
        db,
        tenant_id=who.tenant_id,
        staff_id=who.id,
        action=action,
        subject=greetings.topic(letter_id),
        now=g.now,
    )


def _state() -> str | None:
    asked = request.args.get("status", "")
    return asked if asked in set(Status) else None


def _unreckoned(name: str) -> str:
    """Keep a table calculator from taking a name for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _all_lines(db: Session, letter_id: int, state: str | None) -> list[outbox.Line]:
    found: list[outbox.Line] = []
    while True:
        some = outbox.lines(
            db,
            tenant_id=officer().tenant_id,
            topic=greetings.topic(letter_id),
            status=state,
            after=found[-1].key if found else "",
            limit=CHUNK,
        )
        found += some
        if len(some) < CHUNK:
            return found


@bp.get("/<int:letter_id>")
def show(letter_id: int) -> ResponseReturnValue:
    """谁没收到，为什么: every line of the letter, by state."""
    who = officer()
    state = _state()
    with tools().sessions.read() as db:
        letter = greetings.letter(db, who, letter_id)
        found = outbox.lines(
            db,
            tenant_id=who.tenant_id,
            topic=greetings.topic(letter_id),
            status=state,
            after=request.args.get("after", ""),
            limit=PAGE + 1,
        )
        progress = sending.progress(db, who, letter_id)
        rows = found[:PAGE]
        known = _known(db, rows)
        by = _settled_by(db, letter, rows)
    return page(
        "delivery",
        title=said("{festival}的信送到了谁", festival=letter.festival_name),
        letter=letter,
        rows=[(one, known[one.person_id], phones.why(one), by(one)) for one in rows],
        more=rows[-1].key if len(found) > PAGE else None,
        state=state,
        progress=progress,
        fate=labels.fate,
        channels=wording.CHANNELS,
        unknown=Status.UNKNOWN,
        expired=next((one.count for one in progress if one.status == Status.EXPIRED), 0),
        masses=MASSES,
        may_repeat=who.may(Permission.APPROVE_GREETINGS),
    )


@bp.post("/<int:letter_id>")
def repeat(letter_id: int) -> ResponseReturnValue:
    """A person decides that a letter of unknown fate goes out again."""
    officer().must(Permission.APPROVE_GREETINGS)
    key = request.form.get("key", "")
    with tools().sessions.begin() as db:
        greetings.letter(db, officer(), letter_id)
        again = decisions.repeat_unknown(db, tenant_id=officer().tenant_id, key=key, now=g.now)
        if again:
            _note(db, "delivery.repeat", letter_id)
    if again:
        tools().jobs.ask("dispatch")
        flash("已安排再寄一次。", "done")
    else:
        flash("这封信现在不能再寄：时限已过，或者结果已经明了。", "wrong")
    return redirect(url_for("console_deliveries.show", letter_id=letter_id, status=Status.UNKNOWN))
