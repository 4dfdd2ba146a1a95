"""The first five minutes of somebody who never saw WeChat's documents, in a real browser."""

import re

import pytest

from tests.browser.conftest import sign_in
from tests.integration.test_launch import Run, pair_of_ports

pytestmark = [
    pytest.mark.xdist_group("launch"),  # one at a time: each start fills both cores
    pytest.mark.timeout(240),
]


@pytest.fixture
def running(root, tmp_path, node):
    run = Run(root, tmp_path / "var", pair_of_ports())
    yield run.ready()
    run.process.terminate()
    run.process.wait(20)


def test_follow_ask_petition_answer_and_letter(running, page_of, root):
    demo = running.demo
    shots = root / "tests" / "browser" / "shots"
    shots.mkdir(exist_ok=True)

    phone = page_of(demo["sandbox_url"])
    phone.get_by_role("button", name="新建一位乡亲").click()
    phone.get_by_label("微信昵称").fill("米兰王阿姨")
    phone.get_by_role("button", name="好，把手机给我").click()
    phone.locator("#follow-big").click()
    chat = phone.locator("#messages")
    chat.get_by_text("您好，欢迎回家").wait_for()
    phone.locator("#words").fill("想看看祖屋的老材料可以吗")
    phone.keyboard.press("Enter")
    chat.get_by_text("您的话已转给工作人员").wait_for()

    mini = phone.frame_locator("#mini-stage iframe")
    mini.get_by_text("反映诉求").first.click()
    mini.get_by_label(re.compile("是哪方面的事")).first.click()
    mini.get_by_role("radio", name="房屋、征收").click()
    mini.get_by_label("一句话说明", exact=True).fill("老家祖屋漏水没人管")
    mini.get_by_label("详细情况", exact=True).fill("屋顶漏了两年，请帮忙协调。")
    mini.get_by_role("checkbox", name=re.compile("我已看过")).click()
    mini.get_by_role("button", name="提交").click()
    mini.get_by_role("dialog", name="订阅消息").get_by_text("允许", exact=True).click()
    mini.get_by_text("已经收到，请放心").wait_for()
    phone.screenshot(path=shots / "spine_phone.png")

    desk = page_of(f"{demo['base_url']}/console/")
    sign_in(desk, demo, "admin")
    desk.get_by_role("link", name="诉求", exact=True).click()
    desk.get_by_role("link", name="老家祖屋漏水没人管").click()
    desk.get_by_label("书面答复").check()
    desk.get_by_label(re.compile("告诉对方的话")).fill("已请镇里本周上门查看，费用由危房改造解决。")
    desk.get_by_role("button", name="确定").click()
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
