"""The register in the console: entered, found, changed; nobody sees what they should not."""

import re

import pytest
from sqlalchemy import select

from server.demo import seed
from server.people.register import writing
from server.people.register.terms import Facts
from server.staff.models import AuditEntry
from tests import make
from tests.console import Browser

CHEN = {
    "name": "陈立群", "foreign": "Chen Liqun", "sex": "男", "born": "1950年3月",
    "country": "意大利", "identities": "华侨", "phone": "+39 333 123 4567",
    "hometown": "石桥镇", "hardship": "腿脚不便",
}  # fmt: skip


@pytest.fixture
def county(tools):
    return make.county(tools)


@pytest.fixture
def browser(app, tools, county):
    """Open browsers in which members of staff are signed in."""

    def signed_in(role="admin", tenant_id=county.id):
        return Browser(app, tools, tenant_id=tenant_id, role=role)

    return signed_in


def entered(client, **more):
    answer = client.post("/console/people/new", data=CHEN | more)
    assert answer.status_code == 302, answer.text
    return answer.location


def test_somebody_is_entered_found_and_shown(browser):
    client = browser()
    page = entered(client)
    for typed in ("陈立", "chenli", "Chen Liqun", "+393331234567"):
        assert "陈立群" in client.get("/console/people", query_string={"q": typed}).text
    text = client.get(page).text
    for words in ("1950年3月", "意大利", "+39 333 123 4567", "石桥镇", "腿脚不便", "华侨"):
        assert words in text


def test_each_look_is_recorded_without_what_was_seen(browser, tools):
    client = browser()
    page = entered(client)
    client.get(page)
    client.get("/console/people?q=陈立群")
    with tools.sessions.read() as db:
        rows = [(one.action, one.subject) for one in db.scalars(select(AuditEntry))]
    number = page.rpartition("/")[2]
    assert ("person.view", f"person:{number}") in rows
    assert ("person.search", "people") in rows
    assert "陈立群" not in str(rows)


def test_the_same_person_is_not_entered_twice_by_accident(browser):
    client = browser()
    entered(client)
    again = client.post("/console/people/new", data=CHEN | {"name": "陈丽群"})
    assert again.status_code == 409
    assert "好像已经有这个人" in again.text
    assert 'value="陈丽群"' in again.text, "what was typed is kept"
    entered(client, name="陈丽群", sure="1")


def test_wrong_fields_are_named_and_what_was_typed_stays(browser):
    answer = browser().post("/console/people/new", data=CHEN | {"born": "昨天", "phone": "12"})
    assert answer.status_code == 400
    assert "写成 1950" in answer.text
    assert "不像电话号码" in answer.text
    assert 'value="昨天"' in answer.text


def test_a_form_shows_and_saves_what_was_known(browser):
    client = browser()
    page = entered(client)
    form = client.get(f"{page}/edit").text
    assert 'value="意大利"' in form
    seen = form.partition('name="seen" value="')[2].partition('"')[0]
    changed = client.post(f"{page}/edit", data=CHEN | {"city": "米兰", "seen": seen})
    assert changed.status_code == 302
    assert "米兰" in client.get(page).text
    late = client.post(f"{page}/edit", data=CHEN | {"city": "罗马", "seen": seen})
    assert late.status_code == 409
    assert 'value="罗马"' in late.text
    assert "米兰" in client.get(page).text


def test_hardship_is_for_few_and_survives_others_changes(browser):
    admin, officer = browser(), browser("petitions")
    page = entered(admin)
    assert "腿脚不便" not in officer.get(page).text
    form = officer.get(f"{page}/edit").text
    assert "困难与健康" not in form
    seen = form.partition('name="seen" value="')[2].partition('"')[0]
    values = {key: value for key, value in CHEN.items() if key != "hardship"}
    officer.post(f"{page}/edit", data=values | {"seen": seen, "hardship": "抹掉"})
    assert "腿脚不便" in admin.get(page).text


@pytest.mark.parametrize("role", ["lawyer", "editor", "leader"])
def test_other_roles_see_no_register(browser, role):
    page = entered(browser())
    client = browser(role)
    for path in ("/console/people", page, f"{page}/edit", "/console/people/new"):
        assert client.get(path).status_code == 403
    assert client.post("/console/people/new", data=CHEN).status_code == 403
    assert "侨情" not in client.get("/console/today").text


def test_another_county_finds_nobody(browser, tools):
    page = entered(browser())
    other = make.county(tools, slug="shiqiao", name="石桥县侨联")
    stranger = browser("admin", tenant_id=other.id)
    assert stranger.get(page).status_code == 404
    assert stranger.get(f"{page}/edit").status_code == 404
    assert "没有找到" in stranger.get("/console/people?q=陈立群").text


def test_a_long_list_pages(browser, tools, county):
    with tools.sessions.begin() as db:
        people = [Facts(name=f"王{number:03}", source="console") for number in range(120)]
        writing.add_many(db, county.id, people, vault=tools.vault, now=tools.clock.now())
    client, url, seen = browser(), "/console/people", set()
    for _ in range(3):
        text = client.get(url).text
        seen |= {f"王{number:03}" for number in range(120) if f"<strong>王{number:03}<" in text}
        url = (
            text.partition(">下一页<")[0]
            .rpartition('href="')[2]
            .partition('"')[0]
            .replace("&amp;", "&")
        )
    assert len(seen) == 120


