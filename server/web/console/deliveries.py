"""送达: for each letter who got it, who did not and why; a lost answer is a person's decision."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.greetings import labels, sending
from server.greetings import service as greetings
from server.kernel.clock import known_zone
from server.outbox import decisions, holds
from server.outbox import service as outbox
from server.outbox.rules import Status
from server.people import reach as people
from server.ports import MASSES
from server.staff import audit
from server.staff.permissions import Permission
from server.web.console import phones, wording
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_deliveries", __name__, url_prefix="/console/deliveries", enable_openapi=False
)
PAGE = 50
RELAUNCHED = timedelta(hours=3)
CHUNK = 5000
HEADINGS = ("收信人编号", "结果", "原因", "渠道", "时间")
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
    tools().jobs.ask("dispatch")
    if number:
        flash(said("{number} 人的信重新寄出。", number=number), "done")
    else:
        flash("没有过时未寄的信。", "wrong")
    return redirect(url_for("console_deliveries.show", letter_id=letter_id))


@bp.get("/<int:letter_id>/list.csv")
def table(letter_id: int) -> ResponseReturnValue:
    """谁没收到，为什么: all lines of a letter as a table, without names."""
    who, state = officer(), request.args.get("status") or None
    with tools().sessions.begin() as db:
        letter = greetings.letter(db, who, letter_id)
        found = _all_lines(db, letter_id, state)
        audit.note(
            db,
            tenant_id=who.tenant_id,
            staff_id=who.id,
            action="delivery.export",
            subject=greetings.topic(letter_id),
            now=g.now,
        )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    zone = known_zone(g.county.home_zone, fallback="UTC")
    for one in found:
        at = (one.settled_at or one.due_at).astimezone(zone)
        writer.writerow(
            (
                one.person_id,
                labels.FATES.get(one.status, one.status),
                phones.why(one),
                wording.CHANNELS.get(one.channel, one.channel),
                f"{at:%Y-%m-%d %H:%M}",
            )
        )
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")  # Excel needs the mark
    name = quote(f"{letter.festival_name}-{letter.day}.csv")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


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
    who, vault = officer(), tools().vault
    state = request.args.get("status") or None
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
        names = {}
        if who.may(Permission.PREPARE_GREETINGS):  # for the others a number is enough
            names = people.many(db, {one.person_id for one in rows}, vault)
    return page(
        "delivery",
        title=said("{festival}的信送到了谁", festival=letter.festival_name),
        letter=letter,
        rows=[(one, names.get(one.person_id), phones.why(one)) for one in rows],
        more=rows[-1].key if len(found) > PAGE else None,
        state=state,
        progress=progress,
        fates=labels.FATES,
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
        tools().jobs.ask("dispatch")
        flash("已安排再寄一次。", "done")
    else:
        flash("这封信现在不能再寄：时限已过，或者结果已经明了。", "wrong")
    return redirect(url_for("console_deliveries.show", letter_id=letter_id, status=Status.UNKNOWN))
