"""What a move puts on the phone, and what happens when several people work at once."""

import dataclasses
import json
import threading

import pytest
from sqlalchemy import event, func, select, update

from server.accounts import service as accounts
from server.cases import access, queries
from server.cases import service as cases
from server.cases.models import Case, CaseFile
from server.cases.states import Action, State
from server.kernel.errors import Conflict, Invalid, NotAllowed
from server.outbox import dispatcher, holds, outcomes
from server.outbox import service as outbox
from server.outbox.models import Delivery, Envelope, SendHold
from server.people import identities, subscriptions
from server.people.duplicates import merging
from server.people.models import ConsentReport, WeChatIdentity
from server.people.register import writing
from server.people.register.terms import Facts
from server.ports import FollowerInfo, Identity, Outcome, Result, Trouble
from server.staff import service as staff
from tests import fakes, make

SECRET = "祖屋的事"
WORDS = "王阿姨您好，答复如下：请到县公证处办理。"


@pytest.fixture
def county(tools):
    """A county whose two accounts have a template for case progress."""
    made = make.county(tools)
    with tools.sessions.begin() as db:
        accounts.set_template(db, "yunxi", key="case_progress", template_id="TplOfficial")
        accounts.set_template(db, "yunxi-mini", key="case_progress", template_id="TplMini")
    return made


@pytest.fixture
def clerk(tools, county):
    return officer(tools, county)


def officer(tools, county, role="petitions", login="lin"):
    with tools.sessions.begin() as db:
        return staff.create(
            db, tenant_id=county.id, login=login, name="林秀英", role=role,
            password="long-enough-1", now=make.NOON,
        )  # fmt: skip


def person(tools, name="Wang", *, follows=True, consents_given=0):
    now = make.NOON
    mini, official = make.account(tools, "yunxi-mini"), make.account(tools, "yunxi")
    with tools.sessions.begin() as db:
        found = identities.sign_in(db, mini, Identity(f"m{name}", f"u{name}"), now=now)
        info = FollowerInfo(f"o{name}", following=follows, unionid=f"u{name}")
        identities.learn(db, official, info, now=now)
    make.allow(tools, found, "case_progress", times=consents_given, witness="phone")
    return found


def hand_in(tools, person_id, key="k", kind=cases.Kind.PETITION, topic="house", files=()):
    with tools.sessions.begin() as db:
        handed = cases.Submission(
            submission_id=key, kind=kind, topic=topic, subject=SECRET, body=SECRET * 3,
            country="IT", contact=None, files=files, consent_version="2026-11",
        )  # fmt: skip
        tenant = accounts.tenant_by_slug(db, "yunxi").id
        case = cases.submit(
            db, handed, tenant_id=tenant, person_id=person_id, vault=tools.vault,
            now=tools.clock.now(),
        )  # fmt: skip
        return case.id, case.number


def move(tools, case_id, action, who, told=WORDS, seen=None):
    with tools.sessions.begin() as db:
        case = access.for_officer(db, case_id, officer=who, now=make.NOON, handle=True)
        return cases.move(
            db, case, action, officer=who, told=told, note="", vault=tools.vault,
            now=tools.clock.now(), seen=seen,
        ).notice  # fmt: skip


def posted(tools):
    with tools.sessions.read() as db:
        rows = db.execute(select(Envelope, Delivery).join(Delivery)).all()
        return [
            (
                envelope.channel,
                line.address,
                json.loads(tools.vault.open(envelope.payload, where="envelope.payload")),
            )
            for envelope, line in rows
        ]


def left(tools, person_id):
    """Return how many messages may still be promised: what waits in the outbox is promised."""
    with tools.sessions.read() as db:
        waits = outbox.waiting(db, [person_id], purpose="case", channel="mini_subscription")
        return (
            subscriptions.remaining(db, person_id=person_id, template="case_progress")
            - waits.total()
        )


def test_an_answer_uses_the_consent_and_tells_number_and_state_only(tools, clerk):
    who = person(tools, consents_given=1)
    case_id, number = hand_in(tools, who)
    assert move(tools, case_id, Action.ACCEPT, clerk, told="") == "template"
    assert move(tools, case_id, Action.REPLY, clerk) == "mini_subscription"
    assert left(tools, who) == 0
    sent = {channel: (address, payload) for channel, address, payload in posted(tools)}
    address, payload = sent["mini_subscription"]
    assert address == "mWang"
    assert payload == {
        "template_id": "TplMini",
        "page": f"pages/case/case?number={number}",
        "data": {
            "character_string1": {"value": number},
            "phrase2": {"value": "已答复"},
            "time3": {"value": "2026-11-20 12:00"},
            "thing4": {"value": "请进入小程序查看"},
        },
    }
    address, payload = sent["template"]
    assert address == "oWang"
    assert payload["miniprogram"] == {
        "appid": make.account(tools, "yunxi-mini").appid,
        "pagepath": f"pages/case/case?number={number}",
    }
    assert SECRET not in str(sent)
    assert "公证" not in str(sent)


