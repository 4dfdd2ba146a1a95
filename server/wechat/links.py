"""Mini-program codes and links with the options wechatpy lacks (WECHAT §5.6)."""

from __future__ import annotations

import requests

from server.ports import PlatformError, Trouble
from server.wechat.client import Client


def code(
    client: Client, *, scene: str, page: str, version: str = "release", width: int = 430
) -> bytes:
    """Return a permanent code as an image; `scene` has at most 32 visible characters."""
    answer = client.post(
        "https://api.weixin.qq.com/wxa/getwxacodeunlimit",
        data={
            "scene": scene,
            "page": page,
            "check_path": version == "release",
            "env_version": version,
            "width": width,
        },
    )
    if not isinstance(answer, requests.Response):
        raise PlatformError(Trouble.LOST)
    return bytes(answer.content)


def short_link(client: Client, *, page: str, title: str) -> str:
    """Return a link for use inside WeChat."""
    body = {"page_url": page, "page_title": title[:20], "is_permanent": False}
    return str(client.call("/wxa/genwxashortlink", body)["link"])


def url_link(client: Client, *, path: str, query: str, days: int = 30) -> str:
    """Return a link for one recipient: the first who opens it owns it. At most 30 days."""
    body = {"path": path, "query": query, "expire_type": 1, "expire_interval": min(days, 30)}
    return str(client.call("/wxa/generate_urllink", body)["url_link"])
