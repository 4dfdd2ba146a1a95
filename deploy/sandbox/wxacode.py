"""Mini-program codes and links (WECHAT §5.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response

from deploy.sandbox import ids, pictures
from deploy.sandbox.clock import DAY
from deploy.sandbox.custom import clipped
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, counted, interface
from deploy.sandbox.notices import known_page

LIMITED = 100_000  # getwxacode and createwxaqrcode together
PER_MINUTE = 5000
SMALLEST, LARGEST = 280, 1280  # pixels
LONGEST_LINK = 30  # days
STATES = ("release", "trial", "develop")
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


def _picture(call: Call, text: str, *, round_: bool) -> Response:
    width = call.number("width", 430)
    if not SMALLEST <= width <= LARGEST:
        raise WeChatError(40097)
    colour = call.body.get("line_color")
    ink = pictures.DARK
    if isinstance(colour, dict) and not call.body.get("auto_color"):
        try:
            ink = (int(colour["r"]), int(colour["g"]), int(colour["b"]))
        except (KeyError, TypeError, ValueError) as error:
            raise WeChatError(40097) from error
    clear = call.body.get("is_hyaline") is True
    draw = pictures.circle if round_ else pictures.square
    return Response(draw(text, width, ink=ink, clear=clear), mimetype="image/png")


def _state(given: Mapping[str, Any]) -> str:
    state = given.get("env_version", "release")
    if state not in STATES:
        raise WeChatError(40097)
    return str(state)


@interface("POST", "/wxa/getwxacodeunlimit", only="mini")
def unlimited(call: Call) -> Answer:
    """Draw a code with a scene; any number of them, none ever expires."""
    scene, page = call.body.get("scene"), clipped(call.body.get("page"))
    if not isinstance(scene, str) or not _SCENE.fullmatch(scene):
        raise WeChatError(40169)
    if page.startswith("/") or "?" in page:
        raise WeChatError(41030)
    if call.body.get("check_path", True) is not False:
        known_page(call, page)
    if counted(call.db, call.appid, "wxacode", f"minute {int(call.now // 60)}") > PER_MINUTE:
        raise WeChatError(45009)
    text = f"{call.appid}/{page}?scene={scene}#{_state(call.body)}"
    return _picture(call, text, round_=True)


def _limited(call: Call, *, round_: bool) -> Answer:
    path = call.text("path", 40159)
    if len(path) > 1024:
        raise WeChatError(40159, "invalid length for path")
    known_page(call, path)
    if counted(call.db, call.appid, "limited codes", "all") > LIMITED:
        raise WeChatError(45029)
    return _picture(call, f"{call.appid}/{path}", round_=round_)


@interface("POST", "/wxa/getwxacode", only="mini")
def limited(call: Call) -> Answer:
    return _limited(call, round_=True)


@interface("POST", "/cgi-bin/wxaapp/createwxaqrcode", only="mini")
def square(call: Call) -> Answer:
    return _limited(call, round_=False)


def _expiry(call: Call, given: Mapping[str, Any]) -> None:
    """Raise unless a link ends within thirty days."""
    kind = given.get("expire_type", 0)
    if kind == 1:
        if not 1 <= call.number("expire_interval", 0, 40212) <= LONGEST_LINK:
            raise WeChatError(85401, "expire_interval must be 1 to 30 days")
    elif kind == 0:
        until = given.get("expire_time", call.now + LONGEST_LINK * DAY)
        if not isinstance(until, int | float) or not call.now < until <= call.now + 30 * DAY:
            raise WeChatError(85401, "expire_time must be within 30 days")
    else:
        raise WeChatError(40097)


@interface("POST", "/wxa/generate_urllink", only="mini", need="certified", daily=10_000_000)
def url_link(call: Call) -> Answer:
    _target(call, call.body)
    _expiry(call, call.body)
    return {**OK, "url_link": f"https://wxaurl.cn/{ids.media_id()[:11]}"}


@interface("POST", "/wxa/generatescheme", only="mini", need="certified", daily=10_000_000)
def scheme(call: Call) -> Answer:
    _target(call, call.part("jump_wxa"))
    if call.body.get("is_expire", True):
        _expiry(call, call.body)
    return {**OK, "openlink": f"weixin://dl/business/?t={ids.media_id()[:11]}"}


@interface("POST", "/wxa/generatenfcscheme", only="mini", need="certified")
def nfc_scheme(call: Call) -> Answer:
    _target(call, call.part("jump_wxa"))
    call.text("model_id")
    return {**OK, "openlink": f"weixin://dl/business/?t={ids.media_id()[:11]}"}


def _target(call: Call, given: Mapping[str, Any]) -> None:
    if len(clipped(given.get("query"))) > 1024:
        raise WeChatError(40212, "invalid query")
    _state(given)
    known_page(call, clipped(given.get("path")))


@interface("POST", "/wxa/genwxashortlink", only="mini", need="certified", daily=10_000_000)
def short_link(call: Call) -> Answer:
    known_page(call, call.text("page_url", 40225))
    title = clipped(call.body.get("page_title"))
    if len(title) > 20:
        raise WeChatError(40097)
    if call.body.get("is_permanent") is True and (
        counted(call.db, call.appid, "permanent short links", "all") > LIMITED
    ):
        raise WeChatError(85400, "permanent link count out of limit")
    return {**OK, "link": f"#小程序://{title or call.account.name}/{ids.media_id()[:15]}"}
