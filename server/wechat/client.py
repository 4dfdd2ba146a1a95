"""wechatpy's client with our token, our session, one retry, and errors of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from server.ports import Account, PlatformError, Trouble
from server.wechat.http import REAL, NotSent, RewritingSession, TooLarge
from server.wechat.outcomes import STALE_TOKEN, trouble_of
from server.wechat.rid import rid_of
from server.wechat.tokens import Tokens


class Client(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """Calls of one account. Every failure comes out as PlatformError.

    wechatpy's own retry is off: it recurses without end when a token is never accepted, and
    sends an empty file the second time (WECHAT §8.4 rows 1 and 4).
    """

    def __init__(self, account: Account, tokens: Tokens, http: RewritingSession) -> None:
        super().__init__(account.appid, account.secret, auto_retry=False)
        self._http = http
        self._account, self._tokens = account, tokens

    @property
    def access_token(self) -> str:
        return self._tokens.get(self._account)

    def call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST JSON to a path from the root ("/cgi-bin/…", "/wxa/…"); return the answer."""
        answer = self.post(f"{REAL}{path}", data=dict(body))
        if not isinstance(answer, dict):  # not JSON: what it did is not known
            raise PlatformError(Trouble.LOST)
        return answer

    def order(self, path: str, body: Mapping[str, Any]) -> None:
        """POST JSON to a path whose answer tells no more than that it was done."""
        if "errcode" not in self.call(path, body):
            raise PlatformError(Trouble.LOST)  # whoever answered, not WeChat

    def look(self, path: str, **params: str) -> dict[str, Any]:
        """GET a path from the root with query parameters; return the answer."""
        answer = self.get(f"{REAL}{path}", params=params)
        if not isinstance(answer, dict):
            raise PlatformError(Trouble.LOST)
        return answer

    def ask(self, path: str, body: Mapping[str, Any], *names: str) -> Any:
        """POST JSON and return one value of the answer, by the names that lead to it."""
        found: Any = self.call(path, body)
        for name in names:
            if not isinstance(found, dict) or name not in found:
                raise PlatformError(Trouble.LOST)  # done or not: the answer does not say
            found = found[name]
        return found

    def file(self, path: str, body: Mapping[str, Any]) -> bytes:
        """POST JSON and return the file that comes back."""
        answer = self.post(f"{REAL}{path}", data=dict(body))
        if not isinstance(answer, requests.Response):
            raise PlatformError(Trouble.LOST)
        return bytes(answer.content)

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        params = dict(kwargs.pop("params", None) or {})
        used = self._tokens.get(self._account)
        try:
            return self._once(method, url_or_endpoint, used, params, kwargs)
        except PlatformError as error:
            if error.errcode not in STALE_TOKEN:
                raise
        for file in (kwargs.get("files") or {}).values():
            stream = file[1] if isinstance(file, tuple | list) else file
            if hasattr(stream, "seek"):
                stream.seek(0)
        fresh = self._tokens.get(self._account, stale=used)
        return self._once(method, url_or_endpoint, fresh, params, kwargs)

    def _once(  # noqa: PLR0917 (the shape of wechatpy's own method)
        self,
        method: str,
        url: str,
        token: str,
        params: Mapping[str, Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        try:
            return super()._request(
                method, url, **{**kwargs, "params": {**params, "access_token": token}}
            )
        except WeChatClientException as error:
            raise _translated(error) from None
        except NotSent:
            raise PlatformError(Trouble.RETRYABLE) from None
        except TooLarge:
            raise Oversized from None
        except (requests.RequestException, ValueError, LookupError, AttributeError, TypeError):
            raise PlatformError(Trouble.LOST) from None  # wechatpy trips over odd answers


def _translated(error: WeChatClientException) -> PlatformError:
    if error.errcode is None:  # an HTTP status that is no success: nobody knows what happened
        return PlatformError(Trouble.LOST)
    if error.errcode == 45065:
        return AlreadySent(json.loads(error.response.content.decode("utf-8", "ignore")))
    return PlatformError(trouble_of(error.errcode), error.errcode, rid_of({"errmsg": error.errmsg}))


class Oversized(PlatformError):
    """The answer was too large to be read. What the call did is not known."""

    def __init__(self) -> None:
        super().__init__(Trouble.LOST)


class AlreadySent(PlatformError):
    """45065: this clientmsgid was sent before. A success; the answer holds the message id."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(Trouble.REQUEST, 45065, rid_of(answer))
        self.answer = answer


def message_id(answer: Mapping[str, Any]) -> str | None:
    """Return the id of what was sent, by either of the names WeChat uses (WECHAT §4.5)."""
    found = answer.get("msgid") or answer.get("msg_id")
    return str(found) if found else None
