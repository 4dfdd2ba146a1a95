"""组织: a tree with history, officers and links; who should have a federation and who lacks one."""

import re
from datetime import date

import pytest

from server.demo import seed
from server.kernel.errors import Invalid, NotFound
from server.organisations import coverage, credit_codes, reading, service, ties
from server.organisations.coverage import TOWN, VILLAGE, Verdict, judge
from server.organisations.service import Facts
from server.organisations.terms import FIVE, Happened, Kind, LinkKind, may_follow
from server.people.register import writing
from server.people.register.terms import Facts as PersonFacts
from server.places.codes import Level
from tests import make
from tests.console import Browser

SHIQIAO, LINGJIAO, BAISHA = "990121102", "990121102202", "990121103"
CODE = "13990121MB0000001"


class Office:
    def __init__(self, app, tools, county):
        self.app, self.tools, self.county = app, tools, county
        self.now, self.vault = tools.clock.now(), tools.vault
        self.admin = Browser(app, tools, tenant_id=county)
        self.officer = self.admin.officer

    def do(self, verb, *args, officer=None, **more):
        with self.tools.sessions.begin() as db:
            return verb(db, officer or self.officer, *args, vault=self.vault, now=self.now, **more)

    def add(self, name="岭脚村侨联", kind=Kind.BASE, path=LINGJIAO, *, founded=None, **more):
        facts = Facts(kind, name, path=path, **more)
        return self.do(service.add, facts, founded_on=founded, document=None)

    def page(self, number, officer=None):
        with self.tools.sessions.read() as db:
            return reading.page(db, officer or self.officer, number)

    def people(self, number, division):
        with self.tools.sessions.begin() as db:
            facts = [PersonFacts(name=f"陈{n}", division=division) for n in range(number)]
            writing.add_many(db, self.county, facts, vault=self.vault, now=self.now)

    def report(self, officer=None):
        with self.tools.sessions.read() as db:
            return coverage.report(db, officer or self.officer)


@pytest.fixture
def office(app, tools):
    county = make.county(tools).id
    with tools.sessions.begin() as db:
        seed.lay_land(db, county)
    return Office(app, tools, county)


def wrong(office, verb, *args, **more):
    with pytest.raises(Invalid) as refused:
        office.do(verb, *args, **more)
    return refused.value.details["fields"]


def test_an_organisation_is_entered_and_found_in_its_village(office):
    number = office.add(founded=date(1988, 5, 4))
    page = office.page(number)
    assert page.card.name == "岭脚村侨联"
    assert [(one.kind, one.on) for one in page.events] == [(Happened.FOUNDED, date(1988, 5, 4))]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (Facts(Kind.BASE, ""), "name"),
        (Facts(Kind.BASE, "某村侨联"), "place"),
        (Facts(Kind.OVERSEAS, "同乡会"), "country"),
        (Facts(Kind.ASSOCIATION, "侨青会", credit_code="123"), "credit_code"),
    ],
)
def test_what_is_missing_or_wrong_is_said_by_field(office, facts, field):
    assert field in wrong(office, service.add, facts, founded_on=None, document=None)


def test_a_credit_code_belongs_to_one(office):
    code = CODE + credit_codes.check_character(CODE)
    office.add("甲", Kind.ASSOCIATION, "", credit_code=code)
    facts = Facts(Kind.ASSOCIATION, "乙", credit_code=code)
    told = wrong(office, service.add, facts, founded_on=None, document=None)
    assert told == {"credit_code": ["这个代码已经登记在“甲”名下"]}


def test_nobody_is_above_themselves(office):
    top = office.add("县侨联", Kind.FEDERATION, "")
    below = office.add("镇侨联", Kind.FEDERATION, SHIQIAO, parent_id=top)
    facts = Facts(Kind.FEDERATION, "县侨联", parent_id=below)
    assert "parent" in wrong(office, service.change, top, facts, seen=1)


def test_an_old_name_is_never_lost(office):
    number = office.add()
    office.do(service.change, number, Facts(Kind.BASE, "岭脚社区侨联", path=LINGJIAO), seen=1)
    assert office.page(number).card.former_names == "岭脚村侨联"


def happen(office, number, kind, on):
    return office.do(service.happened, number, kind, on=on, document=None, today=date(2026, 11, 20))