def test_the_last_consent_waits_for_the_answer(tools, clerk):
    who = person(tools, follows=False, consents_given=1)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.ACCEPT, clerk, told="") == "kept_for_answer"
    assert (left(tools, who), posted(tools)) == (1, [])
    assert move(tools, case_id, Action.REPLY, clerk) == "mini_subscription"
    assert move(tools, case_id, Action.CLOSE, clerk, told="") == "none"


def test_with_consents_to_spare_a_change_of_state_is_told_too(tools, clerk):
    who = person(tools, follows=False, consents_given=2)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.ACCEPT, clerk, told="") == "mini_subscription"
    assert left(tools, who) == 1


def test_without_consent_a_follower_gets_the_accounts_notice(tools, clerk):
    case_id, _ = hand_in(tools, person(tools))
    assert move(tools, case_id, Action.REPLY, clerk) == "template"


@pytest.fixture
def notices(tools, county):
    """The official account has a template for subscription notices as well."""
    with tools.sessions.begin() as db:
        accounts.set_template(db, "yunxi", key="case_notice", template_id="TplNotice")


def test_the_answer_goes_by_mini_program_then_by_notice_then_by_template(tools, clerk, notices):
    who = person(tools, consents_given=1)
    make.allow(tools, who, "case_notice")
    case_id, number = hand_in(tools, who)
    told = [move(tools, case_id, Action.PROGRESS, clerk) for _ in range(3)]
    assert told == ["mini_subscription", "official_subscription", "template"]
    sent = {channel: (address, payload) for channel, address, payload in posted(tools)}
    address, payload = sent["official_subscription"]
    assert address == "oWang"
    assert payload["template_id"] == "TplNotice"
    assert payload["data"]["character_string1"] == {"value": number}
    assert payload["miniprogram"]["pagepath"] == f"pages/case/case?number={number}"
    assert SECRET not in str(sent)


def test_who_allowed_a_notice_and_left_is_still_told_the_answer(tools, clerk, notices):
    who = person(tools, follows=False)
    make.allow(tools, who, "case_notice")
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.ACCEPT, clerk, told="") == "kept_for_answer"
    assert move(tools, case_id, Action.REPLY, clerk) == "official_subscription"
    assert move(tools, case_id, Action.CLOSE, clerk, told="") == "none"


def test_a_change_of_state_spends_only_where_one_is_left_for_the_answer(tools, clerk, notices):
    who = person(tools, follows=False, consents_given=1)
    make.allow(tools, who, "case_notice", times=2)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.ACCEPT, clerk, told="") == "official_subscription"
    told = [move(tools, case_id, Action.PROGRESS, clerk) for _ in range(3)]
    assert told == ["mini_subscription", "official_subscription", "none"]


def test_a_follower_hears_of_a_change_for_nothing(tools, clerk, notices):
    who = person(tools)
    make.allow(tools, who, "case_notice", times=3)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.ACCEPT, clerk, told="") == "template"


def test_a_consent_to_one_account_is_none_to_the_other(tools, clerk, notices):
    who = person(tools, follows=False)
    make.allow(tools, who, "case_notice", times=2)
    with tools.sessions.begin() as db:
        accounts.retire(db, "yunxi", now=make.NOON)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.REPLY, clerk) == "none"
    assert left(tools, who) == 0


def test_what_somebody_allowed_is_not_lost_when_they_are_found_twice(tools, county, clerk, notices):
    who = person(tools, follows=False)
    facts = [Facts(name="王阿姨"), Facts(name="王秀兰")]
    with tools.sessions.begin() as db:
        known, twin = writing.add_many(db, county.id, facts, vault=tools.vault, now=make.NOON)
        phones = update(WeChatIdentity).where(WeChatIdentity.person_id == who)
        db.execute(phones.values(person_id=twin))
    make.allow(tools, twin, "case_notice")
    with tools.sessions.begin() as db:
        merging.merge(db, county.id, known, twin, by=clerk.id, vault=tools.vault, now=make.NOON)
    case_id, _ = hand_in(tools, known)
    told = [move(tools, case_id, Action.PROGRESS, clerk) for _ in range(2)]
    assert told == ["official_subscription", "none"]


