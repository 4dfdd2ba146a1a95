"""One HTTP session: another host for tests, time-outs always, no secret in any error."""

from __future__ import annotations

import re
import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

REAL = "https://api.weixin.qq.com"
PAGES = "https://mp.weixin.qq.com"  # where pictures of QR codes come from
TIMEOUT = (3.0, 10.0)  # connect, read; seconds
THREADS = 64  # connections kept for reuse
LARGEST = 25 * 1024 * 1024  # bytes of an answer; WeChat takes no medium above 10 MB (WECHAT §4.7)
_NAMES = "access_token|refresh_token|secret|appsecret|session_key|js_code|ticket"
_IN_QUERY = re.compile(rf"(?<![a-z_])((?:{_NAMES}|code)=)[^&\s'\")]+")
_IN_JSON = re.compile(rf"([\"'](?:{_NAMES})[\"']\s*:\s*[\"'])[^\"']*")


def scrub(text: str) -> str:
    """Blot out what must not reach a log: tokens, secrets, sign-in codes."""
    return _IN_JSON.sub(r"\1***", _IN_QUERY.sub(r"\1***", text))


class NotSent(requests.ConnectionError):
    """No connection came about, so the call certainly did nothing."""


class TooLarge(requests.RequestException):
    """The answer is larger than anything we have a use for; it was not read to its end."""


class RewritingSession(requests.Session):
    """Sends calls for the platform to `base`; wechatpy hard-codes the hosts (WECHAT §8.3).

    Redirects are not followed: an access token goes to nobody whom an answer names.
    """

    def __init__(self, base: str, *, timeout: tuple[float, float] = TIMEOUT) -> None:
        super().__init__()
        self._base, self._timeout = base.rstrip("/"), timeout
        # Proxies and certificates of the environment are read once, not at every call.
        told = self.merge_environment_settings(self._base, {}, stream=True, verify=None, cert=None)
        self.proxies, self.verify, self.trust_env = told["proxies"], told["verify"], False
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=THREADS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Make a call. Raise NotSent, or another exception of requests; never with a secret."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        kwargs["allow_redirects"], kwargs["stream"] = False, True
        try:
            return _whole(super().request(method, self._rewritten(str(url)), *args, **kwargs))
        except requests.RequestException as error:
            if _nothing_left(error):
                raise NotSent(scrub(str(error))) from None
            error.args = tuple(scrub(str(part)) for part in error.args)
            error.request = error.__context__ = None
            raise error from None

    def _rewritten(self, url: str) -> str:
        for host in (REAL, PAGES):
            if self._base != REAL and url.startswith(f"{host}/"):
                return self._base + url.removeprefix(host)
        return url


def _whole(answer: requests.Response) -> requests.Response:
    """Read the body as requests itself would, but never more than LARGEST into memory."""
    with answer:  # gives the connection back, or closes what is still coming
        content = bytearray()
        for piece in answer.iter_content(65_536):
            content += piece
            if len(content) > LARGEST:
                raise TooLarge("answer too large")
    answer._content = bytes(content)
    return answer


def _nothing_left(error: requests.RequestException) -> bool:
    """Tell whether the name, the connection, the proxy or the certificate failed."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, NewConnectionError | ConnectTimeoutError | ProxyError):
        return True
    first = getattr(cause, "args", (None,))[:1]
    return isinstance(error, requests.exceptions.SSLError) and isinstance(
        first[0] if first else None, ssl.SSLCertVerificationError
    )
