"""The stand-in for WeChat's script, on a page of an account's server opened from the phone."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.phones.stand_ins import BOOKED, OFFICIAL, customer
from tests.make import call

PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><link rel="icon" href="data:,">
<wx-open-subscribe template="{template}"><script type="text/wxtag-template">
<style>.b {{ color: #a12a1c }}</style><button class="b">允许通知</button></script>
</wx-open-subscribe>
<p id="said"></p><script src="{sandbox}/open/jweixin.js"></script><script>
const say = what => {{ document.getElementById('said').textContent += what + ' ' }}
const tag = document.querySelector('wx-open-subscribe')
say(/MicroMessenger/.test(navigator.userAgent) ? 'wechat' : 'elsewhere')
wx.ready(() => say('ready'))
wx.error(refused => say(refused.errMsg))
tag.addEventListener('success', event => say(event.detail.subscribeDetails))
tag.addEventListener('error', event => say('error ' + event.detail.errCode))
wx.config({config})
</script>"""


@pytest.fixture
def page_at(phone, sandbox, callback, follower):
    """page_at(template, signature=…) → the page, opened by its link in the chat."""

    def open_it(template=BOOKED, **changed):
        url = callback.url.replace("/callback", "/page")
        config = {**signed(sandbox, url), **changed, "openTagList": ["wx-open-subscribe"]}
        html = PAGE.format(template=template, sandbox=sandbox, config=json.dumps(config))
        callback.pages["/page"] = html
        customer(sandbox, follower, "text", {"content": f'<a href="{url}">打开网页</a>'})
        with phone.context.expect_page() as opened:
            phone.press("打开网页", role="link")
        assert opened.value.url == f"{url}#sandbox={follower['id']}"
        return opened.value

    return open_it


def signed(sandbox, url):
    from server.wechat.page_tickets import signature
    from tests.browser.phones.stand_ins import SECRET

    grant = {"grant_type": "client_credential", "appid": OFFICIAL, "secret": SECRET}
    token = call("POST", f"{sandbox}/cgi-bin/stable_token", grant)["access_token"]
    path = f"{sandbox}/cgi-bin/ticket/getticket?type=jsapi&access_token={token}"
    ticket = call("GET", path)["ticket"]
    told = {"appId": OFFICIAL, "nonceStr": "n", "timestamp": 1414587457}
    return {**told, "signature": signature(ticket, nonce="n", timestamp=1414587457, url=url)}


def test_a_tap_allows_and_the_page_and_the_account_hear_of_it(page_at, phone, callback):
    page = page_at()
    said = page.locator("#said")
    expect(said).to_have_text("wechat ready ")
    button = page.get_by_role("button", name="允许通知")
    expect(button).to_have_css("color", "rgb(161, 42, 28)")
    button.click()
    dialog = page.get_by_role("dialog", name="订阅通知")
    expect(dialog).to_contain_text("预约成功通知")
    dialog.get_by_role("button", name="允许").click()
    expect(said).to_contain_text(json.dumps({BOOKED: '{"status":"accept"}'}, separators=(",", ":")))
    phone.shows_live("米兰阿杰 同意以后收到通知")


def test_escape_is_a_no(page_at, phone):
    page = page_at()
    page.get_by_role("button", name="允许通知").click()
    page.get_by_role("dialog", name="订阅通知").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#said")).to_contain_text("reject")
    phone.shows_live("米兰阿杰 不想收通知")


def test_a_wrong_signature_shows_no_button(page_at):
    page = page_at(signature="0" * 40)
    expect(page.locator("#said")).to_have_text("wechat config:invalid signature ready ")
    expect(page.get_by_role("button")).to_have_count(0)


def test_an_unknown_template_is_an_error(page_at):
    page = page_at("TPL-OF-NOBODY")
    page.get_by_role("button", name="允许通知").click()
    expect(page.locator("#said")).to_have_text("wechat ready error 20001 ")


def test_elsewhere_nothing_answers(page_at):
    page = page_at()
    page.goto(page.url.partition("#")[0])
    page.reload()
    expect(page.locator("#said")).to_have_text("elsewhere ")
    expect(page.get_by_role("button")).to_have_count(0)
