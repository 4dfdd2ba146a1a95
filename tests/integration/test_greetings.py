"""From a proposed letter to lines in the outbox, on both databases, with real people rows."""

import dataclasses
import json
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from server import worker
from server.greetings import latecomers, rehearsal, sending, service
from server.greetings.terms import Status, Timing
from server.kernel.crypto import Vault
from server.kernel.db import Busy, Sessions, Work
from server.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from server.outbox import service as outbox
from server.outbox.holds import Reason
from server.outbox.models import Delivery, Envelope, SendHold
from server.people import identities
from server.people import service as people
from server.people.models import Person
from server.staff import service as staff
from tests import fakes, make

NEW_YEAR = date(2027, 1, 1)
HOME = "https://home.test"
DAY_BEFORE = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)  # 10:00 in the county
PASSWORD = "correct horse battery"


@dataclass
class House:
    sessions: Sessions
    vault: Vault
    clock: make.StandingClock
    editor: staff.Officer | None = None
    admin: staff.Officer | None = None

    def follower(self, openid, *, spoke=None, **profile):
        account = make.account(self)
        values = {"zone": None, "salutation": None, "language": "zh-Hans", **profile}
        with self.sessions.begin() as db:
            identities.follow(db, account, openid=openid, scene=None, now=make.NOON)
            person_id = identities.person_of(db, account, openid)
            people.update_profile(db, person_id, values, vault=self.vault)
            if spoke is not None:
                identities.spoke(Work(db.connection()), account, openid=openid, now=spoke)
        return person_id

    def crowd(self, zone, count, **more):
        return [self.follower(f"o-{zone}-{n}", zone=zone, **more) for n in range(count)]

    def do(self, verb, *args, **values):
        with self.sessions.begin() as db:
            return verb(db, *args, **values)

    def approved(self, *, festival=None, now=make.NOON, **values):
        draft = self.do(service.propose, self.editor, now=now, festival=festival)
        if values:
            self.do(service.edit, self.editor, draft.id, values, now=now)
        return self.do(service.approve, self.admin, draft.id, now=now)

    def plan(self, now=DAY_BEFORE):
        return self.do(sending.plan_due, now=now, vault=self.vault, base_url=HOME)

    def outbox(self, letter_id):
        """Every delivery of a letter: (person, status, reason, channel, due, words)."""
        topic = service.topic(letter_id)
        with self.sessions.read() as db:
            rows = db.execute(
                select(Delivery, Envelope).join(Envelope).where(Envelope.topic == topic)
            )
            return {
                line.person_id: (line, envelope, self.words(envelope)) for line, envelope in rows
            }

    def words(self, envelope):
        payload = json.loads(self.vault.open(envelope.payload, where=outbox.PAYLOAD))
        if "text" not in payload:
            return None  # nobody gets anything
        words, page, _ = payload["text"]["content"].partition(f'\n\n<a href="{HOME}/letters/')
        assert page, "every letter shows the way to its page"
        return words

    def deliveries(self):
        with self.sessions.read() as db:
            return Counter(db.scalars(select(Delivery.person_id)))


@pytest.fixture
def house(database_url):
    made = House(Sessions(database_url), Vault({1: b"k" * 32}), make.StandingClock())
    county = make.county(made)
    with made.sessions.begin() as db:
        made.editor, made.admin = (
            staff.create(
                db, tenant_id=county.id, login=role, name=role, role=role,
                password=PASSWORD, now=make.NOON,
            )
            for role in ("editor", "admin")
        )  # fmt: skip
    yield made
    made.sessions.dispose()


def test_the_next_festival_is_proposed_once_with_its_letter(house):
    first = house.do(service.propose, house.editor, now=make.NOON)
    again = house.do(service.propose, house.admin, now=make.NOON + timedelta(days=1))
    assert (first.festival, first.day, first.status) == ("new_year", NEW_YEAR, Status.DRAFT)
    assert first == again
    assert "新年快乐" in first.text
    assert first.findings == ()
    assert (first.timing, first.at) == (Timing.LOCAL_MORNING, time(9, 0))


