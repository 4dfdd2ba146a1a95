"""The life of a case and its clocks, as the regulation has them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cases import deadlines
from server.cases.states import MOVES, MUST_TELL, OFFICER_ACTIONS, Action, Kind, State, after
from server.cases.wording import ACTION_NAMES, STATE_NAMES
from server.kernel.errors import Conflict

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
HOME = "Asia/Shanghai"


def test_nothing_is_closed_without_a_written_answer():
    assert {before for (before, action) in MOVES if action is Action.CLOSE} == {State.REPLIED}


def test_every_state_can_be_left_and_reached():
    reached = {State.SUBMITTED}
    while more := {to for (before, _), to in MOVES.items() if before in reached} - reached:
        reached |= more
    assert reached == set(State)
    # nobody reopens what somebody withdrew with their account
    assert {before for before, _ in MOVES} == set(State) - {State.WITHDRAWN}


@given(st.sampled_from(list(State)), st.sampled_from(list(Action)))
def test_a_move_is_in_the_table_or_refused(state, action):
    if (state, action) in MOVES:
        assert after(state, action) == MOVES[state, action]
    else:
        with pytest.raises(Conflict):
            after(state, action)


def test_what_officers_do_has_a_name_and_what_phones_show_fits():
    assert set(OFFICER_ACTIONS) == set(ACTION_NAMES)
    assert set(STATE_NAMES) == set(State)
    assert all(len(name) <= 5 for name in STATE_NAMES.values())  # WECHAT §4.2: phrase
    assert Action.REPLY in MUST_TELL


@given(MOMENTS)
def test_a_petitioner_is_told_within_fifteen_days_counted_at_home(received):
    last = deadlines.answer_by(Kind.PETITION, received, HOME)
    assert last - received.astimezone(ZoneInfo(HOME)).date() == timedelta(days=15)


@given(MOMENTS)
def test_a_consultation_is_answered_on_the_third_working_day(received):
    last = deadlines.answer_by(Kind.CONSULTATION, received, HOME)
    first = received.astimezone(ZoneInfo(HOME)).date()
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == 3
    assert last.weekday() < 5


def test_the_day_of_receipt_is_day_zero_even_late_at_night():
    received = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)  # 23:59 at home
    assert deadlines.answer_by(Kind.PETITION, received, HOME) == date(2026, 12, 5)
    assert deadlines.days_left(date(2026, 12, 5), received, HOME) == 15
    just_after = received + timedelta(minutes=1)
    assert deadlines.answer_by(Kind.PETITION, just_after, HOME) == date(2026, 12, 6)
