"""The access token: one per account for all processes, refreshed under a lock (stable_token)."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from datetime import datetime, timedelta
from typing import cast

import redis
import requests
from redis.exceptions import LockError
from redis.lock import Lock

from server.kernel.clock import Clock
from server.ports import Account, PlatformError, Trouble
from server.wechat.http import REAL, RewritingSession
from server.wechat.outcomes import code_of, trouble_of
from server.wechat.rid import rid_of

log = logging.getLogger(__name__)

MARGIN = 300  # seconds before the end at which a token is no longer handed out
FLOOR = 60  # seconds a token is kept at least: stable_token may return one with 300 s left
PATIENCE = 15  # seconds to wait for another process that is refreshing
_UNLISTED = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")
RECENT = timedelta(seconds=5)  # a token just seen is not asked for again; a bad one is renewed


class Tokens:
    """Hands out access tokens.

    When Redis is away each process keeps its own, which is harmless with stable_token: it
    returns the same token while that is valid (WECHAT §2).
    """

    def __init__(self, client: redis.Redis, http: RewritingSession, clock: Clock) -> None:
        self._redis, self._http, self._clock = client, http, clock
        self._own: dict[str, tuple[str, datetime]] = {}
        self._own_lock = threading.Lock()
        self._recent: dict[str, tuple[str, datetime]] = {}

    def get(self, account: Account, *, stale: str | None = None) -> str:
        """Return a token; name the one that just failed to have it renewed, once.

        Raise PlatformError when WeChat gives none; an address missing from the IP list (40164)
        is then in its details as `ip`.
        """
        recent = self._recent.get(account.appid)
        if recent and recent[0] != stale and self._clock.now() < recent[1]:
            return recent[0]
        try:
            token = self._shared(account, stale)
        except (redis.RedisError, LockError):
            log.warning("token_without_redis", extra={"appid": account.appid})
            return self._private(account, stale)
        self._recent[account.appid] = token, self._clock.now() + RECENT
        return token

    def _shared(self, account: Account, stale: str | None) -> str:
        key = f"wechat:{account.appid}:token"
        held = self._held(key)
        if held is not None and held != stale:
            return held
        lock: Lock = self._redis.lock(f"{key}:lock", timeout=PATIENCE)
        if not lock.acquire(blocking_timeout=PATIENCE):
            raise LockError("not acquired")
        try:
            held = self._held(key)
            if held is not None and held != stale:
                return held  # somebody else refreshed it meanwhile
            token, lives = self._fetch(account)
            # Redis may have gone meanwhile; the token is good all the same.
            with contextlib.suppress(redis.RedisError):
                self._redis.set(key, token, ex=lives)
            return token
        finally:
            with contextlib.suppress(redis.RedisError, LockError):
                lock.release()

    def _held(self, key: str) -> str | None:
        held = cast("bytes | None", self._redis.get(key))
        return held.decode() if held is not None else None

    def _private(self, account: Account, stale: str | None) -> str:
        with self._own_lock:
            token, until = self._own.get(account.appid, ("", self._clock.now()))
            if token and token != stale and self._clock.now() < until:
                return token
            return self._fetch(account)[0]

    def _fetch(self, account: Account) -> tuple[str, int]:
        """Return a token and for how many seconds to hand it out; remember it here too."""
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
        token, lives = answer.get("access_token"), answer.get("expires_in", 7200)
        if not isinstance(token, str) or not token:
            raise _no_token(answer)
        held_for = max(FLOOR, (lives if isinstance(lives, int) else 0) - MARGIN)
        self._own[account.appid] = (token, self._clock.now() + timedelta(seconds=held_for))
        return token, held_for


def _no_token(answer: dict[str, object]) -> PlatformError:
    code = code_of(answer, absent=-1)
    trouble = trouble_of(code)
    if trouble is Trouble.TOKEN:  # 40001 here: the AppSecret is wrong
        trouble = Trouble.CONFIGURATION
    error = PlatformError(trouble, code, rid_of(answer))
    if found := _UNLISTED.search(str(answer.get("errmsg", ""))):
        error.details["ip"] = found.group(1)
    return error
