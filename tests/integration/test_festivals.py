"""A county's own calendar, and the plan of its year."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.greetings import calendar, customs, service, yearly
from server.greetings.calendar import CATALOGUE, Kind, Own
from server.greetings.terms import Timing
from server.kernel.errors import Invalid, NotFound
from tests import make
from tests.console import Browser

FAIR = customs.New(
    "侨乡文化节", "greet", "solar", 5, 20, None, "{salutation}：来看看。\n{tenant}\n{date}"
)


class Office:
    def __init__(self, app, tools):
        self.tools, self.county = tools, make.county(tools).id
        self.desk = Browser(app, tools, tenant_id=self.county)
        self.officer, self.now = self.desk.officer, tools.clock.now()
        self.today = self.now.date()

    def do(self, verb, *args, **more):
        with self.tools.sessions.begin() as db:
            return verb(db, self.officer, *args, now=self.now, **more)

    def plan(self, year=2027):
        with self.tools.sessions.read() as db:
            return yearly.plan(db, self.officer, year=year, today=self.today)

    def line(self, name, year=2027):
        return next((one for one in self.plan(year).lines if name in one.name), None)


@pytest.fixture
def office(app, tools):
    return Office(app, tools)


def test_a_festival_of_ones_own_is_greeted_with_its_own_letter(office):
    office.do(customs.add, FAIR)
    line = office.line("侨乡文化节")
    assert (line.day, line.has_letter) == (date(2027, 5, 20), True)
    letter = office.do(service.propose, festival=line.festival)
    assert letter.text.startswith("{salutation}：来看看。")
    assert letter.festival_name == "侨乡文化节"


def test_one_that_is_given_up_stays_in_letters_already_written(office):
    number = office.do(customs.add, FAIR)
    letter = office.do(service.propose, festival=f"own:{number}")
    office.do(customs.keep, f"own:{number}", here=False)
    assert office.line("侨乡文化节") is None
    with office.tools.sessions.read() as db:
        assert service.letter(db, office.officer, letter.id).festival_name == "侨乡文化节"
    office.do(customs.keep, f"own:{number}", here=True)
    assert office.line("侨乡文化节").letter_id == letter.id


def test_a_county_keeps_one_little_new_year(office):
    office.do(customs.keep, "little_new_year_south", here=False)
    assert office.line("小年（南方）") is None
    assert office.line("小年（北方）")
    assert "小年（南方）" in office.desk.get("/console/plan?year=2027").text


def test_a_festival_is_moved_in_one_year_with_a_reason(office):
    usual = office.line("中秋").day
    to = usual + timedelta(days=1)
    office.do(customs.move, "mid_autumn", usual=usual, to=to, because="朔在零点前几秒")
    assert office.line("中秋").day == to
    assert office.line("中秋", 2028).day != to
    office.do(customs.move, "mid_autumn", usual=usual, to=usual, because="改回来")
    assert office.line("中秋").day == usual


@pytest.mark.parametrize(
    ("code", "days", "because", "field"),
    [
        ("mid_autumn", 60, "x", "to"),
        ("mid_autumn", 400, "x", "to"),
        ("mid_autumn", 1, "", "because"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(office, code, days, because, field):
    usual = office.line("中秋").day
    with pytest.raises(Invalid) as refused:
        office.do(customs.move, code, usual=usual, to=usual + timedelta(days=days), because=because)
    assert field in refused.value.details["fields"]


def test_a_festival_whose_letter_is_drafted_is_not_moved(office):
    office.do(service.propose, festival="spring")
    usual = date(2027, 2, 6)
    with pytest.raises(Invalid):
        office.do(customs.move, "spring", usual=usual, to=date(2027, 2, 7), because="试试")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "never"}, "kind"),
        ({"letter": ""}, "letter"),
        ({"rule": "moon"}, "day"),
        ({"month": 13}, "day"),
        ({"month": 4, "day": 31}, "day"),
        ({"rule": "lunar", "day": 31}, "day"),
        ({"rule": "weekday", "day": 1, "weekday": None}, "day"),
    ],
)
def test_what_is_no_festival_is_said_by_field(office, given, field):

    with pytest.raises(Invalid) as refused:
        office.do(customs.add, replace(FAIR, **given))
    assert field in refused.value.details["fields"]


def test_another_countys_festival_is_nobodys_here(app, office):
    number = office.do(customs.add, FAIR)
    other = make.county(office.tools, slug="other", name="别县侨联").id
    stranger = Browser(app, office.tools, tenant_id=other).officer
    with office.tools.sessions.read() as db:
        assert customs.listing(db, other) == []
        assert customs.letter_of(db, other, f"own:{number}") is None
    with pytest.raises(NotFound), office.tools.sessions.begin() as db:
        customs.keep(db, stranger, f"own:{number}", here=False, now=office.now)


def test_a_year_is_drafted_at_once_and_only_once(office):
    wanted = office.plan().to_draft
    assert wanted >= 9
    office.desk.post("/console/plan", {"year": 2027})
    assert office.plan().to_draft == 0
    assert office.do(yearly.draft_all, year=2027, today=office.today) == 0
    written = [one for one in office.plan().lines if one.letter_id]
    assert len(written) == wanted
    assert {one.kind for one in written} <= {Kind.GREET, Kind.MEMORIAL}
    assert sum(office.plan().months.values()) == wanted


def test_the_plan_says_at_what_hour_and_by_which_ways_a_letter_goes(office):
    page = "/console/plan?year=2027"
    assert "当地 09:00 · 群发消息" in office.desk.get(page).text
    office.desk.post("/console/plan", {"year": 2027})
    written = [one for one in office.plan().lines if one.letter_id]
    changes = {"at": time(18, 30), "by_hand": True}, {"timing": Timing.NOW}
    for line, values in zip(written, changes, strict=False):
        office.do(service.edit, line.letter_id, values)
    shown = office.desk.get(page).text
    assert "当地 18:30 · 群发消息、同事转告" in shown
    assert "立即寄出 · 群发消息" in shown


def test_the_plan_leaves_alone_what_is_over(office):
    plan = office.plan(office.today.year)
    assert all(not one.over or not one.letter_id for one in plan.lines)
    office.do(yearly.draft_all, year=office.today.year, today=office.today)
    assert all(one.day >= office.today for one in office.plan(2026).lines if one.letter_id)


def test_a_year_no_almanac_covers_shows_this_one(office):
    assert office.desk.get("/console/plan?year=9999").status_code == 200
    assert office.desk.post("/console/plan", {"year": 9999}).status_code == 400


def test_two_on_one_day_make_one_letter(office):
    office.do(customs.add, customs.New("侨史馆开放日", "greet", "solar", 10, 1, None, "{tenant}"))
    (line,) = [one for one in office.plan().lines if one.day == date(2027, 10, 1)]
    assert line.festival == "national"
    assert "侨史馆开放日" in line.name


@given(st.integers(1950, 2100), st.integers(1, 12), st.integers(1, 30))
def test_a_lunar_day_of_ones_own_falls_in_every_lunar_year(year, month, day):
    rule = calendar.rule("lunar", month, day)
    assert rule(year) <= rule(year) + timedelta(days=30)
    assert calendar.lunar_year(rule(year)) == year


@given(st.integers(1950, 2100), st.integers(1, 12), st.integers(0, 6), st.integers(1, 4))
def test_an_nth_weekday_is_that_weekday(year, month, weekday, nth):
    found = calendar.rule("weekday", month, nth, weekday)(year)
    assert (found.year, found.month, found.weekday()) == (year, month, weekday)
    assert (found.day - 1) // 7 + 1 == nth


def test_without_anything_of_its_own_a_county_keeps_the_catalogue():
    first, last = date(2027, 1, 1), date(2027, 12, 31)
    assert list(calendar.occasions(first, last)) == list(calendar.occasions(first, last, Own()))
    left = Own(left_out=frozenset(CATALOGUE))
    assert list(calendar.occasions(first, last, left)) == []


@pytest.mark.parametrize("code", ["own:", "own:x", "own:99999", "own:" + "9" * 40, "nonsense"])
def test_a_festival_that_is_none_is_not_found(office, code):
    answer = office.desk.post(f"/console/plan/festivals/{code}/leave-out")
    assert answer.status_code == 404
    told = {"usual": "2027-09-15", "to": "2027-09-16", "because": "x"}
    assert office.desk.post(f"/console/plan/festivals/{code}/move", told).status_code == 404


def test_a_festival_does_not_wander_by_moving_it_again_and_again(office):
    usual = office.line("端午").day
    once = usual + timedelta(days=30)
    office.do(customs.move, "dragon_boat", usual=usual, to=once, because="一")
    with pytest.raises(Invalid):
        office.do(
            customs.move, "dragon_boat", usual=once, to=once + timedelta(days=30), because="二"
        )
    office.do(customs.move, "dragon_boat", usual=once, to=usual, because="改回来")
    assert office.line("端午").day == usual


@pytest.mark.parametrize("name", ["春节", "中秋节", "侨乡文化节"])
def test_a_festival_is_not_kept_twice(office, name):
    office.do(customs.add, FAIR)
    with pytest.raises(Invalid) as refused:
        office.do(customs.add, replace(FAIR, name=name))
    assert "name" in refused.value.details["fields"]


def test_the_same_name_on_another_day_is_another_festival(office):
    office.do(customs.add, FAIR)
    office.do(customs.add, replace(FAIR, day=21))
    assert office.line("侨乡文化节")


def test_a_festival_added_to_next_year_shows_next_year(office):
    page = office.desk.get("/console/plan?year=2027").text
    assert "/console/plan/festivals?year=2027" in page
    answer = office.desk.post(
        "/console/plan/festivals?year=2027",
        {"name": "庙会", "kind": "greet", "rule": "solar", "month": "3", "day": "9", "letter": "x"},
    )
    assert answer.location == "/console/plan?year=2027"


def test_what_is_never_greeted_was_not_forgotten(office):
    office.now = office.now.replace(year=2027, month=12, day=30)
    page = office.desk.get("/console/plan?year=2025").text
    (line,) = [one for one in page.split("<li>") if "圣诞" in one]
    assert ">不寄<" in line
    assert "没有寄" not in line


def test_a_festival_is_moved_only_from_a_day_on_which_it_falls(office):
    wrong = office.line("中秋").day + timedelta(days=3)
    with pytest.raises(NotFound):
        office.do(customs.move, "mid_autumn", usual=wrong, to=wrong, because="试试")


def test_a_moved_festival_is_moved_again_from_where_it_stands(office):
    usual = office.line("中秋").day
    office.do(customs.move, "mid_autumn", usual=usual, to=usual + timedelta(days=1), because="一")
    stands = office.line("中秋").day
    office.do(customs.move, "mid_autumn", usual=stands, to=usual, because="改回来")
    assert office.line("中秋").day == usual
