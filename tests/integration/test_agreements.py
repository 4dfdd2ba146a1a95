"""What people allow: written down word for word, asked by everything that writes to them."""

from datetime import timedelta

import pytest

from server.greetings import sending
from server.greetings import service as greetings
from server.greetings.labels import REASONS
from server.outbox import service as outbox
from server.outbox.rules import why_not
from server.people import identities
from server.people.agreements import ledger
from server.people.agreements.ledger import State
from server.people.agreements.terms import MESSAGES, TERMS, Purpose, Unasked, Way, Wording
from server.people.reach import followers, many, reach
from server.ports import FollowerInfo, Identity
from server.staff import service as staff
from tests import make
from tests.integration.test_api import BODY, keyed, sign_in
from tests.integration.test_callback import Door


@pytest.fixture
def county(tools):
    return make.county(tools)


@pytest.fixture
def wang(tools, county):
    with tools.sessions.begin() as db:
        account = make.account(tools)
        identities.follow(db, account, openid="oWang", scene=None, now=make.NOON)
        return identities.person_of(db, account, "oWang")


def say(tools, person, purpose, *, given, way=Way.MINI, **more):
    with tools.sessions.begin() as db:
        return ledger.record(
            db, person_id=person, purpose=purpose, given=given, way=way, vault=tools.vault,
            now=tools.clock.advance(minutes=1), **more,
        )  # fmt: skip


def state(tools, person, purpose):
    with tools.sessions.read() as db:
        return {one.purpose: one.state for one in ledger.standings(db, person)}[purpose]


def test_unasked_each_purpose_has_its_own_default(tools, wang):
    with tools.sessions.read() as db:
        now = {one.purpose: one.state for one in ledger.standings(db, wang)}
        assert set(now) == set(Purpose)
        for purpose, term in TERMS.items():
            asked = term.unasked is Unasked.NO
            assert now[purpose] is (State.NOT_ASKED if asked else State.PRESUMED)
            assert ledger.allows(db, wang, purpose) is not asked
            assert not ledger.withdrew(db, wang, purpose)


def test_a_row_points_to_the_exact_words_which_are_kept_once(tools, wang):
    old, new = Wording("2026-11", "旧的说明"), Wording("2026-12", "新的说明")
    assert say(tools, wang, Purpose.FAQ, given=True, wording=old)
    assert not say(tools, wang, Purpose.FAQ, given=True, wording=old), "nothing new"
    assert say(tools, wang, Purpose.FAQ, given=True, wording=new)
    assert say(tools, wang, Purpose.PUBLISH, given=True, wording=new)
    with tools.sessions.read() as db:
        told = [(one.version, one.text) for one in ledger.history(db, wang, vault=tools.vault)]
        texts = db.connection().exec_driver_sql("SELECT count(*) FROM agreement_text").scalar()
    assert told == [("2026-12", "新的说明"), ("2026-12", "新的说明"), ("2026-11", "旧的说明")]
    assert texts == 2


def test_yes_no_and_yes_again_leave_three_rows(tools, wang):
    for given in (True, False, True):
        assert say(tools, wang, Purpose.GREETINGS, given=given)
        assert state(tools, wang, Purpose.GREETINGS) is (State.GIVEN if given else State.WITHDRAWN)
    with tools.sessions.read() as db:
        history = ledger.history(db, wang, vault=tools.vault)
    assert [one.given for one in history] == [True, False, True]


def test_the_account_ends_only_with_the_account(tools, wang):
    with pytest.raises(Exception, match="ends with the account"):
        say(tools, wang, Purpose.ACCOUNT, given=False)


def test_those_who_declined_are_marked_wherever_people_are_looked_up(tools, county, wang):
    say(tools, wang, Purpose.GREETINGS, given=False)
    with tools.sessions.read() as db:
        for found in (
            reach(db, wang, tools.vault),
            many(db, [wang], tools.vault)[wang],
            next(followers(db, county.id, tools.vault)),
        ):
            assert found.declined == {Purpose.GREETINGS}
    say(tools, wang, Purpose.GREETINGS, given=True)
    with tools.sessions.read() as db:
        assert next(followers(db, county.id, tools.vault)).declined == frozenset()


