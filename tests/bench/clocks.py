"""Axis `clocks`: every zone's local mornings 2000–2040 against an oracle that knows no `fold`.

Every zone × every day at one quarter of an hour that changes from day to day, and every quarter
of an hour on days when the clock changes.
"""

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from server.kernel.clock import instant
from tests.bench.figures import progress, tell

FIRST, LAST = date(2000, 1, 1), date(2040, 12, 31)
QUARTERS = [time(q // 4, q % 4 * 15) for q in range(96)]
DAY = timedelta(days=1)


def run() -> None:
    histories = disagreements = 0
    seen: set[tuple[timedelta, ...]] = set()
    began = stopwatch.perf_counter()
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        zone = ZoneInfo(name)
        offsets = _offsets(zone)
        for number, day in enumerate(_days()):
            noon_before, noon_after = offsets[number], offsets[number + 2]
            changes = noon_before != noon_after
            for at in QUARTERS if changes else [QUARTERS[(number * 7) % 96]]:
                histories += 1
                told = instant(day, at, zone)
                plain = datetime.combine(day, at, UTC) - noon_before
                disagreements += told != (_oracle(day, at, zone) if changes else plain)
        seen.add(tuple(offsets[::30]))
    progress(f"{len(seen)} histories of offsets in {stopwatch.perf_counter() - began:.0f} s")
    tell("clocks", "histories", [histories], "checked")
    tell("clocks", "disagreements", [disagreements], "instants")


def _days():
    day = FIRST
    while day <= LAST:
        yield day
        day += DAY


def _offsets(zone: ZoneInfo) -> list[timedelta]:
    """Return the offset at noon UTC of every day, from the day before to the day after."""
    moment = datetime(1999, 12, 31, 12, tzinfo=UTC)
    found = []
    for _ in range((LAST - FIRST).days + 3):
        found.append(moment.astimezone(zone).utcoffset())
        moment += DAY
    return found


def _oracle(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the first instant that shows the wall time, else the first one that shows more."""
    wanted = datetime.combine(day, at)
    candidates = sorted(
        moment
        for moment in (
            wanted.replace(tzinfo=UTC) - _wall_offset(wanted.replace(tzinfo=UTC) + shift, zone)
            for shift in (-DAY, timedelta(hours=-12), timedelta(0), timedelta(hours=12), DAY)
        )
        if _wall(moment, zone) == wanted
    )
    return candidates[0] if candidates else _after_gap(wanted, zone)


def _after_gap(wanted: datetime, zone: ZoneInfo) -> datetime:
    """Search the first second whose wall clock shows more than the time that did not exist."""
    low = wanted.replace(tzinfo=UTC) - timedelta(hours=30)
    high = wanted.replace(tzinfo=UTC) + timedelta(hours=30)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if _wall(middle, zone) > wanted:
            high = middle
        else:
            low = middle
    return high


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _wall_offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset()
