"""One HTTP session: another host for tests, time-outs always, no secret in any error."""

from __future__ import annotations

import re
from typing import Any

import requests
from requests.adapters import HTTPAdapter

REAL = "https://api.weixin.qq.com"
TIMEOUT = (3.0, 10.0)  # connect, read; seconds
_SECRET = re.compile(r"((?:access_token|secret|appsecret|js_code|code)=)[^&\s'\")]+")


def scrub(text: str) -> str:
    """Blot out what must not reach a log: tokens, secrets, sign-in codes."""
    return _SECRET.sub(r"\1***", text)


class RewritingSession(requests.Session):
    """Sends calls for the platform to `base`; wechatpy hard-codes the host (WECHAT §8.3)."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=64)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Make a call. Exceptions of requests come out with their secrets blotted out."""
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        target = str(url).replace(REAL, self._base, 1)
        try:
            return super().request(method, target, *args, **kwargs)
        except requests.RequestException as error:
            error.args = tuple(scrub(str(part)) for part in error.args)
            error.request = None
            raise
