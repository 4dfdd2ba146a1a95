"""Wishes turned into instants: everybody's morning, daylight and night. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.greetings.terms import Note, Planned, Policy, Timing, Wish
from server.kernel.clock import instant, known_zone

CIVIL_START, CIVIL_END = time(8, 30), time(20, 30)  # the recipient's day, DOMAIN §5.3
BEST = {"morning": time(9, 30), "evening": time(18, 30)}  # inside the best hours, DOMAIN §5.3
TOLERANCE = timedelta(hours=1)  # a letter may always be late by this much
GRACE_DAYS = 3  # how long after the festival a letter sent at once is still welcome


class Hours:
    """One wish, reckoned once per zone."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._zones: dict[str | None, ZoneInfo] = {}
        self._wished: dict[tuple[str, str | None], tuple[datetime, Note] | None] = {}
        self._days: dict[tuple[str, date], tuple[datetime, datetime]] = {}

    def zone(self, name: str | None) -> ZoneInfo:
        if name not in self._zones:
            self._zones[name] = known_zone(name, fallback=self._wish.home_zone)
        return self._zones[name]

    def wished(
        self, zone: ZoneInfo, part_of_day: str | None = None
    ) -> tuple[datetime, Note] | None:
        """Return when somebody in this zone would get the letter, or None: too late.

        Who asked for the morning or the evening gets it then, whatever hour was wished.
        """
        key = zone.key, part_of_day
        if key not in self._wished:
            at = BEST.get(part_of_day or "", self._wish.at)
            at_once = self._wish.timing is Timing.NOW
            self._wished[key] = self._now(zone) if at_once else self._on_the_day(zone, at)
        return self._wished[key]

    def maybe_sent(self, zone: ZoneInfo) -> bool:
        """Tell whether a lost ledger may have known this letter as sent.

        At any hour of the day there: it may have gone with others, before the wished hour.
        """
        wish = self._wish
        if wish.doubt_before is None or wish.timing is Timing.NOW:
            return wish.doubt_before is not None
        return self.daylight(zone, wish.day)[0] < wish.doubt_before

    def daylight(self, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
        """Return the civil hours of a local day as instants."""
        key = zone.key, day
        if key not in self._days:
            self._days[key] = instant(day, CIVIL_START, zone), instant(day, CIVIL_END, zone)
        return self._days[key]

    def end(self, zone: ZoneInfo, moment: datetime) -> datetime:
        """Return when a letter due at `moment` stops being welcome."""
        _, end = self.daylight(zone, moment.astimezone(zone).date())
        return max(end, moment + TOLERANCE)

    def in_daylight(self, line: Planned, moment: datetime, *, days_before: int = 0) -> bool:
        """Tell whether a moment lies in the civil hours of the day a line is planned for."""
        if self._wish.even_at_night and moment == line.instant:
            return True
        zone = self.zone(line.zone)
        day = line.instant.astimezone(zone).date() - timedelta(days=days_before)
        start, end = self.daylight(zone, day)
        return start <= moment <= end

    def _on_the_day(self, zone: ZoneInfo, at: time) -> tuple[datetime, Note] | None:
        wish = self._wish
        wished = instant(wish.day, at, zone)
        if wish.now <= wished:
            return wished, Note.AS_WISHED
        if wish.policy is Policy.STRICT:
            return None
        _, end = self.daylight(zone, wish.day)
        return (wish.now, Note.LATE) if wish.now < end else None

    def _now(self, zone: ZoneInfo) -> tuple[datetime, Note] | None:
        wish = self._wish
        today = wish.now.astimezone(zone).date()
        start, end = self.daylight(zone, today)
        if wish.even_at_night or start <= wish.now <= end:
            moment, note = wish.now, Note.AS_WISHED
        else:
            morning = today if wish.now < start else today + timedelta(days=1)
            moment, note = instant(morning, wish.at, zone), Note.AFTER_NIGHT
        last_day = wish.day + timedelta(days=GRACE_DAYS)
        return (moment, note) if moment.astimezone(zone).date() <= last_day else None
