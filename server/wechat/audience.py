"""Followers, tags and parametric QR codes, in the portions WeChat takes (WECHAT §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from server.ports import PlatformError, Trouble
from server.wechat.client import Client

INFO_PORTION = 100
TAG_PORTION = 50


def openids(client: Client) -> Iterator[str]:
    """Yield every follower."""
    return _pages(lambda after: client.look("/cgi-bin/user/get", next_openid=after))


def tagged(client: Client, tag_id: int) -> Iterator[str]:
    """Yield everybody who carries a tag."""
    path = "/cgi-bin/user/tag/get"
    return _pages(lambda after: client.call(path, {"tagid": tag_id, "next_openid": after}))


def _pages(turn: Callable[[str], dict[str, Any]]) -> Iterator[str]:
    """Yield openids, 10,000 a page. The last page may name a next one that is empty."""
    after = ""
    while True:
        page = turn(after)
        if not page.keys() & {"count", "data"}:
            raise PlatformError(Trouble.LOST)  # nothing said is not "nobody"
        found: list[str] = page.get("data", {}).get("openid", [])  # the empty one lacks `data`
        yield from found
        after = page.get("next_openid") or ""
        if not found or not after:
            return


def infos(client: Client, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what user/info tells, a hundred people a call."""
    for portion in portions(ids, INFO_PORTION):
        body = {"user_list": [{"openid": one, "lang": "zh_CN"} for one in portion]}
        yield from client.call("/cgi-bin/user/info/batchget", body)["user_info_list"]


def tag(client: Client, tag_id: int, ids: Sequence[str]) -> None:
    for portion in portions(ids, TAG_PORTION):
        body = {"openid_list": list(portion), "tagid": tag_id}
        client.order("/cgi-bin/tags/members/batchtagging", body)


def untag(client: Client, tag_id: int, ids: Sequence[str]) -> None:
    for portion in portions(ids, TAG_PORTION):
        body = {"openid_list": list(portion), "tagid": tag_id}
        client.order("/cgi-bin/tags/members/batchuntagging", body)


def portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
