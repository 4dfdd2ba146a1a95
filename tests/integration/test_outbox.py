"""The delivery ledger: never lost, never doubled, and every end has its reason."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from server.kernel.db import Work
from server.outbox import claims, decisions, dispatcher, outcomes, receipts
from server.outbox import service as outbox
from server.people import identities
from server.people.models import Person, WeChatIdentity
from server.ports import Channel, Outcome, Result, Trouble
from tests import make


class Killed(BaseException):
    """The process dies here."""


def follower(box, account, openid):
    with box.sessions.begin() as db:
        identities.follow(db, account, openid=openid, scene=None, now=box.clock.now())
        identities.spoke(Work(db.connection()), account, openid=openid, now=box.clock.now())
        return identities.person_of(db, account, openid)


def post(box, account, people, *, channel=Channel.CUSTOMER, purpose="answer", hours=2):
    now = box.clock.now()
    with box.sessions.begin() as db:
        return outbox.post(
            db,
            tenant_id=account.tenant_id,
            account_id=account.id,
            topic="t",
            purpose=purpose,
            channel=channel,
            to=[(f"t:{openid}", person, openid) for openid, person in people.items()],
            payload={"msgtype": "text", "text": {"content": "乡音"}},
            due_at=now,
            expires_at=now + timedelta(hours=hours),
            vault=box.vault,
        )


def tally(box):
    with box.sessions.read() as db:
        return outbox.tally(db, topic="t")


def reasons(box, account):
    with box.sessions.read() as db:
        lines = outbox.lines(
            db, tenant_id=account.tenant_id, topic="t", status=None, after="", limit=99
        )
        return {line.key: line.reason for line in lines}


def one(box, account, **more):
    return post(box, account, {"oA": follower(box, account, "oA")}, **more)


def two(box, account, **more):
    people = {name: follower(box, account, name) for name in ("oA", "oB")}
    return post(box, account, people, **more)


def test_posting_twice_is_harmless(box, account):
    assert one(box, account)
    assert one(box, account) is None
    dispatcher.run_once(box)
    assert dispatcher.run_once(box) == 0
    assert len(box.messenger.sent) == 1
    assert tally(box) == {"accepted": 1}


def test_four_dispatchers_send_sixty_envelopes_once_each(box, account):
    for number in range(60):
        name = f"o{number}"
        post(box, account, {name: follower(box, account, name)})

    def work():
        while dispatcher.run_once(box, batch=5):
            pass

    crew = [threading.Thread(target=work) for _ in range(4)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    sent = [message.addresses for message in box.messenger.sent]
    assert len(sent) == len(set(sent)) == 60
    assert tally(box) == {"accepted": 60}


def test_what_one_transaction_claims_another_does_not_get(box, account):
    """Deterministic: the second claim happens while the first is still open (PostgreSQL)."""
    if box.sessions.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time: there is no second open claim")
    one(box, account)
    with box.sessions.begin() as first, box.sessions.begin() as second:
        assert len(take(first, box, me="1")) == 1
        assert take(second, box, me="2") == []


def take(db, box, *, me, most=9):
    now = box.clock.now()
    lanes = claims.lanes_due(db, now=now)
    return claims.take(db, box, me=me, now=now, allowed=dict.fromkeys(lanes, most))


def test_death_before_the_claim_is_written_sends_once(box, account):
    one(box, account)

    def die_before_the_commit():
        with box.sessions.begin() as db:
            assert len(take(db, box, me="dead")) == 1
            raise Killed

    with pytest.raises(Killed):
        die_before_the_commit()
    dispatcher.run_once(box)
    assert tally(box) == {"accepted": 1}
    assert len(box.messenger.sent) == 1


def killed_while_sending(box):
    def die(_message):
        raise Killed

    box.messenger.script.append(die)
    with pytest.raises(Killed):
        dispatcher.run_once(box)
    box.clock.advance(seconds=46)
    assert outcomes.release_stale(box) == 1


def test_death_while_sending_ends_as_unknown_and_is_never_repeated_by_machine(box, account):
    one(box, account)
    killed_while_sending(box)
    box.clock.advance(minutes=10)
    dispatcher.run_once(box)
    assert tally(box) == {"unknown": 1}
    assert len(box.messenger.sent) == 1


def test_a_person_may_decide_to_repeat_an_unknown_one(box, account):
    one(box, account)
    killed_while_sending(box)
    with box.sessions.begin() as db:
        now = box.clock.now()
        assert decisions.repeat_unknown(db, tenant_id=account.tenant_id, key="t:oA", now=now)
    dispatcher.run_once(box)
    assert tally(box) == {"accepted": 1}


def test_a_mass_send_is_repeated_with_the_same_id_because_wechat_drops_repeats(box, account):
    envelope = two(box, account, channel=Channel.MASS)
    killed_while_sending(box)
    dispatcher.run_once(box)
    assert [message.envelope_id for message in box.messenger.sent] == [envelope, envelope]
    assert [message.addresses for message in box.messenger.sent] == [("oA", "oB")] * 2
    assert tally(box) == {"accepted": 2}


def later_than_its_hour(box):
    box.clock.advance(hours=3)
    dispatcher.run_once(box)


def cancelled(box):
    with box.sessions.begin() as db:
        assert outbox.cancel(db, topic="t", now=box.clock.now()) == 0


def refused_from_now_on(box):
    box.messenger.script = [Outcome(Result.HALT, 48001)]
    dispatcher.run_once(box)


def never_taken_again(box):
    box.messenger.script = [Outcome(Result.RETRY, -1, trouble=Trouble.RETRYABLE)] * 9
    for _ in range(9):
        dispatcher.run_once(box)
        box.clock.advance(minutes=2)


def cut(_message):
    return Outcome(Result.UNKNOWN, trouble=Trouble.LOST)


def answer_lost(box):
    box.messenger.script.append(cut)
    dispatcher.run_once(box)
    box.clock.advance(seconds=2)


@pytest.mark.parametrize("lost", [killed_while_sending, answer_lost])
@pytest.mark.parametrize(
    "end", [later_than_its_hour, cancelled, refused_from_now_on, never_taken_again]
)
def test_a_mass_send_that_may_be_on_the_phones_is_never_called_unsent(box, account, lost, end):
    two(box, account, channel=Channel.MASS)
    lost(box)
    end(box)
    assert tally(box) == {"unknown": 2}
    calls = len(box.messenger.sent)
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == calls


@pytest.mark.parametrize("lost", [killed_while_sending, answer_lost])
def test_a_repeated_mass_send_that_has_to_wait_is_accepted_in_the_end(box, account, lost):
    two(box, account, channel=Channel.MASS)
    lost(box)
    box.messenger.script = [Outcome(Result.RETRY, 45066, trouble=Trouble.RATE)]
    for _ in range(2):
        dispatcher.run_once(box)
        box.clock.advance(minutes=2)
    assert tally(box) == {"accepted": 2}


def test_a_person_who_repeats_one_line_of_a_mass_send_repeats_the_same_call(box, account):
    envelope = two(box, account, channel=Channel.MASS)
    answer_lost(box)
    refused_from_now_on(box)
    with box.sessions.begin() as db:
        now = box.clock.now()
        assert decisions.repeat_unknown(db, tenant_id=account.tenant_id, key="t:oA", now=now)
    dispatcher.run_once(box)
    last = box.messenger.sent[-1]
    assert (last.envelope_id, last.addresses) == (envelope, ("oA", "oB"))
    assert tally(box) == {"accepted": 2}


def test_what_one_has_taken_is_nobody_else_s_to_send_or_to_write_down(box, account):
    envelope = one(box, account)
    with box.sessions.begin() as db:
        assert len(take(db, box, me="slow")) == 1
    assert dispatcher.run_once(box) == 0
    with box.sessions.begin() as db:
        said = {envelope: Outcome(Result.ACCEPTED, 0, "other")}
        outcomes.record(db, said, me="somebody else", now=box.clock.now())
    assert tally(box) == {"queued": 1}


def test_an_answer_that_comes_after_all_still_tells_the_truth(box, account):
    envelope = one(box, account)
    killed_while_sending(box)
    with box.sessions.begin() as db:
        said = {envelope: Outcome(Result.ACCEPTED, 0, "late")}
        outcomes.record(db, said, me="?", now=box.clock.now())
    assert tally(box) == {"accepted": 1}


@pytest.mark.parametrize(
    ("outcome", "status", "calls"),
    [
        (Outcome(Result.REFUSED, 45015), "refused", 1),
        (Outcome(Result.HALT, 48001), "failed", 1),
        (Outcome(Result.UNKNOWN), "unknown", 1),
        (Outcome(Result.RETRY, -1), "accepted", 2),
    ],
)
def test_each_outcome_has_one_end(box, account, outcome, status, calls):
    one(box, account)
    box.messenger.script.append(outcome)
    dispatcher.run_once(box)
    box.clock.advance(minutes=2)
    dispatcher.run_once(box)
    assert tally(box) == {status: 1}
    assert len(box.messenger.sent) == calls


def test_retries_end(box, account):
    one(box, account, hours=200)
    box.messenger.script = [Outcome(Result.RETRY, -1)] * 9
    for _ in range(12):
        dispatcher.run_once(box)
        box.clock.advance(hours=1)
    assert tally(box) == {"failed": 1}
    assert len(box.messenger.sent) == 5


def test_what_is_too_late_expires(box, account):
    one(box, account)
    box.clock.advance(hours=3)
    dispatcher.run_once(box)
    assert tally(box) == {"expired": 1}
    assert box.messenger.sent == []


def leave(db, person):
    db.query(WeChatIdentity).filter_by(person_id=person).update({"following": False})


def grieve(db, person):
    when = make.NOON + timedelta(days=30)
    db.query(Person).filter_by(id=person).update({"bereaved_until": when})


def die(db, person):
    db.query(Person).filter_by(id=person).update({"deceased_on": make.NOON.date()})


def fall_silent(db, person):
    when = make.NOON - timedelta(hours=48)
    db.query(WeChatIdentity).filter_by(person_id=person).update({"last_message_at": when})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (leave, "not_following"),
        (grieve, "bereaved"),
        (die, "deceased"),
        (fall_silent, "window_closed"),
    ],
)
def test_the_last_moment_decides_whether_a_person_gets_it(box, account, change, reason):
    person = follower(box, account, "oA")
    post(box, account, {"oA": person}, purpose="greeting")
    with box.sessions.begin() as db:
        change(db, person)
    dispatcher.run_once(box)
    assert tally(box) == {"skipped": 1}
    assert reasons(box, account) == {"t:oA": reason}
    assert box.messenger.sent == []


def test_nobody_is_sent_to_alone_by_mass(box, account):
    two(box, account, channel=Channel.MASS)
    with box.sessions.begin() as db:
        identities.unfollow(db, account, openid="oB", now=box.clock.now())
    dispatcher.run_once(box)
    assert reasons(box, account) == {"t:oA": "mass_needs_two", "t:oB": "not_following"}


def test_cancelling_takes_back_what_has_not_left(box, account):
    two(box, account)
    with box.sessions.begin() as db:
        assert outbox.cancel(db, topic="t", now=box.clock.now()) == 2
    dispatcher.run_once(box)
    assert tally(box) == {"skipped": 2}


@pytest.mark.parametrize("early", [True, False])
def test_a_receipt_counts_whether_it_is_early_or_late(box, account, early):
    one(box, account)

    def receipt(_message=None):
        with box.sessions.begin() as db:
            receipts.receive(
                db,
                account_id=account.id,
                reference="ref1",
                delivered=True,
                detail="success",
                now=box.clock.now(),
            )

    if early:
        box.messenger.script.append(receipt)
    dispatcher.run_once(box)
    if not early:
        receipt()
    assert tally(box) == {"delivered": 1}


def test_what_is_said_cannot_be_read_in_the_ledger(box, account):
    one(box, account)
    with box.sessions.read() as db:
        payload = bytes(db.execute(text("SELECT payload FROM envelope")).scalar_one())
    assert "乡音".encode() not in payload


def test_the_wheel_sends_many_at_once_and_writes_each_end_down(box, account):
    for number in range(90):
        name = f"o{number}"
        post(box, account, {name: follower(box, account, name)})
    ends = [Outcome(Result.REFUSED, 45015), Outcome(Result.UNKNOWN), Outcome(Result.HALT, 48001)]
    box.messenger.script = ends * 10 + [None] * 60
    assert dispatcher.send_due(box, in_flight=16) == 90
    assert tally(box) == {"accepted": 60, "refused": 10, "unknown": 10, "failed": 10}
    assert len({message.addresses for message in box.messenger.sent}) == 90


def test_no_more_calls_are_out_at_once_than_allowed(box, account):
    for number in range(40):
        post(box, account, {f"o{number}": follower(box, account, f"o{number}")})
    out, most, lock = set(), [0], threading.Lock()

    def slowly(message):
        with lock:
            out.add(message.envelope_id)
            most[0] = max(most[0], len(out))
        threading.Event().wait(0.02)
        with lock:
            out.discard(message.envelope_id)

    box.messenger.script = [slowly] * 40
    assert dispatcher.send_due(box, in_flight=4) == 40
    assert 2 <= most[0] <= 4


def test_a_lane_whose_rate_is_used_up_holds_nobody_else_up(box, account):
    """Ten at once for custom messages, then none for an hour; notices go on."""

    class Ten:
        def __init__(self):
            self.left = 10

        def take(self, bucket, now):
            if bucket.startswith("customer"):
                self.left -= 1
                return timedelta(0) if self.left >= 0 else timedelta(hours=1)
            return timedelta(0)

    box = dataclasses.replace(box, limiter=Ten())
    for number in range(30):
        post(box, account, {f"o{number}": follower(box, account, f"o{number}")})
    for number in range(30, 40):
        person = follower(box, account, f"o{number}")
        post(box, account, {f"o{number}": person}, channel=Channel.TEMPLATE)
    assert dispatcher.send_due(box) == 20
    assert tally(box) == {"accepted": 20, "queued": 20}


def test_answers_survive_a_database_that_goes_away_for_a_moment(box, account):
    if box.sessions.engine.dialect.name == "sqlite":
        pytest.skip("a file does not go away")
    for number in range(40):
        name = f"o{number}"
        post(box, account, {name: follower(box, account, name)})
    cuts = []

    def cut(_message):
        """Drop every connection of the wheel while answers are on their way."""
        if len(box.messenger.sent) % 10 == 0:
            with box.sessions.engine.connect() as db:
                cuts.append(
                    db.scalar(
                        text(
                            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                        )
                    )
                )

    box.messenger.script = [cut] * 40
    sent = 0
    for _ in range(20):  # a wheel that found the database away ends; the next tick goes on
        sent += dispatcher.send_due(box, in_flight=8)
    assert sum(cuts) > 0
    assert tally(box).get("accepted", 0) >= 40 - 8, "at most what was being taken is in doubt"
    assert sum(tally(box).values()) == 40
    assert len({message.addresses for message in box.messenger.sent}) == len(box.messenger.sent)


def test_calls_that_failed_together_are_not_due_together(box, account):
    """WECHAT §7: back-off with jitter, so that a platform that comes back is not run over."""
    for number in range(6):
        post(box, account, {f"o{number}": follower(box, account, f"o{number}")})
    box.messenger.script = [Outcome(Result.RETRY, -1, trouble=Trouble.RETRYABLE)] * 6
    dispatcher.send_due(box, in_flight=6)
    with box.sessions.read() as db:
        due = db.execute(text("SELECT DISTINCT due_at FROM envelope")).all()
    assert len(due) == 6
