"""The demo's followers: made on the sandbox's phones, known in our register. Twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from server.demo import county, phone
from server.people import identities
from server.people import service as people
from server.ports import Account, FollowerInfo
from server.toolbox import Toolbox


def settle(tools: Toolbox, sandbox: str) -> dict[str, Mapping[str, Any]]:
    """Make every follower, let them follow and speak; return the sandbox's answers by nickname."""
    official = tools.accounts.by_slug(county.ACCOUNTS[0].slug)
    made: dict[str, Mapping[str, Any]] = {}
    for follower in county.FOLLOWERS:
        card = _find(sandbox, follower.nickname)
        if card is None:
            card = phone.call(
                "POST",
                f"{sandbox}/sandbox/followers",
                {
                    "nickname": follower.nickname,
                    "country": follower.country_name,
                    "zone": follower.zone,
                    "language": "zh_TW" if follower.language == "zh-Hant" else "zh_CN",
                },
            )
        if official.appid not in card["following"]:
            _follow(sandbox, card, follower, official.appid)
        _register(tools, official, follower, card)
        made[follower.nickname] = card
    return made


def _find(sandbox: str, nickname: str) -> dict[str, Any] | None:
    answer = phone.call("GET", f"{sandbox}/sandbox/followers?q={quote(nickname)}")
    fitting = [one for one in answer["items"] if one["nickname"] == nickname]
    return fitting[0] if fitting else None


def _follow(sandbox: str, card: Mapping[str, Any], follower: county.Follower, appid: str) -> None:
    address = f"{sandbox}/sandbox/followers/{card['id']}"
    scene = {"scene": follower.scene} if follower.scene else {}
    phone.call("POST", f"{address}/follow?wait=1", {"appid": appid, **scene})
    for words in follower.says:
        phone.call("POST", f"{address}/text?wait=1", {"appid": appid, "content": words})


def _register(
    tools: Toolbox, official: Account, follower: county.Follower, card: Mapping[str, Any]
) -> None:
    """Note what this person told us; the callback of the follow may have been first."""
    openid = card["openids"][official.appid]
    known = FollowerInfo(openid=openid, following=True, unionid=card["unionid"])
    with tools.sessions.begin() as db:
        identities.learn(db, official, known, now=tools.clock.now())
        person_id = identities.person_of(db, official, openid)
        if person_id is None or people.profile(db, person_id, tools.vault).salutation:
            return  # told before, perhaps changed since
        values = {
            "salutation": follower.salutation,
            "country": follower.country,
            "zone": follower.zone,
            "language": follower.language,
            "hometown": follower.hometown,
        }
        people.update_profile(db, person_id, values, vault=tools.vault)
