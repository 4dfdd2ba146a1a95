"""Photos of a case: taken in, re-encoded without what the camera wrote into them, sealed."""

from __future__ import annotations

import io
import warnings
from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from server.cases import service as cases
from server.kernel.errors import Invalid
from server.web.context import tools
from server.web.mini.guard import idempotency_key, once, who
from server.web.mini.schemas import (
    FileOut,
    Responses,
    problems,
)

bp = APIBlueprint("api_files", __name__, url_prefix="/api/v1/files", tag="files")

MAX_BYTES = 10 * 1024 * 1024
LONGEST = 2000  # pixels of the longer side: enough to read a document
MAX_PIXELS = 50_000_000  # a decompression bomb is larger
FORMATS = ("JPEG", "PNG", "WEBP")
PICTURE: Responses = {200: {"description": "the picture", "content": {"image/jpeg": {}}}}


@bp.post("")
@bp.output(FileOut, status_code=201)
@bp.doc(
    summary="Upload a photo (multipart `file`, JPEG, PNG or WebP, at most 10 MB)",
    security="token",
    responses=problems(400, 401, 413),
)
def upload() -> Response:
    idempotency_key()  # refuse before the work
    given = request.files.get("file")
    content = given.read(MAX_BYTES + 1) if given else b""
    if not content:
        raise Invalid(fields={"file": ["请选择一张照片"]})
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

    try:
        response = once(work, content=content)
    except Exception:
        tools().files.remove([key])
        raise
    if "Idempotent-Replayed" in response.headers:
        tools().files.remove([key])
    return response


@bp.get("/<file_id>")
@bp.doc(
    summary="One's own photo",
    security="token",
    responses=PICTURE | problems(401, 404),
)
def show(file_id: str) -> Response:
    with tools().sessions.read() as db:
        row = cases.own_file(db, file_id, person_id=who().person_id)
        key, kind = row.key, row.content_type
    return picture_response(tools().files.get(key), kind)


def picture_response(content: bytes, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def reencoded(content: bytes) -> bytes:
    """Return the picture as JPEG, upright, at most 2,000 px, without place, time or camera.

    Raise Invalid for what is no picture or is absurdly large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Invalid(fields={"file": ["照片尺寸太大"]})
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((LONGEST, LONGEST))
                made = io.BytesIO()
                upright.convert("RGB").save(made, "JPEG", quality=85)
                return made.getvalue()
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise Invalid(fields={"file": ["这不是能打开的照片，请用 JPG、PNG 或 WebP"]}) from None
