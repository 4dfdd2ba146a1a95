"""消息: questions no keyword answered; the answer goes back to the phone."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.inbox import questions
from server.kernel.errors import Conflict, Invalid
from server.staff.permissions import Permission
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_messages", __name__, url_prefix="/console/messages", enable_openapi=False
)
PAGE = 20
KINDS = {
    "text": "文字",
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "location": "位置",
    "link": "链接",
    "miniprogrampage": "小程序卡片",
}
TROUBLES = {
    "already answered": "同事已经回复过这条消息。",
    "window closed": "微信只允许在对方来信后 48 小时内回复，这条已经过了时限。请改用电话联系。",
}


@bp.get("")
def listing() -> ResponseReturnValue:
    officer().must(Permission.ANSWER_MESSAGES)
    answered = request.args.get("answered") == "1"
    before = request.args.get("before", type=int)
    with tools().sessions.read() as db:
        rows = questions.listing(
            db,
            officer().tenant_id,
            vault=tools().vault,
            answered=answered,
            limit=PAGE + 1,
            before=before,
        )
    return page(
        "messages",
        title="消息",
        rows=rows[:PAGE],
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        answered=answered,
        kinds=KINDS,
        draft=request.args.get("draft", ""),
    )


@bp.post("/<int:question_id>")
def answer(question_id: int) -> ResponseReturnValue:
    officer().must(Permission.ANSWER_MESSAGES)
    try:
        with tools().sessions.begin() as db:
            questions.answer(
                db,
                officer().tenant_id,
                question_id,
                text=request.form.get("answer", ""),
                staff_id=officer().id,
                vault=tools().vault,
                now=g.now,
            )
    except Invalid:
        flash(f"回复请写 1 至 {questions.MAX_ANSWER} 个字。", "wrong")
    except Conflict as error:
        flash(TROUBLES[str(error)], "wrong")
    else:
        tools().jobs.ask("dispatch")
        flash("已回复，正在送到对方手机。", "done")
    return redirect(url_for("console_messages.listing"))
