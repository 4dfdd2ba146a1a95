"""The subscription-template library under /wxaapi/newtmpl/ (WECHAT §4.3)."""

from __future__ import annotations

from typing import Any

from deploy.sandbox import ids
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.notices import change_templates

MAX_TEMPLATES = 50
CATEGORY = {"id": 616, "name": "政务民生"}
TITLES: dict[str, dict[str, Any]] = {
    "5001": {
        "title": "办理进度通知",
        "keywords": {1: ("character_string", "受理编号"), 2: ("phrase", "办理状态"),
                     3: ("time", "更新时间"), 4: ("thing", "温馨提示")},
    },
    "5002": {
        "title": "咨询回复通知",
        "keywords": {1: ("thing", "咨询主题"), 2: ("thing", "回复内容"), 3: ("time", "回复时间")},
    },
    "5003": {
        "title": "活动提醒",
        "keywords": {1: ("thing", "活动名称"), 2: ("time", "活动时间"), 3: ("thing", "活动地点")},
    },
}  # fmt: skip


@interface("GET", "/wxaapi/newtmpl/getcategory")
def category(_call: Call) -> Answer:
    return {**OK, "data": [CATEGORY]}


@interface("GET", "/wxaapi/newtmpl/getpubtemplatetitles")
def titles(call: Call) -> Answer:
    if str(CATEGORY["id"]) not in call.query.get("ids", "").replace("-", ",").split(","):
        raise WeChatError(200016, "start must be greater than -1 and ids must be categories")
    told = (call.query.get("start", "0"), call.query.get("limit", "30"))
    if not all(one.isdigit() for one in told) or not 1 <= int(told[1]) <= 30:
        raise WeChatError(200017, "limit must be 1 to 30")
    listed = [
        {"tid": int(tid), "title": one["title"], "type": 2, "categoryId": str(CATEGORY["id"])}
        for tid, one in TITLES.items()
    ]
    return {**OK, "count": len(listed), "data": listed[int(told[0]) :][: int(told[1])]}


@interface("GET", "/wxaapi/newtmpl/getpubtemplatekeywords")
def keywords(call: Call) -> Answer:
    found = TITLES.get(call.query.get("tid", ""))
    if found is None:
        raise WeChatError(200014)
    listed = [
        {"kid": kid, "name": name, "example": name, "rule": kind}
        for kid, (kind, name) in found["keywords"].items()
    ]
    return {**OK, "count": len(listed), "data": listed}


@interface("POST", "/wxaapi/newtmpl/addtemplate")
def add(call: Call) -> Answer:
    found = TITLES.get(str(call.body.get("tid")))
    kids = call.body.get("kidList")
    if found is None or not isinstance(kids, list):
        raise WeChatError(200014)
    if not 2 <= len(kids) <= 5:
        raise WeChatError(200020)
    if not all(str(kid).isdigit() and int(kid) in found["keywords"] for kid in kids):
        raise WeChatError(200021, "invalid kidList")
    if len(call.account.templates) >= MAX_TEMPLATES:
        raise WeChatError(200012)
    chosen = [(int(kid), *found["keywords"][int(kid)]) for kid in kids]
    fields = {f"{kind}{kid}": name for kid, kind, name in chosen}
    template_id = ids.media_id()[:43]
    made = {"title": found["title"], "fields": fields}
    change_templates(call, {**call.account.templates, template_id: made})
    return {**OK, "priTmplId": template_id}


@interface("GET", "/wxaapi/newtmpl/gettemplate")
def listing(call: Call) -> Answer:
    listed = [
        {
            "priTmplId": template_id,
            "title": one.get("title", ""),
            "content": "\n".join(
                f"{label}:{{{{{name}.DATA}}}}" for name, label in one.get("fields", {}).items()
            ),
            "example": "",
            "type": 3 if one.get("long_term") else 2,
        }
        for template_id, one in call.account.templates.items()
    ]
    return {**OK, "data": listed}


@interface("POST", "/wxaapi/newtmpl/deltemplate")
def delete(call: Call) -> Answer:
    wanted = str(call.body.get("priTmplId"))
    if wanted not in call.account.templates:
        raise WeChatError(200014)
    left = {name: one for name, one in call.account.templates.items() if name != wanted}
    change_templates(call, left)
    return OK
