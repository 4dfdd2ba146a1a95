"""Follower tags and their limits (WECHAT §3.2)."""

from __future__ import annotations

import sqlite3

from deploy.sandbox import people
from deploy.sandbox.custom import recipient
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.followers import PAGE, paged, position, tag_ids
from deploy.sandbox.interfaces import OK, Answer, Call, interface

MAX_TAGS, MAX_PER_PERSON, BATCH, MAX_BYTES = 100, 20, 50, 30
FIRST_ID = 100
RESERVED = (0, 1, 2)
TOO_MANY_FANS = 100_000


def _name(call: Call) -> str:
    name = call.part("tag").get("name")
    if not isinstance(name, str) or not name:
        raise WeChatError(45157)
    if len(name.encode()) > MAX_BYTES:
        raise WeChatError(45158)
    return name


def _unique(db: sqlite3.Connection, appid: str, name: str, besides: int = 0) -> None:
    row = db.execute(
        "SELECT 1 FROM tags WHERE appid = ? AND name = ? AND id <> ?", (appid, name, besides)
    ).fetchone()
    if row:
        raise WeChatError(45157)


def _known(call: Call, value: object) -> int:
    """Return an existing tag's id; raise 45159."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdigit():
        raise WeChatError(45159)
    row = call.db.execute(
        "SELECT id FROM tags WHERE appid = ? AND id = ?", (call.appid, int(value))
    ).fetchone()
    if row is None and int(value) not in RESERVED:
        raise WeChatError(45159)
    return int(value)


def _changeable(call: Call) -> int:
    tag_id = _known(call, call.part("tag").get("id"))
    if tag_id in RESERVED:
        raise WeChatError(45058)
    return tag_id


@interface("POST", "/cgi-bin/tags/create", only="official", need="certified", daily=1000)
def create(call: Call) -> Answer:
    name = _name(call)
    _unique(call.db, call.appid, name)
    row = call.db.execute(
        "SELECT count(*) AS n, max(id) AS last FROM tags WHERE appid = ?", (call.appid,)
    ).fetchone()
    if row["n"] >= MAX_TAGS:
        raise WeChatError(45056)
    tag_id = max(FIRST_ID, (row["last"] or 0) + 1)
    call.db.execute("INSERT INTO tags VALUES (?, ?, ?)", (call.appid, tag_id, name))
    return {"tag": {"id": tag_id, "name": name}}


@interface("GET", "/cgi-bin/tags/get", only="official", need="certified", daily=1000)
def get(call: Call) -> Answer:
    rows = call.db.execute(
        "SELECT id, name, (SELECT count(*) FROM taggings WHERE taggings.appid = tags.appid"
        " AND tag_id = tags.id) AS count FROM tags WHERE appid = ? ORDER BY id",
        (call.appid,),
    ).fetchall()
    return {"tags": [{"id": r["id"], "name": r["name"], "count": r["count"]} for r in rows]}


@interface("POST", "/cgi-bin/tags/update", only="official", need="certified", daily=1000)
def update(call: Call) -> Answer:
    tag_id, name = _changeable(call), _name(call)
    _unique(call.db, call.appid, name, tag_id)
    call.db.execute(
        "UPDATE tags SET name = ? WHERE appid = ? AND id = ?", (name, call.appid, tag_id)
    )
    return OK


@interface("POST", "/cgi-bin/tags/delete", only="official", need="certified", daily=1000)
def delete(call: Call) -> Answer:
    tag_id = _changeable(call)
    fans = call.db.execute(
        "SELECT count(*) AS n FROM taggings WHERE appid = ? AND tag_id = ?", (call.appid, tag_id)
    ).fetchone()
    if fans["n"] > TOO_MANY_FANS:
        raise WeChatError(45057)
    call.db.execute("DELETE FROM taggings WHERE appid = ? AND tag_id = ?", (call.appid, tag_id))
    call.db.execute("DELETE FROM tags WHERE appid = ? AND id = ?", (call.appid, tag_id))
    return OK


@interface("POST", "/cgi-bin/user/tag/get", only="official", need="certified")
def members(call: Call) -> Answer:
    """List who carries a tag, 10,000 a page."""
    tag_id = _known(call, call.body.get("tagid"))
    after = position(call, call.body.get("next_openid"))
    rows = call.db.execute(
        "SELECT identities.openid FROM identities JOIN taggings USING (appid, openid)"
        " WHERE identities.appid = ? AND tag_id = ? AND follow_no > ? ORDER BY follow_no LIMIT ?",
        (call.appid, tag_id, after, PAGE),
    ).fetchall()
    page = paged(rows, 0)
    del page["total"]
    return page


def _batch(call: Call) -> tuple[int, list[str]]:
    openids = call.list_of("openid_list", 40031)
    if not openids:
        raise WeChatError(40031)
    if len(openids) > BATCH:
        raise WeChatError(40032)
    tag_id = _known(call, call.body.get("tagid"))
    for openid in openids:
        who = people.identity(call.db, call.appid, openid)
        if who is None:
            raise WeChatError(49003 if _elsewhere(call, openid) else 40003)
        if not who["following"]:
            raise WeChatError(43004)
    return tag_id, openids


def _elsewhere(call: Call, openid: object) -> bool:
    row = call.db.execute("SELECT 1 FROM identities WHERE openid = ?", (str(openid),)).fetchone()
    return row is not None


@interface("POST", "/cgi-bin/tags/members/batchtagging", only="official", need="certified")
def batch_tagging(call: Call) -> Answer:
    """Tag up to fifty people; refused as a whole when one of them has twenty tags."""
    tag_id, openids = _batch(call)
    for openid in openids:
        carried = tag_ids(call.db, call.appid, openid)
        if tag_id not in carried and len(carried) >= MAX_PER_PERSON:
            raise WeChatError(45059)
        call.db.execute(
            "INSERT OR IGNORE INTO taggings VALUES (?, ?, ?)", (call.appid, tag_id, openid)
        )
    return OK


@interface("POST", "/cgi-bin/tags/members/batchuntagging", only="official", need="certified")
def batch_untagging(call: Call) -> Answer:
    tag_id, openids = _batch(call)
    call.db.executemany(
        "DELETE FROM taggings WHERE appid = ? AND tag_id = ? AND openid = ?",
        [(call.appid, tag_id, openid) for openid in openids],
    )
    return OK


@interface("POST", "/cgi-bin/tags/getidlist", only="official", need="certified")
def id_list(call: Call) -> Answer:
    who = recipient(call, call.body.get("openid"))
    return {"tagid_list": tag_ids(call.db, call.appid, who["openid"])}
