"""Acts of a person on the phone: what they show there, open, and push (WECHAT §1.4, §1.5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.sandbox import ids, media, menus, people, qrcodes, timeline, windows
from deploy.sandbox.accounts import Account
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.storage import Row
from deploy.sandbox.world import World

ANSWERED_EVENTS = {"subscribe", "scan", "click", "scancode_waitmsg", "user_enter_tempsession"}
NOT_FOLLOWING = "尚未关注这个公众号"


class Impossible(ValueError):
    """Something the phone would not let the person do; the text says why."""


@dataclass(slots=True)
class Scene:
    """Who acts where and when."""

    world: World
    db: sqlite3.Connection
    account: Account
    who: Row
    now: float
    base: str

    def show(self, kind: str, content: Mapping[str, Any], **more: str) -> int:
        values = {"origin": "user", "channel": "message", "status": "sending", **more}
        return timeline.add(
            self.db, appid=self.account.appid, follower_id=self.who["follower_id"], at=self.now,
            kind=kind, content=content, **values,
        )  # fmt: skip

    def push(self, fields: Mapping[str, Any], item: int | None = None) -> int:
        event = str(fields.get("Event", "")).lower()
        return self.world.pusher.push(
            self.db, self.account, self.who["openid"], fields,
            follower_id=self.who["follower_id"], item=item,
            shown=not event or event in ANSWERED_EVENTS,
        )  # fmt: skip

    def open_window(self, cause: str) -> None:
        windows.open_window(self.db, self.who["openid"], cause, self.now)

    def event(self, name: str, fields: Mapping[str, Any] | None = None, note: str = "") -> Act:
        """Push an event; `note` is the grey line on the phone."""
        content = {"event": name, "content": note, **(fields or {})}
        item = self.show("event", content, channel="event", origin="system", status="delivered")
        push = self.push({"MsgType": "event", "Event": name, **(fields or {})})
        return Act(item, None, push)


@dataclass(slots=True)
class Act:
    """What came of an act: its timeline item, MsgId, and push."""

    item: int | None
    message_id: str | None
    push: int | None
    more: dict[str, Any] = field(default_factory=dict)


Do = Callable[[Scene, Mapping[str, Any]], Act]
ACTS: dict[str, Do] = {}


def act(do: Do) -> Do:
    ACTS[do.__name__] = do
    return do


def _message(
    scene: Scene,
    kind: str,
    content: Mapping[str, Any],
    fields: Mapping[str, Any],
    *,
    cause: str = "message",
) -> Act:
    if scene.account.official and not scene.who["following"]:
        raise Impossible(NOT_FOLLOWING)
    scene.open_window(cause)
    item = scene.show(kind, content)
    message_id = ids.message_id()
    push = scene.push({"MsgType": kind, **fields, "MsgId": message_id}, item)
    return Act(item, str(message_id), push)


@act
def follow(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Follow, by a parametric code when there is a scene; already following it is a scan."""
    if not scene.account.official:
        raise Impossible("小程序不能关注")
    if scene.who["following"]:
        if body.get("scene"):
            return scan(scene, body)
        raise Impossible("已经关注了这个公众号")
    value = str(body.get("scene") or "")
    code = _code(scene, value) if value else None
    numeric = bool(code and code.numeric)
    people.follow(scene.db, scene.who, now=scene.now, scene=value, numeric=numeric)
    scene.open_window("follow")
    fields = {"EventKey": f"qrscene_{value}" if value else ""}
    if code:
        fields["Ticket"] = code.ticket
    return scene.event("subscribe", fields, f"你已关注{scene.account.name}")


@act
def unfollow(scene: Scene, _body: Mapping[str, Any]) -> Act:
    if not scene.who["following"]:
        raise Impossible(NOT_FOLLOWING)
    people.unfollow(scene.db, scene.who["openid"])
    return scene.event("unsubscribe", {"EventKey": ""}, f"你已取消关注{scene.account.name}")


