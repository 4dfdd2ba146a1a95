"""What is left of the day's calls, and what happened to one of them (WECHAT §2)."""

from __future__ import annotations

from typing import Any

from server.wechat.client import Client


def left(client: Client, path: str) -> int:
    """Return how many calls of a path remain today."""
    answer = client.call("/cgi-bin/openapi/quota/get", {"cgi_path": path})
    return int(answer["quota"]["remain"])


def request_of(client: Client, rid: str) -> dict[str, Any]:
    """Return request and answer of a failed call, as WeChat kept it for seven days."""
    return dict(client.call("/cgi-bin/openapi/rid/get", {"rid": rid})["request"])