def test_what_happened_follows_what_happened_before(office):
    number = office.add(founded=date(2000, 1, 1))
    happen(office, number, Happened.DISSOLVED, date(2010, 1, 1))
    assert not office.page(number).card.exists
    happen(office, number, Happened.RESTORED, date(2020, 1, 1))
    page = office.page(number)
    assert page.card.exists
    assert [one.kind for one in page.events] == [
        Happened.FOUNDED, Happened.DISSOLVED, Happened.RESTORED,
    ]  # fmt: skip
    for kind, on, field in (
        (Happened.RESTORED, date(2021, 1, 1), "event"),
        (Happened.DISSOLVED, date(2019, 1, 1), "on"),
        (Happened.DISSOLVED, date(2027, 1, 1), "on"),
    ):
        told = wrong(
            office, service.happened, number, kind, on=on, document=None, today=date(2026, 11, 20)
        )
        assert field in told


def test_nothing_follows_itself_but_a_rebuilding():
    assert [one for one in Happened if may_follow(one, one)] == [Happened.REBUILT]
    assert [one for one in Happened if may_follow(None, one)] == [Happened.FOUNDED]


def test_links_join_the_right_kinds_and_end_without_vanishing(office):
    base = office.add()
    abroad = office.add("米兰同乡会", Kind.OVERSEAS, "", country="IT")
    since = date(2020, 1, 1)
    office.do(ties.link, base, abroad, kind=LinkKind.ONE_Y, since=since)
    office.do(ties.link, base, abroad, kind=LinkKind.ONE_Y, since=since)
    (link,) = office.page(base).links
    assert office.page(abroad).links[0].other_id == base, "seen from both ends"
    assert "other" in wrong(office, ties.link, base, abroad, kind=LinkKind.ONE_N, since=since)
    office.do(ties.end_link, base, link.id, on=date(2026, 1, 1))
    assert office.page(base).links[0].until == date(2026, 1, 1)


def test_terms_of_office_that_end_are_somebody_s_business(office):
    number = office.add()
    for name, ends in (
        ("甲", date(2026, 11, 1)),
        ("乙", date(2027, 1, 1)),
        ("丙", date(2028, 1, 1)),
    ):
        who = ties.Appointment(name, "主席", since=date(2022, 1, 1), term_ends=ends)
        office.do(ties.appoint, number, who)
    with office.tools.sessions.read() as db:
        ending = reading.terms_ending(db, office.officer, today=date(2026, 11, 20), limit=9)
    assert [one.name for one in ending] == ["甲", "乙"]
    office.do(ties.leave, number, ending[0].id, on=date(2026, 11, 20))
    posts = office.page(number).posts
    assert [one.name for one in posts if one.until] == ["甲"]
    who = ties.Appointment("丁", "主席", since=date(2022, 1, 1), term_ends=date(2021, 1, 1))
    assert "term_ends" in wrong(office, ties.appoint, number, who)


def test_the_five_are_answered_once_a_year_all_of_them(office):
    number = office.add()
    yes = dict.fromkeys(FIVE, "yes")
    office.do(ties.check, number, year=2026, answers=yes, remark=None)
    office.do(ties.check, number, year=2026, answers=yes | {"money": "no"}, remark="没有专款")
    (check,) = office.page(number).checks
    assert check.answers["money"] == "no"
    less = {key: "yes" for key in FIVE if key != "money"}
    assert "five" in wrong(office, ties.check, number, year=2026, answers=less, remark=None)


@pytest.mark.parametrize(
    ("level", "people", "exists", "verdict"),
    [
        (Level.TOWN, TOWN, False, Verdict.MISSING),
        (Level.TOWN, TOWN - 1, False, Verdict.SMALL),
        (Level.VILLAGE, VILLAGE, False, Verdict.MISSING),
        (Level.VILLAGE, VILLAGE - 1, False, Verdict.SMALL),
        (Level.VILLAGE, 1, True, Verdict.EXISTS),
        (Level.VILLAGE, 0, False, Verdict.NOBODY),
    ],
)
def test_the_thresholds_hold_at_their_edge(level, people, exists, verdict):
    assert judge(level, people, exists=exists) is verdict


def test_the_coverage_counts_villages_into_their_town(office):
    office.people(VILLAGE, LINGJIAO)
    office.people(VILLAGE - 1, "990121102201")
    office.people(TOWN - 2 * VILLAGE + 1, SHIQIAO)
    office.people(3, "331121101")
    office.people(2, None)
    found = {one.path: one for one in office.report().lines}
    assert (found[SHIQIAO].people, found[SHIQIAO].verdict) == (TOWN, Verdict.MISSING)
    assert found[LINGJIAO].verdict is Verdict.MISSING
    assert found["990121102201"].verdict is Verdict.SMALL
    assert found[BAISHA].verdict is Verdict.NOBODY
    assert office.report().unplaced == 5
    number = office.add()
    town = office.add("石桥镇侨联", Kind.FEDERATION, SHIQIAO, founded=date(2000, 1, 1))
    found = {one.path: one for one in office.report().lines}
    assert found[LINGJIAO].organisations == ((number, "岭脚村侨联"),)
    assert {found[LINGJIAO].verdict, found[SHIQIAO].verdict} == {Verdict.EXISTS}
    happen(office, town, Happened.DISSOLVED, date(2020, 1, 1))
    found = {one.path: one for one in office.report().lines}
    assert found[SHIQIAO].verdict is Verdict.MISSING


