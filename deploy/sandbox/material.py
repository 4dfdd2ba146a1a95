"""The permanent material library (WECHAT §4.7)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from deploy.sandbox import media
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import Answer, Call, interface
from deploy.sandbox.storage import Row

COUNTED = {"voice": "voice_count", "video": "video_count", "image": "image_count"}


def _description(call: Call) -> tuple[str, str]:
    """Return title and introduction of a video: JSON in the form field `description`."""
    try:
        told = json.loads(call.form.get("description", ""))
    except ValueError as error:
        raise WeChatError(47001) from error
    if not isinstance(told, dict) or not told.get("title"):
        raise WeChatError(40097)
    return str(told["title"]), str(told.get("introduction", ""))


@interface("POST", "/cgi-bin/material/add_material", only="official", body="form", daily=5000)
def add(call: Call) -> Answer:
    kind = call.query.get("type", call.form.get("type", ""))
    what = media.checked(call, kind)
    if kind == "video":
        title, introduction = _description(call)
        what = replace(what, title=title, introduction=introduction)
    row = call.db.execute(
        "SELECT count(*) AS n FROM media WHERE appid = ? AND permanent = 1 AND type = ?",
        (call.appid, kind),
    ).fetchone()
    if row["n"] >= media.LIBRARY[kind]:
        raise WeChatError(45091, "material count out of limit")
    made = media.keep(call.db, call.appid, what, now=call.now, permanent=True, base=call.base)
    picture = kind in ("image", "thumb")
    return {"media_id": made["media_id"], **({"url": made["url"]} if picture else {}), "item": []}


def _found(call: Call) -> Row:
    row = media.find(call.db, call.appid, call.text("media_id", 40007), None, permanent=True)
    if row is None or row["type"] == "body":
        raise WeChatError(40007)
    return row


@interface("POST", "/cgi-bin/material/get_material", only="official", daily=10_000)
def get(call: Call) -> Answer:
    row = _found(call)
    if row["type"] == "video":
        url = f"{call.base}{media.inner_url(row['media_id'])}"
        return {"title": row["title"], "description": row["introduction"], "down_url": url}
    return media.binary(row)


@interface("POST", "/cgi-bin/material/del_material", only="official", daily=1000)
def delete(call: Call) -> Answer:
    return media.remove(call.db, call.appid, _found(call)["media_id"])


@interface("GET", "/cgi-bin/material/get_materialcount", only="official", daily=5000)
def count(call: Call) -> Answer:
    rows = call.db.execute(
        "SELECT type, count(*) AS n FROM media WHERE appid = ? AND permanent = 1 GROUP BY type",
        (call.appid,),
    ).fetchall()
    found = {row["type"]: row["n"] for row in rows}
    told = {name: found.get(kind, 0) for kind, name in COUNTED.items()}
    return {**told, "news_count": 0}


@interface("POST", "/cgi-bin/material/batchget_material", only="official", daily=5000)
def batchget(call: Call) -> Answer:
    kind, offset, size = (
        call.text("type", 40004),
        call.number("offset", 0),
        call.number("count", 20),
    )
    if kind not in (*COUNTED, "news"):
        raise WeChatError(40004)
    if offset < 0 or not 1 <= size <= 20:
        raise WeChatError(40097)
    values: tuple[Any, ...] = (call.appid, kind)
    where = "FROM media WHERE appid = ? AND type = ? AND permanent = 1"
    total = call.db.execute(f"SELECT count(*) AS n {where}", values).fetchone()
    rows = call.db.execute(
        f"SELECT * {where} ORDER BY created_at DESC, media_id LIMIT ? OFFSET ?",
        (*values, size, offset),
    ).fetchall()
    items = [
        {
            "media_id": row["media_id"],
            "name": row["title"] or row["name"],
            "update_time": int(row["created_at"]),
            "url": row["url"],
        }
        for row in rows
    ]
    return {"total_count": total["n"], "item_count": len(items), "item": items}
