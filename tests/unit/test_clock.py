"""The rule from wall clock to instant, against an oracle that walks through the minutes."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.kernel.clock import instant, known_zone

ZONES = sorted(name for name in available_timezones() if name not in {"localtime", "Factory"})
MINUTE = timedelta(minutes=1)


def oracle(day, at, zone):
    """First UTC minute that shows the wanted wall time; failing that, the first that shows more."""
    wanted = datetime.combine(day, at)
    moment = datetime.combine(day, at, tzinfo=UTC) - timedelta(hours=26)
    first_later = None
    for _ in range(53 * 60):
        wall = moment.astimezone(zone).replace(tzinfo=None)
        if wall == wanted:
            return moment
        if first_later is None and wall > wanted:
            first_later = moment
        moment += MINUTE
    return first_later


def clock_changes(zone, year):
    """Every instant of a year at which the offset changes, found by hours and then by minutes."""
    changes = []
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        later = moment + timedelta(hours=24)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            step = moment
            while step.astimezone(zone).utcoffset() == moment.astimezone(zone).utcoffset():
                step += MINUTE
            changes.append(step)
        moment = later
    return changes


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.dates(date(2000, 1, 1), date(2040, 12, 31)),
    st.integers(0, 95),
)
@example("Pacific/Apia", date(2011, 12, 30), 36)  # a whole day was skipped
@example("Pacific/Fakaofo", date(2011, 12, 30), 95)
@example("Australia/Lord_Howe", date(2026, 10, 4), 9)  # half an hour
@example("Antarctica/Troll", date(2026, 3, 29), 5)  # two hours
@example("America/Sao_Paulo", date(2018, 11, 4), 0)  # midnight did not happen
@example("Asia/Beirut", date(2026, 3, 29), 2)
@example("America/New_York", date(2026, 11, 1), 6)  # twice
@example("Africa/Casablanca", date(2026, 2, 15), 10)
def test_every_wall_time_becomes_the_instant_the_oracle_finds(name, day, quarter):
    zone, at = ZoneInfo(name), time(quarter // 4, quarter % 4 * 15)
    assert instant(day, at, zone) == oracle(day, at, zone)


@pytest.mark.parametrize("year", [2007, 2011, 2026, 2037])
def test_quarter_hours_around_clock_changes_everywhere_agree_with_the_oracle(year):
    choose = random.Random(year)
    for name in choose.sample(ZONES, 60):
        zone = ZoneInfo(name)
        for change in clock_changes(zone, year):
            wall = change.astimezone(zone).replace(tzinfo=None)
            near = wall + timedelta(minutes=15 * choose.randrange(-9, 9))
            near -= timedelta(minutes=near.minute % 15)
            wanted = near.date(), near.time()
            assert instant(*wanted, zone) == oracle(*wanted, zone), (name, wanted)


def test_a_skipped_time_becomes_the_first_moment_after_the_gap_and_a_double_one_the_first():
    los_angeles = ZoneInfo("America/Los_Angeles")
    assert instant(date(2026, 3, 8), time(2, 30), los_angeles) == datetime(
        2026, 3, 8, 10, 0, tzinfo=UTC
    )
    assert instant(date(2026, 11, 1), time(1, 30), los_angeles) == datetime(
        2026, 11, 1, 8, 30, tzinfo=UTC
    )


def test_seconds_survive_and_a_gap_ends_on_its_own_second():
    rome = ZoneInfo("Europe/Rome")
    assert instant(date(2026, 3, 29), time(2, 59, 59), rome) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )
    assert instant(date(2026, 6, 1), time(9, 0, 7), rome) == datetime(
        2026, 6, 1, 7, 0, 7, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "name",
    [None, "", "Mars/Olympus", "Asia", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 300, "Asia/"],
)
def test_a_zone_nobody_knows_falls_back_instead_of_failing(name):
    assert known_zone(name, fallback="Asia/Shanghai").key == "Asia/Shanghai"


def test_a_known_zone_is_used():
    assert known_zone("Europe/Madrid", fallback="Asia/Shanghai").key == "Europe/Madrid"
