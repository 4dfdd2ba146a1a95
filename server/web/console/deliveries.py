"""送达: for each letter who got it, who did not and why; a lost answer is a person's decision."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.greetings import labels, sending
from server.greetings import service as greetings
from server.outbox import service as outbox
from server.outbox.rules import Status
from server.people import reach as people
from server.staff.permissions import Permission
from server.web.console import phones, wording
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_deliveries", __name__, url_prefix="/console/deliveries", enable_openapi=False
)
PAGE = 50
LETTERS = 12  # looked at on the first page, the latest festivals


@bp.get("")
def listing() -> ResponseReturnValue:
    with tools().sessions.read() as db:
        sent = [one for one in greetings.letters(db, officer()) if one.planned_at][:LETTERS]
        rows = [(one, sending.progress(db, officer(), one.id)) for one in sent]
    return page("deliveries", title="送达", rows=rows)


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
        may_repeat=who.may(Permission.APPROVE_GREETINGS),
    )


@bp.post("/<int:letter_id>")
def repeat(letter_id: int) -> ResponseReturnValue:
    """A person decides that a letter of unknown fate goes out again."""
    officer().must(Permission.APPROVE_GREETINGS)
    key = request.form.get("key", "")
    with tools().sessions.begin() as db:
        greetings.letter(db, officer(), letter_id)
        again = outbox.repeat_unknown(db, tenant_id=officer().tenant_id, key=key, now=g.now)
    if again:
        tools().jobs.ask("dispatch")
        flash("已安排再寄一次。", "done")
    else:
        flash("这封信现在不能再寄：时限已过，或者结果已经明了。", "wrong")
    return redirect(url_for("console_deliveries.show", letter_id=letter_id, status=Status.UNKNOWN))
