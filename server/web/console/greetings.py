"""节日问候: propose, edit, rehearse, approve, follow what became of a letter."""

from __future__ import annotations

from datetime import time

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.greetings import labels, rehearsal, sending
from server.greetings import service as greetings
from server.greetings.terms import Status, Timing
from server.kernel.errors import Conflict, Invalid, Refused
from server.outbox import service as outbox
from server.staff.permissions import Permission
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_greetings", __name__, url_prefix="/console/greetings", enable_openapi=False
)
PAGE = 50


@bp.get("")
def listing() -> ResponseReturnValue:
    with tools().sessions.read() as db:
        return page(
            "greetings",
            title="节日问候",
            letters=greetings.letters(db, officer()),
            choices=greetings.choices(db, officer(), now=g.now)[:12],
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
    return _show(letter_id, {})


def _show(letter_id: int, wrong: dict[str, list[str]], *, status: int = 200) -> ResponseReturnValue:
    who, box = officer(), tools()
    person = request.args.get("person", type=int)
    with box.sessions.read() as db:
        letter = greetings.letter(db, who, letter_id)
        planned = letter.planned_at is not None
        preview = None
        rehearsed = None
        if not planned and letter.status is not Status.CANCELLED:
            preview = rehearsal.preview(db, who, letter_id, now=g.now, vault=box.vault)
            if person is not None:
                rehearsed = rehearsal.rehearse(
                    db, who, letter_id, person_id=person, now=g.now, vault=box.vault
                )
        progress = sending.progress(db, who, letter_id) if planned else []
    return page(
        "greeting",
        title=f"{letter.festival_name}问候",
        letter=letter,
        preview=preview,
        rehearsed=rehearsed,
        progress=progress,
        timings=labels.TIMINGS,
        wrong=wrong,
        may_prepare=who.may(Permission.PREPARE_GREETINGS),
        may_approve=who.may(Permission.APPROVE_GREETINGS),
        status=status,
    )


@bp.post("/<int:letter_id>")
def edit(letter_id: int) -> ResponseReturnValue:
    form = request.form
    try:
        at = time.fromisoformat(form.get("at", "09:00"))
        timing = Timing(form.get("timing", ""))
    except ValueError:
        return _show(letter_id, {"at": ["请选择寄出方式和时刻"]}, status=400)
    values = {
        "text": form.get("text", ""),
        "timing": timing,
        "at": at,
        "even_at_night": form.get("even_at_night") == "1",
    }
    try:
        with tools().sessions.begin() as db:
            greetings.edit(db, officer(), letter_id, values, now=g.now)
    except Invalid as error:
        fields = error.details["fields"]
        return _show(letter_id, fields if isinstance(fields, dict) else {}, status=400)
    flash("已保存。", "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


@bp.post("/<int:letter_id>/<any(approve, reopen, cancel):move>")
def move(letter_id: int, move: str) -> ResponseReturnValue:
    """Approve, take back or cancel. A second click finds the state changed and says so."""
    try:
        with tools().sessions.begin() as db:
            if move == "approve":
                letter = greetings.approve(db, officer(), letter_id, now=g.now)
                told = "已批准。" + (
                    "马上开始寄出。" if letter.timing is Timing.NOW else "到时自动寄出。"
                )
            elif move == "reopen":
                greetings.reopen(db, officer(), letter_id, now=g.now)
                told = "已退回草稿，可以继续修改。"
            else:
                spared = greetings.cancel(db, officer(), letter_id, now=g.now)
                told = f"已取消，{spared} 人还没寄出的信已收回。"
    except Invalid as error:
        fields = error.details["fields"]
        return _show(letter_id, fields if isinstance(fields, dict) else {}, status=400)
    except (Conflict, Refused):
        flash("状态已经变化，请看下面的最新情况。", "wrong")
        return redirect(url_for("console_greetings.show", letter_id=letter_id))
    if move == "approve":
        tools().jobs.ask("plan_greetings")
    flash(told, "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


@bp.get("/<int:letter_id>/deliveries")
def deliveries(letter_id: int) -> ResponseReturnValue:
    """谁没收到，为什么: every line of the letter, by state."""
    state = request.args.get("status") or None
    after = request.args.get("after", "")
    with tools().sessions.read() as db:
        letter = greetings.letter(db, officer(), letter_id)
        rows = outbox.lines(
            db,
            tenant_id=officer().tenant_id,
            topic=greetings.topic(letter_id),
            status=state,
            after=after,
            limit=PAGE + 1,
        )
        progress = sending.progress(db, officer(), letter_id)
    return page(
        "deliveries",
        title="送达情况",
        letter=letter,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].key if len(rows) > PAGE else None,
        state=state,
        progress=progress,
        fates=labels.FATES,
        reasons=labels.REASONS,
        channels=labels.CHANNELS,
        may_repeat=officer().may(Permission.APPROVE_GREETINGS),
    )


@bp.post("/<int:letter_id>/deliveries")
def repeat(letter_id: int) -> ResponseReturnValue:
    """A person decides that a letter of unknown fate goes out again."""
    officer().must(Permission.APPROVE_GREETINGS)
    key = request.form.get("key", "")
    with tools().sessions.begin() as db:
        greetings.letter(db, officer(), letter_id)
        again = outbox.repeat_unknown(db, tenant_id=officer().tenant_id, key=key, now=g.now)
    tools().jobs.ask("dispatch")
    flash("已安排再寄一次。" if again else "这封信现在不能再寄：时限已过或结果已明。", "done")
    return redirect(url_for("console_greetings.deliveries", letter_id=letter_id, status="unknown"))
