"""What the tick puts right: letters too late under a brake, receipts that missed their call."""

import threading
from datetime import timedelta

import pytest

from server import worker
from server.outbox import decisions, dispatcher, outcomes, receipts
from server.outbox.models import Envelope, SendHold
from server.people import subscriptions
from server.ports import Channel, Outcome, Result
from tests import make
from tests.console import Browser
from tests.integration.test_holds import active, restore
from tests.integration.test_outbox import answer_lost, follower, one, post, take, tally, two


@pytest.fixture
def brake(box, account):
    with box.sessions.begin() as db:
        db.add(SendHold(tenant_id=account.tenant_id, reason="staff", since=box.clock.now()))


def tick(box):
    worker.dispatch(box)
    worker.release_stale(box)


@pytest.mark.parametrize("channel", [Channel.MASS, Channel.CUSTOMER, Channel.EMAIL])
def test_what_is_too_late_expires_under_a_brake_and_can_be_sent_after_all(
    box, account, brake, channel
):
    two(box, account, channel=channel, hours=2)
    tick(box)
    assert tally(box) == {"queued": 2}
    box.clock.advance(hours=3)
    tick(box)
    assert tally(box) == {"expired": 2}
    assert box.messenger.sent == []
    now = box.clock.now()
    with box.sessions.begin() as db:
        until = now + timedelta(hours=1)
        assert decisions.relaunch(
            db, tenant_id=account.tenant_id, topic="t", now=now, until=until
        ) == 2  # fmt: skip


def test_what_may_be_on_the_phones_does_not_expire_under_a_brake(box, account):
    two(box, account, channel=Channel.MASS, hours=2)
    answer_lost(box)
    with box.sessions.begin() as db:
        db.add(SendHold(tenant_id=account.tenant_id, reason="staff", since=box.clock.now()))
    box.clock.advance(hours=3)
    tick(box)
    assert tally(box) == {"unknown": 2}


def test_what_was_due_before_a_restore_may_have_left_however_late_it_is(box, account):
    person = follower(box, account, "oA")
    envelope = post(box, account, {"oA": person}, hours=2)
    dispatcher.send_due(box)
    restore(box, [envelope])
    box.clock.advance(hours=3)
    worker.release_stale(box)  # before any dispatcher has looked
    assert tally(box) == {"unknown": 1}
    with box.sessions.read() as db:
        row = db.get_one(Envelope, envelope)
        assert (row.trouble, row.first_left_at) == ("lost", row.due_at)


def test_what_became_due_after_a_restore_was_noticed_has_not_left(app, box, account):
    desk = Browser(app, box, tenant_id=account.tenant_id, role="super")
    person = follower(box, account, "oA")
    envelope = post(box, account, {"oA": person}, hours=90)
    dispatcher.send_due(box)
    restore(box, [envelope])
    dispatcher.send_due(box)
    assert [one.reason for one in active(box, desk)] == ["restored"]
    box.clock.advance(hours=1)
    with box.sessions.begin() as db:
        db.get_one(Envelope, envelope).due_at = box.clock.now()
    box.clock.advance(hours=90)
    tick(box)
    assert tally(box) == {"expired": 1}


def test_a_notice_that_may_have_left_before_a_restore_has_used_its_consent(box, account):
    person = follower(box, account, "oA")
    make.allow(box, person, "case_notice")
    notice = Channel.OFFICIAL_SUBSCRIPTION
    post(box, account, {"oA": person}, channel=notice, purpose="case")
    with box.sessions.begin() as db:
        db.add(SendHold(reason="restored", mark="x", since=box.clock.now()))
    box.clock.advance(hours=3)
    tick(box)
    assert tally(box) == {"unknown": 1}
    with box.sessions.read() as db:
        template = subscriptions.TEMPLATES[notice]
        assert subscriptions.remaining(db, person_id=person, template=template) == 0


def test_letters_too_late_end_in_portions(box, account, brake, monkeypatch):
    monkeypatch.setattr(outcomes, "TOGETHER", 3)
    person = follower(box, account, "oA")
    for number in range(7):
        post(box, account, {f"o{number}": person}, hours=2)
    for number in range(2):
        post(box, account, {f"m{number}{n}": person for n in range(2)}, channel=Channel.MASS)
    box.clock.advance(hours=3)
    assert outcomes.expire(box) == 9
    assert outcomes.expire(box) == 0
    assert tally(box) == {"expired": 11}


def test_a_receipt_that_meets_its_answer_counts_at_the_next_tick(box, account):
    """Deterministic: each transaction looks before the other one commits (PostgreSQL)."""
    one(box, account)
    with box.sessions.begin() as db:
        (message,) = take(db, box, me="m")
    written, received = threading.Event(), threading.Event()

    def answer():
        with box.sessions.begin() as db:
            said = {message.envelope_id: Outcome(Result.ACCEPTED, 0, "R1")}
            outcomes.record(db, said, me="m", now=box.clock.now())
            db.flush()
            written.set()
            if box.sessions.engine.dialect.name == "postgresql":
                received.wait(10)

    writer = threading.Thread(target=answer)
    writer.start()
    written.wait(10)
    with box.sessions.begin() as db:
        receipts.receive(
            db, account_id=account.id, reference="R1", delivered=False,
            detail="failed:user block", now=box.clock.now(),
        )  # fmt: skip
    received.set()
    writer.join()
    worker.release_stale(box)
    assert tally(box) == {"refused": 1}
    assert worker.release_stale(box) == 0


def test_a_receipt_of_a_call_that_is_not_ours_troubles_nobody(box, account):
    with box.sessions.begin() as db:
        receipts.receive(
            db, account_id=account.id, reference="stranger", delivered=True, detail="success",
            now=box.clock.now(),
        )  # fmt: skip
    assert worker.release_stale(box) == 0
