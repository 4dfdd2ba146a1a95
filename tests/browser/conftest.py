"""A page of the real browser, and signing in at the console."""

import pytest


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


def sign_in(page, demo, login):
    secret = next(one["password"] for one in demo["sign_ins"] if one["login"] == login)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(secret)
    page.get_by_role("button", name="登录").click()
