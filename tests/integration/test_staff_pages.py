"""同事 and 角色: who may give what to whom, never more than they have; always an administrator."""

import re

import pytest
from sqlalchemy import select

from server.demo import seed
from server.staff.models import AuditEntry, StaffMember
from server.staff.permissions import Permission
from tests import make
from tests.console import Browser

SHIQIAO = "石桥镇"


@pytest.fixture
def county(tools):
    county = make.county(tools).id
    with tools.sessions.begin() as db:
        seed.lay_land(db, county)
    return county


@pytest.fixture
def boss(app, tools, county):
    return Browser(app, tools, tenant_id=county, role="super")


@pytest.fixture
def admin(app, tools, county):
    return Browser(app, tools, tenant_id=county)


def add(browser, **more):
    form = {"name": "林秀英", "login": "linxiuying", "role": "liaison", "place": SHIQIAO} | more
    return browser.post("/console/colleagues/new", data=form)


def number(tools, login="linxiuying"):
    with tools.sessions.read() as db:
        return db.scalar(select(StaffMember.id).where(StaffMember.login == login))


def page(browser, staff_id):
    return browser.get(f"/console/colleagues/{staff_id}")


def test_a_colleague_is_added_with_a_password_shown_once(admin, tools):
    shown = add(admin)
    assert shown.status_code == 200
    assert re.search(r'class="secret">([a-z0-9]{4}-){2}[a-z0-9]{4}<', shown.text)
    listed = admin.get("/console/colleagues").text
    assert "林秀英" in listed
    assert "村级联络员（云溪县石桥镇）" in listed
    assert "还没改密码" in listed
    assert "secret" not in page(admin, number(tools)).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"login": "Lin Xiu"}, "登录名用小写字母开头"),
        ({"name": " "}, "请填写姓名"),
        ({"role": ""}, "请选择一个角色"),
        ({"place": "火星镇"}, "没有找到“火星镇”"),
        ({"role": "editor"}, "编辑管的是全县的事"),
        ({"role": "super", "place": ""}, "超出您自己的权限"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(admin, tools, fields, words):
    shown = add(admin, **fields)
    assert shown.status_code == 400
    assert words in shown.text
    assert number(tools) is None
    kept = {"name": "林秀英", "login": "linxiuying", "place": SHIQIAO} | fields
    assert f'value="{kept["place"]}"' in shown.text


def test_a_login_is_taken_once(admin):
    add(admin)
    assert "已经有人用这个登录名" in add(admin).text


def test_a_role_is_given_and_taken_away_at_once(app, admin, tools, county):
    add(admin)
    staff_id = number(tools)
    given = admin.post(
        f"/console/colleagues/{staff_id}/roles", data={"role": "volunteer", "place": ""}
    )
    assert given.status_code == 302
    shown = page(admin, staff_id).text
    assert "志愿者" in shown
    ends = re.findall(r'action="(/console/colleagues/\d+/roles/\d+/end)"', shown)
    assert len(ends) == 2
    for end in ends:
        assert admin.post(end).status_code == 302
    assert "没有角色：能登录，但什么也看不到" in page(admin, staff_id).text
    assert admin.post(ends[0]).status_code == 404, "ended already"


def test_nobody_touches_who_may_more_than_they(admin, boss):
    chief = boss.officer.id
    assert "只有超级管理员能改" in page(admin, chief).text
    for move in ("disable", "enable", "two-step", "password"):
        assert admin.post(f"/console/colleagues/{chief}/{move}").status_code == 403
    assert boss.get("/console/today").status_code == 200


def test_the_last_administrator_stays(boss):
    own = boss.officer.id
    shown = boss.post(f"/console/colleagues/{own}/disable")
    assert shown.status_code == 400
    assert "最后一位管理员" in shown.text
    end = re.search(r'action="(/console/colleagues/\d+/roles/\d+/end)"', page(boss, own).text)[1]
    assert "最后一位管理员" in boss.post(end).text
    assert boss.get("/console/colleagues").status_code == 200


def test_a_disabled_colleague_is_out_at_once_and_comes_back_as_before(app, admin, tools, county):
    editor = Browser(app, tools, tenant_id=county, role="editor")
    path = f"/console/colleagues/{editor.officer.id}"
    assert admin.post(f"{path}/disable").status_code == 302
    assert editor.get("/console/today").status_code == 302
    assert "已停用" in page(admin, editor.officer.id).text
    assert admin.post(f"{path}/enable").status_code == 302
    assert "编辑" in page(admin, editor.officer.id).text


def test_a_reset_password_ends_all_sign_ins(app, admin, tools, county):
    editor = Browser(app, tools, tenant_id=county, role="editor")
    shown = admin.post(f"/console/colleagues/{editor.officer.id}/password")
    assert "临时密码" in shown.text
    assert editor.get("/console/today").status_code == 302


def test_another_county_s_colleagues_do_not_exist(app, admin, tools):
    other = Browser(app, tools, tenant_id=make.county(tools, "qingxi", "清溪县侨联").id)
    staff_id = other.officer.id
    assert page(admin, staff_id).status_code == 404
    assert admin.post(f"/console/colleagues/{staff_id}/disable").status_code == 404


def save(browser, key, *permissions, name="志愿者"):
    form = {"name": name, "permission": [str(one) for one in permissions]}
    return browser.post(f"/console/roles/{key}", data=form)


def test_a_changed_role_counts_at_once_and_is_put_back(app, admin, tools, county):
    helper = Browser(app, tools, tenant_id=county, role="volunteer")
    assert helper.get("/console/people").status_code == 403
    assert save(admin, "volunteer", Permission.SEE_PEOPLE).status_code == 302
    assert helper.get("/console/people").status_code == 200
    assert "改过" in admin.get("/console/roles").text
    assert admin.post("/console/roles/volunteer/reset").status_code == 302
    assert helper.get("/console/people").status_code == 403


def test_a_role_of_one_s_own_is_added_given_and_removed_when_nobody_holds_it(admin, tools):
    made = admin.post(
        "/console/roles/new", data={"name": "侨刊编辑", "permission": ["edit_newsletters"]}
    )
    key = made.location.rpartition("/")[2]
    add(admin, role=key, place="")
    refused = admin.post(f"/console/roles/{key}/reset")
    assert refused.status_code == 400
    assert "还有同事担任" in refused.text
    shown = page(admin, number(tools)).text
    admin.post(re.search(r'action="([^"]+/end)"', shown)[1])
    assert admin.post(f"/console/roles/{key}/reset").status_code == 302
    assert "侨刊编辑" not in admin.get("/console/roles").text


def test_nobody_puts_into_a_role_what_they_do_not_have(admin):
    shown = save(admin, "volunteer", Permission.MANAGE_ACCOUNTS)
    assert shown.status_code == 400
    assert "超出您自己的权限" in shown.text


def test_the_super_administrator_s_role_cannot_be_changed(boss):
    assert save(boss, "super", Permission.SEE_PEOPLE, name="老大").status_code == 400
    assert "不能修改" in boss.get("/console/roles/super").text


def test_nobody_takes_the_last_right_to_manage_staff_away(admin):
    shown = save(admin, "admin", Permission.SEE_PEOPLE, name="县侨联管理员")
    assert shown.status_code == 400
    assert "最后一位管理员" in shown.text
    assert admin.get("/console/colleagues").status_code == 200


def test_every_change_is_recorded_with_before_and_after(admin, tools):
    add(admin)
    save(admin, "volunteer", Permission.SEE_PEOPLE)
    with tools.sessions.read() as db:
        actions = list(db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert {"staff.add", "staff.grant", "role.change"} <= set(actions)
    shown = admin.get("/console/audit").text
    for words in ("添加同事", "给角色", "修改角色"):
        assert words in shown
