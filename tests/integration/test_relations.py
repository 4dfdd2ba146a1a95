"""亲属: noted once, read from both ends, ended and never overwritten; nonsense is refused."""

from datetime import date

import pytest

from server.kernel.errors import Invalid, NotFound
from server.people.register import relations, writing
from server.people.register.relations import KIN, REVERSE, Kin
from server.people.register.terms import Facts, Identity
from tests import make
from tests.console import Browser


class Family:
    def __init__(self, app, tools):
        self.tools, self.county = tools, make.county(tools).id
        self.admin = Browser(app, tools, tenant_id=self.county)
        self.app = app

    def enter(self, *names, **more):
        with self.tools.sessions.begin() as db:
            return writing.add_many(
                db, self.county, [Facts(name=one, **more) for one in names],
                vault=self.tools.vault, now=self.tools.clock.now(),
            )  # fmt: skip

    def add(self, person, other, kin, since=None):
        with self.tools.sessions.begin() as db:
            return relations.add(db, person, other, kin, since=since)

    def of(self, person):
        with self.tools.sessions.read() as db:
            return relations.of(db, [person])

    def end(self, person, tie, on=date(2026, 1, 1)):
        with self.tools.sessions.begin() as db:
            return relations.end(db, person, tie, on=on)


@pytest.fixture
def family(app, tools):
    return Family(app, tools)


@pytest.mark.parametrize("kin", Kin)
def test_a_tie_is_read_from_both_ends(family, kin):
    one, other = family.enter("甲", "乙")
    family.add(one, other, kin)
    assert [(tie.kin, tie.other_name) for tie in family.of(one)] == [(kin, "乙")]
    assert [(tie.kin, tie.other_name) for tie in family.of(other)] == [(REVERSE[kin], "甲")]
    assert REVERSE[REVERSE[kin]] is kin
    assert kin in KIN


def test_nonsense_is_refused(family):
    son, father, grandfather = family.enter("儿", "父", "祖")
    family.add(son, father, Kin.PARENT)
    family.add(grandfather, father, Kin.CHILD)
    for one, other, kin in (
        (son, son, Kin.SIBLING),
        (son, father, Kin.PARENT),
        (father, son, Kin.CHILD),
        (grandfather, son, Kin.PARENT),
        (son, grandfather, Kin.CHILD),
    ):
        with pytest.raises(Invalid):
            family.add(one, other, kin)
    family.add(son, grandfather, Kin.GRANDPARENT)


def test_what_ended_stays_in_the_history(family):
    one, other = family.enter("甲", "乙")
    tie = family.add(one, other, Kin.SPOUSE, since=date(2000, 1, 1))
    family.end(other, tie)
    (ended,) = family.of(one)
    assert (ended.since, ended.until) == (date(2000, 1, 1), date(2026, 1, 1))
    with pytest.raises(NotFound):
        family.end(one, tie)
    family.add(one, other, Kin.SPOUSE)
    assert [tie.until for tie in family.of(one)] == [None, date(2026, 1, 1)]


def test_whoever_is_family_of_a_huaqiao_is_told_so_until_the_tie_ends(family):
    (abroad,) = family.enter("阿公", identities=(Identity.HUAQIAO,))
    wife, neighbour = family.enter("阿婆", "邻居")
    tie = family.add(wife, abroad, Kin.SPOUSE)
    family.add(neighbour, abroad, Kin.HOUSEHOLD)
    assert [one.makes_family for one in family.of(wife)] == [True]
    assert [one.makes_family for one in family.of(neighbour)] == [False]
    family.end(wife, tie)
    assert [one.makes_family for one in family.of(wife)] == [False]


def test_staff_find_the_other_and_note_the_tie(family):
    one, other = family.enter("陈立群", "林秀英")
    page = f"/console/people/{one}/relations"
    assert "还没有登记亲属" in family.admin.get(page).text
    assert "林秀英" in family.admin.get(f"{page}?q=lxy").text
    refused = family.admin.post(page, data={"other": other, "kin": "", "q": "林秀英"})
    assert refused.status_code == 400
    assert "请选是什么亲属" in refused.text
    assert family.admin.post(page, data={"other": other, "kin": "spouse"}).status_code == 302
    assert "林秀英" in family.admin.get(page).text
    (tie,) = family.of(one)
    assert family.admin.post(f"{page}/{tie.id}/end").status_code == 302
    assert "结束" in family.admin.get(f"/console/people/{other}/relations").text
    assert "登记、结束亲属" in family.admin.get("/console/audit").text


def test_relatives_elsewhere_are_not_named_to_a_village_liaison(family, app, tools):
    (own,) = family.enter("甲", division="331199001002")
    (far,) = family.enter("远亲", division="331199001003")
    family.add(own, far, Kin.SIBLING)
    liaison = Browser(
        app, tools, tenant_id=family.county, role="liaison", path="331199001002", login="lian"
    )
    shown = liaison.get(f"/console/people/{own}/relations").text
    assert "兄弟姐妹" in shown
    assert "远亲" not in shown
    form = {"other": far, "kin": "child"}
    assert liaison.post(f"/console/people/{own}/relations", data=form).status_code == 404
