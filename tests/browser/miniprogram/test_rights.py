"""我的个人信息 on the phone, against the real server: see, correct, take along, say no, close."""

import dataclasses
import re
import threading

import pytest
from werkzeug.serving import make_server

from server.app import create_app
from server.cases import access, service
from server.cases.states import Action
from server.people.register import writing
from server.people.register.models import RegisterEntry
from server.people.register.terms import ContactKind, Facts, Identity, NameKind
from server.rights import closing, requests, rights_jobs
from server.staff import service as staff
from tests import fakes, make
from tests.browser.miniprogram.phone import Phone
from tests.integration.test_erasure import leaks
from tests.make import call

LIN = Facts(
    name="林秀珍", other_names=((NameKind.FOREIGN, "Lin Xiuzhen"),), sex="f", born="1948-03",
    hometown="石桥镇下洋村", country="IT", city="罗马", occupation="餐馆", left_on="1979",
    identities=(Identity.HUAQIAO,), notes="祖屋由侄儿照看，2025 年来访时说起想修一修。",
    contacts=(
        (ContactKind.PHONE, "+393331234567"),
        (ContactKind.ABROAD_ADDRESS, "Via Principe Amedeo 188, Roma"),
    ),
)  # fmt: skip


@pytest.fixture
def database_url(databases):
    return databases.clean("sqlite")


@pytest.fixture
def wechat_api(sandbox):
    return sandbox


