"""Drafts with every field, publishing, and mass sends of them (WECHAT §4.5, §4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.wechat.client import Client


def add_draft(client: Client, articles: Sequence[Mapping[str, Any]]) -> str:
    """Make a draft; return its media id. wechatpy's own method drops half the fields.

    There is no idempotency key: after PlatformError(LOST) look with `drafts` before repeating.
    """
    body = {"articles": [dict(one) for one in articles]}
    return str(client.call("/cgi-bin/draft/add", body)["media_id"])


def drafts(client: Client, *, offset: int = 0, count: int = 20) -> dict[str, Any]:
    return client.call(
        "/cgi-bin/draft/batchget", {"offset": offset, "count": count, "no_content": 1}
    )


def publish(client: Client, media_id: str) -> str:
    """Submit a draft for publishing; return the publish id the later event carries."""
    return str(client.call("/cgi-bin/freepublish/submit", {"media_id": media_id})["publish_id"])


def publish_state(client: Client, publish_id: str) -> dict[str, Any]:
    return client.call("/cgi-bin/freepublish/get", {"publish_id": publish_id})


def mass_to_tag(client: Client, media_id: str, *, tag_id: int | None, message_id: str) -> str:
    """Send a draft to a tag, or to everybody (None); `message_id` ≤ 32 plain characters."""
    target = {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id}
    answer = client.call(
        "/cgi-bin/message/mass/sendall",
        {
            "filter": target,
            "mpnews": {"media_id": media_id},
            "msgtype": "mpnews",
            "send_ignore_reprint": 0,
            "clientmsgid": message_id,
        },
    )
    return str(answer["msg_id"])


def mass_speed(client: Client, speed: int | None = None) -> int:
    """Return, or set and return, the speed class 0…4 (80…10 万 a minute)."""
    if speed is not None:
        client.call("/cgi-bin/message/mass/speed/set", {"speed": speed})
    return int(client.call("/cgi-bin/message/mass/speed/get", {})["speed"])
