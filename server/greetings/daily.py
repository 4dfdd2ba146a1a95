"""A 订阅号 has one mass call a day: the fewest days and the best hours that reach everybody. Pure.

The day is China's, and a call reaches everybody in it at one instant (WECHAT §4.5), so each
reader gets it at some hour of their own daylight on the day they were planned for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import combinations, product

from server.greetings.hours import Hours
from server.greetings.terms import Note, Planned, Reason, Skipped
from server.greetings.wording import Script
from server.kernel.clock import CHINA

STEP = timedelta(minutes=30)
MARGIN = timedelta(minutes=10)  # from midnight, where WeChat's counter turns
Taken = Mapping[int, Collection[date]]  # by account: days of China whose call is used
Spot = tuple[str, datetime]  # a zone and the wished instant there: equal for many readers


@dataclass(frozen=True, slots=True)
class _Hour:
    """One instant at which the call could be made: whom it reaches, how far from their wish."""

    instant: datetime
    day: date  # in China
    reached: Mapping[Spot, timedelta]


class DailyCalls:
    """Letters by tag: every account's readers share the calls of a few days."""

    def __init__(
        self, lines: Iterable[Planned], hours: Hours, *, not_before: datetime, taken: Taken
    ) -> None:
        self._hours, self._not_before, self._taken = hours, not_before, taken
        self._of: dict[int, list[Planned]] = defaultdict(list)
        for line in lines:
            self._of[line.account_id].append(line)

    def settle(self) -> Iterator[Planned | Skipped]:
        """Yield every line once: moved into a call, or skipped because no call reaches it."""
        for account_id, lines in self._of.items():
            script = Counter(line.script for line in lines).most_common(1)[0][0]
            spots = Counter((line.zone, line.instant) for line in lines)
            chosen = _fewest(self._possible(lines, account_id), spots)
            for line in lines:
                yield self._placed(line, script, chosen)

    def _possible(self, lines: Sequence[Planned], account_id: int) -> list[_Hour]:
        """Return the instants of free days at which the call would reach anybody."""
        spots = {(line.zone, line.instant): line for line in lines}
        first = max(self._not_before, min(line.instant for line in lines) - timedelta(hours=12))
        last = max(line.instant for line in lines) + timedelta(hours=12)
        moments = {line.instant for line in lines} | set(_half_hours(first, last))
        taken = self._taken.get(account_id, ())
        found = []
        for moment in sorted(moments):
            day = moment.astimezone(CHINA).date()
            if moment < self._not_before or day in taken or _near_midnight(moment):
                continue
            reached = {
                spot: abs(moment - line.instant)
                for spot, line in spots.items()
                if self._hours.in_daylight(line, moment)
            }
            if reached:
                found.append(_Hour(moment, day, reached))
        return found

    def _placed(self, line: Planned, script: Script, chosen: Sequence[_Hour]) -> Planned | Skipped:
        spot = line.zone, line.instant
        reaching = [hour for hour in chosen if spot in hour.reached]
        if not reaching:
            return Skipped(line.person_id, line.zone, Reason.ONE_CALL_A_DAY)
        instant = min(reaching, key=lambda hour: hour.reached[spot]).instant
        note = line.note
        if instant != line.instant:
            note = Note.SHARED_HOUR
        elif script is not line.script:
            note = Note.OTHER_SCRIPT
        end = self._hours.end(self._hours.zone(line.zone), instant)
        return replace(line, instant=instant, expires_at=end, script=script, note=note)


def _near_midnight(moment: datetime) -> bool:
    """Tell whether a clock a little fast or slow would count the call for another day."""
    local = moment.astimezone(CHINA).replace(tzinfo=None)
    return (local - MARGIN).date() != (local + MARGIN).date()


def _half_hours(first: datetime, last: datetime) -> Iterator[datetime]:
    moment = first.replace(minute=30 if first.minute > 30 else 0, second=0, microsecond=0)
    while moment <= last:
        yield moment
        moment += STEP


def _fewest(possible: Sequence[_Hour], spots: Mapping[Spot, int]) -> Sequence[_Hour]:
    """Choose one hour each on as few days as leave nobody out, then those nearest to the wishes.

    When every day together leaves somebody out, as few as possible.
    """
    by_day: dict[date, list[_Hour]] = defaultdict(list)
    for hour in possible:
        by_day[hour.day].append(hour)
    best: tuple[int, timedelta] | None = None
    chosen: Sequence[_Hour] = ()
    for count in range(1, len(by_day) + 1):
        for days in combinations(sorted(by_day), count):
            for hours in product(*(_worth_trying(by_day[day], count) for day in days)):
                cost = _cost(hours, spots)
                if best is None or cost < best:
                    best, chosen = cost, hours
        if best is not None and best[0] == 0:
            break
    return chosen


def _worth_trying(hours: Sequence[_Hour], days: int) -> Sequence[_Hour]:
    """Return the hours to combine: with three days and more, every second one is fine enough."""
    return hours if days < 3 else hours[::2]


def _cost(hours: Sequence[_Hour], spots: Mapping[Spot, int]) -> tuple[int, timedelta]:
    """Return how many people these hours leave out, and how far the others are from their wish."""
    missed, moved = 0, timedelta(0)
    for spot, people in spots.items():
        distances = [hour.reached[spot] for hour in hours if spot in hour.reached]
        if distances:
            moved += min(distances) * people
        else:
            missed += people
    return missed, moved
