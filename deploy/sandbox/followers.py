"""Followers as the account sees them: lists, facts, remarks, blacklist (WECHAT §3.1)."""

from __future__ import annotations

import sqlite3
from typing import Any

from deploy.sandbox import people
from deploy.sandbox.custom import recipient
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.miniprogram import union
from deploy.sandbox.storage import Row

PAGE = 10_000
BATCH = 100
BLACKLIST_BATCH = 20


def paged(rows: list[Row], total: int) -> dict[str, Any]:
    """Return a list page; an empty one has no `data`."""
    if not rows:
        return {"total": total, "count": 0, "next_openid": ""}
    openids = [row["openid"] for row in rows]
    return {
        "total": total,
        "count": len(openids),
        "data": {"openid": openids},
        "next_openid": openids[-1],
    }


def position(call: Call, openid: object) -> int:
    """Return where a list goes on after an openid; 0 for none. Raise 40003."""
    if not openid:
        return 0
    row = people.identity(call.db, call.appid, openid)
    if row is None or row["follow_no"] is None:
        raise WeChatError(40003)
    return int(row["follow_no"])


@interface("GET", "/cgi-bin/user/get", only="official", need="certified", daily=500)
def get(call: Call) -> Answer:
    """List who follows, in the order of following, 10,000 a page."""
    after = position(call, call.query.get("next_openid"))
    rows = call.db.execute(
        "SELECT openid FROM identities WHERE appid = ? AND following = 1 AND follow_no > ?"
        " ORDER BY follow_no LIMIT ?",
        (call.appid, after, PAGE),
    ).fetchall()
    total = call.db.execute(
        "SELECT count(*) AS n FROM identities WHERE appid = ? AND following = 1", (call.appid,)
    ).fetchone()
    return paged(rows, total["n"])


def facts(call: Call, who: Row) -> dict[str, Any]:
    """Return what the platform still tells about a person; no nickname, no picture, no place."""
    together = union(call.db, call.account, who["openid"])
    if not who["following"]:
        return {"subscribe": 0, "openid": who["openid"], **together}
    person = people.find(call.db, who["follower_id"])
    tags = tag_ids(call.db, call.appid, who["openid"])
    return {
        "subscribe": 1,
        "openid": who["openid"],
        "sex": 0,
        "language": person["language"] if person is not None else "zh_CN",
        "city": "",
        "province": "",
        "country": "",
        "subscribe_time": who["subscribe_time"],
        **together,
        "remark": who["remark"],
        "groupid": tags[0] if tags else 0,
        "tagid_list": tags,
        "subscribe_scene": who["subscribe_scene"],
        "qr_scene": who["qr_scene"],
        "qr_scene_str": who["qr_scene_str"],
    }


def tag_ids(db: sqlite3.Connection, appid: str, openid: str) -> list[int]:
    rows = db.execute(
        "SELECT tag_id FROM taggings WHERE appid = ? AND openid = ? ORDER BY tag_id",
        (appid, openid),
    ).fetchall()
    return [row["tag_id"] for row in rows]


@interface("GET", "/cgi-bin/user/info", only="official", need="certified")
def info(call: Call) -> Answer:
    return facts(call, recipient(call, call.query.get("openid")))


@interface("POST", "/cgi-bin/user/info/batchget", only="official", need="certified")
def batchget(call: Call) -> Answer:
    wanted = call.list_of("user_list")
    if not wanted:
        raise WeChatError(40035)
    if len(wanted) > BATCH:
        raise WeChatError(40032)
    openids = [one.get("openid") if isinstance(one, dict) else None for one in wanted]
    return {"user_info_list": [facts(call, recipient(call, openid)) for openid in openids]}


@interface(
    "POST", "/cgi-bin/user/info/updateremark", only="official", need="certified", daily=10_000
)
def update_remark(call: Call) -> Answer:
    who = recipient(call, call.body.get("openid"))
    if not who["following"]:
        raise WeChatError(43004)
    remark = call.body.get("remark")
    if not isinstance(remark, str) or len(remark) >= 30:
        raise WeChatError(40097)
    call.db.execute("UPDATE identities SET remark = ? WHERE openid = ?", (remark, who["openid"]))
    return OK


@interface("POST", "/cgi-bin/tags/members/getblacklist", only="official", need="certified")
def blacklist(call: Call) -> Answer:
    after = position(call, call.body.get("begin_openid"))
    rows = call.db.execute(
        "SELECT openid FROM identities WHERE appid = ? AND blacklisted = 1"
        " AND coalesce(follow_no, 0) > ? ORDER BY follow_no LIMIT ?",
        (call.appid, after, PAGE),
    ).fetchall()
    total = call.db.execute(
        "SELECT count(*) AS n FROM identities WHERE appid = ? AND blacklisted = 1", (call.appid,)
    ).fetchone()
    return paged(rows, total["n"])


def _set_blacklisted(call: Call, value: int) -> Answer:
    openids = call.list_of("openid_list", 40031)
    if not openids:
        raise WeChatError(40031)
    if len(openids) > BLACKLIST_BATCH:
        raise WeChatError(40032)
    for openid in openids:
        who = recipient(call, openid)
        call.db.execute(
            "UPDATE identities SET blacklisted = ? WHERE openid = ?", (value, who["openid"])
        )
    return OK


@interface("POST", "/cgi-bin/tags/members/batchblacklist", only="official", need="certified")
def batch_blacklist(call: Call) -> Answer:
    return _set_blacklisted(call, 1)


@interface("POST", "/cgi-bin/tags/members/batchunblacklist", only="official", need="certified")
def batch_unblacklist(call: Call) -> Answer:
    return _set_blacklisted(call, 0)


@interface("POST", "/cgi-bin/changeopenid", only="official", need="certified")
def change_openid(call: Call) -> Answer:
    """Translate openids of another account of the same people."""
    old = call.text("from_appid", 40013)
    openids = call.list_of("openid_list", 40031)
    if len(openids) > BATCH:
        raise WeChatError(40032)
    results = []
    for openid in openids:
        known = people.identity(call.db, old, openid)
        new = people.identity_of(call.db, call.appid, known["follower_id"]) if known else None
        told = {"ori_openid": openid}
        if new is not None and new["following"]:
            results.append({**told, "new_openid": new["openid"], "err_msg": "ok"})
        else:
            results.append({**told, "err_msg": "ori_openid error"})
    return {**OK, "result_list": results}