def test_what_one_half_said_holds_for_the_whole_when_two_turn_out_to_be_one(tools, county, wang):
    with tools.sessions.begin() as db:
        mini = make.account(tools, "yunxi-mini")
        other = identities.sign_in(db, mini, Identity("mWang", unionid="u1"), now=make.NOON)
    say(tools, wang, Purpose.GREETINGS, given=False)
    with tools.sessions.begin() as db:
        info = FollowerInfo("oWang", following=True, unionid="u1", followed_at=make.NOON)
        identities.learn(db, make.account(tools), info, now=make.NOON)
        assert identities.person_of(db, make.account(tools), "oWang") == other
        assert next(followers(db, county.id, tools.vault)).declined == {Purpose.GREETINGS}
        assert ledger.withdrew(db, other, Purpose.GREETINGS)
    say(tools, other, Purpose.GREETINGS, given=True)
    with tools.sessions.read() as db:
        assert next(followers(db, county.id, tools.vault)).declined == frozenset()


@pytest.mark.parametrize(("message", "purpose"), MESSAGES.items())
def test_the_last_gate_before_wechat_asks_for_every_kind_of_message(message, purpose):
    now = make.NOON
    about = {
        "channel": "customer", "following": True, "bereaved_until": None, "deceased_on": None,
        "last_message_at": now - timedelta(hours=1), "now": now,
    }  # fmt: skip
    assert why_not(purpose=message, **about) is None
    declined = frozenset({purpose}) if purpose else frozenset(Purpose)
    expected = "declined" if purpose else None
    assert why_not(purpose=message, declined=declined, **about) == expected


@pytest.mark.parametrize("word", ["恢复问候", "恢复", "重新订阅"])
def test_a_word_in_the_chat_ends_letters_and_another_brings_them_back(app, tools, wang, word):
    door = Door(app, make.account(tools), tools.clock)
    assert "不再寄给您" in door.said(door.post(door.text("退订")))
    assert state(tools, wang, Purpose.GREETINGS) is State.WITHDRAWN
    assert state(tools, wang, Purpose.NEWSLETTER) is State.WITHDRAWN
    tools.clock.advance(minutes=1)
    assert "照常寄给您" in door.said(door.post(door.text(word)))
    assert state(tools, wang, Purpose.GREETINGS) is State.GIVEN


def test_a_letter_passes_by_whoever_declined_and_says_why(tools, county, wang):
    with tools.sessions.begin() as db:
        account = make.account(tools)
        for openid in ("oA", "oB"):
            identities.follow(db, account, openid=openid, scene=None, now=make.NOON)
        clerk = staff.create(
            db, tenant_id=county.id, login="clerk", name="王", role="admin",
            password="a-long-password", now=make.NOON,
        )  # fmt: skip
        letter = greetings.propose(db, clerk, now=make.NOON)
        values = {"timing": "now", "even_at_night": True}
        greetings.edit(db, clerk, letter.id, values, now=make.NOON)
        greetings.approve(db, clerk, letter.id, now=make.NOON)
    say(tools, wang, Purpose.GREETINGS, given=False)
    with tools.sessions.begin() as db:
        sending.plan_due(db, now=tools.clock.now(), vault=tools.vault, base_url="https://home.test")
        lines = outbox.lines(
            db,
            tenant_id=county.id,
            topic=greetings.topic(letter.id),
            status=None,
            after="",
            limit=9,
        )
        told = {one.person_id: one.reason for one in lines}
        assert told.pop(wang) == "declined"
        assert set(told.values()) == {None}
        assert REASONS["declined"] == "本人说不收节日问候"


def test_a_message_of_a_kind_nobody_can_be_asked_about_is_not_queued(tools, county, wang):
    about = {
        "tenant_id": county.id, "account_id": make.account(tools).id, "topic": "x:1",
        "purpose": "surprise", "channel": "mass", "to": [("k", wang, "oWang")], "payload": {},
        "due_at": make.NOON, "expires_at": make.NOON, "vault": tools.vault,
    }  # fmt: skip
    with pytest.raises(ValueError, match="surprise"), tools.sessions.begin() as db:
        outbox.post(db, **about)


def test_a_case_is_handed_in_with_its_consent_on_record(county, tools, client):
    me = sign_in(tools)
    case = client.post("/api/v1/cases", json=BODY, headers=keyed(me, "a")).json
    assert case["number"]
    told = client.get("/api/v1/me/agreements", headers=me).json
    states = {one["purpose"]: one["state"] for one in told["items"]}
    assert states["petition"] == states["account"] == "given"
    assert states["consult"] == "not_asked"
    texts = {one["text"] for one in told["history"]}
    site = client.get("/api/v1/site?account=yunxi-mini").json
    assert texts == {site["consent"]["text"]}
