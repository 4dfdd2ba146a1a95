"""Template messages and subscription messages (WECHAT §4.2–4.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.sandbox import consents, fields, ids, timeline
from deploy.sandbox.clock import DAY, MINUTE
from deploy.sandbox.custom import clipped, recipient
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.jobs import job
from deploy.sandbox.storage import Row

if TYPE_CHECKING:
    from deploy.sandbox.world import World

ONCE = 10 * MINUTE  # client_msg_id
MAX_TEMPLATES = 25
RECEIPT_AFTER = 1.0  # seconds
FESTIVE = (
    "节日快乐", "新年快乐", "春节快乐", "中秋快乐", "恭喜发财", "恭贺", "祝您", "祝你", "阖家幸福",
    "大促", "优惠券", "限时抢购",
)  # fmt: skip


def _receipt_after(call: Call) -> float:
    return min(RECEIPT_AFTER, call.account.job_seconds)


def _template(call: Call) -> Mapping[str, Any]:
    found = call.account.templates.get(str(call.body.get("template_id")))
    if not isinstance(found, Mapping):
        raise WeChatError(40037)
    return found


def _jump(call: Call) -> dict[str, Any]:
    jump: dict[str, Any] = {}
    mini = call.body.get("miniprogram")
    if isinstance(mini, dict) and mini.get("appid"):
        if mini["appid"] not in call.account.linked_mini:
            raise WeChatError(40013)
        path = clipped(mini.get("pagepath")) or clipped(mini.get("path"))
        jump["miniprogram"] = {"appid": str(mini["appid"]), "pagepath": path}
    if url := clipped(call.body.get("url")):
        jump["url"] = url
    return jump


def _notice(call: Call, template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    labels = template.get("fields", {})
    return {
        "title": template.get("title", ""),
        "template_id": call.body["template_id"],
        "fields": [
            {"name": name, "label": labels.get(name, name), "value": value}
            for name, value in values.items()
        ],
    }


def _show(call: Call, who: Row, channel: str, content: Mapping[str, Any], **more: str) -> None:
    timeline.add(
        call.db, appid=call.appid, follower_id=who["follower_id"], at=call.now, origin="account",
        channel=channel, kind="notice", content=content, **more,
    )  # fmt: skip


@interface("POST", "/cgi-bin/message/template/send", only="official", need="service", daily=100_000)
def send(call: Call) -> Answer:
    """Send a template message; whether it arrived is told by TEMPLATESENDJOBFINISH."""
    who = recipient(call, call.body.get("touser"))
    template = _template(call)
    if not who["following"]:
        raise WeChatError(43004)
    if who["blacklisted"]:
        raise WeChatError(43019)
    values = fields.checked(call.part("data", 47003), template, empty=40250)
    if any(word in value for word in FESTIVE for value in values.values()):
        raise WeChatError(40249)
    jump = _jump(call)
    once = str(call.body.get("client_msg_id") or "")
    if once and (before := _sent_before(call.db, who["openid"], once, call.now)):
        return {**OK, "msgid": before}
    msgid = ids.message_id()
    if once:
        row = (who["openid"], once, call.now, msgid)
        call.db.execute("INSERT OR REPLACE INTO sent_once VALUES (?, ?, ?, ?)", row)
    status = "failed:user block" if who["refuses"] else "success"
    if not who["refuses"]:
        _show(call, who, "template", {**_notice(call, template, values), **jump})
    detail = {"appid": call.appid, "openid": who["openid"], "msgid": msgid, "status": status}
    call.world.jobs.plan(call.db, "template_receipt", detail, after=_receipt_after(call))
    return {**OK, "msgid": msgid}


def _sent_before(db: sqlite3.Connection, openid: str, once: str, now: float) -> int | None:
    db.execute("DELETE FROM sent_once WHERE at < ?", (now - DAY,))
    row = db.execute(
        "SELECT msgid FROM sent_once WHERE openid = ? AND client_id = ? AND at > ?",
        (openid, once, now - ONCE),
    ).fetchone()
    return int(row["msgid"]) if row else None


@job("template_receipt")
def _template_receipt(world: World, db: sqlite3.Connection, detail: dict[str, Any]) -> None:
    account = world.accounts.get(detail["appid"])
    if account is not None:
        event = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH"}
        told = {"MsgID": detail["msgid"], "Status": detail["status"]}
        world.pusher.push(db, account, detail["openid"], {**event, **told})


def _subscription(call: Call, content: Mapping[str, Any]) -> int:
    """Deliver a subscription message against a consent; return its number."""
    who = recipient(call, call.body.get("touser"))
    template = _template(call)
    values = fields.checked(call.part("data", 47003), template, empty=47003)
    consents.spend(call.db, who["openid"], str(call.body["template_id"]))
    msgid = ids.message_id()
    _show(call, who, "subscription", {**_notice(call, template, values), **content})
    if call.account.sent_events:
        entry = {
            "TemplateId": call.body["template_id"],
            "MsgID": msgid,
            "ErrorCode": 0,
            "ErrorStatus": "success",
        }
        detail = {"appid": call.appid, "openid": who["openid"], "entry": entry}
        call.world.jobs.plan(call.db, "subscription_receipt", detail, after=_receipt_after(call))
    return msgid


@job("subscription_receipt")
def _subscription_receipt(world: World, db: sqlite3.Connection, detail: dict[str, Any]) -> None:
    account = world.accounts.get(detail["appid"])
    if account is not None:
        name = "subscribe_msg_sent_event"
        event = {"MsgType": "event", "Event": name}
        told = consents.event(account, name, [detail["entry"]])
        world.pusher.push(db, account, detail["openid"], {**event, **told})


@interface("POST", "/cgi-bin/message/subscribe/send", only="mini")
def subscribe_send(call: Call) -> Answer:
    """Send a mini-program subscription message."""
    if call.body.get("miniprogram_state", "formal") not in ("developer", "trial", "formal"):
        raise WeChatError(47003, "argument invalid! miniprogram_state")
    page = clipped(call.body.get("page"))
    known_page(call, page)
    jump = {"miniprogram": {"appid": call.appid, "pagepath": page}} if page else {}
    msgid = _subscription(call, jump)
    return {**OK, "msgid": msgid}


def known_page(call: Call, page: str) -> None:
    """Raise 41030 for a page the account's setting `pages` does not list."""
    pages = call.account.pages
    if page and pages is not None and page.partition("?")[0].lstrip("/") not in pages:
        raise WeChatError(41030)