@act
def scan(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Scan a parametric code; somebody who does not follow yet follows by it."""
    value = str(body.get("scene") or "")
    if not value:
        raise Impossible("scene is missing")
    if not scene.who["following"]:
        return follow(scene, body)
    code = _code(scene, value)
    scene.open_window("scan")
    return scene.event("SCAN", {"EventKey": value, "Ticket": code.ticket}, "你扫描了二维码")


def _code(scene: Scene, value: str) -> qrcodes.Code:
    """Return the code of this scene; one nobody created counts as printed elsewhere."""
    try:
        return qrcodes.scanned(scene.db, scene.account.appid, value, scene.now)
    except qrcodes.Expired as error:
        raise Impossible("二维码已过期") from error


@act
def text(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Write a text; with `bizmsgmenuid` it is a tap on an option of an msgmenu."""
    content = body.get("content")
    if not isinstance(content, str) or not content:
        raise Impossible("content is missing")
    fields: dict[str, Any] = {"Content": content}
    cause = "message"
    if body.get("bizmsgmenuid"):
        fields["bizmsgmenuid"], cause = str(body["bizmsgmenuid"]), "menu"
    return _message(scene, "text", {"content": content}, fields, cause=cause)


@act
def image(scene: Scene, body: Mapping[str, Any]) -> Act:
    try:
        kind = media.picture_type(body["content"])
    except WeChatError as error:
        raise Impossible("not a picture") from error
    what = media.Content("image", body["content"], kind, str(body.get("name") or "a.jpg"))
    row = media.keep(scene.db, scene.account.appid, what, now=scene.now, base=scene.base)
    media_id = row["media_id"]
    content = {"media_id": media_id, "url": media.inner_url(media_id)}
    return _message(scene, "image", content, {"PicUrl": row["url"], "MediaId": media_id})


@act
def voice(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Speak; `recognition` is the text when the account has speech recognition."""
    what = media.Content("voice", b"#!AMR\n" + bytes(320), "audio/amr", "voice.amr")
    row = media.keep(scene.db, scene.account.appid, what, now=scene.now)
    fields = {"MediaId": row["media_id"], "Format": "amr"}
    if body.get("recognition"):
        fields["Recognition"] = str(body["recognition"])
    content = {"media_id": row["media_id"], "seconds": 3, "content": body.get("recognition", "")}
    return _message(scene, "voice", content, fields)


@act
def location(scene: Scene, body: Mapping[str, Any]) -> Act:
    try:
        lat, lon = float(body["lat"]), float(body["lon"])
    except (KeyError, TypeError, ValueError) as error:
        raise Impossible("lat and lon must be numbers") from error
    label = str(body.get("label") or "")
    fields = {"Location_X": lat, "Location_Y": lon, "Scale": 16, "Label": label}
    return _message(scene, "location", {"lat": lat, "lon": lon, "label": label}, fields)


@act
def link(scene: Scene, body: Mapping[str, Any]) -> Act:
    title, url = str(body.get("title") or ""), str(body.get("url") or "")
    if not title or not url:
        raise Impossible("title and url are missing")
    about = str(body.get("description") or "")
    content = {"title": title, "url": url, "description": about}
    return _message(scene, "link", content, {"Title": title, "Description": about, "Url": url})


@act
def card(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Send a mini-program card into its customer-service chat."""
    title, path = str(body.get("title") or ""), str(body.get("pagepath") or "")
    if scene.account.official or not title or not path:
        raise Impossible("a card needs a mini-program, title and pagepath")
    content = {"title": title, "appid": scene.account.appid, "pagepath": path, "thumb_url": ""}
    fields = {
        "Title": title,
        "AppId": scene.account.appid,
        "PagePath": path,
        "ThumbUrl": "",
        "ThumbMediaId": "",
    }
    return _message(scene, "miniprogrampage", content, fields)


@act
def menu(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Tap a button of the menu this person sees: path [i] or [i, j], from 0."""
    if not scene.who["following"]:
        raise Impossible(NOT_FOLLOWING)
    buttons = menus.seen_by(scene.db, scene.account.appid, scene.who)
    button = menus.at(buttons, body.get("path"))
    if button is None:
        raise Impossible("there is no such menu button")
    event, fields = menus.tapped(button)
    more = {"button": button}
    if event is None:
        return Act(None, None, None, more)
    if event in menus.OPENING:
        scene.open_window("menu")
    done = scene.event(event, fields, f"你点了「{button['name']}」")
    done.more = more
    return done


@act
def revoke(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Withdraw an authorisation: the account must delete the person's data."""
    name = str(body.get("event") or "user_authorization_revoke")
    fields = {
        "OpenID": scene.who["openid"],
        "AppID": scene.account.appid,
        "RevokeInfo": str(body.get("revoke_info") or "205"),
    }
    return scene.event(name, fields, "你已撤回授权")


@act
def enter(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Open a mini-program's customer-service chat."""
    if scene.account.official:
        raise Impossible("only mini-programs have a contact button")
    scene.open_window("enter")
    fields = {"SessionFrom": str(body.get("session_from") or "")}
    return scene.event("user_enter_tempsession", fields, "你进入了客服会话")


@act
def event(scene: Scene, body: Mapping[str, Any]) -> Act:
    """Push any raw event with any fields."""
    name = str(body.get("event") or "")
    fields = body.get("fields") or {}
    if not name or not isinstance(fields, Mapping):
        raise Impossible("event and fields are missing")
    return scene.event(name, fields, f"事件 {name}")
