"""What staff decide for a whole county is decided however many it concerns."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from server.outbox import decisions, holds
from server.outbox import service as outbox
from server.outbox.models import Delivery, Envelope, SendHold
from server.ports import Channel
from tests.console import Browser
from tests.integration.test_outbox import follower, tally

MANY, MOST = 1_200, 1_000  # letters; values that one statement may name in this test


@pytest.fixture
def many(box, account):
    """More letters, each with one line, than one statement may name."""
    person, now = follower(box, account, "oA"), box.clock.now()
    to = [[(f"t:{n}", person, f"o{n}")] for n in range(MANY)]
    with box.sessions.begin() as db:
        outbox.post_all(
            db,
            [outbox.Letter(account.id, Channel.OFFICIAL_SUBSCRIPTION, one, {}, now,
                           now + timedelta(hours=2)) for one in to],
            tenant_id=account.tenant_id, topic="t", purpose="case", vault=box.vault,
        )  # fmt: skip


@pytest.fixture
def said(box, many):
    """The statements of a test; none names more than the database takes (PostgreSQL: 65,535)."""
    seen = []

    def note(*asked):
        if not asked[5]:  # executemany
            seen.append(asked[2])
            assert len(asked[3]) <= MOST, asked[2][:300]

    event.listen(box.sessions.engine, "before_cursor_execute", note)
    yield seen
    event.remove(box.sessions.engine, "before_cursor_execute", note)


def test_many_letters_are_cancelled_with_few_statements(box, said):
    with box.sessions.begin() as db:
        assert outbox.cancel(db, topic="t", now=box.clock.now()) == MANY
    assert tally(box) == {"skipped": MANY}
    assert len(said) < 12


def test_many_letters_of_a_restored_database_are_let_go_by_a_person(app, box, account, said):
    boss = Browser(app, box, tenant_id=account.tenant_id, role="super")
    with box.sessions.begin() as db:
        db.add(SendHold(reason="restored", mark="x", since=box.clock.now()))
    with box.sessions.begin() as db:
        (found,) = holds.active(db, boss.officer, now=box.clock.now())
        holds.lift(db, boss.officer, found.id, now=box.clock.now())
    assert tally(box) == {"unknown": MANY}


def test_many_letters_that_came_too_late_are_sent_after_all(box, account, said):
    with box.sessions.begin() as db:
        ended = {"status": "expired", "settled_at": box.clock.now()}
        db.execute(update(Envelope).values(**ended))
        db.execute(update(Delivery).values(**ended))
    assert tally(box) == {"expired": MANY}
    now = box.clock.now()
    with box.sessions.begin() as db:
        number = decisions.relaunch(
            db, tenant_id=account.tenant_id, topic="t", now=now, until=now + timedelta(hours=1)
        )
    assert number == MANY
    assert tally(box) == {"queued": MANY}
