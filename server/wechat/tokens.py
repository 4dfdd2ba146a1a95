"""The access token: one per account for all processes, refreshed under a lock (stable_token)."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any, cast

import redis
import requests
from redis.exceptions import LockError

from server.kernel.clock import Clock
from server.ports import Account, PlatformError, Trouble
from server.wechat.http import REAL, RewritingSession
from server.wechat.outcomes import trouble_of
from server.wechat.rid import rid_of

log = logging.getLogger(__name__)

MARGIN = 300  # seconds before the end at which a token is no longer handed out
FLOOR = 60  # seconds a token is kept at least: stable_token may return one with 300 s left
PATIENCE = 15  # seconds to wait for another process that is refreshing


class Tokens:
    """Hands out access tokens.

    When Redis is away each process keeps its own, which is harmless with stable_token: it
    returns the same token while that is valid (WECHAT §2).
    """

    def __init__(self, client: redis.Redis, http: RewritingSession, clock: Clock) -> None:
        self._redis, self._http, self._clock = client, http, clock
        self._own: dict[str, tuple[str, datetime]] = {}
        self._own_lock = threading.Lock()

    def get(self, account: Account, *, stale: str | None = None) -> str:
        """Return a token; name the one that just failed to have it renewed, once.

        Raise PlatformError when WeChat gives none.
        """
        try:
            return self._shared(account, stale)
        except (redis.RedisError, LockError):
            log.warning("token_without_redis", extra={"appid": account.appid})
            return self._private(account, stale)

    def _shared(self, account: Account, stale: str | None) -> str:
        key = f"wechat:{account.appid}:token"
        held = self._held(key)
        if held is not None and held != stale:
            return held
        with self._redis.lock(f"{key}:lock", timeout=PATIENCE, blocking_timeout=PATIENCE):
            held = self._held(key)
            if held is not None and held != stale:
                return held  # somebody else refreshed it meanwhile
            token, lives = self._fetch(account)
            self._redis.set(key, token, ex=lives)
            return token

    def _held(self, key: str) -> str | None:
        held = cast("bytes | None", self._redis.get(key))
        return held.decode() if held is not None else None

    def _private(self, account: Account, stale: str | None) -> str:
        with self._own_lock:
            token, until = self._own.get(account.appid, ("", self._clock.now()))
            if token and token != stale and self._clock.now() < until:
                return token
            token, lives = self._fetch(account)
            self._own[account.appid] = (token, self._clock.now() + timedelta(seconds=lives))
            return token

    def _fetch(self, account: Account) -> tuple[str, int]:
        body = {
            "grant_type": "client_credential",
            "appid": account.appid,
            "secret": account.secret,
            "force_refresh": False,  # true burns 20 a day and breaks others: a person's decision
        }
        try:
            answer: dict[str, Any] = self._http.post(
                f"{REAL}/cgi-bin/stable_token", json=body
            ).json()
        except (requests.RequestException, ValueError):
            raise PlatformError(Trouble.RETRYABLE) from None
        if "access_token" not in answer:
            code = int(answer.get("errcode", -1))
            trouble = trouble_of(code)
            if trouble is Trouble.TOKEN:  # 40001 here: the AppSecret is wrong
                trouble = Trouble.CONFIGURATION
            raise PlatformError(trouble, code, rid_of(answer))
        return answer["access_token"], max(FLOOR, int(answer.get("expires_in", 7200)) - MARGIN)
