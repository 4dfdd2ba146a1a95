"""What keeps letters back, how much one person gets, and what a restored database may not do."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from server.kernel.errors import NotAllowed, NotFound
from server.outbox import allowances, decisions, dispatcher, holds, mark, rules
from server.outbox import service as outbox
from server.outbox.allowances import Had
from server.outbox.holds import Reason
from server.outbox.models import Envelope
from server.people import service as people
from server.ports import Channel, Outcome, Result, Trouble
from tests import make
from tests.console import Browser
from tests.integration.test_outbox import follower

QUOTA = Outcome(Result.RETRY, 45028, trouble=Trouble.QUOTA, retry_after=timedelta(hours=5))
SECRET = Outcome(Result.HALT, 40125, trouble=Trouble.CONFIGURATION)
FORBIDDEN = Outcome(Result.HALT, 48001, trouble=Trouble.PERMISSION)


@pytest.fixture
def desk(app, box, account):
    return Browser(app, box, tenant_id=account.tenant_id, role="super")


def post(box, account, people, *, topic="t", channel=Channel.CUSTOMER, purpose="answer", hours=40):
    now = box.clock.now()
    with box.sessions.begin() as db:
        return outbox.post(
            db, tenant_id=account.tenant_id, account_id=account.id, topic=topic, purpose=purpose,
            channel=channel, to=[(f"{topic}:{name}", who, name) for name, who in people.items()],
            payload={"msgtype": "text", "text": {"content": "乡音"}}, due_at=now,
            expires_at=now + timedelta(hours=hours), vault=box.vault,
        )  # fmt: skip


def tally(box, topic="t"):
    with box.sessions.read() as db:
        return outbox.tally(db, topic=topic)


def reasons(box, account, topic="t"):
    with box.sessions.read() as db:
        found = outbox.lines(
            db, tenant_id=account.tenant_id, topic=topic, status=None, after="", limit=99
        )
    return {one.reason for one in found}


def active(box, desk):
    with box.sessions.read() as db:
        return holds.active(db, desk.officer, now=box.clock.now())


def several(box, account, number=3, **more):
    for n in range(number):
        post(box, account, {f"o{n}": follower(box, account, f"o{n}")}, topic=f"t{n}", **more)


@pytest.mark.parametrize(
    ("outcome", "reason", "wait"),
    [
        (QUOTA, Reason.QUOTA, timedelta(hours=5)),
        (SECRET, Reason.ACCOUNT, timedelta(minutes=10)),
        (FORBIDDEN, Reason.PERMISSION, timedelta(hours=1)),
    ],
)
def test_what_concerns_the_whole_lane_parks_the_rest_and_tells_staff(
    box, account, desk, outcome, reason, wait
):
    several(box, account)
    box.messenger.script = [outcome]
    dispatcher.run_once(box, batch=1)
    for _ in range(3):
        dispatcher.run_once(box)
    assert len(box.messenger.sent) == 1  # nobody knocks at a closed door
    (found,) = active(box, desk)
    assert (found.reason, found.waiting, found.code) == (reason, 3, outcome.code)
    assert "人的信停着没寄" in desk.get("/console/today").text
    box.clock.advance(seconds=wait.total_seconds() + 1)
    dispatcher.run_once(box)
    assert [tally(box, f"t{n}") for n in range(3)] == [{"accepted": 1}] * 3
    assert active(box, desk) == []


def test_a_lane_that_waits_does_not_hold_the_others(box, account):
    several(box, account, 1)
    box.messenger.script = [FORBIDDEN]
    dispatcher.run_once(box)
    people = {name: follower(box, account, name) for name in ("oA", "oB")}
    post(box, account, people, channel=Channel.MASS)
    dispatcher.run_once(box)
    assert tally(box) == {"accepted": 2}


def test_waiting_for_a_quota_never_ends_as_a_failure(box, account):
    several(box, account, 1, hours=400)
    box.messenger.script = [QUOTA] * 7  # more than the tries of a failure
    for _ in range(7):
        dispatcher.run_once(box)
        box.clock.advance(hours=6)
    assert tally(box, "t0") == {"queued": 1}


def test_a_colleague_stops_everything_and_lets_it_go_again(box, account, desk):
    several(box, account)
    desk.post("/console/deliveries/pause")
    desk.post("/console/deliveries/pause")
    dispatcher.run_once(box)
    dispatcher.send_due(box)
    assert box.messenger.sent == []
    (found,) = active(box, desk)
    assert (found.reason, found.waiting) == (Reason.STAFF, 3)
    desk.post(f"/console/deliveries/holds/{found.id}/lift")
    dispatcher.send_due(box)
    assert len(box.messenger.sent) == 3


def test_a_hold_is_the_countys_own(app, box, account, desk):
    desk.post("/console/deliveries/pause")
    (found,) = active(box, desk)
    other = make.county(box, slug="other", name="别县侨联").id
    stranger = Browser(app, box, tenant_id=other)
    assert active(box, stranger) == []
    with pytest.raises(NotFound), box.sessions.begin() as db:
        holds.lift(db, stranger.officer, found.id, now=box.clock.now())


def restore(box, taken_at_envelopes):
    """Take the database back to when these envelopes had not left; the file beside it stays."""
    with box.sessions.begin() as db:
        for row in db.scalars(select(Envelope).where(Envelope.id.in_(taken_at_envelopes))):
            row.status, row.attempts, row.first_left_at = "queued", 0, None
            row.handed_over_at = row.settled_at = None
            for line in row.deliveries:
                line.status, line.settled_at = "queued", None


def test_a_restored_database_sends_nothing_until_a_person_confirms(app, box, account, desk):
    person = follower(box, account, "oA")
    envelope = post(box, account, {"oA": person})
    dispatcher.send_due(box)
    restore(box, [envelope])
    dispatcher.send_due(box)
    dispatcher.run_once(box)
    assert len(box.messenger.sent) == 1
    (found,) = active(box, desk)
    assert (found.reason, found.account_name, found.waiting) == (Reason.RESTORED, None, 1)
    colleague = Browser(app, box, tenant_id=account.tenant_id, role="approver")
    with pytest.raises(NotAllowed), box.sessions.begin() as db:
        holds.lift(db, colleague.officer, found.id, now=box.clock.now())
    desk.post(f"/console/deliveries/holds/{found.id}/lift")
    dispatcher.send_due(box)
    assert len(box.messenger.sent) == 1
    assert tally(box) == {"unknown": 1}  # it may have left: a person decides
    post(box, account, {"oA": person}, topic="later")
    dispatcher.send_due(box)
    assert tally(box, "later") == {"accepted": 1}


def test_a_second_restore_is_noticed_as_well(box, account, desk):
    person = follower(box, account, "oA")
    for number in range(2):
        envelope = post(box, account, {"oA": person}, topic=f"r{number}")
        dispatcher.send_due(box)
        restore(box, [envelope])
        dispatcher.send_due(box)
        (found,) = active(box, desk)
        desk.post(f"/console/deliveries/holds/{found.id}/lift")
    assert len(box.messenger.sent) == 2


def test_a_database_on_a_new_machine_waits_for_a_person(box, account, desk):
    person = follower(box, account, "oA")
    post(box, account, {"oA": person})
    dispatcher.send_due(box)
    (box.settings.data_dir / "last-envelope").unlink()
    post(box, account, {"oA": person}, topic="next")
    dispatcher.send_due(box)
    assert tally(box, "next") == {"queued": 1}
    assert [one.reason for one in active(box, desk)] == [Reason.RESTORED]


def test_an_ordinary_start_is_not_mistaken_for_a_restore(box, account, desk):
    mark.check(box)
    several(box, account)
    box.messenger.script = [Outcome(Result.RETRY, -1, trouble=Trouble.RETRYABLE)] * 2
    for _ in range(4):
        dispatcher.send_due(box)
        box.clock.advance(minutes=2)
        mark.check(box)
    assert active(box, desk) == []


def mass(box, account, people, topic):
    post(box, account, people, topic=topic, channel=Channel.MASS, purpose="greeting", hours=3)
    dispatcher.run_once(box)


def in_february(box):
    box.clock.advance(
        seconds=(datetime(2027, 2, 2, 2, tzinfo=UTC) - box.clock.now()).total_seconds()
    )


def test_nobody_gets_a_fifth_mass_message_in_a_month_of_china(box, account):
    in_february(box)
    people = {name: follower(box, account, name) for name in ("oA", "oB")}
    for number in range(5):
        mass(box, account, people, f"m{number}")
        box.clock.advance(hours=49)
    assert [tally(box, f"m{n}") for n in range(4)] == [{"accepted": 2}] * 4
    assert reasons(box, account, "m4") == {"month_quota"}
    box.clock.advance(hours=24 * 21)
    mass(box, account, people, "march")
    assert tally(box, "march") == {"accepted": 2}


def test_a_third_letter_on_one_day_is_too_many(box, account):
    in_february(box)
    person = {"oA": follower(box, account, "oA")}
    for number in range(3):
        post(box, account, person, topic=f"d{number}", purpose="greeting", hours=3)
        dispatcher.run_once(box)
    assert reasons(box, account, "d2") == {"too_many"}
    post(box, account, person, topic="case", purpose="answer")
    dispatcher.run_once(box)
    assert tally(box, "case") == {"accepted": 1}  # answers are not letters


def test_somebody_who_moved_since_the_plan_is_not_woken(box, account):
    in_february(box)  # 10:00 in 北京
    awake, asleep = follower(box, account, "oA"), follower(box, account, "oB")
    with box.sessions.begin() as db:
        people.resolve(db, awake).zone = "America/New_York"  # 21:00 the day before
        people.resolve(db, asleep).zone = "Europe/Rome"  # 03:00
    post(box, account, {"oA": awake}, topic="a", purpose="greeting")
    post(box, account, {"oB": asleep}, topic="b", purpose="greeting")
    dispatcher.run_once(box)
    assert tally(box, "a") == {"accepted": 1}
    assert reasons(box, account, "b") == {"quiet_hours"}


@pytest.mark.parametrize(
    ("had", "channel", "reason"),
    [
        (None, Channel.MASS, None),
        (Had(month=3, day=1), Channel.MASS, None),
        (Had(month=4, day=0), Channel.MASS, "month_quota"),
        (Had(month=4, day=0), Channel.CUSTOMER, None),
        (Had(month=0, day=2), Channel.CUSTOMER, "too_many"),
    ],
)
def test_how_much_is_enough(had, channel, reason):
    assert allowances.why_not(had, channel=channel) == reason


def test_the_month_is_chinas():
    assert allowances.month_of(datetime(2027, 1, 31, 17, tzinfo=UTC)) == datetime(
        2027, 1, 31, 16, tzinfo=UTC
    )


def test_an_unknown_zone_is_not_judged():
    night = datetime(2027, 1, 31, 19, tzinfo=UTC)
    assert rules.too_early_or_late("greeting", None, any_hour=False, now=night) is None
    assert rules.too_early_or_late("case", "Asia/Shanghai", any_hour=False, now=night) is None
    assert rules.too_early_or_late("greeting", "Asia/Shanghai", any_hour=True, now=night) is None
    told = rules.too_early_or_late("greeting", "Asia/Shanghai", any_hour=False, now=night)
    assert told == "quiet_hours"


def test_what_expired_is_sent_after_all_when_a_person_says_so(box, account):
    several(box, account, 1, hours=1)
    box.clock.advance(hours=2)
    dispatcher.run_once(box)
    assert tally(box, "t0") == {"expired": 1}
    now = box.clock.now()
    with box.sessions.begin() as db:
        number = decisions.relaunch(
            db, tenant_id=account.tenant_id, topic="t0", now=now, until=now + timedelta(hours=3)
        )
    assert number == 1
    dispatcher.run_once(box)
    assert tally(box, "t0") == {"accepted": 1}


def test_a_wrong_password_of_the_mail_server_does_not_stop_wechat(box, account):
    post(box, account, {"a@b.test": follower(box, account, "oA")}, topic="m", channel=Channel.EMAIL)
    box.messenger.script = [Outcome(Result.HALT, 535, trouble=Trouble.CONFIGURATION)]
    dispatcher.run_once(box)
    several(box, account, 2)
    dispatcher.run_once(box)
    assert [tally(box, f"t{n}") for n in range(2)] == [{"accepted": 1}] * 2
    assert tally(box, "m") == {"queued": 1}


def test_a_wrong_secret_of_the_account_does_not_stop_the_mail(box, account):
    several(box, account, 1)
    box.messenger.script = [SECRET]
    dispatcher.run_once(box)
    post(box, account, {"a@b.test": follower(box, account, "oA")}, topic="m", channel=Channel.EMAIL)
    dispatcher.run_once(box)
    assert tally(box, "m") == {"accepted": 1}


def test_every_new_machine_is_a_finding_of_its_own(box, account, desk):
    person = follower(box, account, "oA")
    for number in range(2):
        post(box, account, {"oA": person}, topic=f"before{number}")
        dispatcher.send_due(box)
        assert tally(box, f"before{number}") == {"accepted": 1}
        (box.settings.data_dir / "last-envelope").unlink()
        post(box, account, {"oA": person}, topic=f"after{number}")
        dispatcher.send_due(box)
        (found,) = active(box, desk)
        desk.post(f"/console/deliveries/holds/{found.id}/lift")
        dispatcher.send_due(box)
        assert active(box, desk) == []
    assert len(box.messenger.sent) == 2


def test_what_colleagues_pass_on_stays_open_after_a_restore(box, account, desk):
    person = follower(box, account, "oA")
    envelope = post(box, account, {"oA": person})
    post(box, account, {"oA": person}, topic="hand", channel=Channel.BY_HAND)
    dispatcher.send_due(box)
    restore(box, [envelope])
    dispatcher.send_due(box)
    (found,) = active(box, desk)
    desk.post(f"/console/deliveries/holds/{found.id}/lift")
    assert (tally(box), tally(box, "hand")) == ({"unknown": 1}, {"queued": 1})


def test_who_may_not_lift_a_restore_is_not_offered_to(app, box, account, desk):
    post(box, account, {"oA": follower(box, account, "oA")})
    dispatcher.send_due(box)
    (box.settings.data_dir / "last-envelope").unlink()
    dispatcher.send_due(box)
    colleague = Browser(app, box, tenant_id=account.tenant_id, role="approver")
    assert "放行…" in desk.get("/console/deliveries").text
    shown = colleague.get("/console/deliveries").text
    assert "停着：" in shown
    assert "放行…" not in shown


def test_letters_of_one_round_know_of_each_other(box, account):
    in_february(box)
    person = {"oA": follower(box, account, "oA")}
    for number in range(3):
        post(box, account, person, topic=f"d{number}", purpose="greeting", hours=3)
    dispatcher.run_once(box, batch=10)
    assert len(box.messenger.sent) == 2
    every = {reason for n in range(3) for reason in reasons(box, account, f"d{n}")}
    assert every == {None, "too_many"}
