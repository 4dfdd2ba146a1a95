"""消息: questions no keyword answered; the answer goes back to the phone."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.inbox import enclosures, questions
from server.kernel.errors import Conflict, Invalid
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.phones import Fate, fate_of
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_messages", __name__, url_prefix="/console/messages", enable_openapi=False
)
PAGE = 20


@bp.get("")
def listing() -> ResponseReturnValue:
    return _page()


def _page(
    *, typed: tuple[int, str] | None = None, wrong: str = "", status: int = 200
) -> ResponseReturnValue:
    """Show a page of questions; `typed` is (question id, words) that could not be sent."""
    who = officer()
    who.must(Permission.ANSWER_MESSAGES)
    answered = request.args.get("answered") == "1"
    before = request.args.get("before", type=int)
    with tools().sessions.read() as db:
        found = questions.listing(
            db,
            who.tenant_id,
            vault=tools().vault,
            answered=answered,
            limit=PAGE + 1,
            before=before,
        )
        rows = found[:PAGE]
        enclosed = enclosures.of_questions(db, [one.id for one in rows])
        fates: dict[int, Fate | None] = {}
        if answered:
            fates = {one.id: fate_of(db, who, f"question:{one.id}") for one in rows}
    return page(
        "messages",
        title="消息",
        rows=rows,
        fates=fates,
        enclosed=enclosed,
        more=rows[-1].id if len(found) > PAGE else None,
        before=before,
        answered=answered,
        kinds=wording.MESSAGE_KINDS,
        lost=wording.ENCLOSURE_TROUBLES,
        most=questions.MAX_ANSWER,
        typed=typed,
        wrong=wrong,
        status=status,
    )


@bp.post("/<int:question_id>")
def answer(question_id: int) -> ResponseReturnValue:
    """Answer once: a double click finds the question answered and sends nothing."""
    officer().must(Permission.ANSWER_MESSAGES)
    words = request.form.get("answer", "")
    try:
        with tools().sessions.begin() as db:
            questions.answer(
                db,
                officer().tenant_id,
                question_id,
                text=words,
                staff_id=officer().id,
                vault=tools().vault,
                now=g.now,
            )
    except Invalid as error:
        wrong = "；".join(error.fields.get("answer", []))
        return _page(typed=(question_id, words), wrong=wrong, status=400)
    except Conflict as error:
        flash(wording.MESSAGE_TROUBLES[str(error)], "wrong")
    else:
        tools().jobs.ask("dispatch")
        flash("已回复，正在送到对方手机。", "done")
    return redirect(url_for("console_messages.listing", before=request.args.get("before")))


@bp.get("/<int:question_id>/enclosure")
def enclosure(question_id: int) -> ResponseReturnValue:
    """Give out what somebody sent: pictures, sound and film to look at, anything else to save.

    In parts, too: Safari plays nothing that does not come in parts.
    """
    officer().must(Permission.ANSWER_MESSAGES)
    with tools().sessions.read() as db:
        key, kind = enclosures.file_of(db, officer().tenant_id, question_id)
    content = tools().files.get(key)
    answer = Response(content, mimetype=kind)
    name = f"xiangyin-{question_id}{wording.SUFFIXES.get(kind, '')}"
    shown = "inline" if kind in wording.SHOWN_INLINE else "attachment"
    answer.headers["Content-Disposition"] = f'{shown}; filename="{name}"'
    return answer.make_conditional(request, accept_ranges=True, complete_length=len(content))
