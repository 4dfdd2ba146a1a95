"""Custom menus: default, conditional, and who sees which (WECHAT §3.4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from deploy.sandbox import people
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, interface
from deploy.sandbox.storage import Row, dump

TYPES = {
    "click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto",
    "pic_photo_or_album", "pic_weixin", "location_select", "media_id", "article_id",
    "article_view_limited", "view_limited",
}  # fmt: skip
KEYED = {
    "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
    "pic_weixin", "location_select",
}  # fmt: skip
OPENING = {"CLICK", "scancode_push", "scancode_waitmsg"}  # open the 1-minute window
PLATFORMS = {"ios": "1", "android": "2"}
Buttons = list[dict[str, Any]]


def _size(value: object) -> int:
    return len(value.encode()) if isinstance(value, str) else -1


def _buttons(call: Call) -> Buttons:
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise WeChatError(40016)
    return [_top(call, one) for one in buttons]


def _top(call: Call, button: object) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise WeChatError(40016)
    if not 1 <= _size(button.get("name")) <= 16:
        raise WeChatError(40018)
    subs = button.get("sub_button") or []
    if isinstance(subs, dict):  # as get_current_selfmenu_info gives it
        subs = subs.get("list", [])
    if not isinstance(subs, list) or len(subs) > 5:
        raise WeChatError(40023)
    if not subs:
        _leaf(call, button, (40017, 40019, 40020))
        return {**button, "sub_button": []}
    for one in subs:
        if not isinstance(one, dict) or not 1 <= _size(one.get("name")) <= 60:
            raise WeChatError(40025)
        _leaf(call, one, (40024, 40026, 40027))
    return {"name": button["name"], "sub_button": [{**one, "sub_button": []} for one in subs]}


def _leaf(call: Call, button: Mapping[str, Any], codes: tuple[int, int, int]) -> None:
    kind = button.get("type")
    if kind not in TYPES:
        raise WeChatError(codes[0])
    if kind in KEYED and not 1 <= _size(button.get("key")) <= 128:
        raise WeChatError(codes[1])
    if kind in ("view", "miniprogram") and not 1 <= _size(button.get("url")) <= 1024:
        raise WeChatError(codes[2])
    if kind == "miniprogram":
        if button.get("appid") not in call.account.linked_mini:
            raise WeChatError(45064)
        if not button.get("pagepath"):
            raise WeChatError(40097)


def _listed(buttons: Buttons) -> Buttons:
    return [leaf for one in buttons for leaf in (one["sub_button"] or [one])]


def _stored(db: sqlite3.Connection, appid: str, *, conditional: bool) -> list[tuple[int, Any]]:
    rows = db.execute(
        "SELECT menuid, body FROM menus WHERE appid = ? AND conditional = ? ORDER BY menuid DESC",
        (appid, int(conditional)),
    ).fetchall()
    return [(row["menuid"], json.loads(row["body"])) for row in rows]


def _keep(call: Call, body: Mapping[str, Any], *, conditional: bool) -> int:
    done = call.db.execute(
        "INSERT INTO menus (appid, conditional, body) VALUES (?, ?, ?)",
        (call.appid, int(conditional), dump(body)),
    )
    return int(done.lastrowid or 0)


@interface("POST", "/cgi-bin/menu/create", only="official", need="menu", daily=1000)
def create(call: Call) -> Answer:
    buttons = _buttons(call)
    call.db.execute("DELETE FROM menus WHERE appid = ? AND conditional = 0", (call.appid,))
    _keep(call, {"button": buttons}, conditional=False)
    return OK


@interface("GET", "/cgi-bin/menu/get", only="official", need="menu", daily=10_000)
def get(call: Call) -> Answer:
    default = _stored(call.db, call.appid, conditional=False)
    if not default:
        raise WeChatError(46003)
    others = _stored(call.db, call.appid, conditional=True)
    menuid, body = default[0]
    if not others:
        return {"menu": body}
    return {
        "menu": {**body, "menuid": menuid},
        "conditionalmenu": [{**one, "menuid": number} for number, one in others],
    }


@interface("GET", "/cgi-bin/menu/delete", only="official", need="menu", daily=1000)
def delete(call: Call) -> Answer:
    """Delete the default menu and every conditional one."""
    call.db.execute("DELETE FROM menus WHERE appid = ?", (call.appid,))
    return OK


@interface("GET", "/cgi-bin/get_current_selfmenu_info", only="official", need="menu", daily=10_000)
def current(call: Call) -> Answer:
    default = _stored(call.db, call.appid, conditional=False)
    if not default:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    buttons = []
    for one in default[0][1]["button"]:
        subs = [{k: v for k, v in sub.items() if k != "sub_button"} for sub in one["sub_button"]]
        top = {k: v for k, v in one.items() if k != "sub_button"}
        buttons.append({**top, "sub_button": {"list": subs}} if subs else top)
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}


def _domains(buttons: Buttons) -> set[str]:
    return {urlsplit(leaf["url"]).hostname or "" for leaf in _listed(buttons) if leaf.get("url")}


@interface("POST", "/cgi-bin/menu/addconditional", only="official", need="certified", daily=2000)
def add_conditional(call: Call) -> Answer:
    if not _stored(call.db, call.appid, conditional=False):
        raise WeChatError(65303)
    rule = call.body.get("matchrule")
    if not isinstance(rule, dict) or not any(rule.values()):
        raise WeChatError(65304)
    buttons = _buttons(call)
    outside = _domains(buttons)
    for _, body in _stored(call.db, call.appid, conditional=True):
        outside |= _domains(body["button"])
    if len(outside) > 3:
        raise WeChatError(65316)
    kept = {name: str(value) for name, value in rule.items()}
    menuid = _keep(call, {"button": buttons, "matchrule": kept}, conditional=True)
    return {"menuid": str(menuid)}


@interface("POST", "/cgi-bin/menu/delconditional", only="official", need="certified", daily=2000)
def delete_conditional(call: Call) -> Answer:
    done = call.db.execute(
        "DELETE FROM menus WHERE appid = ? AND menuid = ? AND conditional = 1",
        (call.appid, str(call.body.get("menuid"))),
    )
    if not done.rowcount:
        raise WeChatError(65301)
    return OK


@interface("POST", "/cgi-bin/menu/trymatch", only="official", need="certified", daily=20_000)
def try_match(call: Call) -> Answer:
    who = people.identity(call.db, call.appid, call.body.get("user_id"))
    if who is None or not who["following"]:
        raise WeChatError(65302)
    return {"button": seen_by(call.db, call.appid, who)}


def seen_by(db: sqlite3.Connection, appid: str, who: Row | None) -> Buttons:
    """Return the buttons a person sees: the newest conditional menu that fits, else the default."""
    if who is not None:
        tags, platform = _facts(db, appid, who)
        for _, body in _stored(db, appid, conditional=True):
            if _fits(body["matchrule"], tags, platform):
                return list(body["button"])
    default = _stored(db, appid, conditional=False)
    return list(default[0][1]["button"]) if default else []


def _facts(db: sqlite3.Connection, appid: str, who: Row) -> tuple[set[str], str]:
    rows = db.execute(
        "SELECT tag_id FROM taggings WHERE appid = ? AND openid = ?", (appid, who["openid"])
    ).fetchall()
    person = people.find(db, who["follower_id"])
    platform = PLATFORMS.get(person["platform"], "3") if person is not None else "3"
    return {str(row["tag_id"]) for row in rows}, platform


def _fits(rule: Mapping[str, str], tags: set[str], platform: str) -> bool:
    wanted_tag, wanted_platform = rule.get("tag_id"), rule.get("client_platform_type")
    others = [k for k, v in rule.items() if v and k not in ("tag_id", "client_platform_type")]
    if others:  # sex, country, …: no data since 2021, so they fit nobody
        return False
    return (not wanted_tag or wanted_tag in tags) and (
        not wanted_platform or wanted_platform == platform
    )


def at(buttons: Buttons, path: object) -> dict[str, Any] | None:
    """Return the button at [i] or [i, j], None when there is none that can be tapped."""
    try:
        first, *rest = list(path)  # type: ignore[call-overload]
        button = buttons[int(first)]
        if rest:
            button = button["sub_button"][int(rest[0])]
    except (TypeError, ValueError, IndexError, KeyError):
        return None
    return button if "type" in button else None


def tapped(button: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return the event of a tap and its fields; None when nothing is pushed."""
    kind, key = button["type"], button.get("key", "")
    if kind in _PLAIN:
        event, name = _PLAIN[kind]
        return event, {"EventKey": button.get(name, "")}
    extra = next((more for start, more in _EXTRA.items() if kind.startswith(start)), None)
    return (kind, {"EventKey": key, **extra}) if extra else (None, {})


_PLAIN = {
    "click": ("CLICK", "key"),
    "view": ("VIEW", "url"),
    "miniprogram": ("view_miniprogram", "pagepath"),
}
_EXTRA: dict[str, dict[str, Any]] = {  # what the phone would have scanned, taken or chosen
    "scancode": {
        "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "https://example.org/scanned"}
    },
    "pic": {"SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": "0" * 32}}}},
    "location_select": {
        "SendLocationInfo": {
            "Location_X": "23.1",
            "Location_Y": "113.3",
            "Scale": "16",
            "Label": "",
            "Poiname": "",
        }
    },
}
