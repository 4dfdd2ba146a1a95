"""Letters from the hometown on the phone: read with one's own name, answered with one tap."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request
from sqlalchemy.orm import Session

from server.greetings import family, replies, service, wording
from server.greetings.family import Page
from server.greetings.replies import Reply
from server.kernel.db import NOT_NOW
from server.kernel.errors import NotFound
from server.outbox import service as outbox
from server.people import service as people
from server.people.service import Profile
from server.places import countries
from server.web.context import tools
from server.web.mini.answers import LetterListOut, LetterOut, LetterReplyOut
from server.web.mini.docs import problems
from server.web.mini.guard import keep_private, once, only_json, who
from server.web.mini.photos import PICTURE
from server.web.mini.present import instant
from server.web.mini.schemas import Key, LetterReplyIn

bp = APIBlueprint(
    "api_letters",
    __name__,
    url_prefix="/api/v1/letters",
    tag={"name": "letters", "description": "Letters from the hometown (电子家书)"},
)
bp.before_request(only_json)
bp.after_request(keep_private)
MOST = 30
_NUMBER = re.compile(r"[0-9]{1,15}")
NOBODY = "一位乡亲"


@bp.get("")
@bp.output(LetterListOut)
@bp.doc(summary="The letters that were sent, the latest first", security="token",
        responses=problems(401))  # fmt: skip
def listing() -> dict[str, Any]:
    with tools().sessions.read() as db:
        found = family.sent(db, who().tenant_id, limit=MOST)
    return {"items": [{"code": code, "festival": festival} for code, festival in found]}


@bp.get("/<code>")
@bp.output(LetterOut)
@bp.doc(
    summary="One letter, with one's own replies; looking is noted",
    security="token",
    responses=problems(401, 404),
)
def show(code: str) -> dict[str, Any]:
    with tools().sessions.read() as db:
        profile = people.profile(db, who().person_id, tools().vault)
        page = _page(db, code, profile)
        ids = people.ids_of(db, profile.person_id)
        mine = replies.of_people(db, page.letter_id, ids, vault=tools().vault)
        featured = replies.featured(db, page.letter_id, vault=tools().vault)
    with suppress(*NOT_NOW), tools().sessions.begin() as db:  # counting stops nobody reading
        outbox.note_read(db, topic=service.topic(page.letter_id), person_ids=ids, now=g.now)
        family.note_opened(db, page.letter_id)
    base = f"{request.path}/photos"
    return {
        "code": page.code,
        "festival": page.festival,
        "mourning": page.mourning,
        "from": page.tenant,
        "text": page.text,
        "photos": [{"url": f"{base}/{one.id}", "caption": one.caption} for one in page.photos],
        "news": [{"title": one.title, "url": one.url} for one in page.news],
        "featured": [_reply(one) for one in featured],
        "mine": [_reply(one) for one in mine],
    }


@bp.get("/<code>/photos/<photo_id>")
@bp.doc(
    summary="A photo of a letter",
    security="token",
    responses={200: PICTURE, **problems(401, 404)},
)
def photo(code: str, photo_id: str) -> Response:
    with tools().sessions.read() as db:
        if family.tenant_of(db, code) != who().tenant_id or not _NUMBER.fullmatch(photo_id):
            raise NotFound("photo")
        key = family.photo_of_sent(db, code, int(photo_id))
    return Response(tools().files.get(key), mimetype="image/jpeg")


@bp.post("/<code>/replies")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(LetterReplyIn, arg_name="said")
@bp.output(LetterReplyOut, status_code=201)
@bp.doc(
    summary="Write back to the hometown",
    security="token",
    responses=problems(400, 401, 404, 409, 415, 429),
)
def reply(code: str, header: dict[str, str], said: dict[str, Any]) -> Response:
    def work(db: Session) -> dict[str, Any]:
        profile = people.profile(db, who().person_id, tools().vault)
        page = _page(db, code, profile)
        return _reply(
            replies.write(
                db,
                page.letter_id,
                replies.Written(
                    name=(profile.salutation or NOBODY)[: replies.MOST_NAME],
                    words=said["words"],
                    country=profile.country,
                    may_feature=said["may_feature"],
                ),
                person_id=profile.person_id,
                vault=tools().vault,
                now=g.now,
            )
        )

    return once(work, key=header["key"], content=request.get_data())


def _page(db: Session, code: str, profile: Profile) -> Page:
    page = family.page(
        db, code, script=wording.script_for(profile.language), salutation=profile.salutation
    )
    if page.tenant_id != who().tenant_id:
        raise NotFound("letter")
    return page


def _reply(one: Reply) -> dict[str, Any]:
    return {
        "name": one.name,
        "country_name": countries.name_of(one.country) if one.country else None,
        "words": one.words,
        "at": instant(one.at),
        "answer": one.answer,
    }
