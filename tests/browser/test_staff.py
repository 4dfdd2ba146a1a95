"""What a clerk does all day, in a real browser against the whole running system."""

import io
import re
from datetime import UTC, datetime

import pyotp
import pytest
from openpyxl import load_workbook

from server.greetings.calendar import lunar_day
from tests.browser.conftest import sign_in
from tests.integration.test_imports import workbook
from tests.integration.test_launch import Run, pair_of_ports
from tests.servers import ONE_AT_A_TIME

pytestmark = [ONE_AT_A_TIME, pytest.mark.timeout(240)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def running(root, tmp_path_factory):
    run = Run(root, tmp_path_factory.mktemp("staff") / "var", pair_of_ports())
    yield run.ready()
    run.process.terminate()
    run.process.wait(20)


@pytest.fixture(scope="module")
def shots(root):
    folder = root / "tests" / "browser" / "shots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(params=[1280, 390])
def desk(running, page_of, request):
    """A computer and a telephone, signed in."""
    page = page_of(f"{running.demo['base_url']}/console/", width=request.param)
    sign_in(page, running.demo, "admin")
    page.get_by_role("heading", name="今日").wait_for()
    page.width = request.param
    return page


def go(desk, section, page=None):
    desk.get_by_label("主菜单").get_by_role("link", name=section, exact=True).click()
    if page:
        desk.get_by_role("link", name=page, exact=True).first.click()


def fits(desk):
    """Tell whether nothing sticks out to the right of the screen."""
    return desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_messy_workbook_is_brought_in_somebody_found_and_the_list_undone(desk, shots):
    go(desk, "侨情", "导入名单")
    book = {"name": "石桥镇名单.xlsx", "mimeType": XLSX, "buffer": workbook()}
    desk.get_by_label(re.compile("名单文件")).set_input_files(book)
    desk.get_by_role("button", name="上传并检查").click()
    desk.get_by_text("检查好了").wait_for()
    desk.get_by_text("行有错，不登记").wait_for()
    assert desk.get_by_text("不在国家（地区）名单里").count() == 1
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_import_{desk.width}.png", full_page=True)
    desk.get_by_text(re.compile("^登记这 . 位…")).click()
    desk.get_by_role("button", name="确认登记").click()
    desk.get_by_text(re.compile("^已登记 . 位")).wait_for()

    desk.get_by_label("查找", exact=True).fill("lxy")  # 林秀英 by her initials
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="林秀英").first.wait_for()
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_found_{desk.width}.png")

    go(desk, "侨情", "导入名单")
    desk.get_by_role("link", name="石桥镇名单.xlsx").first.click()
    desk.get_by_text("整批撤销…").click()
    desk.get_by_role("button", name="确认撤销").click()
    desk.get_by_text("已整批撤销").wait_for()


def test_a_roll_is_taken_out_with_its_purpose(desk, shots):
    go(desk, "侨情")
    desk.get_by_label("住在").select_option(label="意大利")
    desk.get_by_role("button", name="筛选").click()
    total = int(re.search(r"共 (\d+) 位", desk.get_by_text(re.compile("^共")).inner_text())[1])
    desk.get_by_role("link", name="导出台账").last.click()
    desk.get_by_role("heading", name=re.compile("侨情台账（意大利）")).wait_for()
    desk.get_by_label("做什么用").fill("年终慰问走访")
    desk.get_by_label("给谁用").fill("本单位")
    desk.get_by_label(re.compile("电话、邮箱")).check()
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_export_{desk.width}.png", full_page=True)
    desk.get_by_role("button", name="导出", exact=True).click()
    desk.get_by_text("可以下载").wait_for()
    with desk.expect_download() as taken:
        desk.get_by_role("button", name="下载表格").click()
    sheet = load_workbook(io.BytesIO(taken.value.path().read_bytes())).worksheets[0]
    lines = [line for line in sheet.iter_rows(values_only=True) if type(line[0]) is int]
    assert len(lines) == total
    assert taken.value.suggested_filename.startswith("云溪县侨联侨情台账（意大利）")


def test_somebody_is_entered_by_keyboard_alone(running, page_of):
    desk = page_of(f"{running.demo['base_url']}/console/", width=1280)
    sign_in(desk, running.demo, "admin")
    go(desk, "侨情")
    desk.get_by_role("link", name="登记一位").focus()
    desk.keyboard.press("Enter")
    desk.get_by_label(re.compile("^姓名")).wait_for()
    desk.get_by_label(re.compile("^姓名")).focus()
    desk.keyboard.type("欧阳小敏")
    desk.get_by_label(re.compile("^祖籍镇村")).focus()
    desk.keyboard.type("岭脚村")
    desk.keyboard.press("Enter")
    desk.get_by_text("已登记。").wait_for()
    assert "石桥镇岭脚村" in desk.content()


