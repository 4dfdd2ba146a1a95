"""Tell the WeChat sandbox about the demo accounts, over HTTP like everybody else."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from server.demo import county
from server.ports import AccountKind

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback, never a proxy


def answers(url: str) -> bool:
    """Tell whether something there speaks HTTP; an error page of its own counts."""
    try:
        _opener.open(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except OSError:
        return False
    return True


def call(method: str, url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Send JSON, return a JSON object. Raise OSError saying what happened when it did not work."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(  # noqa: S310 (http on loopback, written by us)
        url, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    try:
        with _opener.open(request, timeout=20) as response:
            answer: dict[str, Any] = json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            told = error.read(500).decode("utf-8", "replace")
        raise OSError(f"{method} {url}: {error.code} {told}") from None
    return answer


def callback_url(base_url: str, slug: str) -> str:
    return f"{base_url}/wechat/{slug}/callback"


def introduce_accounts(sandbox: str, base_url: str, kept: Mapping[str, Any]) -> None:
    """Create or update both accounts on the sandbox, with the secrets of this installation."""
    minis = [account.appid for account in county.ACCOUNTS if account.kind == AccountKind.MINI]
    for account in county.ACCOUNTS:
        body: dict[str, Any] = {
            "kind": account.kind,
            "name": account.name,
            "original_id": account.original_id,
            "callback_url": callback_url(base_url, account.slug),
            "mode": "safe",
            "format": account.data_format,
            "account_type": "service",
            "certified": True,
            "templates": {
                template.template_id: {"title": template.title, "fields": dict(template.fields)}
                for template in account.templates
            },
            **kept["accounts"][account.slug],
        }
        if account.kind == AccountKind.MINI:
            body["api_base"] = base_url
        else:
            body["linked_mini"] = minis
        call("PUT", f"{sandbox}/sandbox/accounts/{account.appid}", body)
