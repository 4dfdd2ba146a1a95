"""An odd address or an odd letter ends its own call, and nobody else's."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.kernel.mailboxes import reachable
from server.mail.smtp import SmtpSender
from server.outbox import dispatcher
from server.outbox import service as outbox
from server.ports import Channel, Outcome, Outgoing, Result, Trouble
from server.wiring import Senders
from tests.integration.test_mail_and_errands import PAYLOAD, PostOffice, one
from tests.integration.test_outbox import follower, post, tally, two
from tests.servers import free_port
from tests.unit.test_mailboxes import GOOD, ODD

SENDER = "云溪县侨联 <qiaolian@home.test>"
GONE = Outcome(Result.REFUSED, trouble=Trouble.PERSON_GONE)
REFUSED_WORDS = Outcome(Result.REFUSED, trouble=Trouble.CONTENT)
NOT_SET_UP = Outcome(Result.HALT, trouble=Trouble.CONFIGURATION)
ODDLY_TYPED = st.one_of(
    st.emails(),
    st.text(alphabet=st.sampled_from("ab.@,;<>()[]\"\\ \r\n\0陈é例子-_+'\ud800"), max_size=30),
    st.builds("{}@{}".format, st.text(max_size=12), st.text(max_size=12)),
)


@pytest.fixture(scope="module")
def office():
    office = PostOffice()
    yield office
    office.controller.stop()


@pytest.fixture
def sender(office, clock):
    office.mails.clear()
    return SmtpSender(office.url, SENDER, clock)


def saying(**words):
    return Outgoing(1, "e" * 32, Channel.EMAIL, ("chen@example.org",), PAYLOAD | words)


@pytest.mark.parametrize("to", ODD)
def test_an_address_nobody_can_write_to_is_refused_for_this_person(office, sender, to):
    assert sender.send(one(to)) == GONE
    assert office.mails == []


@pytest.mark.parametrize("to", GOOD)
def test_an_everyday_address_is_written_to(office, sender, to):
    assert sender.send(one(to)).result is Result.ACCEPTED
    assert office.mails[0][0] == [to]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(to=ODDLY_TYPED)
def test_whatever_stands_in_the_address_there_is_an_answer(office, sender, to):
    told = sender.send(one(to))
    if reachable(to):
        assert told.result is Result.ACCEPTED
        assert office.mails[-1][0] == [to]
    else:
        assert told == GONE


@pytest.mark.parametrize("field", ["subject", "text", "page", "unsubscribe"])
def test_half_a_character_is_a_fault_of_the_letter(office, sender, field):
    assert sender.send(saying(**{field: "家书\ud800"})) == REFUSED_WORDS
    assert office.mails == []


def test_a_second_header_in_the_subject_is_a_fault_of_the_letter(office, sender):
    assert sender.send(saying(subject="家书\r\nBcc: lee@example.org")) == REFUSED_WORDS
    assert office.mails == []


def test_a_call_that_is_no_mail_is_a_fault_of_ours(sender):
    broken = Outgoing(1, "e" * 32, Channel.EMAIL, ("chen@example.org",), {"subject": "x"})
    assert sender.send(broken).trouble is Trouble.REQUEST
    to_two = Outgoing(1, "e" * 32, Channel.EMAIL, ("a@example.org", "b@example.org"), PAYLOAD)
    assert sender.send(to_two).trouble is Trouble.REQUEST


def test_our_own_address_in_chinese_stops_the_lane_and_blames_nobody(office, clock):
    assert SmtpSender(office.url, "侨联 <侨联@home.test>", clock).send(one()) == NOT_SET_UP


@pytest.mark.parametrize("host", ["邮件..test", f"{'a' * 64}.test"])
def test_a_host_that_is_none_is_an_operators_to_mend(clock, host):
    away = SmtpSender(f"smtp://{host}:{free_port()}", SENDER, clock)
    assert away.send(one()).result in {Result.HALT, Result.RETRY}


def breaks(_message):
    raise UnicodeEncodeError("ascii", "chen-li@example.org", 0, 1, "the library broke")


def turn(box):
    """Turn the wheel; one that does not come to rest would hold the whole run up."""
    wheel = threading.Thread(target=dispatcher.send_due, args=[box], daemon=True)
    wheel.start()
    wheel.join(20)
    assert not wheel.is_alive()


def letters(box, account, *openids, **more):
    for openid in openids:
        post(box, account, {openid: follower(box, account, openid)}, **more)


def test_a_call_that_breaks_is_unknown_and_the_wheel_comes_to_rest(box, account, caplog):
    """Whatever broke it, the call may have left: no machine repeats it."""
    letters(box, account, "oA", "oB", "oC")
    box.messenger.script = [breaks, breaks]
    turn(box)
    assert tally(box) == {"unknown": 2, "accepted": 1}
    (told, _) = [line for line in caplog.records if line.getMessage() == "call_broke"]
    assert told.envelope in {message.envelope_id for message in box.messenger.sent}
    assert "chen-li" not in caplog.text + str(vars(told))


def test_one_after_the_other_a_broken_call_stops_nothing_either(box, account):
    letters(box, account, "oA", "oB")
    box.messenger.script = [breaks]
    assert dispatcher.run_once(box) == 2
    assert tally(box) == {"unknown": 1, "accepted": 1}


def test_a_mass_send_that_broke_is_asked_again_with_its_id(box, account):
    envelope = two(box, account, channel=Channel.MASS)
    box.messenger.script = [breaks]
    turn(box)
    box.clock.advance(minutes=2)
    turn(box)
    assert [message.envelope_id for message in box.messenger.sent] == [envelope, envelope]
    assert tally(box) == {"accepted": 2}


def test_more_odd_addresses_than_calls_at_once_keep_nobody_waiting(box, account, office):
    box = dataclasses.replace(
        box, messenger=Senders(box.messenger, SmtpSender(office.url, SENDER, box.clock))
    )
    many, reader = dispatcher.IN_FLIGHT + 2, follower(box, account, "oMail")
    with box.sessions.begin() as db:
        for number in range(many):
            outbox.post(
                db, tenant_id=account.tenant_id, account_id=account.id, topic="t",
                purpose="case", channel=Channel.EMAIL,
                to=[(f"m:{number}", reader, "陈@example.org")], payload=PAYLOAD,
                due_at=box.clock.now(), expires_at=box.clock.now() + timedelta(hours=2),
                vault=box.vault,
            )  # fmt: skip
    letters(box, account, "oA")
    turn(box)
    assert tally(box) == {"refused": many, "accepted": 1}
