"""Both pages at several widths, by keyboard, and before anything is set up."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.phones.stand_ins import OFFICIAL, TOKEN, Page
from tests.make import call


def test_a_small_screen_has_drawers_and_nothing_small(browse, follower):
    page = browse(width=390, height=844)
    page.open()
    assert page.complaints() == []
    page.press("选一位乡亲")
    page.press(re.compile("米兰阿杰"), exact=False)
    page.sees("您好，欢迎回家！")
    page.press("后台")
    page.shows_live("米兰阿杰 关注了公众号")
    assert page.complaints() == []
    page.page.keyboard.press("Escape")
    page.press("发图片、语音、位置，扫一扫")
    assert page.complaints() == []


@pytest.mark.parametrize("width", [390, 820, 1280, 1600])
def test_nothing_is_small_or_spills_at_any_width(browse, follower, width):
    page = browse(width=width)
    page.open(f"/?follower={follower['id']}")
    page.sees("您好，欢迎回家！")
    assert page.complaints() == []
    page.open("/control")
    expect(page.page.locator("[data-log=callbacks]").get_by_text("关注了公众号")).to_be_visible()
    assert page.complaints() == []


def test_a_wide_screen_shows_chat_and_mini_program_side_by_side(browse, follower):
    page = browse(width=1600, height=900)
    page.open(f"/?follower={follower['id']}")
    page.sees("您好，欢迎回家！")
    expect(page.page.frame_locator("iframe").get_by_text("#/pages/home/home")).to_be_visible()


def test_a_phone_is_used_by_keyboard_alone(phone):
    menu = phone.page.get_by_role("button", name="办事", exact=True)
    menu.focus()
    phone.page.keyboard.press("Enter")
    phone.page.keyboard.press("Enter")  # the first entry has the focus
    phone.sees("谢谢您惦记家乡！")
    menu.focus()
    phone.page.keyboard.press("Enter")
    phone.page.keyboard.press("Escape")
    expect(phone.page.get_by_role("button", name="节日问候")).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_new_account_appears_by_itself(chromium, bare):
    page = Page(chromium, bare)
    page.open()
    expect(page.page.get_by_text("沙箱里还没有公众号")).to_be_visible()
    account = {"kind": "official", "name": "云溪乡音", "token": TOKEN}
    call("PUT", f"{bare}/sandbox/accounts/{OFFICIAL}", account)
    expect(page.page.get_by_text("这是一部模拟的手机")).to_be_visible()
    page.context.close()
    assert page.errors == []