def test_the_second_step_is_turned_on_with_the_picture_of_the_page(running, page_of, shots):
    desk = page_of(f"{running.demo['base_url']}/console/", width=390)
    sign_in(desk, running.demo, "bianji")
    go(desk, "设置")
    own = next(one["password"] for one in running.demo["sign_ins"] if one["login"] == "bianji")
    desk.get_by_label("密码", exact=True).fill(own)
    desk.get_by_role("button", name="开启").click()
    picture = desk.get_by_alt_text("两步登录的二维码")
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 100
    secret = desk.locator(".secret").inner_text().replace(" ", "")
    desk.screenshot(path=shots / "staff_two_step.png", full_page=True)
    desk.get_by_label("验证码").fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    desk.get_by_role("button", name="开启").click()
    desk.get_by_text("两步登录已开启").first.wait_for()
    assert desk.locator(".codes li").count() == 8
    assert fits(desk)


def test_somebody_who_stands_twice_is_merged_and_parted_again(desk, shots):
    go(desk, "侨情", "重复")
    desk.get_by_role("button", name="比对全库").click()
    desk.get_by_text(re.compile("^上次 ")).wait_for()
    name, brought = {1280: ("林美珍", "服装店"), 390: ("Tan Lip Khoon", "陈立坤")}[desk.width]
    desk.get_by_role("link", name=re.compile(name)).click()
    desk.get_by_text(re.compile("相符$")).wait_for()
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_twice_{desk.width}.png", full_page=True)
    desk.get_by_role("button", name="是同一个人，合并").click()
    desk.get_by_text("已合并。180 天内可以").wait_for()
    assert brought in desk.content()
    go(desk, "侨情", "重复")
    desk.get_by_role("link", name="合并记录").click()
    desk.screenshot(path=shots / f"staff_merges_{desk.width}.png", full_page=True)
    desk.get_by_text("撤销…").first.click()
    desk.get_by_role("button", name="确认撤销").first.click()
    desk.get_by_text("已撤销，两个人又分开了").wait_for()


def test_the_coverage_says_where_a_federation_is_missing_and_opens_the_people(desk, shots):
    go(desk, "组织", "覆盖")
    desk.get_by_role("link", name="应建未建").click()
    line = desk.get_by_role("listitem").filter(has_text="白沙镇榄洲村")
    people = int(re.search(r"(\d+) 位乡亲", line.inner_text())[1])
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_coverage_{desk.width}.png", full_page=True)
    line.get_by_role("link", name=re.compile("位乡亲")).click()
    desk.get_by_text(f"共 {people} 位").wait_for()


def test_a_liaison_fills_a_village_in_on_a_phone_and_the_county_signs(running, page_of, shots):
    liaison = page_of(f"{running.demo['base_url']}/console/", width=390)
    sign_in(liaison, running.demo, "shiqiao")
    liaison.get_by_role("link", name=re.compile("个村的侨情调查要填")).click()
    liaison.get_by_role("link", name=re.compile(r"^\d{4} 年$")).first.click()
    liaison.get_by_role("link", name=re.compile("下洋村|大榕村")).first.click()
    village = liaison.get_by_role("heading", level=1).inner_text()
    liaison.get_by_label(re.compile("的情况$")).first.select_option("有变化")
    liaison.get_by_label(re.compile("的说明$")).first.fill("换了电话")
    assert fits(liaison)
    liaison.screenshot(path=shots / "staff_survey_village.png", full_page=True)
    liaison.get_by_role("button", name=re.compile("^保存")).first.click()
    liaison.get_by_text("已保存。").wait_for()
    liaison.get_by_text("其余都没变…").click()
    liaison.get_by_role("button", name="确认").click()
    liaison.get_by_text("已记下。").wait_for()
    liaison.get_by_text("交上去…").click()
    liaison.get_by_role("button", name="交上去").click()
    liaison.get_by_text("等签收").first.wait_for()
    county = page_of(f"{running.demo['base_url']}/console/", width=1280)
    sign_in(county, running.demo, "admin")
    go(county, "侨情", "调查")
    county.get_by_role("link", name=re.compile(r"^\d{4} 年$")).first.click()
    county.get_by_role("link", name=village).click()
    county.get_by_role("button", name=re.compile("^已处理")).first.click()
    county.get_by_text("签收…").click()
    county.get_by_role("button", name="确认签收").click()
    county.get_by_text("已签收").first.wait_for()
    county.get_by_role("link", name="签收时的名册").click()
    county.get_by_text("没变").first.wait_for()


def test_the_year_is_planned_and_a_letter_looked_at_as_its_readers_will(desk, shots):
    go(desk, "节日问候", "全年")
    today = datetime.now(UTC).date()
    coming = today.year if today <= lunar_day(today.year, 1, 1) else today.year + 1
    desk.get_by_role("link", name=f"{coming} 年", exact=True).click()
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_plan_{desk.width}.png", full_page=True)
    desk.get_by_role("link", name=re.compile("^草稿.*春节")).click()
    desk.get_by_role("heading", name="春节问候").wait_for()
    assert fits(desk)
    desk.get_by_role("link", name="看看这一页").click()
    desk.get_by_text("给您拜年").wait_for()
    picture = desk.get_by_role("img").first
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 1000
    assert fits(desk)
    desk.screenshot(path=shots / f"staff_letter_page_{desk.width}.png", full_page=True)