def test_an_officer_may_choose_another_coming_festival_but_not_christmas(house):
    coming = house.do(service.choices, house.editor, now=make.NOON)
    assert [one.festival for one in coming][:3] == ["winter_solstice", "new_year", "laba"]
    assert coming[1].days_left == 42
    assert "christmas" not in {one.festival for one in coming}
    spring = house.do(service.propose, house.editor, now=make.NOON, festival="spring")
    assert spring.day == date(2027, 2, 6)
    with pytest.raises(Refused):
        house.do(service.propose, house.editor, now=make.NOON, festival="christmas")
    with pytest.raises(NotFound):
        house.do(service.propose, house.editor, now=make.NOON, festival="halloween")


def test_a_festival_that_falls_with_a_weightier_one_has_that_ones_letter(house):
    now = datetime(2028, 9, 20, tzinfo=UTC)
    both = house.do(service.propose, house.editor, now=now, festival="mid_autumn")
    assert (both.festival, both.day) == ("national", date(2028, 10, 1))
    assert both.id == house.do(service.propose, house.editor, now=now, festival="national").id


def test_a_letter_with_errors_is_kept_but_not_approved(house):
    draft = house.do(service.propose, house.editor, now=make.NOON)
    bad = {"text": "恭喜发财"}
    edited = house.do(service.edit, house.editor, draft.id, bad, now=make.NOON)
    assert {one.code for one in edited.findings} >= {"money", "signature", "date"}
    with pytest.raises(Invalid) as refused:
        house.do(service.approve, house.admin, draft.id, now=make.NOON)
    assert any("谈钱" in words for words in refused.value.details["fields"]["text"])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"at": time(21, 0)}, "at"),
        ({"at": "09:00"}, "at"),
        ({"timing": "midnight"}, "timing"),
        ({"text": "长" * 2001}, "text"),
        ({"even_at_night": "yes"}, "even_at_night"),
        ({"status": "planned"}, "status"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_changes(house, values, field):
    draft = house.do(service.propose, house.editor, now=make.NOON)
    with pytest.raises(Invalid) as refused:
        house.do(service.edit, house.editor, draft.id, {"text": "新", **values}, now=make.NOON)
    assert field in refused.value.details["fields"]
    assert house.do(service.letter, house.editor, draft.id) == draft


def test_an_approved_letter_stands_still_until_it_is_reopened(house):
    letter = house.approved()
    assert letter.approved_by == house.admin.id
    with pytest.raises(Conflict):
        house.do(service.edit, house.editor, letter.id, {"text": "新"}, now=make.NOON)
    with pytest.raises(Conflict):
        house.do(service.approve, house.admin, letter.id, now=make.NOON)
    assert house.do(service.reopen, house.editor, letter.id, now=make.NOON).status == "draft"
    house.do(service.approve, house.admin, letter.id, now=make.NOON)
    house.plan()
    with pytest.raises(Conflict):
        house.do(service.reopen, house.editor, letter.id, now=DAY_BEFORE)


def test_an_editor_prepares_but_does_not_approve_and_a_leader_only_looks(house):
    draft = house.do(service.propose, house.editor, now=make.NOON)
    with pytest.raises(NotAllowed):
        house.do(service.approve, house.editor, draft.id, now=make.NOON)
    leader = house.do(
        staff.create, tenant_id=house.admin.tenant_id, login="leader", name="领导", role="leader",
        password=PASSWORD, now=make.NOON,
    )  # fmt: skip
    assert house.do(service.letters, leader) == [draft]
    for verb in (service.propose, service.approve):
        with pytest.raises(NotAllowed):
            house.do(verb, leader, *([draft.id] if verb is service.approve else []), now=make.NOON)


def test_another_county_finds_nothing(house):
    draft = house.do(service.propose, house.editor, now=make.NOON)
    other = make.county(house, slug="shiqiao", name="石桥县侨联")
    stranger = house.do(
        staff.create, tenant_id=other.id, login="stranger", name="外", role="admin",
        password=PASSWORD, now=make.NOON,
    )  # fmt: skip
    assert house.do(service.letters, stranger) == []
    for verb, more in (
        (service.letter, {}),
        (service.cancel, {"now": make.NOON}),
        (service.approve, {"now": make.NOON}),
        (sending.progress, {}),
        (rehearsal.preview, {"now": make.NOON, "vault": house.vault}),
    ):
        with pytest.raises(NotFound):
            house.do(verb, stranger, draft.id, **more)


def test_every_follower_gets_one_line_at_their_own_morning(house):
    at_home = house.crowd("Asia/Shanghai", 3)
    in_rome = house.crowd("Europe/Rome", 2, language="zh-Hant")
    in_new_york = house.follower(
        "o-ny", zone="America/New_York", salutation="范女士", spoke=DAY_BEFORE, language="zh-Hant"
    )
    letter = house.approved()
    assert house.plan() == 1
    lines = house.outbox(letter.id)
    assert set(lines) == {*at_home, *in_rome, in_new_york}
    due = {person: envelope.due_at for person, (_, envelope, _) in lines.items()}
    assert due[at_home[0]] == datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
    assert due[in_rome[0]] == datetime(2027, 1, 1, 8, 0, tzinfo=UTC)
    assert due[in_new_york] == datetime(2027, 1, 1, 14, 0, tzinfo=UTC)
    _, personal, words = lines[in_new_york]
    assert (personal.channel, personal.purpose) == ("customer", "greeting")
    assert words.startswith("尊敬的范女士：\n")
    assert "雲溪縣僑聯" in words
    assert words.endswith("2027年1月1日")
    _, mass, words = lines[at_home[0]]
    assert mass.channel == "mass"
    assert words.startswith("尊敬的乡亲：\n")
    assert lines[in_rome[0]][2].startswith("尊敬的鄉親：\n")
    assert len({envelope.id for _, envelope, _ in lines.values()}) == 3
    assert lines[at_home[0]][0].key == f"greeting:{letter.tenant_id}:new_year:2027-01-01:" + str(
        at_home[0]
    )


def test_planning_again_doubles_nothing(house):
    house.crowd("Asia/Shanghai", 4)
    house.approved()
    assert [house.plan(), house.plan(), house.plan(DAY_BEFORE + timedelta(days=1))] == [1, 0, 0]
    assert set(house.deliveries().values()) == {1}


def test_each_letter_is_planned_in_a_transaction_of_its_own(house, tools, monkeypatch):
    """On SQLite nobody else writes meanwhile, and the dispatcher waits only half a minute."""
    house.crowd("Asia/Shanghai", 2)
    for festival in ("new_year", "laba"):
        house.approved(festival=festival)
    house.clock.set(datetime(2027, 1, 14, 2, 0, tzinfo=UTC))
    box = dataclasses.replace(tools, clock=house.clock, jobs=fakes.RememberedJobs())
    each, plan = [], sending.plan_due

    def seen(db, **values):
        each.append(plan(db, **values))
        return each[-1]

    monkeypatch.setattr(sending, "plan_due", seen)
    assert worker.plan_greetings(box) == 2
    assert each == [1, 1, 0]
    assert box.jobs.asked == [("dispatch",)] * 2


def test_a_planner_that_dies_half_way_leaves_nothing_and_the_next_one_does_it_all(house):
    crowd = house.crowd("Asia/Shanghai", 4)
    letter = house.approved()

    def plan_and_die(db):
        assert sending.plan_due(db, now=DAY_BEFORE, vault=house.vault, base_url=HOME) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.do(plan_and_die)
    assert house.deliveries() == Counter()
    assert house.do(service.letter, house.admin, letter.id).status == "approved"
    house.plan()
    assert house.deliveries() == Counter(crowd)


def test_several_planners_at_once_double_nothing(house):
    crowd = house.crowd("Asia/Shanghai", 6) + house.crowd("Europe/Madrid", 3)
    house.approved()
    start, planned = threading.Barrier(4), []

    def planner():
        start.wait()
        try:
            planned.append(house.plan())
        except Busy:
            planned.append(0)

    threads = [threading.Thread(target=planner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(planned) == [0, 0, 0, 1]
    assert house.deliveries() == Counter(crowd)


def test_who_gets_nothing_is_written_down_with_the_reason(house):
    crowd = house.crowd("Asia/Shanghai", 2)
    mourner, lonely = house.follower("o-mourner"), house.follower("o-kiritimati")
    with house.sessions.begin() as db:
        people.mark_bereaved(db, mourner, until=DAY_BEFORE + timedelta(days=30))
        people.update_profile(db, lonely, {"zone": "Pacific/Niue"}, vault=house.vault)
    letter = house.approved(at=time(18, 30))
    late = datetime(2027, 1, 1, 11, 0, tzinfo=UTC)  # 19:00 at home, 00:00 the same day in Niue
    house.plan(late)
    lines = house.outbox(letter.id)
    assert {person: line.reason for person, (line, _, _) in lines.items()} == {
        crowd[0]: None,
        crowd[1]: None,
        mourner: "bereaved",
        lonely: "mass_needs_two",
    }
    fates = house.do(sending.progress, house.editor, letter.id)
    assert {one.status: one.count for one in fates} == {"queued": 2, "skipped": 2}
    assert sum(one.count for one in fates) == len(lines)


def test_a_letter_of_remembrance_reaches_the_bereaved_too(house):
    now = datetime(2027, 4, 3, 2, 0, tzinfo=UTC)
    house.crowd("Asia/Shanghai", 2)
    mourner = house.follower("o-mourner", zone="Asia/Shanghai")
    with house.sessions.begin() as db:
        people.mark_bereaved(db, mourner, until=now + timedelta(days=30))
    letter = house.approved(festival="qingming", now=now)
    house.plan(datetime(2027, 4, 4, 2, 0, tzinfo=UTC))
    line, envelope, words = house.outbox(letter.id)[mourner]
    assert (line.status, envelope.purpose) == ("queued", "memorial")
    assert "缅怀先人" in words
    assert "快乐" not in words


def test_nothing_is_planned_before_its_time_or_without_approval(house):
    house.crowd("Asia/Shanghai", 2)
    draft = house.do(service.propose, house.editor, now=make.NOON)
    assert house.plan() == 0
    house.do(service.approve, house.admin, draft.id, now=make.NOON)
    too_early = datetime(2026, 12, 30, 9, 0, tzinfo=UTC)
    assert house.plan(too_early) == 0
    assert not house.do(sending.anything_due, now=too_early)
    earliest = datetime(2026, 12, 31, 18, 30, tzinfo=UTC)  # 08:30 on Kiritimati
    in_time = earliest - timedelta(hours=28)
    assert house.do(sending.anything_due, now=in_time)
    assert house.plan(in_time) == 1
    assert not house.do(sending.anything_due, now=in_time)


def test_at_once_goes_out_now_and_spares_the_sleeping(house):
    at_home, in_rome = house.crowd("Asia/Shanghai", 2), house.crowd("Europe/Rome", 2)
    now = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 04:00 in Rome
    letter = house.approved(now=now, timing=Timing.NOW)
    house.plan(now)
    lines = house.outbox(letter.id)
    assert lines[at_home[0]][1].due_at == now
    assert lines[in_rome[0]][1].due_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert lines[at_home[0]][2].endswith("2026年11月20日")


def test_a_cancelled_letter_is_taken_back_and_never_planned_again(house):
    crowd = house.crowd("Asia/Shanghai", 3)
    letter = house.approved()
    house.plan()
    assert house.do(service.cancel, house.admin, letter.id, now=DAY_BEFORE) == len(crowd)
    assert house.do(service.cancel, house.admin, letter.id, now=DAY_BEFORE) == 0
    assert house.plan() == 0
    fates = house.do(sending.progress, house.admin, letter.id)
    assert [(one.status, one.count) for one in fates] == [("skipped", 3)]
    with pytest.raises(Conflict):
        house.do(service.reopen, house.admin, letter.id, now=DAY_BEFORE)


def test_a_letter_cancelled_before_planning_may_be_taken_up_again(house):
    letter = house.approved()
    house.do(service.cancel, house.admin, letter.id, now=make.NOON)
    assert house.do(service.reopen, house.editor, letter.id, now=make.NOON).status == "draft"


def test_a_festival_that_is_over_is_not_approved_any_more(house):
    draft = house.do(service.propose, house.editor, now=make.NOON)
    with pytest.raises(Conflict):
        house.do(service.approve, house.admin, draft.id, now=datetime(2027, 1, 3, 2, tzinfo=UTC))
    at_once = {"timing": Timing.NOW}
    house.do(service.edit, house.editor, draft.id, at_once, now=make.NOON)
    with pytest.raises(Conflict):
        house.do(service.approve, house.admin, draft.id, now=datetime(2027, 1, 5, 2, tzinfo=UTC))
    house.do(service.approve, house.admin, draft.id, now=datetime(2027, 1, 4, 2, tzinfo=UTC))


def test_the_rehearsal_tells_what_planning_then_does(house):
    house.crowd("Asia/Shanghai", 3)
    house.crowd("Europe/Rome", 1, salutation="余先生")
    house.crowd("America/New_York", 2, language="zh-Hant")
    penang = house.follower(
        "o-wang", zone="Asia/Kuala_Lumpur", salutation="王阿姨", spoke=DAY_BEFORE
    )
    letter = house.approved()
    seen = house.do(
        rehearsal.preview, house.editor, letter.id, person_id=penang, now=DAY_BEFORE,
        vault=house.vault,
    )  # fmt: skip
    told = seen.rehearsed
    house.plan()
    lines = house.outbox(letter.id)
    assert (seen.audience, seen.planned, seen.skipped) == (7, 7, 0)
    assert seen.calls == len({envelope.id for _, envelope, _ in lines.values()})
    assert sum(one.count for one in seen.zones) == seen.planned
    assert {one.code: one.count for one in seen.channels} == {"mass": 6, "customer": 1}
    assert [one.code for one in seen.notes] == ["companion"]
    assert seen.simplified.startswith("尊敬的乡亲：")
    assert seen.traditional.startswith("尊敬的鄉親：")
    by_person = {one.person_id: one for one in seen.readers}
    assert {person: one.instant for person, one in by_person.items()} == {
        person: envelope.due_at for person, (_, envelope, _) in lines.items()
    }
    assert told.text == lines[penang][2]
    assert told.text.startswith("尊敬的王阿姨：")
    assert (str(told.local), told.channel) == ("2027-01-01 09:00:00+08:00", "customer")


def test_a_rehearsal_writes_nothing_and_knows_only_followers(house):
    house.crowd("Asia/Shanghai", 2)
    draft = house.do(service.propose, house.editor, now=make.NOON)
    house.do(rehearsal.preview, house.editor, draft.id, now=make.NOON, vault=house.vault)
    assert house.deliveries() == Counter()
    with pytest.raises(NotFound):
        house.do(
            rehearsal.preview, house.editor, draft.id, person_id=10**9, now=make.NOON,
            vault=house.vault,
        )  # fmt: skip


def test_anybody_can_be_looked_for_among_the_readers(house):
    house.crowd("Asia/Shanghai", 60)
    penang = house.follower("o-wang", zone="Asia/Kuala_Lumpur", salutation="王阿姨", country="MY")
    rome = house.follower("o-rome", zone="Europe/Rome", salutation="王先生", country="IT")
    draft = house.do(service.propose, house.editor, now=make.NOON)

    def found(named):
        seen = house.do(
            rehearsal.preview, house.editor, draft.id, named=named, now=make.NOON,
            vault=house.vault,
        )  # fmt: skip
        return [one.person_id for one in seen.readers]

    assert len(found("")) == 50
    assert found("王") == [penang, rome]
    assert found(" 马来西亚 王阿姨") == found("Kuala_Lumpur") == [penang]
    assert found("李") == []


def followed_later(house, openid, *, zone, at):
    account = make.account(house)
    with house.sessions.begin() as db:
        identities.follow(db, account, openid=openid, scene=None, now=at)
        person_id = identities.person_of(db, account, openid)
        people.update_profile(db, person_id, {"zone": zone}, vault=house.vault)
    return person_id


def welcome(house, now):
    return house.do(latecomers.welcome, now=now, vault=house.vault, base_url=HOME)


ON_THE_DAY = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)  # 11:00 in the county


def test_who_follows_after_the_plan_is_written_to_the_same_day_and_once(house):
    house.crowd("Asia/Shanghai", 3)
    letter = house.approved()
    house.plan()
    late = [followed_later(house, f"o-late-{n}", zone="Asia/Shanghai", at=ON_THE_DAY) for n in "ab"]
    assert welcome(house, ON_THE_DAY) == 1
    assert welcome(house, ON_THE_DAY + timedelta(minutes=5)) == 0
    lines = house.outbox(letter.id)
    assert set(late) < set(lines)
    assert {lines[one][1].due_at for one in late} == {ON_THE_DAY}


def test_somebody_alone_waits_for_a_companion(house):
    house.crowd("Asia/Shanghai", 3)
    letter = house.approved()
    house.plan()
    one = followed_later(house, "o-late-a", zone="Asia/Shanghai", at=ON_THE_DAY)
    assert welcome(house, ON_THE_DAY) == 0
    later = ON_THE_DAY + timedelta(hours=1)
    other = followed_later(house, "o-late-b", zone="Asia/Shanghai", at=later)
    assert welcome(house, later) == 1
    assert {one, other} < set(house.outbox(letter.id))


def test_the_day_after_nobody_is_written_to_any_more(house):
    house.crowd("Asia/Shanghai", 3)
    house.approved()
    house.plan()
    after = datetime(2027, 1, 3, 3, 0, tzinfo=UTC)
    for name in "ab":
        followed_later(house, f"o-late-{name}", zone="Asia/Shanghai", at=after)
    assert welcome(house, after) == 0


def test_who_followed_in_time_and_got_nothing_has_the_reason_in_the_end(house):
    house.crowd("Asia/Shanghai", 3)
    letter = house.approved()
    house.plan()
    alone = followed_later(house, "o-alone", zone="Asia/Shanghai", at=ON_THE_DAY)
    mourning = followed_later(house, "o-mourning", zone="Asia/Shanghai", at=ON_THE_DAY)
    with house.sessions.begin() as db:
        db.get_one(Person, mourning).bereaved_until = ON_THE_DAY + timedelta(days=30)
    assert welcome(house, ON_THE_DAY) == 0
    night = ON_THE_DAY + timedelta(hours=12)
    at_night = followed_later(house, "o-night", zone="Asia/Shanghai", at=night)
    for hours in (36, 37, 60):  # twelve hours behind UTC the day is over after 36
        now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=hours + 1)
        if hours == 37:
            followed_later(house, "o-too-late", zone="Asia/Shanghai", at=now)
        house.do(latecomers.settle, now=now, vault=house.vault)
    lines = house.outbox(letter.id)
    told = {one: lines[one][0].reason for one in (alone, mourning, at_night)}
    assert told == {alone: "mass_needs_two", mourning: "bereaved", at_night: "too_late"}
    assert len(lines) == 3 + 3


def test_with_the_strict_policy_only_who_was_there_gets_it_only_at_their_hour(house):
    house.crowd("Asia/Shanghai", 3)
    in_time = house.crowd("Europe/Rome", 2)
    letter = house.approved(policy="strict")
    house.plan(ON_THE_DAY)  # past nine at home, still night in Rome
    lines = house.outbox(letter.id)
    assert {one for one, (line, _, _) in lines.items() if line.status == "queued"} == set(in_time)
    assert {line.reason for line, _, _ in lines.values()} == {None, "too_late"}
    for name in "ab":
        followed_later(house, f"o-late-{name}", zone="Europe/Rome", at=ON_THE_DAY)
    assert welcome(house, ON_THE_DAY) == 0


def test_who_asked_for_the_evening_gets_it_in_their_evening(house):
    at_nine = house.crowd("Europe/Rome", 2)
    in_the_evening = [house.follower(f"o-eve-{n}", zone="Europe/Rome") for n in "ab"]
    with house.sessions.begin() as db:
        for one in in_the_evening:
            people.update_profile(db, one, {"part_of_day": "evening"}, vault=house.vault)
    letter = house.approved()
    house.plan()
    lines = house.outbox(letter.id)
    due = {one: envelope.due_at for one, (_, envelope, _) in lines.items()}
    assert {due[one] for one in at_nine} == {datetime(2027, 1, 1, 8, 0, tzinfo=UTC)}
    assert {due[one] for one in in_the_evening} == {datetime(2027, 1, 1, 17, 30, tzinfo=UTC)}


def test_a_letter_approved_before_a_restore_is_not_caught_up_with(house):
    house.crowd("Asia/Shanghai", 2)
    house.crowd("America/New_York", 2)
    letter = house.approved()
    noticed = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)  # ten in the county: nine o'clock is over
    with house.sessions.begin() as db:
        db.add(SendHold(reason=str(Reason.RESTORED), since=noticed, mark="m"))
    house.plan(now=noticed + timedelta(minutes=1))
    fates = Counter((line.status, line.reason) for line, _, _ in house.outbox(letter.id).values())
    assert fates == {("skipped", "maybe_sent"): 2, ("queued", None): 2}


def test_a_letter_approved_after_a_restore_is_caught_up_with(house):
    house.crowd("Asia/Shanghai", 2)
    with house.sessions.begin() as db:
        db.add(SendHold(reason=str(Reason.RESTORED), since=make.NOON, mark="m"))
    letter = house.approved(now=make.NOON + timedelta(hours=1))
    house.plan(now=datetime(2027, 1, 1, 2, 0, tzinfo=UTC))
    assert {line.status for line, _, _ in house.outbox(letter.id).values()} == {"queued"}
