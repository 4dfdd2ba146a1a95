"""回函: what people wrote back to letters; every one is answered, some are shown to others."""

from __future__ import annotations

from collections.abc import Mapping

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.greetings import replies
from server.greetings import service as greetings
from server.kernel.errors import Conflict, Invalid
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint("console_replies", __name__, url_prefix="/console/replies", enable_openapi=False)
PAGE = 20
LONGEST = 1100


@bp.get("")
def listing() -> ResponseReturnValue:
    return _listing()


def _listing(
    *, wrong: Mapping[str, list[str]] | None = None, at: int | None = None, status: int = 200
) -> ResponseReturnValue:
    who, answered = officer(), request.args.get("answered") == "1"
    with tools().sessions.read() as db:
        found = replies.listing(
            db, who, answered=answered, before=request.args.get("before", type=int),
            limit=PAGE + 1, vault=tools().vault, letter_id=request.args.get("letter", type=int),
        )  # fmt: skip
        ids = {one.letter_id for one in found}
        names = greetings.festival_names(db, who.tenant_id, ids)
        waiting = replies.waiting(db, who)
    return page(
        "replies",
        title="回函",
        rows=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        names=names,
        answered=answered,
        waiting=waiting,
        wrong=wrong or {},
        at=at,
        typed=request.form,
        status=status,
    )


@bp.post("/<int:reply_id>/<any(answer, aside, feature, unfeature):move>")
def move(reply_id: int, move: str) -> ResponseReturnValue:
    words = request.form.get("answer", "").replace("\0", "").replace("\r\n", "\n").strip()[:LONGEST]
    try:
        with tools().sessions.begin() as db:
            if move in {"feature", "unfeature"}:
                replies.feature(db, officer(), reply_id, shown=move == "feature", now=g.now)
            else:
                told = words if move == "answer" else None
                replies.answer(db, officer(), reply_id, words=told, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _listing(wrong=error.fields, at=reply_id, status=400)
    except Conflict:
        flash("已经有人答复过，或者写信的人没有同意公开。", "wrong")
    else:
        flash("已记下。", "done")
    answered = "1" if "feature" in move else None
    return redirect(url_for("console_replies.listing", answered=answered))
