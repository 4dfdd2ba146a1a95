"""Cancelling a letter: what has not left never does, and nobody is told so who may have it."""

import threading
import time

import pytest
from sqlalchemy import event, text

from server.outbox import decisions, dispatcher, outcomes
from server.outbox import service as outbox
from server.people.models import Person
from server.ports import Channel, Outcome, Result, Trouble
from tests.integration.test_holds import SECRET
from tests.integration.test_outbox import (
    Killed,
    cut,
    one,
    post,
    reasons,
    take,
    tally,
    two,
)

BUSY = Outcome(Result.RETRY, -1, trouble=Trouble.RETRYABLE)  # WeChat took nothing


def cancel(box):
    with box.sessions.begin() as db:
        return outbox.cancel(db, topic="t", now=box.clock.now())


def cancelled_while_it_is_on_its_way(box, outcome):
    def staff_press_stop(_message):
        assert cancel(box) == 0  # nobody is promised to be spared
        if outcome is Killed:
            raise Killed
        return outcome

    box.messenger.script = [staff_press_stop]


def a_day_of_turns(box):
    for _ in range(24):
        dispatcher.run_once(box)
        outcomes.release_stale(box)
        box.clock.advance(hours=1)


@pytest.mark.parametrize("channel", [Channel.CUSTOMER, Channel.MASS])
@pytest.mark.parametrize("answer", [BUSY, SECRET], ids=["busy", "lane held"])
def test_what_is_cancelled_on_its_way_and_not_taken_ends_there(box, account, channel, answer):
    two(box, account, channel=channel, hours=90)
    cancelled_while_it_is_on_its_way(box, answer)
    a_day_of_turns(box)
    assert len(box.messenger.sent) == 1
    assert tally(box) == {"skipped": 2}
    assert set(reasons(box, account).values()) == {"cancelled"}


def test_what_is_cancelled_on_its_way_and_taken_has_left(box, account):
    two(box, account, channel=Channel.MASS)
    cancelled_while_it_is_on_its_way(box, Outcome(Result.ACCEPTED, 0, "ref"))
    a_day_of_turns(box)
    assert tally(box) == {"accepted": 2}


def test_a_mass_send_cancelled_on_its_way_is_not_repeated_when_the_answer_is_lost(box, account):
    two(box, account, channel=Channel.MASS, hours=90)
    cancelled_while_it_is_on_its_way(box, cut(None))
    a_day_of_turns(box)
    assert len(box.messenger.sent) == 1
    assert tally(box) == {"unknown": 2}
    assert set(reasons(box, account).values()) == {None}


def test_a_mass_send_cancelled_on_its_way_is_not_repeated_when_the_sender_dies(box, account):
    two(box, account, channel=Channel.MASS, hours=90)
    cancelled_while_it_is_on_its_way(box, Killed)
    with pytest.raises(Killed):
        dispatcher.run_once(box)
    a_day_of_turns(box)
    assert len(box.messenger.sent) == 1
    assert tally(box) == {"unknown": 2}


def test_a_repeat_that_is_cancelled_and_refused_may_have_arrived_the_first_time(box, account):
    two(box, account, channel=Channel.MASS, hours=90)
    box.messenger.script = [cut]
    dispatcher.run_once(box)
    box.clock.advance(minutes=2)
    cancelled_while_it_is_on_its_way(box, BUSY)
    a_day_of_turns(box)
    assert len(box.messenger.sent) == 2
    assert tally(box) == {"unknown": 2}


def test_a_person_who_repeats_what_was_cancelled_overrules_that(box, account):
    one(box, account, hours=90)
    cancelled_while_it_is_on_its_way(box, cut(None))
    dispatcher.run_once(box)
    with box.sessions.begin() as db:
        now = box.clock.now()
        assert decisions.repeat_unknown(db, tenant_id=account.tenant_id, key="t:oA", now=now)
    box.messenger.script = [BUSY]
    a_day_of_turns(box)
    assert tally(box) == {"accepted": 1}


def wait_until_somebody_waits(box):
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    with box.sessions.engine.connect() as db:
        while not db.scalar(waiting):
            assert time.monotonic() < deadline
            db.rollback()  # within a transaction PostgreSQL shows the same picture again
            time.sleep(0.01)


def test_cancelling_sees_what_is_being_taken_in_this_moment(box, account):
    """Deterministic: the claim commits while the cancellation waits for it (PostgreSQL)."""
    if box.sessions.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time: nothing is taken meanwhile")
    two(box, account, channel=Channel.MASS)
    spared = []
    stop = threading.Thread(target=lambda: spared.append(cancel(box)))
    with box.sessions.begin() as db:
        (message,) = take(db, box, me="me")
        db.flush()
        stop.start()
        wait_until_somebody_waits(box)
    stop.join()
    assert spared == [0]
    with box.sessions.begin() as db:
        outcomes.record(db, {message.envelope_id: BUSY}, me="me", now=box.clock.now())
    assert tally(box) == {"skipped": 2}


def test_cancelling_asks_no_more_of_the_database_for_many_than_for_one(box, account):
    def statements(people):
        for name, person in people.items():
            post(box, account, {name: person})
        seen = []
        engine = box.sessions.engine
        event.listen(engine, "before_cursor_execute", lambda *asked: seen.append(asked[2]))
        assert cancel(box) == len(people)
        return len(seen)

    with box.sessions.begin() as db:
        some = [Person(tenant_id=account.tenant_id, language="zh-Hans", created_at=box.clock.now())
                for _ in range(40)]  # fmt: skip
        db.add_all(some)
        db.flush()
        ids = [person.id for person in some]
    assert statements({"o0": ids[0]}) == statements({f"o{n}": ids[n] for n in range(1, 40)})
