"""电子家书: the page of a letter before it goes out, its photos and news."""

from __future__ import annotations

from dataclasses import replace

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.greetings import family
from server.greetings import service as greetings
from server.greetings import wording as letters
from server.kernel import pictures
from server.kernel.errors import Conflict, Invalid
from server.staff.permissions import Permission
from server.web.console import fields, wording
from server.web.console.shell import officer
from server.web.context import tools

bp = APIBlueprint("console_family", __name__, url_prefix="/console/greetings", enable_openapi=False)
MAX_PHOTO = 10 * 1024 * 1024
PHOTO_LONGEST = 1280  # pixels: good on a phone, bearable on a village's line


@bp.get("/<int:letter_id>/page")
def show_page(letter_id: int) -> ResponseReturnValue:
    """Show the letter's page as its readers will see it."""
    script = letters.Script.HANT if request.args.get("script") == "Hant" else letters.Script.HANS
    with tools().sessions.read() as db:
        found = family.preview(db, officer(), letter_id, script=script)
    html = render_template(
        "letters/letter.html",
        page=replace(found, takes_replies=False),
        t=letters.traditional if script is letters.Script.HANT else str,
        script=script,
        featured=[],
        country=str,
        photo_url=lambda one: url_for("console_family.photo", letter_id=letter_id, photo_id=one.id),
    )
    return Response(html, mimetype="text/html")


@bp.get("/<int:letter_id>/photos/<int:photo_id>")
def photo(letter_id: int, photo_id: int) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        found = greetings.letter(db, officer(), letter_id)
        key = family.photo_key(db, photo_id, letter_id=found.id)
    return Response(tools().files.get(key), mimetype="image/jpeg")


@bp.post("/<int:letter_id>/photos")
def add_photo(letter_id: int) -> ResponseReturnValue:
    """Put a photo of the hometown into a draft."""
    officer().must(Permission.PREPARE_GREETINGS)
    with tools().sessions.read() as db:
        greetings.letter(db, officer(), letter_id)
    given = request.files.get("photo")
    content = given.read(MAX_PHOTO + 1) if given else b""
    if not content or len(content) > MAX_PHOTO:
        return _refused(letter_id, "请选一张不超过 10 MB 的照片")
    key = None
    try:
        picture = pictures.reencoded(content, longest=PHOTO_LONGEST)
        key = tools().files.put(picture)  # before the transaction: the disk is slow
        with tools().sessions.begin() as db:
            family.add_photo(
                db, officer(), letter_id, file_key=key,
                caption=request.form.get("caption", "").replace("\0", "").strip(),
                size=pictures.size_of(picture), now=g.now,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        if key is not None:
            tools().files.remove([key])
        return _refused(letter_id, _told(error))
    flash("照片已放进信里。", "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


@bp.post("/<int:letter_id>/photos/<int:photo_id>/drop")
def drop_photo(letter_id: int, photo_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            key = family.drop_photo(db, officer(), letter_id, photo_id, now=g.now)
    except Conflict as error:
        return _refused(letter_id, _told(error))
    tools().files.remove([key])
    flash("照片已拿掉。", "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


@bp.post("/<int:letter_id>/news")
def set_news(letter_id: int) -> ResponseReturnValue:
    """Replace the short list of news: a line each, the title first, the address last."""
    try:
        typed = fields.text("news", most=4000) or ""
        parts = [one.strip().rpartition(" ") for one in typed.splitlines() if one.strip()]
        lines = [(title.strip(), url) for title, _, url in parts]
        with tools().sessions.begin() as db:
            family.set_news(db, officer(), letter_id, lines, now=g.now)
    except (Invalid, Conflict) as error:
        return _refused(letter_id, _told(error))
    flash("已保存。", "done")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))


def _told(error: Invalid | Conflict) -> str:
    lines = [] if isinstance(error, Conflict) else error.fields.values()
    return "；".join(line for some in lines for line in some) or wording.LETTER_CHANGED


def _refused(letter_id: int, words: str) -> ResponseReturnValue:
    flash(words, "wrong")
    return redirect(url_for("console_greetings.show", letter_id=letter_id))
