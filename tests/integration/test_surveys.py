"""侨情调查: a round a year, village by village; what is signed is set against last time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import seed
from server.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from server.people import service as people
from server.people.register import reading as register
from server.people.register import writing
from server.people.register.terms import Facts, Identity
from server.places.codes import EVERYWHERE
from server.rights import erasure
from server.surveys import reading, rounds, tasks
from server.surveys.tasks import Answer
from server.surveys.terms import Change, Kept, Outcome, RoundState, State, compared, figures, summed
from tests import make
from tests.console import Browser

SHIQIAO, LINGJIAO, DARONG = "990121102", "990121102202", "990121102203"


class Office:
    def __init__(self, app, tools):
        self.app, self.tools, self.vault = app, tools, tools.vault
        self.county = make.county(tools).id
        with tools.sessions.begin() as db:
            seed.lay_land(db, self.county)
        self.now = tools.clock.now()
        self.admin = Browser(app, tools, tenant_id=self.county)
        self.officer = self.admin.officer

    def enter(self, *names, division=LINGJIAO, **more):
        with self.tools.sessions.begin() as db:
            return writing.add_many(
                db, self.county, [Facts(name=one, division=division, **more) for one in names],
                vault=self.vault, now=self.now,
            )  # fmt: skip

    def open(self, years=0):
        today = self.now.date()
        with self.tools.sessions.begin() as db:
            return rounds.open_round(
                db, self.officer, year=today.year + years, due_on=today + timedelta(days=30),
                words=None, today=today, now=self.now,
            )  # fmt: skip

    def task(self, round_id, path=LINGJIAO):
        with self.tools.sessions.read() as db:
            found = reading.villages(db, self.officer, round_id, limit=500)
        return next(one for one in found if one.path == path)

    def do(self, verb, *args, officer=None, **more):
        with self.tools.sessions.begin() as db:
            return verb(db, officer or self.officer, *args, now=self.now, **more)

    def through(self, task_id):
        """Everybody as before, handed in and signed."""
        self.do(tasks.rest_same, task_id)
        self.do(tasks.hand_in, task_id, remark=None)
        self.do(tasks.sign, task_id, today=self.now.date())

    def kept(self, task_id):
        with self.tools.sessions.read() as db:
            lines = reading.lines(db, self.officer, task_id, change=None, after=0, limit=500)
        return {one.name: one.change for one in lines}


@pytest.fixture
def office(app, tools):
    return Office(app, tools)


def fields(office, verb, *args, **more):
    with pytest.raises(Invalid) as refused:
        office.do(verb, *args, **more)
    return refused.value.details["fields"]


def test_a_round_gives_every_village_a_task_with_its_people(office):
    office.enter("陈一", "陈二")
    office.enter("陈三", division=SHIQIAO)  # of no known village
    office.enter("陈四", division=None)  # of no known town
    number = office.open()
    assert office.task(number).expected == 2
    assert office.task(number, SHIQIAO).expected == 1
    assert office.task(number, DARONG).expected == 0
    with office.tools.sessions.read() as db:
        assert rounds.unplaced(db, office.county) == 1


def test_a_village_goes_to_whoever_looks_after_it_alone(office):
    town = Browser(office.app, office.tools, tenant_id=office.county, role="liaison", path=SHIQIAO)
    village = Browser(
        office.app, office.tools, tenant_id=office.county, role="liaison",
        login="lingjiao", path=LINGJIAO,
    )  # fmt: skip
    number = office.open()
    assert office.task(number).assigned_to == village.officer.id
    assert office.task(number, DARONG).assigned_to == town.officer.id


def test_one_round_a_year_and_one_at_a_time(office):
    number = office.open()
    with pytest.raises(Invalid):
        office.open()
    with pytest.raises(Invalid):
        office.open(years=1)
    office.do(rounds.archive, number, remark="试一试")
    with pytest.raises(Invalid):
        office.open()
    assert office.open(years=1)


def test_a_village_is_handed_in_only_when_everybody_is_noted(office):
    one, two = office.enter("陈一", "陈二")
    task = office.task(office.open()).id
    answers = {one: Answer(Outcome.CHANGED, "换了电话")}
    office.do(tasks.fill, task, answers, vault=office.vault)
    assert "hand_in" in fields(office, tasks.hand_in, task, remark=None)
    assert office.do(tasks.rest_same, task) == 1
    office.do(tasks.hand_in, task, remark=None)
    with pytest.raises(Conflict):
        office.do(tasks.fill, task, {two: Answer(Outcome.SAME)}, vault=office.vault)


def test_what_was_found_out_is_carried_over_before_the_county_signs(office):
    (one,) = office.enter("陈一")
    number = office.open()
    task = office.task(number).id
    office.do(tasks.fill, task, {one: Answer(Outcome.DECEASED, "去年过世")}, vault=office.vault)
    office.do(tasks.hand_in, task, remark=None)
    assert "sign" in fields(office, tasks.sign, task, today=office.now.date())
    office.do(tasks.settle, task, one)
    office.do(tasks.sign, task, today=office.now.date())
    assert office.task(number).state is State.SIGNED


def test_who_was_confirmed_counts_as_verified(office):
    one, two = office.enter("陈一", "陈二")
    task = office.task(office.open()).id
    office.do(tasks.fill, task, {two: Answer(Outcome.UNREACHED)}, vault=office.vault)
    office.through(task)
    with office.tools.sessions.read() as db:
        days = [
            register.page(db, office.county, who, vault=office.vault, scope=EVERYWHERE).verified_on
            for who in (one, two)
        ]
    assert days == [office.now.date(), None]


def test_the_next_round_says_who_is_new_changed_and_gone(office):
    _, two, three = office.enter("陈一", "陈二", "陈三")
    first = office.open(years=-1)
    office.through(office.task(first).id)
    office.do(rounds.archive, first, remark="其他村没有人")
    with office.tools.sessions.begin() as db:
        page = register.page(db, office.county, two, vault=office.vault, scope=EVERYWHERE)
        facts = replace(page.facts, city="米兰")
        writing.change(
            db, office.county, two, facts, seen=page.version, vault=office.vault, now=office.now
        )
        people.mark_deceased(db, three, on=date(2026, 1, 1))
    office.enter("陈四", country="IT", identities=(Identity.HUAQIAO,))
    number = office.open()
    second = office.task(number).id
    office.through(second)
    assert office.kept(second) == {
        "陈一": Change.SAME, "陈二": Change.CHANGED, "陈三": Change.GONE, "陈四": Change.NEW,
    }  # fmt: skip
    told = office.task(number).figures
    assert (told["people"], told["new"], told["changed"], told["gone"]) == (3, 1, 1, 1)
    assert (told["abroad"], told["huaqiao"]) == (1, 1)


def test_an_archived_round_stays_as_it_was(office):
    (one,) = office.enter("陈一")
    number = office.open()
    task = office.task(number).id
    office.through(task)
    assert "remark" in fields(office, rounds.archive, number, remark=None)
    office.do(rounds.archive, number, remark="其他村没有人")
    with office.tools.sessions.begin() as db:
        people.mark_deceased(db, one, on=date(2026, 1, 1))
    assert office.kept(task) == {"陈一": Change.NEW}
    for verb, more in (
        (tasks.give_back, {"reason": "再看看"}),
        (tasks.assign, {"staff_id": None}),
        (tasks.rest_same, {}),
    ):
        with pytest.raises(Conflict):
            office.do(verb, task, **more)
    with office.tools.sessions.read() as db:
        found = rounds.one(db, office.officer, number)
    assert (found.state, found.figures["people"]) == (RoundState.ARCHIVED, 1)


def test_a_signed_village_given_back_is_signed_anew(office):
    office.enter("陈一")
    task = office.task(office.open()).id
    office.through(task)
    office.do(tasks.give_back, task, reason="漏了一户")
    assert office.kept(task) == {}
    office.enter("陈二")
    office.through(task)
    assert set(office.kept(task)) == {"陈一", "陈二"}


def test_a_round_nobody_touched_is_taken_back(office):
    (one,) = office.enter("陈一")
    number = office.open()
    office.do(rounds.take_back, number)
    number = office.open()
    task = office.task(number).id
    office.do(tasks.fill, task, {one: Answer(Outcome.SAME)}, vault=office.vault)
    with pytest.raises(Conflict):
        office.do(rounds.take_back, number)


def test_a_village_is_seen_by_its_own_and_by_nobody_else(office):
    office.enter("陈一")
    number = office.open()
    task, other = office.task(number).id, office.task(number, DARONG).id
    liaison = Browser(
        office.app, office.tools, tenant_id=office.county, role="liaison", path=LINGJIAO
    )
    assert liaison.get(f"/console/surveys/villages/{task}").status_code == 200
    assert liaison.get(f"/console/surveys/villages/{other}").status_code == 404
    with pytest.raises(NotFound):
        office.do(tasks.sign, task, officer=liaison.officer, today=office.now.date())
    with pytest.raises(NotAllowed):
        office.do(rounds.archive, number, officer=liaison.officer, remark="x")


def test_somebody_of_another_village_is_not_noted_here(office):
    (one,) = office.enter("陈一", division=DARONG)
    task = office.task(office.open()).id
    wrong = fields(office, tasks.fill, task, {one: Answer(Outcome.SAME)}, vault=office.vault)
    assert list(wrong) == [f"note-{one}"]


def test_an_erased_person_leaves_the_figures_and_no_line(office):
    (one,) = office.enter("陈一")
    number = office.open()
    task = office.task(number).id
    office.through(task)
    with office.tools.sessions.begin() as db:
        erasure.out_of_the_register(db, office.county, one, vault=office.vault)
    assert office.kept(task) == {}
    assert office.task(number).figures["people"] == 1


def test_a_village_is_filled_in_on_its_page(office):
    one, two = office.enter("陈一", "陈二")
    task = office.task(office.open()).id
    page = f"/console/surveys/villages/{task}"
    office.admin.post(page, {f"outcome-{one}": "changed", f"note-{one}": "换了电话"})
    assert "换了电话" in office.admin.get(page).text
    refused = office.admin.post(f"{page}/hand-in")
    assert (refused.status_code, "还有 1 位没有填" in refused.text) == (400, True)
    office.admin.post(page, {f"outcome-{two}": "same"})
    office.admin.post(f"{page}/hand-in", {"remark": "都走到了"})
    assert "等签收" in office.admin.get(page).text
    office.admin.post(f"{page}/settle", {"person": one})
    office.admin.post(f"{page}/sign")
    assert "陈一" in office.admin.get(f"{page}/kept").text


KEPT = st.builds(
    Kept,
    person_id=st.integers(1, 12), name=st.just("陈"), sex=st.none(), born=st.none(),
    country=st.sampled_from([None, "CN", "IT"]), city=st.none(),
    identities=st.lists(st.sampled_from(["huaqiao", "guiqiao"]), unique=True).map(tuple),
    version=st.integers(1, 3), change=st.just(Change.SAME),
)  # fmt: skip
ROLL = st.lists(KEPT, unique_by=lambda one: one.person_id)


@given(st.lists(ROLL, min_size=2, max_size=4))
def test_from_round_to_round_the_figures_add_up(rolls):
    last, people_before = {}, 0
    for roll in rolls:
        kept = compared(last, roll)
        told = figures(kept)
        assert told["people"] == len(roll) == people_before + told["new"] - told["gone"]
        last, people_before = {one.person_id: one for one in kept}, told["people"]
        assert summed([told, told])["people"] == 2 * told["people"]