@pytest.mark.parametrize(
    ("outcome", "remaining"),
    [
        (Outcome(Result.ACCEPTED, 0, "1"), 1),
        (Outcome(Result.UNKNOWN), 1),
        (Outcome(Result.REFUSED, 47003, trouble=Trouble.CONTENT), 2),
        (Outcome(Result.HALT, 40037, trouble=Trouble.REQUEST), 2),
        (Outcome(Result.REFUSED, 43101, trouble=Trouble.PERSON_GONE), 0),
    ],
    ids=["taken", "lost", "content", "template", "no consent"],
)
def test_a_consent_is_used_by_what_wechat_took_or_may_have(tools, clerk, outcome, remaining):
    house = dataclasses.replace(tools, messenger=fakes.Messenger(outcome), limiter=fakes.NoLimit())
    who = person(tools, consents_given=2)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.REPLY, clerk) == "mini_subscription"
    assert left(tools, who) == 1
    dispatcher.run_once(house)
    assert left(tools, who) == remaining
    if outcome.result is Result.UNKNOWN:  # the answer comes late, and says no
        envelope_id = house.messenger.sent[0].envelope_id
        no = {envelope_id: Outcome(Result.REFUSED, 47003, trouble=Trouble.CONTENT)}
        with tools.sessions.begin() as db:
            outcomes.record(db, no, me="late", now=make.NOON)
        assert left(tools, who) == 2


def test_what_a_restored_ledger_doubts_has_used_its_consent(tools, county, clerk):
    who = person(tools, consents_given=2)
    case_id, _ = hand_in(tools, who)
    move(tools, case_id, Action.REPLY, clerk)
    boss = officer(tools, county, role="super", login="boss")
    with tools.sessions.begin() as db:
        db.add(SendHold(reason=str(holds.Reason.RESTORED), since=make.NOON, mark="m"))
        db.flush()
        (found,) = holds.active(db, boss, now=make.NOON)
        holds.lift(db, boss, found.id, now=make.NOON)
    assert left(tools, who) == 1


def test_a_withdrawn_authorisation_forgets_consents_and_their_reports(tools, county):
    who, mini = person(tools, consents_given=1), make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        identities.erase(db, mini, openid="mWang", now=make.NOON)
        assert db.scalar(select(func.count()).select_from(ConsentReport)) == 0
    make.allow(tools, who, "case_progress")  # a new tap is a new one
    assert left(tools, who) == 1


def test_what_expires_unsent_uses_no_consent(tools, clerk):
    who = person(tools, consents_given=1)
    case_id, _ = hand_in(tools, who)
    move(tools, case_id, Action.REPLY, clerk)
    tools.clock.advance(days=4)
    dispatcher.run_once(dataclasses.replace(tools, messenger=fakes.Messenger()))
    assert left(tools, who) == 1


def test_the_notice_goes_in_the_name_of_the_account_where_it_was_allowed(
    tools, county, clerk, notices
):
    who = person(tools)
    second = make.second_account(tools)
    with tools.sessions.begin() as db:
        accounts.set_template(db, "yunxi-b", key="case_notice", template_id="TplB")
        info = FollowerInfo("oB", following=True, unionid="uWang")
        identities.learn(db, second, info, now=make.NOON)
        mine = identities.met(db, second, openid="oB", now=make.NOON)
        subscriptions.report(
            db, identity_id=mine, template="case_notice", witness="event", now=make.NOON
        )
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.REPLY, clerk) == "official_subscription"
    ((_, address, payload),) = posted(tools)
    assert (address, payload["template_id"]) == ("oB", "TplB")


def test_two_witnesses_at_once_make_one_line(tools, clerk):
    if tools.sessions.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time")
    who, wait = person(tools), threading.Barrier(2)

    def tell(witness):
        wait.wait()
        make.allow(tools, who, "case_progress", witness=witness)

    crew = [threading.Thread(target=tell, args=(one,)) for one in ("phone", "event")]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert left(tools, who) == 1


def test_a_retired_account_does_not_stop_the_officer(tools, clerk):
    case_id, _ = hand_in(tools, person(tools, consents_given=1))
    with tools.sessions.begin() as db:
        accounts.retire(db, "yunxi", now=make.NOON)
        accounts.retire(db, "yunxi-mini", now=make.NOON)
    assert move(tools, case_id, Action.REPLY, clerk) == "none"


def test_an_erased_person_is_not_written_to(tools, clerk):
    case_id, _ = hand_in(tools, person(tools, consents_given=1))
    with tools.sessions.begin() as db:
        identities.erase(db, make.account(tools, "yunxi-mini"), openid="mWang", now=make.NOON)
    assert move(tools, case_id, Action.REPLY, clerk) == "none"


