"""Letters of a 订阅号: one mass call a day of China, by tag, in the same ledger as everything."""

import dataclasses
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from server.accounts import service as accounts
from server.greetings import latecomers, rehearsal, sending, service
from server.kernel.clock import CHINA
from server.outbox import allowances, claims, decisions, dispatcher, holds, outcomes, rules
from server.outbox import service as outbox
from server.people import identities
from server.people import service as people
from server.people.models import Person
from server.ports import AccountType, Channel, Outcome, Result, Trouble
from server.wiring import RATES
from tests import fakes, make
from tests.console import Browser
from tests.integration.test_holds import follower, post, several, tally

NEW_YEAR = date(2027, 1, 1)
DAY_BEFORE = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)  # 10:00 in the county
ZONES = {"oHome": "Asia/Shanghai", "oRome": "Europe/Rome", "oYork": "America/New_York"}


@pytest.fixture
def account(box):
    with box.sessions.begin() as db:
        accounts.change(db, "yunxi", {"account_type": "subscription"}, vault=box.vault)
    found = make.account(box)
    assert found.account_type is AccountType.SUBSCRIPTION
    return found


def by_tag(box, account, number=1, **more):
    several(box, account, number, channel=Channel.MASS_BY_TAG, **more)


def test_one_person_alone_is_written_to(box, account):
    by_tag(box, account)
    dispatcher.run_once(box)
    (message,) = box.messenger.sent
    assert (message.channel, message.addresses) == (Channel.MASS_BY_TAG, ("o0",))
    assert tally(box, "t0") == {"accepted": 1}


def test_the_second_call_of_a_day_waits_for_midnight_in_china_and_staff_see_it(app, box, account):
    desk = Browser(app, box, tenant_id=account.tenant_id)
    by_tag(box, account, 2, hours=40)
    for _ in range(3):
        dispatcher.run_once(box)
        dispatcher.send_due(box)
    assert len(box.messenger.sent) == 1
    with box.sessions.read() as db:
        (found,) = holds.active(db, desk.officer, now=box.clock.now())
    assert (found.reason, found.channel, found.waiting) == (
        holds.Reason.QUOTA, Channel.MASS_BY_TAG, 1,
    )  # fmt: skip
    assert found.until.astimezone(CHINA) == datetime(2026, 11, 21, tzinfo=CHINA)
    assert "人的信停着没寄" in desk.get("/console/today").text
    box.clock.set(found.until + timedelta(seconds=1))
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == 2