def test_a_small_group_is_not_enough_where_many_live(office):
    office.people(VILLAGE, LINGJIAO)
    office.add("岭脚村侨联小组", Kind.GROUP)
    (line,) = [one for one in office.report().lines if one.path == LINGJIAO]
    assert line.verdict is Verdict.MISSING
    assert [name for _, name in line.organisations] == ["岭脚村侨联小组"]


def test_a_town_s_officer_sees_and_changes_that_town_only(office):
    local = Browser(
        office.app, office.tools, tenant_id=office.county, login="local", path=SHIQIAO
    ).officer
    own, other = office.add(), office.add("白沙镇侨联", Kind.FEDERATION, BAISHA)
    assert office.page(own, local).card.id == own
    with pytest.raises(NotFound):
        office.page(other, local)
    assert {one.path[:9] for one in office.report(local).lines} == {SHIQIAO}
    facts = Facts(Kind.BASE, "旧圩村侨联", path="990121103205")
    assert "place" in wrong(
        office, service.add, facts, founded_on=None, document=None, officer=local
    )


def test_the_pages_enter_change_and_show(office):
    admin = office.admin
    assert "还没有登记组织" in admin.get("/console/organisations").text
    form = {"kind": "base", "name": "岭脚村侨联", "place": "岭脚村", "founded_on": "1988-05-04"}
    refused = admin.post("/console/organisations/new", data=form | {"place": "火星"})
    assert refused.status_code == 400
    assert "没有找到“火星”" in refused.text
    assert 'value="岭脚村侨联"' in refused.text
    page = admin.post("/console/organisations/new", data=form).location
    assert "云溪县石桥镇岭脚村" in admin.get(page).text
    assert "新建" in admin.get(page).text
    assert 'value="石桥镇岭脚村"' in admin.get(f"{page}/edit").text
    changed = form | {"name": "岭脚社区侨联", "seen": "1"}
    assert admin.post(f"{page}/edit", data=changed).status_code == 302
    assert admin.post(f"{page}/edit", data=changed).status_code == 409
    moves = {
        "appoint": {"officer": "李秀英", "post": "主席", "term_ends": "2026-12-01"},
        "check": {"year": "2026", **dict.fromkeys(FIVE, "yes")},
        "event": {"event": "dissolved", "on": "2026-11-01"},
    }
    for move, data in moves.items():
        assert admin.post(f"{page}/{move}", data=data).status_code == 302, move
    shown = admin.get(page).text
    for words in ("李秀英", "主席", "曾用名", "岭脚村侨联", "已撤销"):
        assert words in shown
    assert "岭脚社区侨联" not in admin.get("/console/organisations").text
    assert "岭脚社区侨联" in admin.get("/console/organisations?dissolved=1").text
    bad = admin.post(f"{page}/event", data={"event": "founded", "on": "昨天"})
    assert bad.status_code == 400
    assert "写成 2026-11-21 这样" in bad.text


def test_every_figure_of_the_coverage_opens_its_records(office):
    office.people(VILLAGE, LINGJIAO)
    shown = office.admin.get("/console/coverage?verdict=missing").text
    people = re.search(rf'href="(/console/people\?division={LINGJIAO})">(\d+) 位乡亲', shown)
    assert int(people[2]) == VILLAGE
    assert f"共 {VILLAGE} 位" in office.admin.get(people[1]).text
    add = re.search(r'href="(/console/organisations/new\?[^"]+)"', shown)[1].replace("&amp;", "&")
    assert 'value="石桥镇岭脚村"' in office.admin.get(add).text
    counts = [int(one) for one in re.findall(r"verdict=\w+\">(\d+)</a>", shown)]
    assert sum(counts) == len(office.report().lines)


def test_the_list_and_the_five_page(office):
    for number in range(55):
        office.add(f"第{number}小组", Kind.GROUP)
    first = office.admin.get("/console/organisations").text
    more = re.search(r'href="(/console/organisations\?after=[^"]+)"', first)[1]
    assert "第54小组" in office.admin.get(more.replace("&amp;", "&")).text
    assert "没有填" in office.admin.get("/console/coverage/five?year=2026").text
