"""The mini-program in a browser: an old person abroad hands in a petition and reads the answer."""

import fcntl
import os
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from deploy.sandbox.serve import running
from server.launch.preview import Preview
from tests.browser import standin_county
from tests.browser.phone import Phone
from tests.make import call

APPID, SECRET, TEMPLATE = "wx1a2b3c4d5e6f7081", "0" * 32, "TPL-PROGRESS"
LOST = "net::ERR"  # Chromium writes a console line for every request that a test cuts off


@pytest.fixture(scope="session")
def package(root, tmp_path_factory):
    """The mini-program's folder with its npm packages, and the built bundle; built once per run."""
    if not (shutil.which("node") and shutil.which("npm")):
        message = "Node is not installed, so the mini-program is not tested: apt install nodejs npm"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    source, target, said = root / "miniprogram", shared / "miniprogram", []
    with (shared / "miniprogram.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Preview(source, target, os.environ, said.append).build()
    assert (target / "index.html").exists(), said
    return source, target


@pytest.fixture
def sandbox(package, tmp_path):
    """The platform, with the mini-program on its phones; its address."""
    with running(tmp_path / "sandbox.db", package[1]) as address:
        yield address


@pytest.fixture
def county(sandbox):
    """The server that the mini-program talks to, known to the sandbox."""
    with standin_county.running(sandbox, APPID, SECRET) as county:
        template = {"title": "办理进度通知", "fields": {"character_string1": "编号"}}
        account = {
            "kind": "mini", "name": "云溪县侨联", "secret": SECRET, "original_id": "gh_mini",
            "token": "token", "aes_key": "a" * 43, "callback_url": "", "mode": "plain",
            "format": "json", "api_base": county.url, "templates": {TEMPLATE: template},
        }  # fmt: skip
        call("PUT", f"{sandbox}/sandbox/accounts/{APPID}", account)
        yield county


@pytest.fixture
def people(county, sandbox):
    """Two followers: somebody in Rome, somebody in the county."""
    told = [
        {"nickname": "林阿婆", "country": "意大利", "zone": "Europe/Rome"},
        {"nickname": "陈伯", "country": "中国", "zone": "Asia/Shanghai"},
    ]
    return [call("POST", f"{sandbox}/sandbox/followers", one)["id"] for one in told]


@pytest.fixture
def phone(chromium, sandbox, people):
    """phone(**how) → a Phone; whatever goes wrong in its scripts fails the test."""
    phones = []

    def make(**how):
        phones.append(Phone(chromium, sandbox, APPID, people[0], **how))
        return phones[-1]

    yield make
    for one in phones:
        one.context.close()
    assert not [error for one in phones for error in one.errors]


def picture(width=240, height=160):
    """A small PNG."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (x * 255 // width, y * 255 // height, 160))
        for y in range(height)
    )

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + data}


def add_photo(phone, *pictures):
    with phone.page.expect_file_chooser() as chooser:
        phone.tap("添加照片")
    chooser.value.set_files(list(pictures) or picture())


def fill_in(phone, topic="侨房、不动产", subject="老家房屋确权一直没有办下来"):
    phone.tap(re.compile("是哪方面的事"))
    phone.tap(topic, role="radio")
    phone.write("一句话说明", subject)
    phone.write("详细情况", "石桥镇的祖屋一九九八年就申请，\n到现在还没有证。")


def hand_in(phone, answer="允许"):
    """Agree, submit, and answer WeChat's question about notices."""
    phone.tap(re.compile("我已看过"), role="checkbox")
    phone.tap("提交")
    phone.page.get_by_role("dialog", name="订阅消息").get_by_text(answer, exact=True).tap()


@pytest.mark.parametrize("check", ["typecheck", "lint:wx", "test"])
def test_its_own_checks_pass(package, check):
    done = subprocess.run(
        ["npm", "run", "-s", check], cwd=package[0], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_petition_from_the_first_tap_to_the_answer(phone, county):
    one = phone()
    one.open()
    one.sees("云溪县侨联问候您")
    one.sees("再过 32 天是冬至（12月22日）")
    one.sees("打电话")
    one.shot("mp_home")
    one.tap("反映诉求")
    one.tap("提交")
    one.sees("请选择是哪方面的事")
    one.sees("请看完提示后打勾")
    fill_in(one)
    add_photo(one)
    one.page.get_by_label("照片 1", exact=True).wait_for()
    one.sees("不会中断或延长诉讼时效")
    one.shot("mp_submit")
    hand_in(one)
    one.sees("已经收到，请放心")
    number = one.number()
    one.sees(re.compile("年.+月.+日（北京时间）"))
    one.page.locator("wx-image img[alt='照片 1']").wait_for()
    one.shot("mp_received")
    assert one.consents() == {TEMPLATE: 1}

    county.answer(number, "您的材料已转自然资源局，十五日内给您书面答复。")
    one.tap("返回")
    one.sees("1 件有新进展")
    one.tap(re.compile("我的诉求"))
    one.sees("有新进展")
    one.shot("mp_cases")
    one.tap(re.compile("老家房屋确权"))
    one.sees("您的材料已转自然资源局")
    one.shot("mp_case")
    one.tap("返回")
    one.page.get_by_text("有新进展", exact=True).wait_for(state="detached")


def test_a_consultation_has_its_own_topics_and_says_what_is_out_of_scope(phone):
    one = phone()
    one.open("submit", "kind=consultation")
    fill_in(one, topic="住在国的法律", subject="想问当地租房合同")
    one.sees("请咨询当地执业律师或使领馆")
    hand_in(one, answer="拒绝")
    one.sees("已经收到，请放心")
    one.sees("法律咨询 · 住在国的法律")
    assert one.consents() == {}


def test_what_was_typed_survives_closing_wechat(phone):
    one = phone()
    one.open("submit", "kind=petition")
    fill_in(one)
    add_photo(one)
    one.page.get_by_label("照片 1", exact=True).wait_for()
    one.page.get_by_text("上传中").wait_for(state="detached")
    one.page.wait_for_function(
        "Object.keys(localStorage).some(key => localStorage[key].includes('一九九八'))"
    )
    one.open("submit", "kind=petition")
    one.sees("上次写的内容还在")
    assert one.page.get_by_label("一句话说明", exact=True).input_value().startswith("老家房屋")
    one.page.get_by_label("照片 1", exact=True).wait_for()
    hand_in(one)
    one.sees("已经收到，请放心")
    one.page.locator("wx-image img[alt='照片 1']").wait_for()
    one.open("submit", "kind=petition")
    assert one.page.get_by_label("一句话说明", exact=True).input_value() == ""


def lose_answer(route):
    """The request arrives, its answer never does."""
    route.fetch()
    route.abort()


def test_a_lost_answer_and_a_second_try_make_one_petition(phone):
    one = phone()
    one.expected.append(LOST)
    one.open("submit", "kind=petition")
    fill_in(one)
    one.page.route("**/api/v1/cases", lose_answer, times=1)
    hand_in(one)
    one.sees("网络连不上")
    one.sees("您写的内容都还在")
    one.shot("mp_lost")
    one.open("submit", "kind=petition")  # even after a restart
    one.tap(re.compile("我已看过"), role="checkbox")
    one.tap("提交")
    one.sees("已经收到，请放心")
    assert one.cases() == ["老家房屋确权一直没有办下来"]


def test_text_changed_after_a_lost_answer_is_not_handed_in_twice_unasked(phone):
    one = phone()
    one.expected += [LOST, "409"]
    one.open("submit", "kind=petition")
    fill_in(one)
    one.page.route("**/api/v1/cases", lose_answer, times=1)
    hand_in(one)
    one.sees("网络连不上")
    one.write("一句话说明", "改了一改")
    one.tap("提交")
    one.sees("前面那一次已经提交成功")
    one.shot("mp_already")
    one.tap("去看我的诉求")
    one.sees("老家房屋确权一直没有办下来")
    assert one.cases() == ["老家房屋确权一直没有办下来"]


def test_another_matter_after_a_lost_answer_is_handed_in_when_the_person_says_so(phone):
    one = phone()
    one.expected += [LOST, "409"]
    one.open("submit", "kind=petition")
    fill_in(one)
    one.page.route("**/api/v1/cases", lose_answer, times=1)
    hand_in(one)
    one.sees("网络连不上")
    one.write("一句话说明", "祖坟的事")
    one.tap("提交")
    one.tap("这是另一件事，重新提交")
    one.sees("已经收到，请放心")
    assert sorted(one.cases()) == sorted(["老家房屋确权一直没有办下来", "祖坟的事"])


def test_the_servers_words_stand_beside_the_field(phone):
    one = phone()
    one.expected.append("422")
    one.open("submit", "kind=petition")
    fill_in(one)
    refusal = {"title": "请改一改", "code": "invalid", "errors": {"subject": ["请换一种说法"]}}
    one.page.route("**/api/v1/cases", lambda route: route.fulfill(status=422, json=refusal))
    hand_in(one)
    one.sees("请改一改")
    one.sees("请换一种说法")


def test_without_a_network_there_are_kind_words_and_the_telephone(phone):
    one = phone()
    one.expected.append(LOST)
    one.open()
    one.sees("打电话")
    one.page.route("**/api/v1/**", lambda route: route.abort())
    one.open()
    one.sees("打电话")  # kept from the last time
    one.open("cases")
    one.sees("网络连不上")
    one.shot("mp_offline")
    one.page.unroute("**/api/v1/**")
    one.tap("再试一次")
    one.sees("还没有提交过诉求")
    one.shot("mp_empty")


def test_a_forgotten_token_is_renewed_without_a_word(phone):
    one = phone()
    one.expected.append("401")
    one.open("cases")
    one.sees("还没有提交过诉求")
    one.page.evaluate(
        "wx.setStorageSync('session', { ...wx.getStorageSync('session'), token: 'x' })"
    )
    one.open("cases")
    one.sees("还没有提交过诉求")
    assert one.page.evaluate("wx.getStorageSync('session').token !== 'x'")


def test_two_followers_in_one_browser_share_nothing(phone, people):
    one = phone()
    one.open("submit", "kind=petition", follower=people[0])
    fill_in(one, subject="只有林阿婆知道")
    one.page.wait_for_function(
        "Object.keys(localStorage).some(key => localStorage[key].includes('林阿婆'))"
    )
    one.open("submit", "kind=petition", follower=people[1])
    one.sees("一句话说明")
    assert one.page.get_by_label("一句话说明", exact=True).input_value() == ""
    one.open("submit", "kind=petition", follower=people[0])
    one.sees("上次写的内容还在")


def test_photos_are_asked_for_only_after_the_privacy_sheet(phone):
    one = phone(launch={"privacy": True})
    one.open("submit", "kind=petition")
    one.tap("添加照片")
    one.sees("只有您选中的照片会交给我们")
    one.shot("mp_privacy")
    one.tap("不同意")
    one.sees("没有得到您的同意")
    one.tap("添加照片")
    with one.page.expect_file_chooser():
        one.tap("同意，去选照片")


def test_a_photo_that_failed_can_be_sent_again_and_seven_are_too_many(phone):
    one = phone()
    one.expected.append(LOST)
    one.open("submit", "kind=petition")
    one.page.route("**/api/v1/files", lambda route: route.abort(), times=1)
    add_photo(one, *[picture()] * 7)
    one.tap("重传照片 1")
    one.page.get_by_text("上传中").first.wait_for(state="detached")
    assert one.page.get_by_role("button", name="添加照片").count() == 0
    one.tap("删除照片 6")
    one.page.get_by_role("button", name="添加照片").wait_for()


def test_more_can_be_handed_in_later(phone):
    one = phone()
    one.open("submit", "kind=petition")
    fill_in(one)
    hand_in(one)
    one.tap("补充材料")
    one.tap("交上去")
    one.sees("请写下要补充的内容")
    one.write("补充材料", "找到了一九九八年的收据。")
    one.tap("交上去")
    one.sees("最新")
    one.sees("找到了一九九八年的收据。")
    one.page.get_by_role("button", name="补充材料").wait_for()  # the form is closed again


def test_a_notice_leads_to_the_case_and_the_next_look_shows_the_answer(phone, county):
    one = phone()
    one.open("submit", "kind=consultation")
    fill_in(one, topic="继承、赠与")
    hand_in(one)
    one.sees("接下来")
    number = one.number()
    one.open("me")
    one.sees("怎么称呼您")
    one.page.evaluate(f"location.hash = '#/pages/case/case?number={number}'")
    one.sees("老家房屋确权")
    county.answer(number, "父母的房子按继承地的法律办。")
    one.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    one.sees("父母的房子按继承地的法律办。")
    one.sees("请您留意")  # the cautions stand under every legal answer


def test_times_are_those_of_the_persons_own_phone(phone, people):
    one = phone()
    one.open("submit", "kind=petition")
    fill_in(one)
    hand_in(one)
    one.sees("已经收到，请放心")
    one.sees(re.compile(r"当地时间（UTC\+[12]）"))

    def summer_night(route):
        case = route.fetch().json()
        case["timeline"][0]["at"] = "2026-07-01T22:30:00Z"
        route.fulfill(json=case)

    number = one.number()
    one.page.route("**/api/v1/cases/*", summer_night)
    one.open("case", f"number={number}")
    one.sees("7月2日 00:30")  # summer time in Rome, and there it is already tomorrow


def test_the_profile_is_kept_and_greets_by_name(phone):
    one = phone()
    one.open("me")
    one.write("怎么称呼您", "林阿婆")
    one.tap(re.compile("住在哪个国家"))
    one.tap("意大利", role="radio")
    one.sees("意大利时间")
    one.shot("mp_me")
    one.tap("保存")
    one.page.get_by_role("button", name="已保存").wait_for()
    one.open()
    one.sees(re.compile("林阿婆，.+好"))
    one.open("me")
    one.sees("意大利时间")


def test_private_things_are_asked_of_the_sandbox_as_of_wechat(phone):
    """The runner's own part, for pages that will use it: telephone number and chat of origin."""
    one = phone(launch={"scene": 1008})
    one.open()
    one.sees("云溪县侨联问候您")
    group = "new Promise((success, fail) => wx.getGroupEnterInfo({ success, fail }))"
    assert one.page.evaluate(group)["encryptedData"]
    number = one.page.evaluate_handle("({ told: wx.__openType('getPhoneNumber') })")
    one.page.get_by_role("button", name="允许").tap()
    assert one.page.evaluate("async handle => (await handle.told).detail.code", number)


def test_old_cases_come_page_by_page(phone):
    one = phone()
    one.open("cases")
    one.sees("还没有提交过诉求")

    def listing(route):
        second = "cursor=next" in route.request.url
        numbers = range(5) if second else range(24, 4, -1)
        items = [
            {"number": f"N{n}", "kind_name": "信访", "topic_name": "侨坟", "subject": f"第 {n} 件",
             "state": "submitted", "state_name": "已收到", "updated_at": "2026-01-01T00:00:00Z"}
            for n in numbers
        ]  # fmt: skip
        route.fulfill(json={"items": items, "next_cursor": None if second else "next"})

    one.page.route("**/api/v1/cases?*", listing)
    one.page.evaluate("__mp.fire('onPullDownRefresh')")
    one.sees("第 24 件")
    one.page.mouse.wheel(0, 20000)
    one.sees("第 0 件")
    one.sees("就是这些了")


@pytest.mark.parametrize(("width", "scale"), [(390, 1), (390, 1.4), (320, 1), (320, 1.4)])
def test_nothing_is_small_or_spills_over(phone, width, scale):
    one = phone(width=width, launch={"fontScale": scale})
    name = f"mp_{width}_{scale}"
    one.open()
    one.sees("冬至")
    one.shot(f"{name}_home")
    assert one.complaints() == []
    one.tap("反映诉求")
    one.tap(re.compile("是哪方面的事"))
    one.shot(f"{name}_sheet")
    assert one.complaints() == []
    one.tap("关闭")
    one.tap("提交")
    fill_in(one, subject="LlanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochAB")
    add_photo(one, picture(), picture())
    one.page.get_by_text("上传中").first.wait_for(state="detached")
    one.shot(f"{name}_submit")
    assert one.complaints() == []
    hand_in(one)
    one.sees("已经收到，请放心")
    one.tap("补充材料")
    one.shot(f"{name}_case")
    assert one.complaints() == []
    for page, words in [("cases", "侨房"), ("me", "怎么称呼您")]:
        one.open(page)
        one.sees(words)
        one.shot(f"{name}_{page}")
        assert one.complaints() == []
