"""A letter as a page: text, photos, news, what others wrote back, and a box to reply."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from apiflask import APIBlueprint
from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.greetings import family, refusing, replies, wording
from server.greetings.family import Page
from server.greetings.wording import Script
from server.kernel.db import NOT_NOW
from server.kernel.errors import Invalid, NotFound
from server.places import countries
from server.web.context import caller_address, script, tools

bp = APIBlueprint("letters", __name__, url_prefix="/letters", enable_openapi=False)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
A_DAY = 24 * 3600
JUST_WRITTEN, A_WHILE = "xiangyin_reply", 15 * 60
LONGEST = 1100  # characters read of a reply: a little more than it may have
SLOWLY = "今天写来的信太多了，请过一会儿再寄。您写的话还在下面。"


@bp.after_request
def harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"  # the link is the key
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        page = family.page(db, code, script=script())
    if request.method == "GET":  # not HEAD: previews of chats look at the head only
        with suppress(*NOT_NOW), tools().sessions.begin() as db:  # counting stops nobody reading
            family.note_opened(db, page.letter_id)
    return _letter(page)


def _letter(
    page: Page, *, wrong: Mapping[str, list[str]] | None = None, status: int = 200
) -> Response:
    with tools().sessions.read() as db:
        shown = replies.featured(db, page.letter_id, vault=tools().vault)
    return _html(
        "letter", status, page=page, featured=shown, countries=countries.listing(),
        values=request.form, wrong=wrong or {}, most_words=replies.MOST_WORDS,
        code=request.form.get("code") or replies.new_code(),
    )  # fmt: skip


def _html(template: str, status: int, **values: object) -> Response:
    chosen = script()
    turned = wording.traditional if chosen is Script.HANT else str
    html = render_template(
        f"letters/{template}.html", t=turned, script=chosen, country=countries.name_of, **values
    )
    return Response(html, status, mimetype="text/html")


@bp.get("/<code>/photos/<int:photo_id>.jpg")
def photo(code: str, photo_id: int) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        key = family.photo_of_sent(db, code, photo_id)
    answer = Response(tools().files.get(key), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = f"public, max-age={A_DAY}, immutable"
    return answer


@bp.post("/<code>")
def reply(code: str) -> ResponseReturnValue:
    """Take a reply in; its writer gets a link of their own, where the answer will stand."""
    box, now = tools(), tools().clock.now()
    with box.sessions.read() as db:
        page = family.page(db, code, script=script())
    if (again := _written_just_now(page)) is not None:
        return redirect(url_for("letters.answer", code=code, reply_code=again))
    if request.form.get("website"):  # a field nobody sees: only machines fill it in
        return redirect(url_for("letters.show", code=code))
    buckets = (f"letter_reply:{caller_address()}", f"letter_replies:{page.letter_id}")
    # One after the other: whoever is over their own rate takes nothing from the others'.
    if any(box.limiter.take(one, now) > timedelta(0) for one in buckets):
        return _letter(page, wrong={"words": [SLOWLY]}, status=429)
    try:
        with box.sessions.begin() as db:
            written = replies.write(
                db,
                page.letter_id,
                replies.Written(
                    name=_typed("name"),
                    words=_typed("words"),
                    country=_typed("country") or None,
                    may_feature=request.form.get("may_feature") == "1",
                ),
                code=_typed("code"),
                vault=box.vault,
                now=now,
            )
    except Invalid as error:
        return _letter(page, wrong=error.fields, status=400)
    answer = redirect(url_for("letters.answer", code=code, reply_code=written.code))
    answer.set_cookie(
        JUST_WRITTEN, written.code, max_age=A_WHILE, path=url_for("letters.show", code=code),
        httponly=True, samesite="Lax", secure=not box.settings.demo,
    )  # fmt: skip
    return answer


def _written_just_now(page: Page) -> str | None:
    """Return the reply with the very same words that this browser sent a moment ago.

    Going back keeps the words but makes the form anew, with another code. Asked by the cookie:
    two readers who write the same few words never see each other's reply.
    """
    try:
        with tools().sessions.read() as db:
            known = replies.by_code(db, request.cookies.get(JUST_WRITTEN, ""), vault=tools().vault)
    except NotFound:
        return None
    typed = page.letter_id, _typed("name"), _typed("words")
    return known.code if (known.letter_id, known.name, known.words) == typed else None


@bp.get("/stop/<text>")
def stop_form(text: str) -> ResponseReturnValue:
    """Ask once: programs that look at links ahead must not unsubscribe anybody."""
    with tools().sessions.read() as db:
        refusing.person_of(db, text, vault=tools().vault)
    return _stop_page(done=False)


@bp.post("/stop/<text>")
def stop(text: str) -> ResponseReturnValue:
    """Unsubscribe: from the page, or with one click from a mail program (RFC 8058)."""
    with tools().sessions.begin() as db:
        refusing.refuse(db, text, vault=tools().vault, now=tools().clock.now())
    return _stop_page(done=True)


def _stop_page(*, done: bool) -> Response:
    turned = wording.traditional if script() is Script.HANT else str
    html = render_template("letters/stop.html", t=turned, script=script(), done=done)
    return Response(html, mimetype="text/html")


def _typed(name: str) -> str:
    text = request.form.get(name, "").replace("\0", "").replace("\r\n", "\n")
    return text.strip()[:LONGEST]


@bp.get("/<code>/replies/<reply_code>")
def answer(code: str, reply_code: str) -> ResponseReturnValue:
    """Show somebody their own reply, and what the hometown answered."""
    with tools().sessions.read() as db:
        found = replies.by_code(db, reply_code, vault=tools().vault)
        page = family.page_of_reply(db, code, letter_id=found.letter_id, script=script())
    return _html("reply", 200, page=page, reply=found)


@bp.post("/<code>/replies/<reply_code>")
def keep_to_ourselves(code: str, reply_code: str) -> ResponseReturnValue:
    """Its writer does not want it shown any more."""
    with tools().sessions.begin() as db:
        replies.take_back(db, reply_code, vault=tools().vault)
    return redirect(url_for("letters.answer", code=code, reply_code=reply_code))
