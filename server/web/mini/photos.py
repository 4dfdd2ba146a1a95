"""Photos of a case: taken in, made harmless, sealed; one's own to look at."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, g
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from server.cases import service as cases
from server.kernel.errors import Invalid
from server.kernel.pictures import reencoded
from server.web.context import tools
from server.web.mini.answers import FileOut
from server.web.mini.docs import Described, problems
from server.web.mini.guard import admit, keep_private, once, only_form, who
from server.web.mini.schemas import FileIn, Key

bp = APIBlueprint(
    "api_files",
    __name__,
    url_prefix="/api/v1/files",
    tag={"name": "files", "description": "Photos of a case"},
)
bp.before_request(only_form)
bp.after_request(keep_private)

MAX_BYTES = 10 * 1024 * 1024


@bp.post("")
@bp.input(Key, location="headers", arg_name="header")
@bp.input(FileIn, location="files", arg_name="form")
@bp.output(FileOut, status_code=201)
@bp.doc(
    summary="Upload a photo",
    description="Re-encoded as JPEG of at most 2,000 px, without place, time and camera. An "
    "upload that no case uses within a day is removed.",
    security="token",
    responses=problems(400, 401, 409, 413, 415, 429),
)
def upload(header: dict[str, str], form: dict[str, FileStorage]) -> Response:
    admit()  # before the work
    content = form["file"].read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Invalid(fields={"file": ["照片不能超过 10 MB"]})
    picture = reencoded(content)
    key = tools().files.put(picture)  # before the transaction: the disk is slow

    def work(db: Session) -> dict[str, Any]:
        file_id = cases.keep_file(
            db,
            tenant_id=who().tenant_id,
            person_id=who().person_id,
            key=key,
            content_type="image/jpeg",
            size=len(picture),
            now=g.now,
        )
        return {"id": file_id, "content_type": "image/jpeg", "size": len(picture)}

    kept = False
    try:
        response = once(work, key=header["key"], content=content)
        kept = "Idempotent-Replayed" not in response.headers
    finally:
        if not kept:
            tools().files.remove([key])
    return response


PICTURE: Described = {
    "description": "The picture",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}


@bp.get("/<file_id>")
@bp.doc(
    summary="One's own photo",
    security="token",
    responses={200: PICTURE, **problems(401, 404)},
)
def show(file_id: str) -> Response:
    with tools().sessions.read() as db:
        row = cases.own_file(db, file_id, person_id=who().person_id)
        key, kind = row.key, row.content_type
    response = Response(tools().files.get(key), mimetype=kind)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
