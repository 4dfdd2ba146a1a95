"""Articles as cards on the phone and as pages one can open."""

from __future__ import annotations

import html
import json
from typing import Any

from flask import Response

from deploy.sandbox import media
from deploy.sandbox.storage import Store

PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>
<style>
body{{margin:0 auto;max-width:42rem;padding:1.25rem;background:#fff;color:#1b1b1b;
font:18px/1.75 system-ui,"Noto Sans CJK SC",sans-serif}}
h1{{font-size:1.5rem;line-height:1.4}}p.by{{color:#595959}}
img{{max-width:100%;height:auto}}a{{color:#2f5d8a}}
</style>
<h1>{title}</h1><p class="by">{author}</p>{content}</html>"""


def url(base: str, article_id: str, index: int) -> str:
    """Return the permanent address; the platform's own would be at mp.weixin.qq.com."""
    return f"{base}/s/{article_id}" + (f"?idx={index}" if index > 1 else "")


def cards(
    articles_json: str, base: str, article_id: str = "", *, draft: bool = False
) -> list[dict[str, Any]]:
    """Return the cards of an article list; `base` is empty when there is no page to open."""
    found = []
    for index, one in enumerate(json.loads(articles_json), start=1):
        thumb = one.get("thumb_media_id") or _first_image(one)
        link = "" if draft or not article_id else url(base, article_id, index)
        found.append(
            {
                "title": one["title"],
                "description": one.get("digest", ""),
                "url": one.get("url") or link,
                "picurl": media.inner_url(thumb) if thumb else "",
            }
        )
    return found


def _first_image(one: dict[str, Any]) -> str:
    images = one.get("image_info", {}).get("image_list", [])
    return str(images[0].get("image_media_id", "")) if images else ""


def page(store: Store, article_id: str, index: int) -> Response:
    """Return a published article as a page."""
    with store.read() as db:
        row = db.execute(
            "SELECT articles, status FROM publishes WHERE article_id = ?", (article_id,)
        ).fetchone()
    shown = json.loads(row["articles"]) if row is not None and row["status"] == 0 else []
    if not 1 <= index <= len(shown):
        gone = PAGE.format(title="该内容已被发布者删除", author="", content="")
        return Response(gone, 404, mimetype="text/html")
    one = shown[index - 1]
    return Response(
        PAGE.format(
            title=html.escape(one["title"]),
            author=html.escape(one.get("author", "")),
            content=one["content"],  # its scripts went when the draft came in
        ),
        mimetype="text/html",
        headers={"Content-Security-Policy": "script-src 'none'; object-src 'none'"},
    )
