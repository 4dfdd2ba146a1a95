"""Checks of what other people will see; never of petitions or consultations (WECHAT §5.4, §5.5)."""

from __future__ import annotations

from typing import Any

from server.wechat.client import Client

PROFILE, COMMENT, FORUM, SOCIAL_LOG = 1, 2, 3, 4  # scene


def text(client: Client, content: str, *, openid: str, scene: int = COMMENT) -> str:
    """Return pass, review or risky; only `result.suggest` decides. At most 2,500 characters."""
    body = {"version": 2, "openid": openid, "scene": scene, "content": content[:2500]}
    answer = client.call("/wxa/msg_sec_check", body)
    return str(answer.get("result", {}).get("suggest", "review"))


def media(client: Client, url: str, *, openid: str, picture: bool, scene: int = COMMENT) -> str:
    """Ask for a check of something public; return the trace id the later event carries."""
    body: dict[str, Any] = {
        "media_url": url,
        "media_type": 2 if picture else 1,
        "version": 2,
        "scene": scene,
        "openid": openid,
    }
    return str(client.call("/wxa/media_check_async", body)["trace_id"])
