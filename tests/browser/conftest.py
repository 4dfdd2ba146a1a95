"""A page of the real browser, and signing in at the console."""

import re

import pytest

from tests.integration.test_launch import Run, pair_of_ports


@pytest.fixture
def page_of(chromium):
    """A new page; complaints in the browser's console fail the test."""
    opened, errors = [], []

    def page(url, width=1440):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", has_touch=True
        )
        opened.append(context)
        one = context.new_page()
        one.set_default_timeout(15_000)
        one.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        one.on("pageerror", lambda error: errors.append(str(error)))
        one.goto(url)
        return one

    yield page
    for context in opened:
        context.close()
    assert not errors


@pytest.fixture
def running(root, tmp_path, node):
    """The whole system as `make run` starts it, with the mini-program."""
    run = Run(root, tmp_path / "var", pair_of_ports())
    yield run.ready()
    run.process.terminate()
    run.process.wait(20)


def follow_as(phone, name):
    """Make a follower of one's own; return their chat."""
    phone.get_by_role("button", name="新建一位乡亲").click()
    phone.get_by_label("微信昵称").fill(name)
    phone.get_by_role("button", name="好，把手机给我").click()
    phone.locator("#follow-big").click()
    chat = phone.locator("#messages")
    chat.get_by_text("您好，欢迎回家").wait_for()
    return chat


def petition(phone, subject, words, *, notice):
    """Bring a petition about a house; choose `notice` (允许, 拒绝) when WeChat asks."""
    mini = phone.frame_locator("#mini-stage iframe")
    mini.get_by_text("反映诉求").first.click()
    mini.get_by_label(re.compile("是哪方面的事")).first.click()
    mini.get_by_role("radio", name="房屋、征收").click()
    mini.get_by_label("一句话说明", exact=True).fill(subject)
    mini.get_by_label("详细情况", exact=True).fill(words)
    mini.get_by_role("checkbox", name=re.compile("我已看过")).click()
    mini.get_by_role("button", name="提交").click()
    mini.get_by_role("dialog", name="订阅消息").get_by_text(notice, exact=True).click()
    mini.get_by_text("已经收到，请放心").wait_for()


def answer(desk, subject, words):
    """Answer a petition in writing, from the console's first page."""
    desk.get_by_role("link", name="诉求", exact=True).click()
    desk.get_by_role("link", name=subject).click()
    desk.get_by_label("书面答复").check()
    desk.get_by_label(re.compile("告诉对方的话")).fill(words)
    desk.get_by_role("button", name="确定").click()


def sign_in(page, demo, login):
    secret = next(one["password"] for one in demo["sign_ins"] if one["login"] == login)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(secret)
    page.get_by_role("button", name="登录").click()
