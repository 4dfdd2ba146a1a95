"""A person's own rights on the phone, and the desk that answers them."""

import dataclasses
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.people import identities, sessions
from server.people.register import reading, writing
from server.people.register.terms import ContactKind, Facts
from server.people.register.terms import Identity as Kind
from server.places import codes
from server.places.codes import EVERYWHERE
from server.ports import Identity
from server.rights import rights_jobs
from server.rights.terms import last_day
from server.staff.models import AuditEntry
from tests import fakes, make
from tests.console import Browser
from tests.integration.test_api import BODY, keyed

CHEN = Facts(
    name="陈立群", country="IT", city="罗马", hometown="石桥镇", identities=(Kind.HUAQIAO,),
    contacts=((ContactKind.PHONE, "+393331234567"),), notes="爱喝茶", hardship="腿脚不便",
)  # fmt: skip


@pytest.fixture
def phone(tools, app):
    return Phone(tools, app)


class Phone:
    """Somebody registered, signed in to the mini-program; and the office's browsers."""

    def __init__(self, tools, app):
        self.tools = dataclasses.replace(tools, jobs=fakes.RememberedJobs())
        self.app, self.client = app, app.test_client()
        self.county = make.county(tools).id
        self.person, self.header = self.sign_in("oWang")
        self.keys = 0

    def sign_in(self, openid):
        account = make.account(self.tools, "yunxi-mini")
        with self.tools.sessions.begin() as db:
            person = identities.sign_in(db, account, Identity(openid), now=self.now)
            token, _ = sessions.open_session(
                db, person_id=person, account_id=account.id, now=self.now
            )
        return person, {"Authorization": f"Bearer {token}"}

    @property
    def now(self):
        return self.tools.clock.now()

    def register(self, facts=CHEN):
        with self.tools.sessions.begin() as db:
            writing.register_known(
                db, self.county, self.person, facts, vault=self.tools.vault, now=self.now
            )

    def facts(self):
        with self.tools.sessions.read() as db:
            return reading.page(
                db, self.county, self.person, vault=self.tools.vault, scope=EVERYWHERE
            ).facts

    def get(self, path, header=None):
        return self.client.get(f"/api/v1{path}", headers=header or self.header)

    def post(self, path, body, header=None):
        self.keys += 1
        key = keyed(header or self.header, f"key{self.keys}-")
        return self.client.post(f"/api/v1{path}", json=body, headers=key)

    def delete(self, path, header=None):
        return self.client.delete(f"/api/v1{path}", headers=header or self.header)

    def desk(self, role="admin", **more):
        return Browser(self.app, self.tools, tenant_id=self.county, role=role, **more)

    def deeds(self):
        with self.tools.sessions.read() as db:
            return [one.action for one in db.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_one_sees_everything_in_plain_chinese(phone):
    phone.register()
    phone.client.put("/api/v1/me", json={"salutation": "陈伯"}, headers=phone.header)
    phone.post("/cases", BODY)
    told = phone.get("/me/holdings").json["sections"]
    text = json.dumps(told, ensure_ascii=False)
    for words in (
        "陈伯", "陈立群", "意大利", "+39 333 123 4567", "石桥镇", "爱喝茶", "腿脚不便", "华侨",
        "本人自述", "祖屋屋顶漏水", "XF2026000001", "节日问候和家书", "oWang",
    ):  # fmt: skip
        assert words in text, words
    fields = {line["label"]: line["field"] for one in told for line in one["lines"]}
    assert fields["电话"] == "phone"
    assert fields["备注"] is None, "what staff noted is shown, and not corrected by field"


def test_somebody_who_is_not_registered_sees_what_there_is(phone):
    codes = [one["code"] for one in phone.get("/me/holdings").json["sections"]]
    assert codes == ["profile", "wechat", "agreements"]


def test_a_no_is_as_easy_as_a_yes(phone):
    def say(given, **more):
        body = {"purpose": "greetings", "given": given, "version": "2026-11", **more}
        return phone.post("/me/agreements", body)

    assert say(given=False).json["state"] == "withdrawn"
    assert say(given=True).json["state"] == "given"
    old = say(given=True, version="2020-01")
    assert (old.status_code, list(old.json["errors"])) == (400, ["version"])
    ends = say(given=False, purpose="account")
    assert "注销" in ends.json["errors"]["purpose"][0]
    assert [one["given"] for one in phone.get("/me/agreements").json["history"]] == [True, False]


def test_taking_back_the_register_forgets_the_place_and_asks_staff(phone):
    phone.register()
    body = {"purpose": "profile", "given": False, "version": "2026-11"}
    assert phone.post("/me/agreements", body).status_code == 201
    me = phone.get("/me").json
    assert (me["country"], me["hometown"]) == (None, None)
    (wish,) = phone.get("/me/corrections").json["items"]
    assert (wish["kind_name"], wish["state"]) == ("删除侨情登记", "open")
    clerk = phone.desk("petitions")
    assert "删除要由有" in clerk.get(f"/console/rights/{wish['id']}").text
    assert clerk.post(f"/console/rights/{wish['id']}/accept").status_code == 403
    admin = phone.desk()
    assert admin.post(f"/console/rights/{wish['id']}/accept").status_code == 302
    assert phone.get("/me/corrections").json["fields"] == []
    assert "陈立群" not in admin.get("/console/people").text


def test_a_correction_is_asked_for_accepted_and_told(phone):
    phone.register()
    form = {one["field"]: one["value"] for one in phone.get("/me/corrections").json["fields"]}
    assert (form["country"], form["city"]) == ("意大利", "罗马")
    asked = phone.post(
        "/me/corrections", {"fields": {**form, "city": "米兰", "country": "法国"}, "words": "搬了"}
    )
    assert asked.status_code == 201
    assert asked.json["answer_by"] == "2026-12-11", "fifteen working days"
    assert {one["label"]: (one["before"], one["wanted"]) for one in asked.json["changes"]} == {
        "住在城市": ("罗马", "米兰"), "住在国（地区）": ("意大利", "法国"),
    }  # fmt: skip
    assert phone.facts().city == "罗马", "nothing changes by itself"
    desk = phone.desk("petitions")
    assert "陈立群" in desk.get("/console/rights").text
    page = desk.get(f"/console/rights/{asked.json['id']}").text
    for words in ("罗马", "米兰", "法国", "搬了", "还剩 21 天"):
        assert words in page
    assert desk.post(f"/console/rights/{asked.json['id']}/accept").status_code == 302
    facts = phone.facts()
    assert (facts.city, facts.country, facts.hardship) == ("米兰", "FR", "腿脚不便")
    (told,) = phone.get("/me/corrections").json["items"]
    assert (told["state_name"], told["unread"]) == ("已办", True)
    assert not phone.get("/me/corrections").json["items"][0]["unread"]
    assert {"right.view", "right.accepted", "person.change"} <= set(phone.deeds())


def test_a_refusal_needs_a_reason_and_the_person_reads_it(phone):
    phone.register()
    wish = phone.post("/me/corrections", {"words": "把备注删掉"}).json
    desk = phone.desk()
    silent = desk.post(f"/console/rights/{wish['id']}/refuse")
    assert silent.status_code == 400
    assert "请写明理由" in silent.text
    reason = "备注是您来访时说的，留作联络之用"
    assert desk.post(f"/console/rights/{wish['id']}/refuse", {"reason": reason}).status_code == 302
    (told,) = phone.get("/me/corrections").json["items"]
    assert (told["state"], told["reason"]) == ("refused", reason)
    again = desk.post(f"/console/rights/{wish['id']}/accept")
    assert again.status_code == 409
    assert "刚刚有了变化" in again.text


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"fields": {"phone": "12"}}, "phone"),
        ({"fields": {"country": "月亮"}}, "country"),
        ({"fields": {"notes": "x"}}, "notes"),
        ({"fields": {"division": "990121"}}, "division"),
        ({"fields": {}, "words": " "}, "words"),
        ({"fields": {"city": "罗马"}}, "words"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_by_field(phone, wish, field):
    phone.register()
    answer = phone.post("/me/corrections", wish)
    assert (answer.status_code, list(answer.json["errors"])) == (400, [field])


def test_requests_may_be_taken_back_and_do_not_pile_up(phone):
    phone.register()
    ids = [phone.post("/me/corrections", {"words": f"第 {n} 件"}).json["id"] for n in range(5)]
    assert phone.post("/me/corrections", {"words": "第六件"}).status_code == 409
    _, stranger = phone.sign_in("oZhang")
    assert phone.delete(f"/me/corrections/{ids[0]}", stranger).status_code == 404
    assert phone.delete(f"/me/corrections/{ids[0]}").status_code == 204
    assert phone.delete(f"/me/corrections/{ids[0]}").status_code == 409
    assert phone.post("/me/corrections", {"words": "第六件"}).status_code == 201


def test_a_village_liaison_decides_for_the_own_village_only(phone):
    village, next_one = "990121101201", "990121102201"
    phone.register(dataclasses.replace(CHEN, division=village))
    wish = phone.post("/me/corrections", {"words": "请更正"}).json
    own = phone.desk("liaison", path=codes.path_of(village))
    other = phone.desk("liaison", path=codes.path_of(next_one), login="other")
    assert own.get(f"/console/rights/{wish['id']}").status_code == 200
    assert other.get(f"/console/rights/{wish['id']}").status_code == 404
    assert "没有待办的请求" in other.get("/console/rights").text


def test_a_copy_is_made_fetched_by_its_owner_and_gone_after_a_day(phone):
    phone.register()
    phone.post("/cases", BODY)
    asked = phone.post("/me/copies", {}).json
    assert asked["state"] == "preparing"
    assert phone.post("/me/copies", {}).json["id"] == asked["id"], "the one that is being made"
    file = f"/me/copies/{asked['id']}/file"
    assert phone.get(file).status_code == 404
    assert rights_jobs.make_copies(phone.tools) == 1
    assert phone.get("/me/copies").json["copy"]["state"] == "ready"
    _, stranger = phone.sign_in("oZhang")
    assert phone.get(file, stranger).status_code == 404
    with zipfile.ZipFile(io.BytesIO(phone.get(file).data)) as packed:
        names = packed.namelist()
        data = json.loads(packed.read("data.json"))
        page = packed.read("我的个人信息.html").decode()
        case = packed.read("诉求/XF2026000001.txt").decode()
    assert "请先看这里.txt" in names
    assert {one["code"] for one in data["sections"]} >= {"profile", "register", "cases"} - {
        "profile"
    }
    assert "陈立群" in page
    assert BODY["body"] in case
    assert {"right.copy", "right.copy_fetched"} <= set(phone.deeds())
    kept = len(list(phone.tools.settings.data_dir.glob("files/*/*")))
    phone.tools.clock.advance(hours=24, seconds=1)
    assert phone.get(file).status_code == 404
    assert phone.get("/me/copies").json["copy"] is None
    assert rights_jobs.make_copies(phone.tools) == 1
    assert len(list(phone.tools.settings.data_dir.glob("files/*/*"))) == kept - 1


def test_three_copies_a_day_are_enough(phone):
    for _ in range(3):
        phone.post("/me/copies", {})
        rights_jobs.make_copies(phone.tools)
    assert phone.post("/me/copies", {}).status_code == 409
    phone.tools.clock.advance(hours=25)
    assert phone.post("/me/copies", {}).status_code == 201


def test_the_copy_cannot_be_a_page_of_somebody_elses_making(phone):
    phone.register(dataclasses.replace(CHEN, notes="<script>alert(1)</script>"))
    phone.post("/me/copies", {})
    rights_jobs.make_copies(phone.tools)
    file = phone.get(f"/me/copies/{phone.get('/me/copies').json['copy']['id']}/file").data
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        assert "<script>" not in packed.read("我的个人信息.html").decode()


def test_closing_takes_two_steps_and_a_week(phone):
    told = phone.get("/me/closure").json
    assert (told["closing"], told["days"]) == (False, 7)
    assert len(told["consequences"]) >= 4
    assert phone.post("/me/closure", {"sure": False}).status_code == 400
    assert phone.post("/me/closure", {"sure": True}).json["due_at"] == "2026-11-27T04:00:00Z"
    assert phone.post("/me/closure", {"sure": True}).json["due_at"] == "2026-11-27T04:00:00Z"
    admin = phone.desk()
    assert "等待期内" in admin.get("/console/rights/closings").text
    assert phone.delete("/me/closure").status_code == 204
    assert phone.delete("/me/closure").status_code == 204
    assert "本人反悔" in admin.get("/console/rights/closings").text


def test_the_notice_is_a_list_of_every_purpose(phone):
    told = phone.client.get("/api/v1/notice?account=yunxi-mini").json
    assert told["handler"] == "云溪县侨联"
    assert len(told["terms"]) == 8
    assert all(one["kinds"] and one["recipients"] and one["kept"] for one in told["terms"])


def test_staff_note_what_somebody_said_with_its_basis(phone):
    phone.register()
    page = f"/console/rights/people/{phone.person}"
    admin = phone.desk()
    said = {"purpose": "publish", "given": "yes"}
    bare = admin.post(page, said)
    assert bare.status_code == 400
    assert "请写明依据" in bare.text
    said["basis"] = "11 月 20 日来访，签字表第 12 号"
    assert admin.post(page, said).status_code == 302
    again = admin.post(page, said)
    assert (again.status_code, "已经是这样了" in again.text) == (409, True)
    shown = admin.get(page).text
    for words in ("工作人员代录", "签字表第 12 号", "公开姓名或照片"):
        assert words in shown
    assert admin.post(page, said | {"purpose": "petition"}).status_code == 400
    told = {one["purpose"]: one["state"] for one in phone.get("/me/agreements").json["items"]}
    assert told["publish"] == "given"
    assert "right.agree" in phone.deeds()


def test_erasing_at_the_office_asks_and_needs_a_basis(phone):
    with phone.tools.sessions.begin() as db:
        other = writing.add(
            db, phone.county, Facts(name="何大"), vault=phone.tools.vault, now=phone.now
        )
    phone.register()
    admin = phone.desk()
    page = f"/console/rights/people/{other}/erase"
    assert "恢复不了" in admin.get(page).text
    for form in ({}, {"sure": "1"}, {"basis": "来访登记第 12 号"}):
        assert admin.post(page, form).status_code == 400
    form = {"sure": "1", "basis": "来访登记第 12 号"}
    mine = admin.post(f"/console/rights/people/{phone.person}/erase", form)
    assert (mine.status_code, "在微信上有账号" in mine.text) == (409, True)
    assert admin.post(page, form).status_code == 302
    assert admin.get(f"/console/people/{other}").status_code == 404
    assert "right.erased" in phone.deeds()


def test_the_retention_table_is_the_countys_own(phone):
    admin = phone.desk()
    page = "/console/rights/retention"
    assert "还没有定" in admin.get(page).text
    assert admin.post(page, {"petition": "7"}).status_code == 400
    form = {"petition": "forever", "consultation": "30"}
    assert admin.post(page, form).status_code == 302
    text = admin.get(page).text
    assert text.count("selected") == 2
    assert "还没有定" not in text


def test_what_was_taken_back_binds_the_desk(phone):
    number = phone.post("/cases", BODY).json["number"]
    body = {"purpose": "petition", "given": False, "version": "2026-11"}
    phone.tools.clock.advance(minutes=1)
    assert phone.post("/me/agreements", body).status_code == 201
    admin = phone.desk()
    listed = admin.get("/console/cases").text
    case = listed.partition("/console/cases/")[2].partition('"')[0]
    page = admin.get(f"/console/cases/{case}").text
    assert number in page
    assert "撤回了把诉求转给别的单位的同意" in page
    move = {"action": "transfer", "told": "已转自然资源局", "seen": "1"}
    refused = admin.post(f"/console/cases/{case}", move)
    assert (refused.status_code, "写明依据" in refused.text) == (400, True)
    move["note"] = "信访工作条例第二十二条，属该局职责"
    assert admin.post(f"/console/cases/{case}", move).status_code == 302


def test_fifteen_working_days_leave_the_weekends_out():
    friday = make.NOON.date()
    assert last_day(friday, days=1) == friday + timedelta(days=3)
    assert last_day(friday) == friday + timedelta(days=21)