@pytest.fixture
def office(tools, sandbox):
    """The real server of a county, known to the sandbox; 林阿婆 is in its register."""
    tools = dataclasses.replace(tools, jobs=fakes.RememberedJobs())
    county = make.county(tools).id
    mini = make.account(tools, "yunxi-mini")
    server = make_server("127.0.0.1", 0, create_app(tools), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    make.introduce(sandbox, mini, api_base=f"http://127.0.0.1:{server.server_port}")
    told = {"nickname": "林阿婆", "country": "意大利", "zone": "Europe/Rome"}
    follower = call("POST", f"{sandbox}/sandbox/followers", told)["id"]
    with tools.sessions.begin() as db:
        clerk = staff.create(
            db, tenant_id=county, login="clerk", name="王", role="admin",
            password="a-long-password", now=make.NOON,
        )  # fmt: skip
    yield Office(tools, county, clerk, mini.appid, follower)
    server.shutdown()


@dataclasses.dataclass
class Office:
    tools: object
    county: int
    clerk: object
    appid: str
    follower: str

    def person(self):
        from sqlalchemy import select

        from server.people.models import WeChatIdentity

        with self.tools.sessions.read() as db:
            return db.scalar(select(WeChatIdentity.person_id))

    def register(self):
        with self.tools.sessions.begin() as db:
            writing.register_known(
                db, self.county, self.person(), LIN, vault=self.tools.vault, now=make.NOON
            )

    def hand_in(self, key, subject):
        with self.tools.sessions.begin() as db:
            handed = service.Submission(
                submission_id=key, kind=service.Kind.PETITION, topic="house", subject=subject,
                body="老家的房子一直没有办下来。", country="IT", contact=None, files=(),
                consent_version="2026-11",
            )  # fmt: skip
            return service.submit(
                db, handed, tenant_id=self.county, person_id=self.person(),
                vault=self.tools.vault, now=make.NOON,
            ).number  # fmt: skip


@pytest.fixture
def one(office, sandbox, chromium):
    phone = Phone(chromium, sandbox, office.appid, office.follower)
    phone.open("me")
    phone.sees("怎么称呼您")
    office.register()
    yield phone
    phone.context.close()
    assert not phone.errors


def test_two_taps_lead_to_the_notice_and_to_everything_we_hold(one):
    one.open()
    one.tap(re.compile("我的资料"))
    one.sees("我的个人信息")
    assert one.complaints() == []
    one.tap("个人信息使用说明")
    one.sees("由云溪县侨联负责")
    one.sees("8. 用作常见问题")
    one.shot("mp_rights_notice")
    assert one.complaints() == []
    one.tap("返回")
    one.tap("我的个人信息")
    one.tap(re.compile("侨情登记，"))
    one.sees("Via Principe Amedeo 188, Roma")
    one.sees("祖屋由侄儿照看")
    one.shot("mp_rights_data")
    assert one.complaints() == []


def test_a_copy_is_made_and_sent_to_oneself(one, office):
    one.open("mydata")
    with one.page.expect_response(lambda answer: answer.request.method == "POST"):
        one.tap("准备一份")
    one.sees("正在准备")
    assert rights_jobs.make_copies(office.tools) == 1
    one.tap("发到微信聊天")
    one.page.get_by_text("已转发 我的个人信息.zip").wait_for()
    one.shot("mp_rights_copy")
    assert one.complaints() == []


def test_a_no_takes_one_tap_and_one_word_more_and_is_shown_with_its_past(one):
    one.open("agreements")
    one.sees("节日问候和家书")
    one.shot("mp_rights_agreements")
    assert one.complaints() == []
    one.tap("撤回：节日问候和家书")
    one.page.get_by_role("button", name="撤回", exact=True).last.tap()
    one.page.get_by_role("button", name="同意：节日问候和家书").wait_for()
    one.tap("同意：公开姓名或照片")
    one.page.get_by_role("button", name="撤回：公开姓名或照片").wait_for()
    one.tap("看以前的同意和撤回")
    one.sees("撤回：节日问候和家书")
    one.shot("mp_rights_said")
    assert one.complaints() == []


def test_a_correction_goes_to_staff_and_comes_back_with_an_answer(one, office):
    one.open("correct")
    one.sees("改好要更正的地方")
    one.expected.append("400")
    one.tap(re.compile("^电话，"))
    one.write("电话", "12")
    one.tap("交给工作人员")
    one.sees("不像电话号码")
    one.write("电话", "+39 333 765 4321")
    one.tap(re.compile("^住在城市，"))
    one.write("住在城市", "博洛尼亚")
    one.shot("mp_rights_correct")
    assert one.complaints() == []
    one.tap("交给工作人员")
    one.sees("等工作人员核实")
    with office.tools.sessions.begin() as db:
        wish = requests.of_person(db, office.person(), vault=office.tools.vault)[0]
        requests.accept(
            db, office.clerk, wish.id, reason="已按您说的改好。", vault=office.tools.vault,
            now=make.NOON,
        )  # fmt: skip
        assert db.get(RegisterEntry, office.person()).city == "博洛尼亚"
    one.open("correct")
    one.sees("已按您说的改好。")
    one.shot("mp_rights_answered")
    assert one.complaints() == []


def test_closing_tells_what_it_means_can_be_taken_back_and_is_done(one, office):
    done = office.hand_in("a" * 16, "屋后排水沟堵了")
    with office.tools.sessions.begin() as db:
        case = access.for_person(db, done, person_id=office.person())
        for action, told in ((Action.REPLY, "已清理"), (Action.CLOSE, "")):
            service.move(
                db, case, action, officer=office.clerk, told=told, note="",
                vault=office.tools.vault, now=make.NOON,
            )  # fmt: skip
    office.hand_in("b" * 16, "老家房屋确权一直没有办下来")
    one.open("close")
    one.sees("您还有 1 件诉求没有办完")
    one.tap("申请注销")
    one.sees("请选择没办完的诉求怎么办")
    one.tap("都撤回，不用再办", role="radio")
    one.tap("申请注销")
    one.sees("请看完后果并打勾")
    one.tap(re.compile("我看过了"), role="checkbox")
    one.shot("mp_rights_close")
    assert one.complaints() == []
    one.tap("申请注销")
    one.tap("确定注销")
    one.sees("正在注销")
    one.shot("mp_rights_closing")
    assert one.complaints() == []
    one.tap("不注销了，保留账号")
    one.sees("您的信息都还在")
    one.tap("都撤回，不用再办", role="radio")
    one.tap(re.compile("我看过了"), role="checkbox")
    one.tap("申请注销")
    one.tap("确定注销")
    one.sees("正在注销")
    office.tools.clock.advance(days=7, seconds=1)
    with office.tools.sessions.read() as db:
        assert len(closing.due(db, now=office.tools.clock.now(), limit=9)) == 1
    assert rights_jobs.close_accounts(office.tools) == 1
    words = ("林秀珍", "Lin Xiuzhen", "+393331234567", "下洋村")
    assert list(leaks(office.tools, words)) == []
    one.expected.append("401")  # the old token opens nothing; the phone signs in anew
    one.open("mydata")
    one.sees("微信标识")
    assert one.page.get_by_text("侨情登记，").count() == 0


@pytest.mark.parametrize(("width", "scale"), [(320, 1.4)])
def test_small_screens_and_large_letters(office, sandbox, chromium, width, scale):
    phone = Phone(
        chromium, sandbox, office.appid, office.follower, width=width, launch={"fontScale": scale}
    )
    phone.open("me")
    phone.sees("怎么称呼您")
    office.register()
    for page, words in [
        ("mydata", "侨情登记"), ("agreements", "侨刊乡讯"), ("correct", "侨情登记"),
        ("close", "注销以后"), ("notice", "您的权利"),
    ]:  # fmt: skip
        phone.open(page)
        phone.sees(words)
        phone.shot(f"mp_{width}_{scale}_{page}")
        assert phone.complaints() == [], page
    phone.context.close()
    assert not phone.errors
