"""The page where people allow notices, with WeChat's own script and a phone that answers it."""

import dataclasses
import threading

import pytest
from werkzeug.serving import make_server

from server.accounts import service as accounts
from server.app import create_app
from server.kernel import redis
from server.wechat.page_tickets import signature
from tests import make
from tests.servers import free_port

WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50.2701"
BRIDGE = """
    window.asked = []
    window.WeixinJSBridge = {
        on() {},
        invoke(name, told, done) { asked.push([name, told]); done({ err_msg: name + ':%s' }) },
    }
"""
TEMPLATE = "TplNotice"


@pytest.fixture
def wechat_api(sandbox):
    return sandbox


@pytest.fixture
def page_address(tools, sandbox):
    """Our server with its own copy of the script; the address of the page."""
    make.call("POST", f"{sandbox}/sandbox/reset")
    make.county(tools)
    with tools.sessions.begin() as db:
        accounts.set_template(db, "yunxi", key="case_notice", template_id=TEMPLATE)
    make.introduce(sandbox, make.account(tools))
    port = free_port()
    settings = dataclasses.replace(tools.settings, base_url=f"http://127.0.0.1:{port}")
    app = create_app(dataclasses.replace(tools, settings=settings))
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"{settings.base_url}/notices/yunxi"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_in_wechat(chromium):
    """open_in_wechat(url, verdict) → the page in a browser that answers as WeChat's does."""
    contexts = []

    def open_it(url, verdict="ok"):
        contexts.append(chromium.new_context(user_agent=WECHAT, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.add_init_script(BRIDGE % verdict)
        page.goto(url)
        return page

    yield open_it
    for one in contexts:
        one.close()


def test_wechat_is_asked_for_the_button_with_a_signature_for_this_address(
    page_address, open_in_wechat, tools, redis_url
):
    url = f"{page_address}?from=singlemessage&isappinstalled=0"
    page = open_in_wechat(url)
    page.locator("main[data-state=ready]").wait_for()
    [name, told] = page.evaluate("asked[0]")
    assert name == "preVerifyJSAPI"
    assert told["verifyOpenTagList"] == ["wx-open-subscribe"]
    assert told["verifyAppId"] == make.account(tools).appid
    client = redis.client(redis_url)
    ticket = client.get(client.keys("*:page_ticket")[0]).decode()
    stamp = {"nonce": told["verifyNonceStr"], "timestamp": told["verifyTimestamp"]}
    assert told["verifySignature"] == signature(ticket, url=url, **stamp)


def test_a_phone_too_old_for_the_button_is_told(page_address, open_in_wechat):
    page = open_in_wechat(page_address)
    page.locator("main[data-state=ready]").wait_for()
    page.evaluate("document.dispatchEvent(new CustomEvent('WeixinOpenTagsError'))")
    page.get_by_text("请把微信升级后再打开").wait_for()


def test_when_wechat_refuses_the_page_it_asks_to_try_later(page_address, open_in_wechat):
    page = open_in_wechat(page_address, "fail, invalid signature")
    page.get_by_text("暂时连不上微信").wait_for()
    assert page.get_by_role("button", name="再试一次").is_visible()


def test_when_the_platform_is_away_the_page_asks_to_try_later(
    page_address, open_in_wechat, sandbox
):
    fault = {"where": "api", "kind": "errcode", "value": -1, "path": "/cgi-bin/ticket/getticket"}
    make.call("POST", f"{sandbox}/sandbox/faults", {**fault, "times": 1})
    page = open_in_wechat(page_address)
    page.get_by_text("暂时连不上微信").wait_for()
    page.get_by_role("button", name="再试一次").click()
    page.locator("main[data-state=ready]").wait_for()


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ('{"TplNotice": "{\\"status\\":\\"accept\\"}"}', "微信会通知您一次"),
        ('{"TplNotice": "{\\"status\\":\\"reject\\"}"}', "我们不会打扰您"),
    ],
)
def test_what_was_chosen_is_said_back(page_address, open_in_wechat, details, words):
    page = open_in_wechat(page_address)
    page.locator("main[data-state=ready]").wait_for()
    page.evaluate(
        "told => document.getElementById('allow').dispatchEvent("
        "new CustomEvent('success', { detail: { subscribeDetails: told } }))",
        details,
    )
    page.get_by_role("status").get_by_text(words).wait_for()
