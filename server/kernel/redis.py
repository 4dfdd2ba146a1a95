"""Redis: shared rates, short locks, queues. Losing it slows us down and never loses a message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import limits
import redis
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter


def client(url: str) -> redis.Redis:
    """Return a client whose calls give up after two seconds."""
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


class RateLimiter:
    """Rates shared by all processes, by bucket name ("mass:3" uses the rate of "mass")."""

    def __init__(
        self, url: str, rates: Mapping[str, str], *, lenient: Collection[str] = ()
    ) -> None:
        storage = storage_from_string(
            url.replace("unix://", "redis+unix://", 1),
            socket_timeout=2,
            socket_connect_timeout=2,
        )
        self._lenient = frozenset(lenient)
        self._strategy = SlidingWindowCounterRateLimiter(storage)
        self._rates = {name: limits.parse(rate) for name, rate in rates.items()}

    def take(self, bucket: str, now: datetime) -> timedelta:
        """Take one token; return how long to wait when there is none (zero means go).

        Without Redis the answer is a short wait: the message stays in its row. A lenient bucket
        says go: nobody is turned away because our Redis is.
        """
        name = bucket.partition(":")[0]
        rate = self._rates[name]
        try:
            if self._strategy.hit(rate, bucket):
                return timedelta(0)
            reset = self._strategy.get_window_stats(rate, bucket).reset_time
        except redis.RedisError:
            return timedelta(0) if name in self._lenient else timedelta(seconds=5)
        wait = timedelta(seconds=reset - now.timestamp())
        return min(max(wait, timedelta(seconds=0.05)), timedelta(seconds=rate.get_expiry()))
