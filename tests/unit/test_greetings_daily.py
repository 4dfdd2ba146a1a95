"""A 订阅号 has one mass call a day of China: everybody shares it, by the light of their own day."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from server.greetings.planner import calls, plan
from server.greetings.terms import Note, Planned, Reason, Skipped, Timing
from server.greetings.wording import Script
from server.ports import Channel
from tests.unit.test_greetings_planner import (
    DAY,
    ZONES,
    line_of,
    local,
    numbered,
    people,
    person,
    several,
    wish,
    wishes,
)

CHINA = ZoneInfo("Asia/Shanghai")
LIVED_IN = [zone for zone in ZONES if not zone.startswith("Etc/")]


def in_china(line):
    return line.instant.astimezone(CHINA)


def tagged(number, zone="Asia/Shanghai", **changes):
    return person(number, zone, by_tag=True, **changes)


def by_tag(lines):
    return [one for one in lines if isinstance(one, Planned) and one.channel is Channel.MASS_BY_TAG]


days = st.sets(st.sampled_from([DAY + timedelta(days=n) for n in range(-2, 4)]))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(people.map(lambda one: replace(one, by_tag=True)), max_size=20).map(numbered),
    wishes,
    days,
)
def test_everybody_has_one_line_by_daylight_and_no_day_has_two_calls(crowd, wanted, taken):
    wanted = replace(wanted, taken={1: taken})
    lines = plan(crowd, wanted)
    assert [one.person_id for one in lines] == [one.person_id for one in crowd]
    instants, scripts = defaultdict(set), defaultdict(set)
    for one in by_tag(lines):
        assert time(8, 30) <= local(one).time() <= time(20, 30)
        assert one.instant >= wanted.now
        assert time(0, 10) <= in_china(one).time() <= time(23, 50)
        assert one.expires_at >= one.instant + timedelta(hours=1)
        if wanted.timing is Timing.LOCAL_MORNING:
            assert local(one).date() == DAY
        instants[one.account_id, in_china(one).date()].add(one.instant)
        scripts[one.account_id].add(one.script)
    assert all(len(some) == 1 for some in instants.values())
    assert all(len(some) == 1 for some in scripts.values())
    assert not {day for account, day in instants if account == 1} & taken
    assert len([one for one in calls(lines) if one.channel is Channel.MASS_BY_TAG]) == len(instants)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LIVED_IN), min_size=1, max_size=40))
def test_two_days_reach_every_zone_people_live_in(zones):
    crowd = [tagged(number, zone) for number, zone in enumerate(zones)]
    lines = plan(crowd, wish())
    assert len(by_tag(lines)) == len(crowd)
    assert len({in_china(one).date() for one in by_tag(lines)}) <= 2


def test_at_home_everybody_gets_it_at_the_wished_hour():
    lines = plan([tagged(1), tagged(2, "Asia/Kuala_Lumpur")], wish())
    assert [local(one).time() for one in lines] == [time(9), time(9)]
    assert {one.note for one in lines} == {Note.AS_WISHED}
    assert len(list(calls(lines))) == 1


def test_one_person_alone_needs_no_company():
    (call,) = calls(plan([tagged(1)], wish()))
    assert (call.channel, len(call.lines)) == (Channel.MASS_BY_TAG, 1)


def test_one_call_that_reaches_both_is_better_than_two():
    lines = plan([*several("Asia/Shanghai", 5, by_tag=True), tagged(1, "Europe/London")], wish())
    assert len(list(calls(lines))) == 1
    assert local(line_of(lines, 1)).time() == time(8, 30)
    assert in_china(line_of(lines, 1)).time() == time(16, 30)
    assert line_of(lines, 1).note is Note.SHARED_HOUR


def test_who_is_asleep_during_the_call_gets_the_next_days():
    lines = plan([tagged(1), tagged(2, "America/New_York")], wish())
    assert [local(one) for one in lines] == [
        datetime(2027, 2, 6, 9, tzinfo=CHINA),
        datetime(2027, 2, 6, 11, 30, tzinfo=ZoneInfo("America/New_York")),
    ]
    assert [in_china(one).date() for one in lines] == [DAY, date(2027, 2, 7)]


def test_a_day_whose_call_is_used_leaves_its_people_out_and_says_why():
    lines = plan([tagged(1), tagged(2, "America/New_York")], wish(taken={1: {DAY}}))
    assert line_of(lines, 1) == Skipped(1, "Asia/Shanghai", Reason.ONE_CALL_A_DAY)
    assert local(line_of(lines, 2)).date() == DAY


def test_the_script_most_people_read_is_everybodys():
    crowd = [*several("Asia/Shanghai", 3, by_tag=True), tagged(1, script=Script.HANT)]
    lines = plan(crowd, wish())
    assert {one.script for one in lines} == {Script.HANS}
    assert line_of(lines, 1).note is Note.OTHER_SCRIPT


def test_more_than_ten_thousand_are_one_call():
    crowd = several("Asia/Shanghai", 10_500, by_tag=True)
    (call,) = calls(plan(crowd, wish()))
    assert len(call.lines) == 10_500
