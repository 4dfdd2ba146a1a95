"""Content checks of mini-programs: text at once, media later (WECHAT §5.4, §5.5)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import requests

from deploy.sandbox import clock, ids, media, people
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.jobs import job, prepared
from deploy.sandbox.storage import Row

if TYPE_CHECKING:
    from deploy.sandbox.world import World

LONGEST = 2500  # characters
SEEN_WITHIN = 2 * clock.HOUR
RISKY = {  # a word decides, as a stand-in for the platform's model
    "加微信领红包": 10001,
    "敏感测试": 20001,
    "色情": 20002,
    "傻瓜蛋": 20003,
    "博彩": 20006,
    "诈骗教程": 20008,
    "低俗测试": 20012,
    "盗版": 20013,
}
REVIEW = {"待复核测试": 21000}
NOT_DOWNLOADED = -1008
PATIENCE = (2, 3)  # seconds to connect, to answer


def _verdict(text: str) -> tuple[str, int, str]:
    """Return suggest, label and the word that decided."""
    for words, suggest in ((RISKY, "risky"), (REVIEW, "review")):
        for word, label in words.items():
            if word in text:
                return suggest, label, word
    return "pass", 100, ""


def _visitor(call: Call) -> Row:
    """Return who wrote; raise 40003 for nobody, 43104 for another account's, 61010 if long ago."""
    openid = call.text("openid", 40003)
    who = people.identity(call.db, call.appid, openid)
    if who is None:
        row = call.db.execute("SELECT 1 FROM identities WHERE openid = ?", (openid,)).fetchone()
        raise WeChatError(43104 if row else 40003)
    if who["last_login"] is None or call.now - who["last_login"] > SEEN_WITHIN:
        raise WeChatError(61010)
    return who


def _scene(call: Call) -> None:
    if call.body.get("scene") not in (1, 2, 3, 4):
        raise WeChatError(40129)


@interface("POST", "/wxa/msg_sec_check", only="mini", daily=2_000_000)
def text(call: Call) -> Answer:
    """Check a text: version 2 with verdict and labels, version 1 with 87014."""
    content = call.body.get("content")
    if not isinstance(content, str) or not content:
        raise WeChatError(44002)
    if call.body.get("version") != 2:
        if _verdict(content)[0] == "risky":
            raise WeChatError(87014)
        return OK
    _scene(call)
    _visitor(call)
    if len(content) > LONGEST:
        raise WeChatError(45002)
    parts = [content, *(str(call.body.get(name) or "") for name in ("title", "nickname"))]
    suggest, label, word = _verdict("\n".join(parts))
    detail: list[dict[str, Any]] = [
        {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    ]
    if word:
        found = {"strategy": "keyword", "errcode": 0, "suggest": suggest, "label": label}
        detail.append({**found, "keyword": word, "level": 90})
    return {
        **OK,
        "trace_id": ids.trace_id(),
        "result": {"suggest": suggest, "label": label},
        "detail": detail,
    }


@interface("POST", "/wxa/media_check_async", only="mini", daily=200_000)
def medium(call: Call) -> Answer:
    """Take an address; the verdict comes to the callback as wxa_media_check."""
    url = call.text("media_url")
    if not url.startswith(("http://", "https://")) or call.body.get("media_type") not in (1, 2):
        raise WeChatError(40097)
    if call.body.get("version") != 2:
        raise WeChatError(45109, "this version is not supported any more")
    _scene(call)
    who = _visitor(call)
    trace_id = ids.trace_id()
    detail = {"appid": call.appid, "openid": who["openid"], "url": url, "trace_id": trace_id}
    call.world.jobs.plan(call.db, "media_check", detail, after=call.account.job_seconds)
    return {**OK, "trace_id": trace_id}


def _reachable(url: str) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        with session, session.get(url, timeout=PATIENCE, stream=True) as answer:
            return answer.status_code == 200
    except requests.RequestException:
        return False


@prepared("media_check")
def _look(detail: dict[str, Any]) -> dict[str, Any]:
    return {**detail, "reachable": _reachable(detail["url"])}


@job("media_check")
def _finish(world: World, db: sqlite3.Connection, detail: dict[str, Any]) -> None:
    account = world.accounts.get(detail["appid"])
    if account is None:
        return
    errcode = 0 if detail["reachable"] else NOT_DOWNLOADED
    risky = "risky" in detail["url"]
    suggest, label = ("risky", 20002) if risky else ("pass", 100)
    found: dict[str, Any] = {"strategy": "content_model", "errcode": errcode}
    if not errcode:
        found |= {"suggest": suggest, "label": label, "prob": 90}
    event: dict[str, Any] = {
        "MsgType": "event",
        "Event": "wxa_media_check",
        "appid": account.appid,
        "trace_id": detail["trace_id"],
        "version": 2,
        "detail": [found] if account.format == "json" else found,
        "errcode": errcode,
        "errmsg": "ok" if not errcode else "download failed",
    }
    if not errcode:
        event["result"] = {"suggest": suggest, "label": label}
    world.pusher.push(db, account, detail["openid"], event)


@interface("POST", "/wxa/img_sec_check", only="mini", body="form")
def picture(call: Call) -> Answer:
    """Check a small picture at once (legacy): one named …risky… is refused."""
    upload = call.files.get("media")
    if upload is None:
        raise WeChatError(41005)
    content = upload.read()
    if len(content) > media.MB:
        raise WeChatError(40006)
    media.picture_type(content)
    if "risky" in (upload.filename or ""):
        raise WeChatError(87014)
    return OK
