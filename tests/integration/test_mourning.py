"""已故、近期有丧: noted on the person's page, taken back there, and in the record of changes."""

from datetime import timedelta

import pytest

from server.people import service as people
from server.people.register import writing
from server.people.register.terms import Facts
from server.staff import audit
from tests import make
from tests.console import Browser


@pytest.fixture
def desk(app, tools):
    return Browser(app, tools, tenant_id=make.county(tools).id)


@pytest.fixture
def person(tools, desk):
    with tools.sessions.begin() as db:
        return writing.add(
            db, desk.officer.tenant_id, Facts(name="陈立群"), vault=tools.vault,
            now=tools.clock.now(),
        )  # fmt: skip


def standing(tools, person):
    with tools.sessions.read() as db:
        row = people.resolve(db, person)
        return row.deceased_on, row.bereaved_until


def test_a_death_is_noted_and_taken_back(tools, desk, person):
    today = tools.clock.now().date() - timedelta(days=1)
    desk.post(f"/console/people/{person}/mourning", {"deceased_on": today.isoformat()})
    assert standing(tools, person)[0] == today
    assert f"已故 {today}" in desk.get(f"/console/people/{person}").text
    desk.post(f"/console/people/{person}/mourning", {"deceased_on": ""})
    assert standing(tools, person)[0] is None
    with tools.sessions.read() as db:
        lines = audit.listing(db, desk.officer.tenant_id, vault=tools.vault, limit=9)
    assert [one.action for one in lines].count("person.deceased") == 2


def test_a_mourning_lasts_to_the_end_of_its_day_in_the_county(tools, desk, person):
    until = tools.clock.now().date() + timedelta(days=49)
    desk.post(f"/console/people/{person}/mourning", {"bereaved_until": until.isoformat()})
    end = standing(tools, person)[1]
    assert end.strftime("%Y-%m-%d %H:%M") == f"{until} 15:59"  # 23:59 in 北京


@pytest.mark.parametrize(
    ("field", "day"),
    [
        ("deceased_on", "2999-01-01"),
        ("deceased_on", "去年"),
        ("bereaved_until", "2001-01-01"),
        ("bereaved_until", "不知道"),
    ],
)
def test_a_day_that_cannot_be_is_refused_kindly(tools, desk, person, field, day):
    answer = desk.post(f"/console/people/{person}/mourning", {field: day})
    assert (answer.status_code, standing(tools, person)) == (400, (None, None))
    assert f'id="wrong-{field}"' in answer.text


def test_what_suits_somebody_is_noted_and_kept_to(tools, desk, person):
    desk.post(f"/console/people/{person}/habits", {"part_of_day": "evening", "reach_by": "phone"})
    page = desk.get(f"/console/people/{person}").text
    assert "晚上收信方便。没有关注公众号时，先用电话。" in page
    refused = desk.post(f"/console/people/{person}/habits", {"part_of_day": "midnight"})
    assert refused.status_code == 400
    desk.post(f"/console/people/{person}/habits")
    assert "收信方便。" not in desk.get(f"/console/people/{person}").text