def test_the_forms_want_their_token(browser):
    assert browser().post("/console/people/new", data=CHEN, token=False).status_code == 400


@pytest.fixture
def villages(tools, county):
    """Two villages with somebody in each, and somebody of nobody knows where."""
    with tools.sessions.begin() as db:
        return {
            place: writing.add(
                db, county.id, Facts(name=name, division=place, hardship="独居"),
                vault=tools.vault, now=tools.clock.now(),
            )
            for place, name in
            [("331199001002", "周阿大"), ("331199001003", "周阿二"), (None, "周阿三")]
        }  # fmt: skip


def test_a_village_liaison_meets_the_own_village_without_hardship(app, tools, county, villages):
    liaison = Browser(
        app, tools, tenant_id=county.id, role="liaison", path="331199001002", login="shiqiao"
    )
    own, *others = villages.values()
    for text in (liaison.get("/console/people").text, liaison.get("/console/people?q=周阿").text):
        assert "周阿大" in text
        assert "周阿二" not in text
        assert "周阿三" not in text
    assert "独居" not in liaison.get(f"/console/people/{own}").text
    for number in others:
        assert liaison.get(f"/console/people/{number}").status_code == 404
        assert liaison.get(f"/console/people/{number}/edit").status_code == 404
        answer = liaison.post(f"/console/people/{number}/edit", data={"name": "改", "seen": "1"})
        assert answer.status_code == 404


def test_a_village_liaison_enters_and_keeps_people_in_the_own_village(app, tools, county, villages):
    liaison = Browser(
        app, tools, tenant_id=county.id, role="liaison", path="331199001002", login="shiqiao"
    )
    assert 'value="331199001002"' in liaison.get("/console/people/new").text
    new = {"name": "周小妹", "division": "331199001003"}
    assert "您只负责一部分地方" in liaison.post("/console/people/new", data=new).text
    assert liaison.post("/console/people/new", data=new | {"division": ""}).status_code == 400
    page = liaison.post("/console/people/new", data=new | {"division": "331199001002"}).location
    moved = liaison.post(f"{page}/edit", data=new | {"seen": "1"})
    assert moved.status_code == 400
    own = villages["331199001002"]
    kept = {"name": "周阿大", "division": "331199001002", "seen": "1"}
    assert liaison.post(f"/console/people/{own}/edit", data=kept).status_code == 302
    admin = Browser(app, tools, tenant_id=county.id)
    assert "独居" in admin.get(f"/console/people/{own}").text, "nothing unseen was changed"


def test_who_is_alike_elsewhere_is_not_shown_to_a_liaison(app, tools, county):
    admin = Browser(app, tools, tenant_id=county.id)
    entered(admin, division="331199001003")
    liaison = Browser(
        app, tools, tenant_id=county.id, role="liaison", path="331199001002", login="shiqiao"
    )
    answer = liaison.post(
        "/console/people/new", data=CHEN | {"name": "张三", "division": "331199001002"}
    )
    assert answer.status_code == 409
    assert "好像已经有这个人" in answer.text
    assert "陈立群" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/console/people/99999999999999999999999",
        "/console/people?after=x&id=99999999999999999999",
        "/console/people?after=%00&id=1",
        "/console/people?q=%00",
        "/console/audit?before=99999999999999999999",
        "/console/audit?subject=%00",
        "/console/messages?before=99999999999999999999",
        "/console/imports/99999999999999999999",
    ],
)
def test_what_no_row_can_hold_is_no_fault_of_ours(browser, path):
    assert browser().get(path).status_code in {200, 404}


def test_characters_no_database_stores_are_left_out(browser):
    client = browser()
    page = entered(client, name="陈\0立群")
    assert "陈立群" in client.get(page).text


def test_one_box_at_the_top_finds_people_places_cases_and_pages(app, tools, county):
    with tools.sessions.begin() as db:
        seed.lay_land(db, county.id)
    admin = Browser(app, tools, tenant_id=county.id)
    entered(admin, name="陈立群", division="石桥镇岭脚村")
    assert "陈立群" in admin.get("/console/search?q=chenliq").text
    assert "祖籍在云溪县石桥镇岭脚村的乡亲" in admin.get("/console/search?q=岭脚").text
    assert "/console/audit" in admin.get("/console/search?q=操作记录").text
    assert "没有找到“XF2099000001”" in admin.get("/console/search?q=XF2099000001").text
    volunteer = Browser(app, tools, tenant_id=county.id, role="volunteer")
    shown = volunteer.get("/console/search?q=陈立群").text
    assert "没有找到" in shown, "what one may not see is not there"


def test_the_menu_shows_each_role_its_own_tasks_only(app, tools, county):
    def menu(role):
        page = Browser(app, tools, tenant_id=county.id, role=role).get("/console/today").text
        left = page.partition('aria-label="主菜单"')[2].partition("</nav>")[0]
        return re.findall(r">([^<\s][^<]*)</a>", left)

    assert menu("volunteer") == ["今日", "侨情", "设置"]
    assert menu("editor") == ["今日", "节日问候", "诉求", "设置"]
    assert menu("admin")[:2] == ["今日", "侨情"]
