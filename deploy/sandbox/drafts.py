"""The draft box and what an article may look like (WECHAT §4.6)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from deploy.sandbox import articles, ids, media
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, counted, interface
from deploy.sandbox.storage import Row, dump

MAX_ARTICLES, MAX_IMAGES = 8, 20
MAX_CONTENT, MAX_BYTES = 20_000, 1024 * 1024
CROPS = ("cover_info", "pic_crop_235_1", "pic_crop_1_1")
LIMITS = {"title": (32, 45003), "author": (16, 45110), "digest": (120, 45004)}
_BLOCK = re.compile(r"<(script|style|iframe|object|form)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(
    r"</?(?:script|style|iframe|object|embed|form|link|meta|base)\b[^>]*>", re.IGNORECASE
)
_HANDLER = re.compile(r"""\s+on\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_JS_LINK = re.compile(r"""(href|src)\s*=\s*(["']?)\s*javascript:[^"'>\s]*\2""", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SRC = re.compile(r"""\b(?:data-)?src\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


def cleaned(content: str) -> str:
    """Return article HTML as the platform keeps it: no scripts, no images from elsewhere."""
    content = _TAG.sub("", _BLOCK.sub("", content))
    content = _JS_LINK.sub("", _HANDLER.sub("", content))
    return _IMAGE.sub(lambda found: found[0] if _ours(found[0]) else "", content)


def _ours(tag: str) -> bool:
    source = _SRC.search(tag)
    return source is not None and urlsplit(source[1]).path.startswith("/mmbiz/")


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str):
        raise WeChatError(47001)
    return value


def article(call: Call, given: object) -> dict[str, Any]:
    """Return one article with its defaults; raise for whatever the platform refuses."""
    if not isinstance(given, dict):
        raise WeChatError(47001)
    if given.get("article_type", "news") not in ("news", "newspic"):
        raise WeChatError(40097)
    _sizes(given)
    kept = _pictures(call, given)
    content = _text(given, "content")
    kept["title"], kept["author"] = _text(given, "title"), _text(given, "author")
    kept["content"] = cleaned(content)
    plain = re.sub(r"<[^>]+>|\s+", "", kept["content"])
    kept["digest"] = _text(given, "digest") or plain[:54]
    if not kept["content"] and kept["article_type"] == "news":
        raise WeChatError(44004)
    kept["content_source_url"] = _text(given, "content_source_url")
    for name in ("need_open_comment", "only_fans_can_comment"):
        kept[name] = int(bool(given.get(name)))
    return kept


def _sizes(given: Mapping[str, Any]) -> None:
    for name, (longest, errcode) in LIMITS.items():
        if len(_text(given, name)) > longest:
            raise WeChatError(errcode)
    title, content = _text(given, "title"), _text(given, "content")
    if not title.strip():
        raise WeChatError(45003)
    if re.search(r"\\u[0-9a-fA-F]{4}", title):
        raise WeChatError(40033)
    if len(content) >= MAX_CONTENT or len(content.encode()) >= MAX_BYTES:
        raise WeChatError(45002)
    if len(_text(given, "content_source_url").encode()) >= 1024:
        raise WeChatError(45006, "url size out of limit")


def _pictures(call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    kind = given.get("article_type", "news")
    if kind == "news":
        thumb = _text(given, "thumb_media_id")
        _permanent(call, thumb)
        extra = {
            k: given[k] for k in ("cover_info", "pic_crop_235_1", "pic_crop_1_1") if k in given
        }
        return {"article_type": kind, "thumb_media_id": thumb, **extra}
    info = given.get("image_info")
    images = info.get("image_list") if isinstance(info, dict) else None
    if not isinstance(images, list) or not 1 <= len(images) <= MAX_IMAGES:
        raise WeChatError(40007)
    for one in images:
        _permanent(call, one.get("image_media_id") if isinstance(one, dict) else None)
    extra = {k: given[k] for k in ("cover_info",) if k in given}
    return {"article_type": kind, "image_info": {"image_list": images}, **extra}


def _permanent(call: Call, media_id: object) -> None:
    row = media.find(call.db, call.appid, media_id, None, permanent=True)
    if row is None or row["type"] not in ("image", "thumb"):
        raise WeChatError(40007)


def find(db: sqlite3.Connection, appid: str, media_id: object) -> Row:
    """Return a draft; raise 40007."""
    row: Row | None = db.execute(
        "SELECT * FROM drafts WHERE media_id = ? AND appid = ?", (str(media_id), appid)
    ).fetchone()
    if row is None:
        raise WeChatError(40007)
    return row


def remove(db: sqlite3.Connection, media_id: str) -> None:
    db.execute("DELETE FROM drafts WHERE media_id = ?", (media_id,))


@interface("POST", "/cgi-bin/draft/add", only="official", daily=1000)
def add(call: Call) -> Answer:
    given = call.list_of("articles", 44003)
    if not 1 <= len(given) <= MAX_ARTICLES:
        raise WeChatError(45008 if given else 44003)
    made = [article(call, one) for one in given]
    media_id = ids.media_id()
    number = counted(call.db, call.appid, "draft", "all")
    row = (media_id, call.appid, call.now, call.now, dump(made), number)
    call.db.execute("INSERT INTO drafts VALUES (?, ?, ?, ?, ?, ?)", row)
    return {"media_id": media_id}


def _item(call: Call, row: Row, *, bare: bool = False) -> dict[str, Any]:
    shown = []
    for index, one in enumerate(json.loads(row["articles"]), start=1):
        link = {"url": f"{call.base}/sandbox/drafts/{row['media_id']}?idx={index}"}
        rest = {k: v for k, v in one.items() if not (bare and k == "content")}
        thumb = {"thumb_url": _thumb_url(call, one)}
        shown.append({**rest, **link, **thumb})
    return {
        "news_item": shown,
        "create_time": int(row["created_at"]),
        "update_time": int(row["updated_at"]),
    }


def _thumb_url(call: Call, one: Mapping[str, Any]) -> str:
    thumb = one.get("thumb_media_id")
    return f"{call.base}{media.inner_url(thumb)}" if thumb else ""


@interface("POST", "/cgi-bin/draft/get", only="official", daily=10_000)
def get(call: Call) -> Answer:
    return _item(call, find(call.db, call.appid, call.body.get("media_id")))


@interface("POST", "/cgi-bin/draft/update", only="official", daily=1000)
def update(call: Call) -> Answer:
    """Replace one article of a draft."""
    row = find(call.db, call.appid, call.body.get("media_id"))
    kept = json.loads(row["articles"])
    index = call.number("index", 0)
    if not 0 <= index < len(kept):
        raise WeChatError(40114, "invalid index value")
    given = call.body.get("articles")
    kept[index] = article(call, given[0] if isinstance(given, list) and given else given)
    call.db.execute(
        "UPDATE drafts SET articles = ?, updated_at = ? WHERE media_id = ?",
        (dump(kept), call.now, row["media_id"]),
    )
    return OK


@interface("POST", "/cgi-bin/draft/delete", only="official", daily=1000)
def delete(call: Call) -> Answer:
    row = find(call.db, call.appid, call.body.get("media_id"))
    remove(call.db, row["media_id"])
    return OK


@interface("GET", "/cgi-bin/draft/count", only="official", daily=1000)
def count(call: Call) -> Answer:
    return {"total_count": _count(call)}


def _count(call: Call) -> int:
    row = call.db.execute(
        "SELECT count(*) AS n FROM drafts WHERE appid = ?", (call.appid,)
    ).fetchone()
    return int(row["n"])


def window(call: Call) -> tuple[int, int]:
    """Return offset and count of a batchget; raise 40097 unless count is 1 … 20."""
    offset, size = call.number("offset", 0), call.number("count", 20)
    if offset < 0 or not 1 <= size <= 20:
        raise WeChatError(40097)
    return offset, size


@interface("POST", "/cgi-bin/draft/batchget", only="official", daily=1000)
def batchget(call: Call) -> Answer:
    """List drafts, the newest first."""
    offset, size = window(call)
    rows = call.db.execute(
        "SELECT * FROM drafts WHERE appid = ? ORDER BY number DESC LIMIT ? OFFSET ?",
        (call.appid, size, offset),
    ).fetchall()
    bare = call.number("no_content", 0) == 1
    items = [
        {
            "media_id": row["media_id"],
            "content": _item(call, row, bare=bare),
            "update_time": int(row["updated_at"]),
        }
        for row in rows
    ]
    return {"total_count": _count(call), "item_count": len(items), "item": items}


def cards(row: Row) -> list[dict[str, Any]]:
    """Return a draft as cards on a phone that cannot be opened yet."""
    return articles.cards(row["articles"], "", draft=True)
