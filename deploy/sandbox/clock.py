"""The platform's own clock: real time plus what somebody advanced it by, in epoch seconds.

WeChat counts in epoch seconds everywhere, so does this package. Instants become ISO 8601 only at
the edge of the /sandbox/ API. What travels to a callback (timestamp, CreateTime, watermarks)
carries real time, because the receiver checks it against a clock that nobody advanced.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CHINA = timezone(timedelta(hours=8))
MINUTE, HOUR, DAY = 60, 3600, 86400


def wall() -> float:
    """Return real time, epoch seconds."""
    return time.time()


class Clock:
    """Platform time; only tokens, windows, quotas and jobs live by it."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        return time.time() + self.offset


def day(at: float) -> str:
    """Return the calendar day in China: daily counters start at 00:00 there (WECHAT §7)."""
    return datetime.fromtimestamp(at, CHINA).strftime("%Y-%m-%d")


def month(at: float) -> str:
    """Return the calendar month in China: the mass-message quota's period (WECHAT §4.5)."""
    return day(at)[:7]


def iso(at: float) -> str:
    """Return an instant as ISO 8601 UTC with milliseconds and Z."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def local(at: float, zone: str) -> str:
    """Return the wall clock reading in an IANA zone, to the minute; UTC for an unknown zone."""
    try:
        info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        info = ZoneInfo("UTC")
    return datetime.fromtimestamp(at, info).strftime("%Y-%m-%d %H:%M")
