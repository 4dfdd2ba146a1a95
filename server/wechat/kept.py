"""What WeChat lends for two hours: one for all processes, fetched again under a lock."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import redis
from redis.exceptions import LockError
from redis.lock import Lock

from server.kernel.clock import Clock

log = logging.getLogger(__name__)

MARGIN = 300  # seconds before the end at which it is no longer handed out
FLOOR = 60  # seconds it is kept at least: stable_token may return one with 300 s left
PATIENCE = 15  # seconds to wait for another process that is fetching
RECENT = timedelta(seconds=5)  # what was just seen is not asked for again; a bad one is renewed
Fetch = Callable[[], tuple[str, object]]  # returns it and `expires_in`, as WeChat told it


class Kept:
    """Keeps access tokens, tickets of pages. Safe for threads.

    When Redis is away each process keeps its own: WeChat returns the same one while that is
    valid (WECHAT §2).
    """

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._redis, self._clock = client, clock
        self._own: dict[str, tuple[str, datetime]] = {}
        self._own_lock = threading.Lock()
        self._recent: dict[str, tuple[str, datetime]] = {}

    def get(self, name: str, fetch: Fetch, *, stale: str | None = None) -> str:
        """Return what goes by a name; say which one just failed to have it renewed, once.

        Whatever `fetch` raises passes through.
        """
        recent = self._recent.get(name)
        if recent and recent[0] != stale and self._clock.now() < recent[1]:
            return recent[0]
        try:
            found = self._shared(name, fetch, stale)
        except (redis.RedisError, LockError):
            log.warning("kept_without_redis", extra={"kept": name})
            return self._private(name, fetch, stale)
        self._recent[name] = found, self._clock.now() + RECENT
        return found

    def _shared(self, name: str, fetch: Fetch, stale: str | None) -> str:
        held = self._held(name)
        if held is not None and held != stale:
            return held
        lock: Lock = self._redis.lock(f"{name}:lock", timeout=PATIENCE)
        if not lock.acquire(blocking_timeout=PATIENCE):
            raise LockError("not acquired")
        try:
            held = self._held(name)
            if held is not None and held != stale:
                return held  # somebody else fetched it meanwhile
            fresh, seconds = self._fetched(name, fetch)
            # Redis may have gone meanwhile; what was fetched is good all the same.
            with contextlib.suppress(redis.RedisError):
                self._redis.set(name, fresh, ex=seconds)
            return fresh
        finally:
            with contextlib.suppress(redis.RedisError, LockError):
                lock.release()

    def _held(self, name: str) -> str | None:
        held = cast("bytes | None", self._redis.get(name))
        return held.decode() if held is not None else None

    def _private(self, name: str, fetch: Fetch, stale: str | None) -> str:
        with self._own_lock:
            own, until = self._own.get(name, ("", self._clock.now()))
            if own and own != stale and self._clock.now() < until:
                return own
            return self._fetched(name, fetch)[0]

    def _fetched(self, name: str, fetch: Fetch) -> tuple[str, int]:
        """Return a fresh one and for how many seconds to hand it out; remember it here too."""
        fresh, lives = fetch()
        seconds = max(FLOOR, (lives if isinstance(lives, int) else 0) - MARGIN)
        self._own[name] = (fresh, self._clock.now() + timedelta(seconds=seconds))
        return fresh, seconds
