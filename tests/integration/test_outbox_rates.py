"""Rates are asked for while no transaction is open, and large calls are taken one at a time."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from server.outbox import claims, dispatcher, rates
from server.ports import Channel, Outcome, Result, Trouble
from tests.integration.test_outbox import follower, post, tally

CHANNELS = (
    Channel.CUSTOMER,
    Channel.TEMPLATE,
    Channel.MINI_SUBSCRIPTION,
    Channel.OFFICIAL_SUBSCRIPTION,
)


class Limiter:
    """Remembers who asked; `answer` is called for each question."""

    def __init__(self, answer):
        self.asked, self._answer = [], answer

    def take(self, bucket, now):
        self.asked.append(bucket.partition(":")[0])
        return self._answer()


def with_limiter(box, answer):
    return dataclasses.replace(box, limiter=Limiter(answer))


def one_in_each_lane(box, account):
    for channel in CHANNELS:
        person = follower(box, account, f"o{channel}")
        post(box, account, {f"o{channel}": person}, channel=channel, purpose="case")


@pytest.mark.parametrize("send", [dispatcher.run_once, dispatcher.send_due])
def test_nobody_waits_for_a_transaction_that_waits_for_redis(box, account, send):
    def others_write():
        with box.sessions.begin() as db:  # on SQLite refused while the claim is open
            db.execute(text("UPDATE tenant SET name = name"))
        if box.sessions.engine.dialect.name == "postgresql":
            with box.sessions.engine.connect() as db:
                query = (
                    "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                    " AND datname = current_database()"
                )
                assert db.scalar(text(query)) == 0
        return timedelta(0)

    one_in_each_lane(box, account)
    box = with_limiter(box, others_write)
    send(box)
    assert tally(box) == {"accepted": 4}
    assert len(box.limiter.asked) == 4


def test_whoever_does_not_answer_is_asked_once_for_all_lanes(box, account, monkeypatch):
    monkeypatch.setattr(rates, "SLOW", 0.02)

    def hangs():
        threading.Event().wait(0.03)
        return timedelta(seconds=5)

    one_in_each_lane(box, account)
    mass = {name: follower(box, account, name) for name in ("oA", "oB")}
    post(box, account, mass, channel=Channel.MASS)
    hanging = with_limiter(box, hangs)
    assert dispatcher.send_due(hanging) == 0
    assert len(hanging.limiter.asked) == 1
    assert dispatcher.send_due(box) == 5, "nothing of it is lost"


def test_a_lane_asks_for_no_more_calls_than_wait_in_it(box, account):
    box = with_limiter(box, lambda: timedelta(0))
    for number in range(7):
        post(box, account, {f"o{number}": follower(box, account, f"o{number}")})
    assert dispatcher.send_due(box, in_flight=4) == 7
    assert box.limiter.asked == ["customer"] * 7


def test_what_waits_for_its_day_does_not_use_its_rate_up(box, account):
    box = with_limiter(box, lambda: timedelta(0))
    lane, rests = (account.id, str(Channel.MASS_BY_TAG)), rates.Rests()
    post(box, account, {"oA": follower(box, account, "oA")}, channel=Channel.MASS_BY_TAG)
    for _ in range(5):
        allowed = rates.ask(box, [lane], rests=rests, most=48)
        assert allowed == {lane: 1}
        rests.keep(allowed, going=[])
    assert box.limiter.asked == ["mass_by_tag"]


def test_mass_calls_are_taken_one_at_a_time_and_answers_written_in_between(
    box, account, monkeypatch
):
    people = [follower(box, account, f"o{n}") for n in range(8)]
    for number in range(4):
        two = {f"o{n}": people[n] for n in (2 * number, 2 * number + 1)}
        post(box, account, two, channel=Channel.MASS)
    taken, take = [], claims.take

    def seen(*given, **values):
        going = take(*given, **values)
        taken.append(len(going))
        return going

    monkeypatch.setattr(claims, "take", seen)
    box.messenger.script = [None, Outcome(Result.RETRY, -1, trouble=Trouble.RETRYABLE)]
    assert dispatcher.send_due(box) == 4
    assert max(taken) == 1
    assert tally(box) == {"accepted": 6, "queued": 2}


def test_a_call_that_cannot_leave_now_does_not_stand_before_another_account_s(box, account):
    """A call by tag waits for an answer of the same day; the mass send goes."""
    names = {name: follower(box, account, name) for name in ("oA", "oB")}
    for topic in ("oA", "oB"):
        post(box, account, {topic: names[topic]}, channel=Channel.MASS_BY_TAG, hours=90)
    two = {name: follower(box, account, name) for name in ("oC", "oD")}
    post(box, account, two, channel=Channel.MASS)
    assert dispatcher.send_due(box) == 2
    assert tally(box) == {"accepted": 3, "queued": 1}
