"""Who must not get what was planned for them: asked when it leaves, at every try."""

from datetime import date

import pytest
from sqlalchemy import update

from server.outbox import dispatcher
from server.people import identities
from server.people.models import Person
from server.ports import Channel, FollowerInfo, Outcome, Result, Trouble
from tests import make
from tests.integration.test_outbox import follower, post, reasons, tally

BUSY = Outcome(Result.RETRY, -1, trouble=Trouble.RETRYABLE)
LOST = Outcome(Result.UNKNOWN, trouble=Trouble.LOST)


@pytest.fixture
def people(box, account):
    return {name: follower(box, account, name) for name in ("oA", "oB", "oC", "oD")}


def dies(box, person):
    with box.sessions.begin() as db:
        db.execute(update(Person).where(Person.id == person).values(deceased_on=date(2026, 11, 19)))


def leaves(box, account, openid):
    with box.sessions.begin() as db:
        identities.unfollow(db, account, openid=openid, now=box.clock.now())


def follows_too(box, account, openid, person):
    """Let somebody follow another account of the county; WeChat tells that it is them."""
    with box.sessions.begin() as db:
        identities.follow(db, account, openid=openid, scene=None, now=box.clock.now())
        for where, name in ((account, openid), (make.account(box), person)):
            known = FollowerInfo(name, following=True, unionid="uA")
            identities.learn(db, where, known, now=box.clock.now())


def sent(box):
    return [message.addresses for message in box.messenger.sent]


def test_a_call_wechat_did_not_take_is_another_call_with_other_readers(box, account, people):
    box.messenger.script = [BUSY]
    post(box, account, people, channel=Channel.MASS, purpose="greeting", hours=9)
    dispatcher.run_once(box)
    dies(box, people["oA"])
    leaves(box, account, "oB")
    box.clock.advance(hours=1)
    dispatcher.run_once(box)
    assert sent(box) == [("oA", "oB", "oC", "oD"), ("oC", "oD")]
    told = reasons(box, account)
    assert (told["t:oA"], told["t:oB"]) == ("deceased", "not_following")


def test_a_call_whose_answer_was_lost_is_repeated_as_it_was(box, account, people):
    box.messenger.script = [LOST]
    post(box, account, people, channel=Channel.MASS, purpose="greeting", hours=9)
    dispatcher.run_once(box)
    dies(box, people["oA"])
    box.clock.advance(hours=1)
    dispatcher.run_once(box)
    assert sent(box) == [("oA", "oB", "oC", "oD")] * 2


def test_who_left_the_account_that_sends_is_not_saved_by_following_another(box, account, people):
    follows_too(box, make.second_account(box), "oA2", "oA")
    post(box, account, people, channel=Channel.MASS, purpose="greeting")
    leaves(box, account, "oA")
    dispatcher.run_once(box)
    assert sent(box) == [("oB", "oC", "oD")]
    assert reasons(box, account)["t:oA"] == "not_following"


@pytest.mark.parametrize("joined", ["before", "after"])
def test_who_stands_in_a_letter_twice_gets_it_once(box, account, people, joined):
    """WeChat tells late that the followers of two accounts are one person."""
    second = make.second_account(box)
    others = {name: follower(box, second, name) for name in ("oA2", "oB2", "oC2")}
    post(box, account, people, channel=Channel.MASS, purpose="greeting")
    if joined == "before":
        follows_too(box, second, "oA2", "oA")
    else:
        dispatcher.run_once(box)
        follows_too(box, second, "oA2", "oA")
    post(box, second, others, channel=Channel.MASS, purpose="greeting")
    while dispatcher.run_once(box):
        pass
    reached = [openid for call in sent(box) for openid in call if openid in {"oA", "oA2"}]
    assert len(reached) == 1
    assert tally(box) == {"accepted": 6, "skipped": 1}
    assert "merged" in reasons(box, account).values()
