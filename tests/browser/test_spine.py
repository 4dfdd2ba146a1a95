"""The first five minutes of somebody who never saw WeChat's documents, in a real browser."""

import re

import pytest

from tests.browser.conftest import answer, follow_as, petition, sign_in
from tests.servers import ONE_AT_A_TIME

pytestmark = [ONE_AT_A_TIME, pytest.mark.timeout(240)]


def test_follow_ask_petition_answer_and_letter(running, page_of, root):
    demo = running.demo
    shots = root / "tests" / "browser" / "shots"
    shots.mkdir(exist_ok=True)

    phone = page_of(demo["sandbox_url"])
    chat = follow_as(phone, "米兰王阿姨")
    phone.locator("#words").fill("想看看祖屋的老材料可以吗")
    phone.keyboard.press("Enter")
    chat.get_by_text("您的话已转给工作人员").wait_for()

    petition(phone, "老家祖屋漏水没人管", "屋顶漏了两年，请帮忙协调。", notice="允许")
    phone.screenshot(path=shots / "spine_phone.png")

    desk = page_of(f"{demo['base_url']}/console/")
    sign_in(desk, demo, "admin")
    answer(desk, "老家祖屋漏水没人管", "已请镇里本周上门查看，费用由危房改造解决。")
    desk.get_by_text("已书面答复。已发到对方手机").wait_for()
    desk.screenshot(path=shots / "spine_case.png", full_page=True)
    chat_or_banner = phone.get_by_text("已答复").first
    chat_or_banner.wait_for()

    desk.get_by_role("link", name="消息", exact=True).click()
    asked = desk.locator("article", has_text="祖屋的老材料")
    asked.get_by_label(re.compile("^回复")).fill("可以，欢迎来。")
    asked.get_by_role("button", name="回复").click()
    chat.get_by_text("欢迎来").wait_for()

    desk.get_by_role("link", name="节日问候", exact=True).click()
    desk.locator("li", has_text="元旦").get_by_role("button", name="写信").click()
    desk.get_by_label("立即寄出", exact=True).check()
    desk.get_by_label(re.compile("当地是夜里也寄")).check()
    desk.get_by_role("button", name="保存修改").click()
    desk.get_by_text("批准寄出…").click()
    desk.screenshot(path=shots / "spine_letter.png", full_page=True)
    desk.get_by_role("button", name="确认批准").click()
    desk.get_by_text("已批准").first.wait_for()
    chat.get_by_text("新年快乐").wait_for()
    phone.screenshot(path=shots / "spine_letter_on_phone.png")