def test_four_who_take_at_once_make_one_call_a_day(box, account):
    by_tag(box, account, 8)

    def work():
        for _ in range(4):
            dispatcher.run_once(box, batch=3)

    crew = [threading.Thread(target=work) for _ in range(4)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert len(box.messenger.sent) == 1


def test_a_call_whose_answer_was_lost_may_be_repeated_the_same_day(box, account):
    by_tag(box, account)
    box.messenger.script = [Outcome(Result.UNKNOWN)]
    dispatcher.run_once(box)
    box.clock.advance(minutes=2)
    dispatcher.run_once(box)
    first, again = box.messenger.sent
    assert first.envelope_id == again.envelope_id  # the clientmsgid: WeChat drops the repeat
    assert tally(box, "t0") == {"accepted": 1}


class Slow(fakes.Messenger):
    """Tagging takes its time: the dispatcher looks around before the answer comes."""

    def send(self, message):
        time.sleep(0.5)
        return super().send(message)


@pytest.fixture
def slow(box):
    return dataclasses.replace(box, messenger=Slow())


def held(box, account):
    with box.sessions.read() as db:
        return bool(holds.held(db, [(account.id, str(Channel.MASS_BY_TAG))], now=box.clock.now()))


def test_a_call_that_takes_long_does_not_hold_its_own_lane(slow, account):
    by_tag(slow, account)
    dispatcher.send_due(slow)
    assert tally(slow, "t0") == {"accepted": 1}
    assert not held(slow, account)


@pytest.mark.parametrize("first", [Outcome(Result.RETRY, -1), Outcome(Result.UNKNOWN)])
def test_a_slow_call_that_failed_is_repeated_the_same_day(slow, account, first):
    by_tag(slow, account)
    slow.messenger.script = [first]
    for _ in range(2):
        dispatcher.send_due(slow)
        slow.clock.advance(minutes=1)
    assert len(slow.messenger.sent) == 2
    assert tally(slow, "t0") == {"accepted": 1}


def test_while_a_call_is_in_doubt_no_other_letter_takes_its_place(box, account):
    by_tag(box, account)
    box.messenger.script = [Outcome(Result.UNKNOWN)]
    dispatcher.run_once(box)
    post(box, account, {"oB": follower(box, account, "oB")}, channel=Channel.MASS_BY_TAG)
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == 1
    box.clock.advance(minutes=2)
    dispatcher.run_once(box)
    first, again = box.messenger.sent
    assert first.envelope_id == again.envelope_id


def test_a_repeat_after_midnight_of_what_had_arrived_leaves_the_new_day_free(box, account):
    box.clock.set(datetime(2026, 11, 20, 15, 59, tzinfo=UTC))
    post(
        box, account, {"oA": follower(box, account, "oA")}, channel=Channel.MASS_BY_TAG,
        topic="late", hours=20,
    )  # fmt: skip
    box.messenger.script = [Outcome(Result.UNKNOWN), Outcome(Result.ACCEPTED, 45065, "ref")]
    dispatcher.run_once(box)
    box.clock.advance(minutes=2)
    dispatcher.run_once(box)
    by_tag(box, account)
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == 3
    assert not held(box, account)


def test_a_repeat_that_wechat_would_not_recognise_is_not_made(box, account):
    by_tag(box, account, hours=80)
    box.messenger.script = [Outcome(Result.UNKNOWN)]
    dispatcher.run_once(box)
    box.clock.advance(hours=24)
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == 1
    assert tally(box, "t0") == {"unknown": 1}
    with box.sessions.begin() as db:  # a person knows better
        assert decisions.repeat_unknown(
            db, tenant_id=account.tenant_id, key="t0:o0", now=box.clock.now()
        )
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == 2
    assert tally(box, "t0") == {"accepted": 1}


def test_the_first_yes_counts_although_somebody_else_is_at_it_again(box, account):
    by_tag(box, account)
    now = box.clock.now()
    with box.sessions.begin() as db:
        (mine,) = take(db, box, me="1", now=now)
    box.clock.advance(minutes=1)
    outcomes.release_stale(box)
    with box.sessions.begin() as db:
        take(db, box, me="2", now=now + timedelta(minutes=2))
    yes = {mine.envelope_id: Outcome(Result.ACCEPTED, 0, "ref")}
    with box.sessions.begin() as db:
        outcomes.record(db, yes, me="1", now=now)
    assert tally(box, "t0") == {"accepted": 1}
    with box.sessions.begin() as db:  # the other one's answer changes nothing
        no = {mine.envelope_id: Outcome(Result.RETRY, 45066, trouble=Trouble.RATE)}
        outcomes.record(db, no, me="2", now=now)
    assert tally(box, "t0") == {"accepted": 1}


def test_who_is_at_it_keeps_the_lease_and_tries_come_to_an_end(box, account):
    by_tag(box, account, hours=80)
    for number in range(6):
        with box.sessions.begin() as db:
            taken = take(db, box, me=str(number), now=box.clock.now())
        assert bool(taken) == (number < rules.MAX_ATTEMPTS)
        box.clock.advance(seconds=40)
        with box.sessions.begin() as db:
            claims.renew(db, me=str(number), now=box.clock.now())
        box.clock.advance(seconds=40)
        assert outcomes.release_stale(box) == 0
        box.clock.advance(seconds=40)
        outcomes.release_stale(box)
    assert tally(box, "t0") == {"unknown": 1}


def take(db, box, *, me, now):
    lanes = claims.lanes_due(db, now=now)
    return claims.take(db, box, me=me, now=now, allowed=dict.fromkeys(lanes, 9))


def test_planning_does_not_keep_the_dispatcher_waiting(box, account):
    """A letter being written down refers to the account: that is no reason to wait for it."""
    if box.sessions.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time")
    by_tag(box, account)
    reader = follower(box, account, "oNew")
    with box.sessions.begin() as planning:
        outbox.post(
            planning, tenant_id=account.tenant_id, account_id=account.id, topic="planned",
            purpose="greeting", channel=Channel.MASS_BY_TAG, to=[("planned:1", reader, "oNew")],
            payload={}, due_at=box.clock.now() + timedelta(days=1),
            expires_at=box.clock.now() + timedelta(days=2), vault=box.vault,
        )  # fmt: skip
        assert dispatcher.run_once(box) == 1


def test_who_was_not_tagged_the_second_time_may_have_been_reached_the_first(box, account):
    crowd = {f"o{n}": follower(box, account, f"o{n}") for n in range(2)}
    post(box, account, crowd, channel=Channel.MASS_BY_TAG)
    box.messenger.script = [
        Outcome(Result.UNKNOWN), Outcome(Result.ACCEPTED, 45065, "ref", left_out=("o1",)),
    ]  # fmt: skip
    dispatcher.run_once(box)
    box.clock.advance(minutes=2)
    dispatcher.run_once(box)
    assert tally(box) == {"accepted": 1, "unknown": 1}


def test_who_could_not_be_tagged_is_refused_and_the_others_accepted(box, account):
    crowd = {f"o{n}": follower(box, account, f"o{n}") for n in range(3)}
    post(box, account, crowd, channel=Channel.MASS_BY_TAG)
    box.messenger.script = [Outcome(Result.ACCEPTED, 0, "ref", left_out=("o1",))]
    dispatcher.run_once(box)
    assert tally(box) == {"accepted": 2, "refused": 1}
    with box.sessions.read() as db:
        lines = outbox.lines(
            db, tenant_id=account.tenant_id, topic="t", status="refused", after="", limit=9
        )
    assert [(one.key, one.reason) for one in lines] == [("t:o1", "not_tagged")]


def test_the_months_four_are_not_counted_for_a_subscription_account():
    had = allowances.Had(month=4, day=0)
    assert allowances.why_not(had, channel=Channel.MASS_BY_TAG) is None
    assert Channel.MASS_BY_TAG in RATES


@pytest.fixture
def desk(app, box, account):
    box.clock.set(DAY_BEFORE)
    for openid, zone in ZONES.items():
        with box.sessions.begin() as db:
            identities.follow(db, account, openid=openid, scene=None, now=make.NOON)
            person_id = identities.person_of(db, account, openid)
            people.update_profile(db, person_id, {"zone": zone}, vault=box.vault)
    return Browser(app, box, tenant_id=account.tenant_id)


@pytest.fixture
def letter(app, box, desk):
    second = Browser(app, box, tenant_id=desk.officer.tenant_id, login="second")
    with box.sessions.begin() as db:
        draft = service.propose(db, desk.officer, now=DAY_BEFORE, festival="new_year")
        return service.approve(db, second.officer, draft.id, now=DAY_BEFORE)


def plan(box):
    with box.sessions.begin() as db:
        sending.plan_due(db, now=box.clock.now(), vault=box.vault, base_url="https://home.test")


def test_a_festival_is_planned_into_two_calls_that_reach_everybody_by_day(box, desk, letter):
    with box.sessions.read() as db:
        seen = rehearsal.preview(db, desk.officer, letter.id, now=DAY_BEFORE, vault=box.vault)
    assert seen.calls == 2
    assert [one.name for one in seen.channels] == ["群发消息（订阅号，按标签）"]
    assert {one.local.date() for one in seen.zones} == {NEW_YEAR}
    assert [one.code for one in seen.notes] == ["shared_hour"]
    plan(box)
    for moment in sorted({one.instant for one in seen.zones}):
        box.clock.set(moment)
        dispatcher.send_due(box)
    first, second = box.messenger.sent
    assert set(first.addresses) == {"oHome", "oRome"}
    assert second.addresses == ("oYork",)
    with box.sessions.read() as db:
        assert outbox.tally(db, topic=service.topic(letter.id)) == {"accepted": 3}


def test_another_letter_of_the_day_finds_the_call_used(box, desk, account, letter):
    reader = follower(box, account, "oReader")
    post(
        box, account, {"oReader": reader}, topic="newsletter", purpose="newsletter",
        channel=Channel.MASS_BY_TAG, hours=40,
    )  # fmt: skip
    with box.sessions.begin() as db:
        row = db.query(claims.Envelope).one()
        row.due_at = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)
    with box.sessions.read() as db:
        seen = rehearsal.preview(db, desk.officer, letter.id, now=DAY_BEFORE, vault=box.vault)
    assert [(one.code, one.count) for one in seen.reasons] == [("one_call_a_day", 1)]
    assert seen.reasons[0].name == "订阅号一天只能群发一次，当地白天已没有可用的一次"


