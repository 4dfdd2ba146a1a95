"""How long a call that failed waits before its next try."""

from datetime import timedelta
from itertools import pairwise

import pytest

from server.outbox import rules
from server.ports import Outcome, Result, Trouble

MINUTE = timedelta(seconds=61)


def wait(number=1, *, attempts=1, trouble=Trouble.RETRYABLE, after=None):
    outcome = Outcome(
        Result.RETRY, trouble=trouble, retry_after=after, envelope_id=f"envelope{number}"
    )
    return rules.delay(outcome, attempts=attempts)


@pytest.mark.parametrize(("attempts", "usual"), [(1, 1), (2, 4), (3, 15), (4, 60), (9, 60)])
def test_a_wait_is_the_usual_one_give_or_take_a_fifth(attempts, usual):
    shares = [wait(n, attempts=attempts).total_seconds() / usual for n in range(500)]
    assert 0.8 <= min(shares) < 0.85
    assert 1.15 < max(shares) <= 1.2


def test_what_failed_together_does_not_come_back_together():
    in_tenths = [round(wait(n, attempts=4).total_seconds() * 10) for n in range(2000)]
    assert max(in_tenths.count(one) for one in set(in_tenths)) < 40  # of 240 tenths of a second


def test_the_same_call_waits_the_same_whoever_asks_and_another_time_at_another_try():
    assert wait() == wait()
    assert wait(attempts=4) != wait(attempts=5)


def test_each_wait_is_longer_than_the_one_before():
    for number in range(200):
        waits = [wait(number, attempts=one) for one in range(1, 5)]
        assert all(sooner < later for sooner, later in pairwise(waits))


@pytest.mark.parametrize("trouble", [Trouble.RATE, Trouble.QUOTA])
def test_nobody_knocks_earlier_than_a_limit_allows(trouble):
    for number in range(500):
        assert MINUTE <= wait(number, trouble=trouble, after=MINUTE) <= MINUTE * 1.2
        assert wait(number, trouble=trouble) >= timedelta(seconds=1)


def test_a_wait_that_was_asked_for_is_never_shortened_whatever_the_trouble():
    assert all(wait(number, after=MINUTE) >= MINUTE for number in range(500))
