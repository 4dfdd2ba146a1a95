"""Temporary and permanent media, and the images of article bodies (WECHAT §4.7)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from io import BytesIO

from flask import Response
from PIL import Image, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

from deploy.sandbox import ids
from deploy.sandbox.clock import DAY
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.storage import Row

KB, MB = 1024, 1024 * 1024
LIFE = 3 * DAY
LIMITS = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "thumb": 64 * KB}
KINDS = {
    "image": {"bmp", "png", "jpeg", "jpg", "gif"},
    "voice": {"amr", "mp3"},
    "video": {"mp4"},
    "thumb": {"jpg", "jpeg"},
}
LIBRARY = {"image": 100_000, "thumb": 100_000, "voice": 1000, "video": 1000}


def inner_url(media_id: str) -> str:
    """Return where this server shows a medium, relative to its root."""
    return f"/sandbox/media/{media_id}"


def find(
    db: sqlite3.Connection, appid: str, media_id: object, now: float | None, *,
    permanent: bool | None = None,
) -> Row | None:  # fmt: skip
    """Return an account's medium that is still there; `now` None skips the three days."""
    row: Row | None = db.execute(
        "SELECT * FROM media WHERE media_id = ? AND appid = ?", (str(media_id), appid)
    ).fetchone()
    if row is None or (permanent is not None and bool(row["permanent"]) != permanent):
        return None
    if now is not None and not row["permanent"] and row["created_at"] + LIFE <= now:
        return None
    return row


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a medium and what they are; title and introduction belong to videos."""

    kind: str
    data: bytes
    content_type: str
    name: str = ""
    title: str = ""
    introduction: str = ""


def keep(
    db: sqlite3.Connection,
    appid: str,
    what: Content,
    *,
    now: float,
    permanent: bool = False,
    base: str = "",
) -> Row:
    """Store a medium and return it; with `base` it has an address under /mmbiz/."""
    media_id = ids.media_id()
    url = f"{base}/mmbiz/{media_id}" if base else ""
    db.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            media_id, appid, what.kind, int(permanent), now, what.name, what.content_type,
            what.title, what.introduction, url, what.data,
        ),
    )  # fmt: skip
    row: Row = db.execute("SELECT * FROM media WHERE media_id = ?", (media_id,)).fetchone()
    return row


def _uploaded(call: Call) -> FileStorage:
    found = call.files.get("media")
    if found is None:
        raise WeChatError(41005)
    return found


def checked(call: Call, kind: str) -> Content:
    """Return the upload of a call; raise for a wrong type or size."""
    if kind not in LIMITS:
        raise WeChatError(40004)
    upload = _uploaded(call)
    data = upload.read()
    if not data:
        raise WeChatError(44001, "empty media data")
    ending = (upload.filename or "").rpartition(".")[2].lower()
    if ending not in KINDS[kind]:
        raise WeChatError(40005)
    if len(data) > LIMITS[kind]:
        raise WeChatError(40006 if kind == "thumb" else 45001)
    content_type = upload.mimetype or "application/octet-stream"
    if kind in ("image", "thumb"):
        content_type = picture_type(data)
    return Content(kind, data, content_type, upload.filename or "")


def picture_type(content: bytes) -> str:
    """Return the content type of a picture; raise 40137 when it is none."""
    try:
        with Image.open(BytesIO(content)) as picture:
            return Image.MIME.get(picture.format or "", "application/octet-stream")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise WeChatError(40137) from error


@interface("POST", "/cgi-bin/media/upload", body="form", daily=100_000)
def upload(call: Call) -> Answer:
    kind = call.query.get("type", call.form.get("type", ""))
    row = keep(call.db, call.appid, checked(call, kind), now=call.now)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: row["media_id"], "created_at": int(call.now), "item": []}


@interface("GET", "/cgi-bin/media/get", daily=200_000)
def get(call: Call) -> Answer:
    """Answer with the bytes, or for a video with an address."""
    media_id = call.query.get("media_id", "")
    if not media_id:
        raise WeChatError(41006)
    row = find(call.db, call.appid, media_id, call.now, permanent=False)
    if row is None:
        raise WeChatError(40007)
    if row["type"] == "video":
        return {"video_url": f"{call.base}{inner_url(media_id)}"}
    return binary(row)


def binary(row: Row) -> Response:
    name = row["name"].rpartition(".")[2] or "bin"
    headers = {"Content-disposition": f'attachment; filename="{row["media_id"]}.{name}"'}
    return Response(row["content"], content_type=row["content_type"], headers=headers)


@interface("POST", "/cgi-bin/media/uploadimg", only="official", body="form", daily=100_000)
def uploadimg(call: Call) -> Answer:
    """Keep a picture for article bodies: jpg or png, below 1 MB, outside the library."""
    got = _uploaded(call)
    data = got.read()
    if len(data) >= MB:
        raise WeChatError(40009)
    kind = picture_type(data)
    if kind not in ("image/jpeg", "image/png"):
        raise WeChatError(40005)
    what = Content("body", data, kind, got.filename or "")
    row = keep(call.db, call.appid, what, now=call.now, permanent=True, base=call.base)
    return {"url": row["url"]}


@interface("POST", "/cgi-bin/media/uploadvideo", only="official", need="certified")
def uploadvideo(call: Call) -> Answer:
    """Make a video for mass sending from an uploaded one."""
    row = find(call.db, call.appid, call.text("media_id", 41006), call.now)
    if row is None or row["type"] != "video":
        raise WeChatError(40007)
    title, about = str(call.body.get("title", "")), str(call.body.get("description", ""))
    what = Content("video", row["content"], row["content_type"], row["name"], title, about)
    made = keep(call.db, call.appid, what, now=call.now)
    return {"type": "video", "media_id": made["media_id"], "created_at": int(call.now)}


def remove(db: sqlite3.Connection, appid: str, media_id: str) -> Answer:
    done = db.execute(
        "DELETE FROM media WHERE media_id = ? AND appid = ? AND permanent = 1 AND type <> 'body'",
        (media_id, appid),
    )
    if not done.rowcount:
        raise WeChatError(40007)
    return OK