@pytest.mark.parametrize("kind", ["subscription", "service"])
def test_the_call_of_the_day_is_not_spent_on_late_followers(box, account, letter, kind):
    """The 服务号 shows that they would be written to otherwise."""
    with box.sessions.begin() as db:  # everybody is far away: the call of the day is not used
        db.query(Person).update({"zone": "America/New_York"})
        accounts.change(db, "yunxi", {"account_type": kind}, vault=box.vault)
    plan(box)
    late = datetime(2027, 1, 1, 4, 0, tzinfo=UTC)
    box.clock.set(late)
    with box.sessions.begin() as db:
        for openid in ("oLate", "oLater"):
            identities.follow(db, account, openid=openid, scene=None, now=late)
        found = latecomers.welcome(db, now=late, vault=box.vault, base_url="https://home.test")
    assert found == (kind == "service")


@pytest.fixture
def wechat_api(sandbox):
    make.call("POST", f"{sandbox}/sandbox/reset")
    return sandbox


def test_a_letter_reaches_the_phones_of_a_subscription_account(tools, account):
    """Over HTTP: the sandbox refuses openid lists of such an account."""
    sandbox = tools.settings.wechat_api
    make.introduce(sandbox, account, account_type="subscription", job_seconds=0)
    house = dataclasses.replace(tools, limiter=fakes.NoLimit())
    house.clock.set(datetime.now(UTC))  # the gateway's own
    phones = []
    for name in ("甲", "乙", "丙"):
        card = {"nickname": name, "country": "意大利", "zone": "Europe/Rome"}
        card = make.call("POST", f"{sandbox}/sandbox/followers", card)
        url = f"{sandbox}/sandbox/followers/{card['id']}"
        make.call("POST", f"{url}/follow", {"appid": account.appid})
        phones.append((url, card["openids"][account.appid]))
    crowd = {openid: follower(house, account, openid) for _, openid in phones}
    post(house, account, crowd, channel=Channel.MASS_BY_TAG)
    url, _ = phones.pop()  # 丙 leaves, and the callback that tells us is late
    make.call("POST", f"{url}/unfollow", {"appid": account.appid})
    dispatcher.send_due(house)
    assert tally(house) == {"accepted": 2, "refused": 1}
    make.call("POST", f"{sandbox}/sandbox/clock", {"advance_seconds": 5})
    for url, _ in phones:
        items = make.call("GET", f"{url}/timeline?appid={account.appid}&after=0")["items"]
        assert [one["content"]["content"] for one in items if one["channel"] == "mass"] == ["乡音"]