@interface("POST", "/cgi-bin/message/subscribe/bizsend", only="official", need="certified")
def bizsend(call: Call) -> Answer:
    """Send a subscription notice of an official account."""
    jump = _jump(call)
    if page := clipped(call.body.get("page")):
        jump["url"] = page
    _subscription(call, jump)
    return OK


@interface("GET", "/cgi-bin/template/get_all_private_template", only="official", need="service")
def private_templates(call: Call) -> Answer:
    return {
        "template_list": [
            {
                "template_id": template_id,
                "title": one.get("title", ""),
                "primary_industry": "政府与公共事业",
                "deputy_industry": "公共事业|非盈利机构",
                "content": _lines(one),
                "example": "",
            }
            for template_id, one in call.account.templates.items()
        ]
    }


def _lines(template: Mapping[str, Any]) -> str:
    labels = template.get("fields", {})
    return "\n".join(f"{label}:{{{{{name}.DATA}}}}" for name, label in labels.items())


def change_templates(call: Call, templates: Mapping[str, Any]) -> None:
    call.world.accounts.put(call.db, call.appid, {"templates": templates})


@interface("POST", "/cgi-bin/template/api_add_template", only="official", need="service")
def add_template(call: Call) -> Answer:
    """Add a template of the library: its keywords become the labels of its fields."""
    short = call.text("template_id_short", 40037)
    if len(call.account.templates) >= MAX_TEMPLATES:
        raise WeChatError(45026)
    words = [str(one) for one in call.body.get("keyword_name_list") or ["事项"]]
    made = {"title": short, "fields": {f"thing{n}": word for n, word in enumerate(words, 1)}}
    template_id = ids.media_id()[:43]
    change_templates(call, {**call.account.templates, template_id: made})
    return {**OK, "template_id": template_id}


@interface("POST", "/cgi-bin/template/del_private_template", only="official", need="service")
def delete_template(call: Call) -> Answer:
    wanted = call.text("template_id", 40037)
    if wanted not in call.account.templates:
        raise WeChatError(40037)
    left = {name: one for name, one in call.account.templates.items() if name != wanted}
    change_templates(call, left)
    return OK


@interface("GET", "/cgi-bin/template/get_industry", only="official", need="service")
def industry(_call: Call) -> Answer:
    return {
        "primary_industry": {"first_class": "政府与公共事业", "second_class": "公共事业"},
        "secondary_industry": {"first_class": "政府与公共事业", "second_class": "非盈利机构"},
    }


@interface("POST", "/cgi-bin/template/api_set_industry", only="official", need="service")
def set_industry(call: Call) -> Answer:
    """Accept one change a month."""
    row = call.db.execute(
        "SELECT value FROM meta WHERE name = ?", (f"industry:{call.appid}",)
    ).fetchone()
    if row is not None and call.now - float(row["value"]) < 30 * DAY:
        raise WeChatError(43100, "change template too frequently")
    call.text("industry_id1")
    call.text("industry_id2")
    call.db.execute(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"industry:{call.appid}", str(call.now))
    )
    return OK


@interface("POST", "/wxa/sec/queryblocktmplmsg", need="service")
def blocked(_call: Call) -> Answer:
    """List blocked template messages: the stand-in blocks at once instead, with 40249."""
    return {**OK, "msginfo": []}


@interface("POST", "/cgi-bin/message/template/subscribe", only="official", need="certified")
def one_time(call: Call) -> Answer:
    """Send the older one-time subscription message; its consent is kept under the scene."""
    who = recipient(call, call.body.get("touser"))
    scene, title = call.number("scene"), clipped(call.body.get("title"))
    data = call.part("data", 47003).get("content")
    value = clipped(data.get("value")) if isinstance(data, dict) else ""
    if not 0 <= scene <= 10_000 or not 1 <= len(title) <= 15 or not 1 <= len(value) <= 200:
        raise WeChatError(47003)
    consents.spend(call.db, who["openid"], f"{call.text('template_id', 40037)}:{scene}")
    shown = [{"name": "content", "label": "", "value": value}]
    _show(call, who, "subscription", {"title": title, "fields": shown, **_jump(call)})
    return OK