def test_numbers_have_no_gap_and_no_twin_under_a_rush(tools, county):
    people = [person(tools, f"P{number}") for number in range(6)]
    numbers, lock = [], threading.Lock()

    def rush(who):
        for turn in range(4):
            kind, topic = (
                (cases.Kind.PETITION, "house") if turn % 2 else (cases.Kind.CONSULTATION, "notary")
            )
            number = hand_in(tools, who, key=f"rush{who}-{turn}", kind=kind, topic=topic)[1]
            with lock:
                numbers.append(number)

    threads = [threading.Thread(target=rush, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {f"{series}2026{number:06d}" for series in ("XF", "ZX") for number in range(1, 13)}
    assert sorted(numbers) == sorted(expected)


def test_numbers_start_anew_with_the_year_at_home(tools, county):
    who = person(tools)
    tools.clock.set(make.NOON.replace(month=12, day=31, hour=15, minute=59))
    assert hand_in(tools, who, "a")[1] == "XF2026000001"
    tools.clock.advance(minutes=2)
    assert hand_in(tools, who, "b")[1] == "XF2027000001"


def test_two_officers_who_press_at_once_answer_once(tools, clerk):
    case_id, _ = hand_in(tools, person(tools))
    outcomes, ready = [], threading.Barrier(2)

    def press():
        ready.wait()
        try:
            outcomes.append(move(tools, case_id, Action.REPLY, clerk, seen=1))
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "template"]


def test_words_of_the_person_do_not_undo_a_move_made_meanwhile(tools, clerk):
    who = person(tools)
    case_id, number = hand_in(tools, who)
    move(tools, case_id, Action.ASK_SUPPLEMENT, clerk)
    ready = threading.Barrier(2)

    def say_more():
        ready.wait()
        with tools.sessions.begin() as db:
            case = access.for_person(db, number, person_id=who, handle=True)
            cases.supplement(db, case, body="补充", files=[], vault=tools.vault, now=make.NOON)

    def accept():
        ready.wait()
        move(tools, case_id, Action.ACCEPT, clerk, told="")

    threads = [threading.Thread(target=work) for work in (say_more, accept)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tools.sessions.read() as db:
        assert db.get(Case, case_id).state == State.ACCEPTED


def test_a_photo_belongs_to_one_case_only(tools, county):
    who, other = person(tools), person(tools, "Li")
    with tools.sessions.begin() as db:
        photo = cases.keep_file(
            db, tenant_id=county.id, person_id=who, key="k", content_type="image/jpeg", size=1,
            now=make.NOON,
        )  # fmt: skip
    with pytest.raises(Invalid):
        hand_in(tools, other, files=(photo,))
    first, _ = hand_in(tools, who, files=(photo, photo))
    with pytest.raises(Invalid):
        hand_in(tools, who, key="again", files=(photo,))
    with tools.sessions.read() as db:
        assert db.get(CaseFile, photo).case_id == first


def test_the_inbox_shows_what_presses_first_and_only_what_one_may_see(tools, county, clerk):
    who = person(tools)
    for turn in range(5):
        hand_in(tools, who, key=f"p{turn}")
        tools.clock.advance(days=1)
    hand_in(tools, who, key="c", kind=cases.Kind.CONSULTATION, topic="notary")
    lawyer = officer(tools, county, "lawyer", "zhou")

    def inbox(officer, after=None, limit=2):
        with tools.sessions.begin() as db:
            return access.inbox_of(
                db, officer=officer, waiting=True, after=after, limit=limit, vault=tools.vault,
                now=make.NOON,
            )  # fmt: skip

    seen, after = [], None
    while rows := inbox(clerk, after):
        seen += [row.number for row in rows]
        after = (rows[-1].answer_by, rows[-1].id)
    assert seen == ["ZX2026000001"] + [f"XF202600000{number}" for number in range(1, 6)]
    assert inbox(lawyer) == []
    lead = officer(tools, county, "law_lead", "xu")
    with tools.sessions.begin() as db:
        given = db.scalar(select(Case.id).where(Case.kind == "consultation"))
        access.assign(db, given, lawyer.id, officer=lead, vault=tools.vault, now=make.NOON)
    assert [row.number for row in inbox(lawyer)] == ["ZX2026000001"]
    with pytest.raises(NotAllowed):
        inbox(officer(tools, county, "editor", "huang"))


def test_a_list_asks_the_database_no_more_for_many_than_for_one(tools, county):
    who = person(tools)

    def questions():
        asked = []

        def count(*args):
            asked.append(args[2])

        event.listen(tools.sessions.engine, "before_cursor_execute", count)
        with tools.sessions.read() as db:
            rows = queries.of_person(db, who, before=None, limit=50, vault=tools.vault)
        event.remove(tools.sessions.engine, "before_cursor_execute", count)
        return len(rows), len(asked)

    hand_in(tools, who, key="first")
    one = questions()
    for turn in range(9):
        hand_in(tools, who, key=f"more{turn}")
    assert (one[0], questions()) == (1, (10, one[1]))
