"""Everybody gets exactly one line, by daylight, or a reason; mass calls hold 2 to 10,000."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.greetings.calendar import Audience
from server.greetings.planner import calls, plan
from server.greetings.terms import MOVED, Note, Planned, Reason, Recipient, Skipped, Timing, Wish
from server.greetings.wording import Script
from server.ports import Channel

DAY = date(2027, 2, 6)
LONG_BEFORE = datetime(2027, 2, 4, 0, 0, tzinfo=UTC)
ZONES = sorted(name for name in available_timezones() if "/" in name)


def wish(**changes):
    values = {
        "day": DAY,
        "timing": Timing.LOCAL_MORNING,
        "at": time(9, 0),
        "now": LONG_BEFORE,
        "home_zone": "Asia/Shanghai",
    }
    return Wish(**values | changes)


def person(number, zone="Asia/Shanghai", **changes):
    values = {
        "person_id": number,
        "account_id": 1,
        "address": f"o{number}",
        "zone": zone,
        "script": Script.HANS,
    }
    return Recipient(**values | changes)


def test_what_a_restored_ledger_may_have_forgotten_is_not_written_again():
    noticed = datetime(2027, 2, 6, 4, 0, tzinfo=UTC)  # noon in China, night in New York
    crowd = [
        person(1), person(2, part_of_day="evening"),  # it may have gone with the others
        person(3, "America/New_York"), person(4, "America/New_York"),
    ]  # fmt: skip
    lines = plan(crowd, wish(doubt_before=noticed, now=noticed + timedelta(minutes=5)))
    assert [getattr(one, "reason", None) for one in lines] == [
        Reason.MAYBE_SENT, Reason.MAYBE_SENT, None, None,
    ]  # fmt: skip
    at_once = wish(doubt_before=noticed, now=noticed + timedelta(minutes=5), timing=Timing.NOW)
    assert {one.reason for one in plan(crowd, at_once)} == {Reason.MAYBE_SENT}


def several(zone, count, start=1000, **changes):
    return [person(start + n, zone, **changes) for n in range(count)]


def line_of(lines, number):
    (line,) = [one for one in lines if one.person_id == number]
    return line


def local(line):
    return line.instant.astimezone(ZoneInfo(line.zone))


def moments(first, last):
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    minutes = st.integers(0, (last - first).days * 24 * 60)
    return minutes.map(lambda count: start + timedelta(minutes=count))


people = st.builds(
    Recipient,
    person_id=st.just(0),
    account_id=st.sampled_from([1, 1, 1, 2, None]),
    address=st.sampled_from(["o", "o", "o", None]),
    zone=st.one_of(st.none(), st.just("Nowhere/Else"), st.sampled_from(ZONES)),
    script=st.sampled_from(Script),
    following=st.sampled_from([True, True, True, False]),
    last_message_at=st.one_of(
        st.none(),
        moments(date(2027, 2, 1), date(2027, 2, 7)),
    ),
    bereaved_until=st.one_of(
        st.none(),
        moments(date(2027, 2, 1), date(2027, 3, 1)),
    ),
    deceased=st.sampled_from([False, False, False, True]),
    audiences=st.sets(st.sampled_from(Audience)).map(frozenset),
)
wishes = st.builds(
    wish,
    timing=st.sampled_from(Timing),
    at=st.sampled_from([time(8, 30), time(9, 0), time(18, 30), time(20, 30)]),
    now=moments(date(2027, 2, 3), date(2027, 2, 11)),
    mourning=st.booleans(),
    audience=st.sampled_from([Audience.EVERYONE, Audience.EVERYONE, Audience.WOMEN]),
)


def numbered(crowd):
    return [
        Recipient(**{name: getattr(one, name) for name in one.__slots__} | {"person_id": n})
        for n, one in enumerate(crowd)
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(people, max_size=30).map(numbered), wishes)
def test_everybody_gets_exactly_one_line_and_never_in_the_night(crowd, wanted):
    lines = plan(crowd, wanted)
    assert [one.person_id for one in lines] == [one.person_id for one in crowd]
    for one in lines:
        if isinstance(one, Skipped):
            continue
        assert time(8, 30) <= local(one).time() <= time(20, 30)
        assert one.instant >= wanted.now
        assert one.expires_at >= one.instant + timedelta(hours=1)
        if wanted.timing is Timing.LOCAL_MORNING:
            early = one.note in {Note.EVE, Note.OTHER_SCRIPT}
            assert local(one).date() in ({DAY - timedelta(days=1), DAY} if early else {DAY})
        if one.note is Note.AS_WISHED and wanted.timing is Timing.LOCAL_MORNING:
            assert local(one).time() == wanted.at


@settings(max_examples=200, deadline=None)
@given(st.lists(people, max_size=30).map(numbered), wishes)
def test_every_planned_line_is_in_exactly_one_call_of_a_size_wechat_takes(crowd, wanted):
    lines = plan(crowd, wanted)
    made = list(calls(lines))
    called = [line for call in made for line in call.lines]
    assert Counter(called) == Counter(one for one in lines if isinstance(one, Planned))
    for call in made:
        sizes = (2, 10_000) if call.channel is Channel.MASS else (1, 1)
        assert sizes[0] <= len(call.lines) <= sizes[1]
        assert call.expires_at >= call.instant + timedelta(hours=1)
        assert {(one.account_id, one.instant, one.script) for one in call.lines} == {
            (call.account_id, call.instant, call.script)
        }


@settings(max_examples=200, deadline=None)
@given(st.lists(people, max_size=20).map(numbered), wishes)
def test_reasons_are_true(crowd, wanted):
    by_id = {one.person_id: one for one in crowd}
    for line in plan(crowd, wanted):
        one = by_id[line.person_id]
        reason = line.reason if isinstance(line, Skipped) else None
        assert (reason is Reason.DECEASED) == one.deceased
        if reason is None:
            assert one.following
            assert one.address
            assert one.account_id == line.account_id
            assert wanted.audience is Audience.EVERYONE or wanted.audience in one.audiences
            open_until = one.last_message_at and one.last_message_at + timedelta(hours=48)
            if line.channel is Channel.CUSTOMER:
                assert line.instant < open_until
                assert line.script is one.script
            if not wanted.mourning and one.bereaved_until and line.note not in MOVED:
                assert line.instant >= one.bereaved_until
        if reason is Reason.BEREAVED:
            assert one.bereaved_until > wanted.now
            assert not wanted.mourning


@given(st.lists(people, max_size=12).map(numbered), wishes)
def test_the_same_people_in_another_order_get_the_same_lines(crowd, wanted):
    assert plan(crowd, wanted) == plan(list(reversed(crowd)), wanted)


def test_each_country_gets_its_own_morning():
    crowd = (
        several("Asia/Shanghai", 2, 10)
        + several("Europe/Rome", 2, 20)
        + several("America/New_York", 2, 30)
        + several("Nowhere/Else", 2, 40)
    )
    instants = {one.person_id: one.instant for one in plan(crowd, wish())}
    assert instants[10] == datetime(2027, 2, 6, 1, 0, tzinfo=UTC)
    assert instants[20] == datetime(2027, 2, 6, 8, 0, tzinfo=UTC)
    assert instants[30] == datetime(2027, 2, 6, 14, 0, tzinfo=UTC)
    assert instants[40] == instants[10]  # an unknown zone is reckoned as the home zone


def test_who_wrote_within_two_days_gets_a_personal_letter_and_the_others_a_mass_message():
    due = datetime(2027, 2, 6, 1, 0, tzinfo=UTC)
    lines = plan(
        [
            person(1, last_message_at=due - timedelta(hours=46, minutes=59)),
            person(2, last_message_at=due - timedelta(hours=47)),
            person(3),
        ],
        wish(),
    )
    assert [one.channel for one in lines] == [Channel.CUSTOMER, Channel.MASS, Channel.MASS]
    assert [len(call.lines) for call in calls(lines)] == [1, 2]


def test_one_alone_in_kuala_lumpur_goes_with_the_group_of_the_same_hour():
    lines = plan([*several("Asia/Shanghai", 2), person(1, "Asia/Kuala_Lumpur")], wish())
    assert line_of(lines, 1).note is Note.AS_WISHED
    assert [len(call.lines) for call in calls(lines)] == [3]


def test_one_alone_in_tokyo_goes_with_the_nearest_group_of_the_same_day():
    lines = plan(
        [*several("Asia/Shanghai", 2), *several("Europe/Rome", 2, 50), person(1, "Asia/Tokyo")],
        wish(),
    )
    alone = line_of(lines, 1)
    assert (alone.note, local(alone).hour) == (Note.JOINED, 10)


def test_two_who_are_alone_keep_each_other_company():
    lines = plan([person(1, "Asia/Tokyo"), person(2, "Australia/Sydney")], wish())
    assert [one.channel for one in lines] == [Channel.MASS, Channel.MASS]
    assert lines[0].instant == lines[1].instant
    assert sorted(one.note for one in lines) == [Note.AS_WISHED, Note.JOINED]


def test_one_alone_in_rome_gets_their_morning_with_a_companion_from_a_larger_group():
    lines = plan([*several("Asia/Shanghai", 3), person(1, "Europe/Rome")], wish())
    alone = line_of(lines, 1)
    assert (alone.note, local(alone).hour) == (Note.AS_WISHED, 9)
    (companion,) = [one for one in lines if one.note is Note.COMPANION]
    assert local(companion).hour == 16
    assert [len(call.lines) for call in calls(lines)] == [2, 2]


def test_one_alone_in_new_york_gets_it_on_the_evening_before_with_a_pair_at_home():
    lines = plan([*several("Asia/Shanghai", 2), person(1, "America/New_York")], wish())
    alone = line_of(lines, 1)
    assert alone.note is Note.EVE
    assert local(alone) == datetime(2027, 2, 5, 20, 0, tzinfo=ZoneInfo("America/New_York"))


def test_one_alone_with_their_script_gets_the_other_one_rather_than_nothing():
    lines = plan([*several("Asia/Shanghai", 2), person(1, script=Script.HANT)], wish())
    assert line_of(lines, 1).note is Note.OTHER_SCRIPT
    assert [len(call.lines) for call in calls(lines)] == [3]


def test_one_alone_in_the_world_is_told_why_there_is_no_letter():
    assert plan([person(1)], wish()) == [Skipped(1, "Asia/Shanghai", Reason.MASS_NEEDS_TWO)]
    other_account = [person(1), *several("Asia/Shanghai", 2, account_id=2)]
    assert line_of(plan(other_account, wish()), 1).reason is Reason.MASS_NEEDS_TWO


def test_a_call_for_one_and_a_companion_ends_with_the_day_of_the_one():
    lines = plan([*several("Asia/Shanghai", 3), person(1, "Europe/Rome")], wish())
    (rome,) = [call for call in calls(lines) if 1 in {one.person_id for one in call.lines}]
    assert rome.expires_at == datetime(2027, 2, 6, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(10_000, [10_000]), (10_001, [5000, 5001]), (20_001, [6667, 6667, 6667])],
)
def test_large_groups_are_cut_evenly_into_calls(count, sizes):
    lines = plan(several("Asia/Shanghai", count), wish())
    assert [len(call.lines) for call in calls(lines)] == sizes


def test_at_once_spares_those_for_whom_it_is_night_until_their_morning():
    now = datetime(2027, 2, 5, 3, 0, tzinfo=UTC)  # 11:00 at home, 04:00 in Rome, 22:00 New York
    crowd = (
        several("Asia/Shanghai", 2, 10)
        + several("Europe/Rome", 2, 20)
        + several("America/New_York", 2, 30)
    )
    lines = plan(crowd, wish(timing=Timing.NOW, now=now))
    assert line_of(lines, 10).instant == now
    assert line_of(lines, 20).note is Note.AFTER_NIGHT
    assert str(local(line_of(lines, 20))) == "2027-02-05 09:00:00+01:00"
    assert str(local(line_of(lines, 30))) == "2027-02-05 09:00:00-05:00"


def test_at_once_goes_out_in_the_night_only_when_the_officer_insists():
    now = datetime(2027, 2, 5, 3, 0, tzinfo=UTC)
    crowd = [*several("Asia/Shanghai", 2), person(1, "Europe/Rome")]
    lines = plan(crowd, wish(timing=Timing.NOW, now=now, even_at_night=True))
    assert {one.instant for one in lines} == {now}
    assert [len(call.lines) for call in calls(lines)] == [3]


def test_a_late_start_still_reaches_those_whose_day_lasts_and_tells_the_others():
    now = datetime(2027, 2, 6, 11, 0, tzinfo=UTC)  # 19:00 at home, 20:00 Tokyo, 22:00 Sydney
    crowd = (
        several("Asia/Shanghai", 2, 10)
        + several("Australia/Sydney", 2, 20)
        + several("America/New_York", 2, 30)
    )
    lines = plan(crowd, wish(now=now))
    assert (line_of(lines, 10).note, line_of(lines, 10).instant) == (Note.LATE, now)
    assert line_of(lines, 20) == Skipped(20, "Australia/Sydney", Reason.TOO_LATE)
    assert line_of(lines, 30).note is Note.AS_WISHED


def test_a_letter_of_remembrance_also_goes_to_the_bereaved():
    mourner = person(1, bereaved_until=datetime(2027, 3, 1, tzinfo=UTC))
    crowd = [mourner, *several("Asia/Shanghai", 2)]
    assert line_of(plan(crowd, wish()), 1).reason is Reason.BEREAVED
    assert isinstance(line_of(plan(crowd, wish(mourning=True)), 1), Planned)


def test_weeks_after_the_festival_nothing_goes_out():
    lines = plan(
        several("Asia/Shanghai", 2),
        wish(timing=Timing.NOW, now=datetime(2027, 2, 10, 3, 0, tzinfo=UTC)),
    )
    assert {one.reason for one in lines} == {Reason.TOO_LATE}


@pytest.mark.parametrize("hour", [time(8, 29), time(20, 31), time(0, 0)])
def test_an_hour_in_the_night_is_refused(hour):
    with pytest.raises(ValueError, match="between 08:30 and 20:30"):
        plan([], wish(at=hour))


def test_where_the_clocks_change_that_morning_the_wall_clock_counts():
    night_of_change = date(2026, 3, 8)
    lines = plan(
        several("America/New_York", 2),
        wish(day=night_of_change, now=datetime(2026, 3, 6, tzinfo=UTC)),
    )
    assert {one.instant for one in lines} == {datetime(2026, 3, 8, 13, 0, tzinfo=UTC)}
