"""Publishing drafts to permanent links: accepted at once, finished later (WECHAT §4.6)."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from deploy.sandbox import articles, drafts, ids
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.jobs import job
from deploy.sandbox.storage import Row, dump

if TYPE_CHECKING:
    from deploy.sandbox.world import World

DONE, UNDER_WAY, DELETED = 0, 1, 5
FIRST_ID = 100_000_000


def make(call: Call, draft: Row, status: int) -> int:
    """Turn a draft into a published article list; return the publish_id. The draft goes."""
    row = call.db.execute("SELECT max(publish_id) AS last FROM publishes").fetchone()
    publish_id = max(FIRST_ID, row["last"] or 0) + 1
    call.db.execute(
        "INSERT INTO publishes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            publish_id, call.appid, ids.article_id(), call.base, status, "[]", call.now,
            draft["articles"],
        ),
    )  # fmt: skip
    drafts.remove(call.db, draft["media_id"])
    return int(publish_id)


@interface("POST", "/cgi-bin/freepublish/submit", only="official", need="certified", daily=100)
def submit(call: Call) -> Answer:
    draft = drafts.find(call.db, call.appid, call.body.get("media_id"))
    publish_id = make(call, draft, UNDER_WAY)
    detail = {"publish_id": publish_id}
    call.world.jobs.plan(call.db, "publish", detail, after=call.account.job_seconds)
    return {**OK, "publish_id": str(publish_id), "msg_data_id": str(2_247_000_000 + publish_id)}


@job("publish")
def _finish(world: World, db: sqlite3.Connection, detail: dict[str, Any]) -> None:
    row = db.execute(
        "SELECT * FROM publishes WHERE publish_id = ?", (detail["publish_id"],)
    ).fetchone()
    account = world.accounts.get(row["appid"]) if row is not None else None
    if row is None or account is None:
        return
    status = account.publish_status
    count = len(json.loads(row["articles"]))
    failed = list(range(1, count + 1)) if status else []
    db.execute(
        "UPDATE publishes SET status = ?, fail_idx = ? WHERE publish_id = ?",
        (status, dump(failed), row["publish_id"]),
    )
    info: dict[str, Any] = {"publish_id": row["publish_id"], "publish_status": status}
    if status == DONE:
        info["article_id"] = row["article_id"]
        info["article_detail"] = {"count": count, "item": _links(row)}
    elif failed:
        info["fail_idx"] = failed
    event = {"MsgType": "event", "Event": "PUBLISHJOBFINISH", "PublishEventInfo": info}
    world.pusher.push(db, account, "oPublishSystem", event)


def _links(row: Row) -> list[dict[str, Any]]:
    count = len(json.loads(row["articles"]))
    return [
        {"idx": n, "article_url": articles.url(row["base"], row["article_id"], n)}
        for n in range(1, count + 1)
    ]


@interface("POST", "/cgi-bin/freepublish/get", only="official", need="certified")
def get(call: Call) -> Answer:
    wanted = str(call.body.get("publish_id", ""))
    row = call.db.execute(
        "SELECT * FROM publishes WHERE publish_id = ? AND appid = ?", (wanted, call.appid)
    ).fetchone()
    if row is None or not wanted.isdigit():
        raise WeChatError(53502)
    told: dict[str, Any] = {"publish_id": wanted, "publish_status": row["status"]}
    if row["status"] == DONE:
        told["article_id"] = row["article_id"]
        links = _links(row)
        told["article_detail"] = {"count": len(links), "item": links}
    return {**told, "fail_idx": json.loads(row["fail_idx"])}


def _article(call: Call) -> Row:
    row: Row | None = call.db.execute(
        "SELECT * FROM publishes WHERE article_id = ? AND appid = ? AND status = 0",
        (str(call.body.get("article_id")), call.appid),
    ).fetchone()
    if row is None:
        raise WeChatError(53600)
    return row


def _shown(row: Row, *, bare: bool = False) -> dict[str, Any]:
    listed = []
    for index, one in enumerate(json.loads(row["articles"]), start=1):
        rest = {k: v for k, v in one.items() if not (bare and k == "content")}
        link = articles.url(row["base"], row["article_id"], index)
        listed.append({**rest, "url": link, "is_deleted": bool(one.get("is_deleted"))})
    return {"news_item": listed, "create_time": int(row["at"]), "update_time": int(row["at"])}


@interface("POST", "/cgi-bin/freepublish/getarticle", only="official", need="certified")
def get_article(call: Call) -> Answer:
    return {"news_item": _shown(_article(call))["news_item"]}


@interface("POST", "/cgi-bin/freepublish/delete", only="official", need="certified", daily=10)
def delete(call: Call) -> Answer:
    """Delete article `index` (from 1), or all without one."""
    row, index = _article(call), call.number("index", 0)
    kept = json.loads(row["articles"])
    if not 0 <= index <= len(kept):
        raise WeChatError(40097)
    for number, one in enumerate(kept, start=1):
        if index in (0, number):
            one.update(is_deleted=True, content="<p>该内容已被发布者删除</p>")
    status = DELETED if all(one.get("is_deleted") for one in kept) else DONE
    call.db.execute(
        "UPDATE publishes SET articles = ?, status = ? WHERE publish_id = ?",
        (dump(kept), status, row["publish_id"]),
    )
    return OK


@interface("POST", "/cgi-bin/freepublish/batchget", only="official", need="certified")
def batchget(call: Call) -> Answer:
    offset, size = drafts.window(call)
    total = call.db.execute(
        "SELECT count(*) AS n FROM publishes WHERE appid = ? AND status = 0",
        (call.appid,),
    ).fetchone()
    rows = call.db.execute(
        "SELECT * FROM publishes WHERE appid = ? AND status = 0"
        " ORDER BY publish_id DESC LIMIT ? OFFSET ?",
        (call.appid, size, offset),
    ).fetchall()
    bare = call.number("no_content", 0) == 1
    items = [
        {
            "article_id": row["article_id"],
            "content": _shown(row, bare=bare),
            "update_time": int(row["at"]),
        }
        for row in rows
    ]
    return {"total_count": total["n"], "item_count": len(items), "item": items}
