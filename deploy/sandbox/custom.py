"""Customer-service messages and the typing state (WECHAT §4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from deploy.sandbox import articles, media, people, timeline, windows
from deploy.sandbox import clock as clocks
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.storage import Row

MAX_TEXT = 2048  # bytes
MINI_KINDS = {"text", "image", "link", "miniprogrampage"}
TYPING_NEEDS = 30  # seconds since the person did something
Shown = tuple[str, dict[str, Any]]


def recipient(call: Call, openid: object) -> Row:
    """Return who an openid is here; raise 40003."""
    who = people.identity(call.db, call.appid, openid)
    if who is None:
        raise WeChatError(40003)
    return who


def clipped(value: object) -> str:
    return value if isinstance(value, str) else ""


def text(_call: Call, part: Mapping[str, Any]) -> Shown:
    content = part.get("content")
    if not isinstance(content, str) or not content:
        raise WeChatError(44004)
    if len(content.encode()) > MAX_TEXT:
        raise WeChatError(45002)
    return "text", {"content": content}


def medium(kind: str) -> Callable[[Call, Mapping[str, Any]], Shown]:
    def read(call: Call, part: Mapping[str, Any]) -> Shown:
        row = media.find(call.db, call.appid, part.get("media_id"), call.now)
        if row is None or row["type"] != kind:
            raise WeChatError(40007)
        shown = {"media_id": row["media_id"], "url": media.inner_url(row["media_id"])}
        if kind == "video":
            shown["title"] = clipped(part.get("title"))
            shown["description"] = clipped(part.get("description"))
        return kind, shown

    return read


def music(_call: Call, part: Mapping[str, Any]) -> Shown:
    names = {"title": "title", "description": "description", "url": "musicurl"}
    return "music", {name: clipped(part.get(key)) for name, key in names.items()}


def news(_call: Call, part: Mapping[str, Any]) -> Shown:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles:
        raise WeChatError(44003)
    if len(articles) != 1 or not isinstance(articles[0], dict):
        raise WeChatError(45008)
    names = ("title", "description", "url", "picurl")
    return "news", {"articles": [{name: clipped(articles[0].get(name)) for name in names}]}


def article(call: Call, part: Mapping[str, Any]) -> Shown:
    row = call.db.execute(
        "SELECT * FROM publishes WHERE article_id = ? AND appid = ? AND status = 0",
        (str(part.get("article_id")), call.appid),
    ).fetchone()
    if row is None:
        raise WeChatError(53600)
    return "news", {"articles": articles.cards(row["articles"], row["base"], row["article_id"])}


def menu(_call: Call, part: Mapping[str, Any]) -> Shown:
    options = part.get("list")
    if not isinstance(options, list) or not options:
        raise WeChatError(40097)
    if not all(isinstance(o, dict) and o.get("id") and o.get("content") for o in options):
        raise WeChatError(40097)
    return "menu", {
        "head": clipped(part.get("head_content")),
        "list": [{"id": str(o["id"]), "content": str(o["content"])} for o in options],
        "tail": clipped(part.get("tail_content")),
    }


def card(call: Call, part: Mapping[str, Any]) -> Shown:
    thumb = media.find(call.db, call.appid, part.get("thumb_media_id"), call.now)
    if thumb is None:
        raise WeChatError(40007)
    path, title = clipped(part.get("pagepath")), clipped(part.get("title"))
    if not path or not title:
        raise WeChatError(40097)
    appid = clipped(part.get("appid")) or (call.appid if not call.account.official else "")
    if call.account.official and appid not in call.account.linked_mini:
        raise WeChatError(45064)
    return "miniprogrampage", {
        "title": title,
        "appid": appid,
        "pagepath": path,
        "thumb_url": media.inner_url(thumb["media_id"]),
    }


def link(_call: Call, part: Mapping[str, Any]) -> Shown:
    names = {"title": "title", "description": "description", "url": "url", "picurl": "thumb_url"}
    return "news", {"articles": [{name: clipped(part.get(key)) for name, key in names.items()}]}


def voucher(_call: Call, part: Mapping[str, Any]) -> Shown:
    return "notice", {"title": "卡券", "fields": [], "card_id": clipped(part.get("card_id"))}


READERS: dict[str, Callable[[Call, Mapping[str, Any]], Shown]] = {
    "text": text,
    "image": medium("image"),
    "voice": medium("voice"),
    "video": medium("video"),
    "music": music,
    "news": news,
    "mpnewsarticle": article,
    "msgmenu": menu,
    "miniprogrampage": card,
    "link": link,
    "wxcard": voucher,
}


def _reader(call: Call) -> tuple[str, Callable[[Call, Mapping[str, Any]], Shown]]:
    kind = str(call.body.get("msgtype", ""))
    fits = kind != "link" if call.account.official else kind in MINI_KINDS
    if kind not in READERS or not fits:
        raise WeChatError(40008)
    return kind, READERS[kind]


@interface("POST", "/cgi-bin/message/custom/send", need="certified")
def send(call: Call) -> Answer:
    """Write to one person inside an open window."""
    who = recipient(call, call.body.get("touser"))
    kind, reader = _reader(call)
    part = call.part(kind)
    if call.account.official and not who["following"]:
        raise WeChatError(45015)
    shown_kind, content = reader(call, part)
    windows.spend(call.db, who["openid"], call.now)
    if (service := call.body.get("customservice")) and isinstance(service, dict):
        content["kf_account"] = clipped(service.get("kf_account"))
    context = call.body.get("aimsgcontext")
    if isinstance(context, dict) and context.get("is_ai_msg") == 1:
        content["ai"] = True
    timeline.add(
        call.db, appid=call.appid, follower_id=who["follower_id"], at=call.now, origin="account",
        channel="customer", kind=shown_kind, content=content,
    )  # fmt: skip
    return OK


@interface("POST", "/cgi-bin/message/custom/typing", need="certified")
def typing(call: Call) -> Answer:
    """Show or hide 「对方正在输入」; only shortly after the person did something."""
    who = recipient(call, call.body.get("touser"))
    command = call.body.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise WeChatError(45072)
    name = f"typing:{who['openid']}"
    db = call.db
    latest = db.execute(
        "SELECT max(opened_at) AS at FROM windows WHERE openid = ?", (who["openid"],)
    ).fetchone()
    if latest["at"] is None or call.now - latest["at"] > TYPING_NEEDS:
        raise WeChatError(45080)
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    showing = row is not None and float(row["value"]) > call.now
    if command == "Typing" and showing:
        raise WeChatError(45081)
    until = call.now + clocks.MINUTE / 4 if command == "Typing" else 0
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(until)))
    return OK
