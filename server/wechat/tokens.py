"""The access token: one per account for all processes, refreshed under a lock (stable_token)."""

from __future__ import annotations

import re

import redis
import requests

from server.kernel.clock import Clock
from server.ports import Account, PlatformError, Trouble
from server.wechat.http import REAL, RewritingSession
from server.wechat.kept import Kept
from server.wechat.outcomes import code_of, trouble_of
from server.wechat.rid import rid_of

_UNLISTED = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")


class Tokens:
    """Hands out access tokens."""

    def __init__(self, client: redis.Redis, http: RewritingSession, clock: Clock) -> None:
        self._kept, self._http = Kept(client, clock), http

    def get(self, account: Account, *, stale: str | None = None) -> str:
        """Return a token; name the one that just failed to have it renewed, once.

        Raise PlatformError when WeChat gives none; an address missing from the IP list (40164)
        is then in its details as `ip`.
        """
        name = f"wechat:{account.appid}:token"
        return self._kept.get(name, lambda: self._fetch(account), stale=stale)

    def _fetch(self, account: Account) -> tuple[str, object]:
        body = {
            "grant_type": "client_credential",
            "appid": account.appid,
            "secret": account.secret,
            "force_refresh": False,  # true burns 20 a day and breaks others: a person's decision
        }
        try:
            answer = self._http.post(f"{REAL}/cgi-bin/stable_token", json=body).json()
        except (requests.RequestException, ValueError):
            raise PlatformError(Trouble.RETRYABLE) from None
        if not isinstance(answer, dict):
            raise PlatformError(Trouble.RETRYABLE)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise _no_token(answer)
        return token, answer.get("expires_in", 7200)


def _no_token(answer: dict[str, object]) -> PlatformError:
    code = code_of(answer, absent=-1)
    trouble = trouble_of(code)
    if trouble is Trouble.TOKEN:  # 40001 here: the AppSecret is wrong
        trouble = Trouble.CONFIGURATION
    error = PlatformError(trouble, code, rid_of(answer))
    if found := _UNLISTED.search(str(answer.get("errmsg", ""))):
        error.details["ip"] = found.group(1)
    return error
