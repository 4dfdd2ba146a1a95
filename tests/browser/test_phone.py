"""The sandbox's phone and control page in a browser, before a callback of the tests' own."""

import hashlib
import json
import re
import sys
import threading
import time
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.make import call
from tests.servers import Server, free_port

OFFICIAL, MINI, TOKEN, SECRET = "wx7d3f0a1b2c4e5f60", "wx1a2b3c4d5e6f7081", "token", "s" * 32
PROGRESS, BOOKED = "TPL-PROGRESS", "TPL-BOOKED"
WELCOME = (
    f'您好，欢迎回家！<a href="http://x.invalid/" data-miniprogram-appid="{MINI}"'
    ' data-miniprogram-path="pages/submit/submit?kind=petition">反映诉求</a>'
)
NASTY = (
    '<b>粗</b><img src=x onerror="document.title=1"><a href="javascript:document.title=1">坏</a>'
    '<a href="https://example.org/a?b=1&amp;c=2">好</a>'
)
BROKEN = "该公众号提供的服务出现故障，请稍后再试"
MENU = [
    {
        "name": "办事",
        "sub_button": [
            {"type": "click", "name": "节日问候", "key": "BLESSING"},
            {
                "type": "miniprogram", "name": "我的诉求", "url": "https://example.org/",
                "appid": MINI, "pagepath": "pages/cases/cases",
            },
            {"type": "location_select", "name": "我在哪里", "key": "WHERE"},
            {"type": "pic_photo_or_album", "name": "发照片", "key": "PICTURE"},
        ],
    },
    {"type": "view", "name": "网站", "url": "https://example.org/"},
]  # fmt: skip
PREVIEW = (  # stands for the built mini-program: shows the page it was asked for
    '<!doctype html><html lang="zh"><meta charset="utf-8"><link rel="icon" href="data:,"><p></p>'
    "<script>const show = () => { document.querySelector('p').textContent ="
    " location.search + location.hash }; show(); addEventListener('hashchange', show)</script>"
)
TOO_SMALL = """() => [...document.querySelectorAll('button, select, summary, textarea, [role=tab],'
    + ' input:not([type=checkbox]), label.check, nav a')]
    .filter(e => e.getClientRects().length && getComputedStyle(e).visibility === 'visible')
    .filter(e => !e.matches('.bubble button.link'))
    .map(e => [e.getAttribute('aria-label') || e.innerText || e.id, e.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([name, box]) => `${name}: ${box.width | 0} x ${box.height | 0}`)"""
SMALL_TEXT = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getClientRects().length)
    .filter(e => [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(e => parseFloat(getComputedStyle(e).fontSize) < 16).map(e => e.innerText)"""
SPILLED = """() => document.documentElement.scrollWidth > innerWidth + 1
    ? [`the page is ${document.documentElement.scrollWidth} wide`] : []"""


class Callback:
    """A server in plaintext mode as the documents describe one; `answers` says what to whom."""

    def __init__(self):
        self.heard = []
        self.answers = {"subscribe": WELCOME, "click": "谢谢您惦记家乡！"}
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ, start_response):
        return self._answered(Request(environ))(environ, start_response)

    def _answered(self, request):
        told = [TOKEN, request.args.get("timestamp", ""), request.args.get("nonce", "")]
        signature = hashlib.sha1("".join(sorted(told)).encode()).hexdigest()  # noqa: S324 (WeChat)
        if signature != request.args.get("signature"):
            return Response("wrong signature", 403)
        if request.method == "GET":
            return Response(request.args["echostr"])
        if request.get_data()[:1] == b"{":
            self.heard.append(json.loads(request.get_data()))
            return Response("success")
        heard = {one.tag: one.text or "" for one in ET.fromstring(request.get_data())}  # noqa: S314
        self.heard.append(heard)
        words = self.answers.get(heard.get("Event", "").lower() or heard.get("Content"))
        if words is None and heard["MsgType"] == "text":
            words = f"您说的是：{heard['Content']}"
        return Response(_reply(heard, words) if words else "success", content_type="text/xml")


def _reply(heard, words):
    return (
        f"<xml><ToUserName><![CDATA[{heard['FromUserName']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{heard['ToUserName']}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{words}]]></Content></xml>"
    )


@pytest.fixture
def callback():
    made = Callback()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def platform_process(root):
    """The sandbox as a process of its own, with something that stands for the mini-program."""
    port, server = free_port(), Server("phones")
    preview = server.folder / "preview"
    preview.mkdir()
    (preview / "index.html").write_text(PREVIEW, encoding="utf-8")
    server.cwd = root
    server.start(
        sys.executable, "-m", "deploy.sandbox", "--port", port,
        "--state", server.folder / "sandbox.db", "--miniprogram", preview,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    server.wait_until(lambda: call("GET", f"{address}/sandbox/accounts"))
    yield address
    server.stop()


@pytest.fixture
def bare(platform_process):
    """A platform that knows nobody yet; its address."""
    call("POST", f"{platform_process}/sandbox/reset")
    return platform_process


@pytest.fixture
def sandbox(bare, callback):
    """A platform with a service account, its menu, and a mini-program; its address."""
    common = {"secret": SECRET, "token": TOKEN, "aes_key": "a" * 43, "callback_url": callback.url}
    progress = {"title": "办理进度通知", "fields": {"character_string1": "编号", "phrase2": "状态"}}
    booked = {"title": "预约成功通知", "fields": {"thing1": "事项"}}
    mini = {
        "kind": "mini", "name": "云溪侨服务", "original_id": "gh_mini", "format": "json",
        "api_base": callback.url.removesuffix("/callback"), "templates": {PROGRESS: progress},
    }  # fmt: skip
    official = {
        "kind": "official", "name": "云溪乡音", "original_id": "gh_official",
        "linked_mini": [MINI], "templates": {BOOKED: booked}, "job_seconds": 0.2,
    }  # fmt: skip
    call("PUT", f"{bare}/sandbox/accounts/{MINI}", {**common, **mini})
    call("PUT", f"{bare}/sandbox/accounts/{OFFICIAL}", {**common, **official})
    platform(bare, "/cgi-bin/menu/create", {"button": MENU})
    return bare


def platform(address, path, body, appid=OFFICIAL):
    """Call an interface of the platform as the account's server would."""
    grant = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
    token = call("POST", f"{address}/cgi-bin/stable_token", grant)["access_token"]
    told = call("POST", f"{address}{path}?access_token={token}", body)
    assert told.get("errcode", 0) == 0, told
    return told


class Page:
    """One page in a browser of its own; whatever its scripts complain of fails the test."""

    def __init__(self, browser, address, *, width=1280, height=800):
        is_small = width < 600
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", is_mobile=is_small,
            has_touch=is_small,
        )  # fmt: skip
        self.address, self.errors, self.expected = address, [], []
        self.page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)
        self.chat = self.page.get_by_role("region", name="聊天记录")
        self.live = self.page.get_by_role("complementary", name="看看后台发生了什么")

    def _heard(self, message):
        if message.type == "error" and not any(word in message.text for word in self.expected):
            self.errors.append(message.text)

    def open(self, path="/"):
        self.page.goto(self.address + path)

    def press(self, name, role="button", *, exact=True):
        self.page.get_by_role(role, name=name, exact=exact).filter(visible=True).first.click()

    def say(self, words):
        self.page.get_by_label("要说的话").fill(words)
        self.page.keyboard.press("Enter")

    def sees(self, words):
        expect(self.chat.get_by_text(words).first).to_be_visible()

    def shows_live(self, words):
        expect(self.live.get_by_text(words).first).to_be_visible()

    def complaints(self):
        return [
            one for look in (TOO_SMALL, SMALL_TEXT, SPILLED) for one in self.page.evaluate(look)
        ]


@pytest.fixture
def browse(chromium, sandbox):
    """browse(**size) → a Page on the sandbox."""
    pages = []

    def make(**size):
        pages.append(Page(chromium, sandbox, **size))
        return pages[-1]

    yield make
    for one in pages:
        one.context.close()
    assert not [error for one in pages for error in one.errors]


@pytest.fixture
def follower(sandbox):
    """Somebody in Milan who follows the account."""
    told = {"nickname": "米兰阿杰", "country": "意大利", "zone": "Europe/Rome"}
    person = call("POST", f"{sandbox}/sandbox/followers", told)
    act(sandbox, person, "follow")
    return call("GET", f"{sandbox}/sandbox/followers/{person['id']}")


def act(sandbox, person, name, **body):
    place = f"{sandbox}/sandbox/followers/{person['id']}/{name}?wait=1"
    return call("POST", place, {"appid": OFFICIAL, **body})


@pytest.fixture
def phone(browse, follower):
    """The follower's phone, open at the chat."""
    made = browse()
    made.open(f"/?follower={follower['id']}")
    made.sees("您好，欢迎回家！")
    return made


def test_a_newcomer_makes_a_person_follows_and_gets_an_answer(browse):
    page = browse()
    page.open()
    page.press("新建一位乡亲")
    page.page.get_by_label("微信昵称").fill("利马阿昌")
    page.page.get_by_label("住在哪里").select_option(label="秘鲁 · 利马")
    page.press("好，把手机给我")
    page.press("关注公众号")
    page.sees("您好，欢迎回家！")
    page.sees("你已关注云溪乡音")
    page.say("在吗")
    page.sees("您说的是：在吗")
    expect(page.page.locator("[data-step=ask]")).to_contain_text("已完成")
    expect(page.page.locator("[data-step=answer]")).not_to_contain_text("已完成")
    page.shows_live("利马阿昌 关注了公众号")
    page.shows_live("后台当场回了：「您说的是：在吗」")


def test_what_the_callback_was_sent_can_be_opened_in_full(phone):
    phone.say("看看原文")
    phone.live.get_by_text("米兰阿杰 发来一句话：「看看原文」").click()
    expect(phone.live.get_by_text("<![CDATA[看看原文]]>")).to_be_visible()
    expect(phone.live.get_by_text("您说的是：看看原文").last).to_be_visible()


def test_a_menu_tap_is_answered(phone):
    phone.press("办事")
    phone.press("节日问候")
    phone.sees("谢谢您惦记家乡！")
    phone.sees("你点了「节日问候」")


def test_a_menu_opens_a_page_of_the_mini_program(phone, follower):
    phone.press("办事")
    phone.press("我的诉求")
    inside = phone.page.frame_locator("iframe")
    expect(inside.get_by_text("#/pages/cases/cases")).to_be_visible()
    expect(inside.get_by_text(f"?follower={follower['id']}&api=/mp-api/{MINI}")).to_be_visible()


def test_a_link_opens_the_running_mini_program_at_its_page(phone):
    phone.press("小程序", role="tab")
    inside = phone.page.frame_locator("iframe")
    expect(inside.get_by_text("#/pages/home/home")).to_be_visible()
    phone.press("聊天", role="tab")
    phone.press("反映诉求")
    expect(inside.get_by_text("#/pages/submit/submit?kind=petition")).to_be_visible()


def test_a_web_menu_opens_a_new_tab(phone, callback):
    phone.context.route("https://example.org/**", lambda route: route.fulfill(body="site"))
    with phone.context.expect_page() as opened:
        phone.press("网站")
    assert opened.value.url == "https://example.org/"
    phone.shows_live("米兰阿杰 从菜单打开了一个网页")


def test_a_menu_asks_for_a_place_and_sends_it(phone, callback):
    phone.press("办事")
    phone.press("我在哪里")
    phone.page.get_by_label("在哪里").select_option(label="西班牙 · 马德里")
    phone.press("发出去")
    phone.sees("西班牙马德里")
    phone.shows_live("米兰阿杰 发来位置「西班牙马德里」")
    heard = [one for one in callback.heard if one["MsgType"] == "location"]
    assert [one["Label"] for one in heard] == ["西班牙马德里"]


def test_a_menu_asks_for_a_picture_and_sends_it(phone, callback):
    phone.press("办事")
    with phone.page.expect_file_chooser() as chooser:
        phone.press("发照片")
    chooser.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(phone.chat.get_by_role("img", name="图片，点开看大图")).to_be_visible()
    phone.shows_live("米兰阿杰 发来一张图片")


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def test_voice_and_links_are_sent_from_the_tray(phone):
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("语音")
    phone.page.get_by_label("说的话", exact=True).fill("冬至县里有什么活动")
    phone.press("发出去")
    phone.shows_live("米兰阿杰 说了一段语音：「冬至县里有什么活动」")
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("链接")
    phone.page.get_by_label("标题").fill("乡讯")
    phone.page.get_by_label("网址").fill("https://example.org/news")
    phone.press("发出去")
    phone.shows_live("米兰阿杰 转来一个链接「乡讯」")


def test_a_scanned_code_tells_where_somebody_comes_from(phone, callback):
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("扫一扫")
    phone.page.get_by_label("码上的记号").fill("home:石桥镇")
    phone.press("扫这个码")
    phone.shows_live("米兰阿杰 扫了二维码（码上写着 home:石桥镇）")
    assert [one["EventKey"] for one in callback.heard if one.get("Event") == "SCAN"] == [
        "home:石桥镇"
    ]


def test_leaving_and_coming_back_changes_the_phone(phone):
    phone.press("已关注，点按取消关注")
    phone.press("取消关注")
    phone.sees("你已取消关注云溪乡音")
    expect(phone.page.get_by_label("要说的话")).to_be_hidden()
    phone.press("扫二维码关注")
    phone.press("扫这个码")
    phone.shows_live("米兰阿杰 扫二维码关注了公众号（码上写着 home:泮坑镇）")
    expect(phone.page.get_by_label("要说的话")).to_be_visible()


def test_a_revoked_authorisation_reaches_the_account(phone):
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("撤回授权")
    phone.press("撤回授权")
    phone.sees("你已撤回授权")
    phone.shows_live("米兰阿杰 撤回了授权，应当删除资料")


def test_a_mass_message_arrives_and_other_phones_ring(phone, sandbox, follower):
    told = {"nickname": "巴黎小吴", "country": "法国", "zone": "Europe/Paris"}
    other = call("POST", f"{sandbox}/sandbox/followers", told)
    act(sandbox, other, "follow")
    row = phone.page.get_by_role("button", name="巴黎小吴")
    expect(row).to_be_visible()
    openids = [one["openids"][OFFICIAL] for one in (follower, other)]
    text = {"content": "各位乡亲：冬至到了。"}
    job = {"touser": openids, "msgtype": "text", "text": text, "clientmsgid": "letter1"}
    platform(sandbox, "/cgi-bin/message/mass/send", job)
    phone.sees("各位乡亲：冬至到了。")
    phone.sees("群发消息")
    expect(row).to_contain_text("各位乡亲：冬至到了。")
    expect(row.get_by_label("条没看过")).to_be_visible()
    phone.shows_live("后台群发给 2 位乡亲：「各位乡亲：冬至到了。」")
    phone.shows_live("平台报告：群发结束，成功 2 人，失败 0 人")


def test_options_of_a_message_are_tapped(phone, sandbox, follower, callback):
    choices = [{"id": "101", "content": "我在海外"}, {"id": "102", "content": "我在家乡"}]
    menu = {"head_content": "您住在哪里？", "list": choices, "tail_content": "点一下就行"}
    customer(sandbox, follower, "msgmenu", menu)
    phone.sees("您住在哪里？")
    phone.press("我在海外")
    phone.shows_live("米兰阿杰 点了选项「我在海外」")
    assert callback.heard[-1]["bizmsgmenuid"] == "101"


def customer(sandbox, follower, kind, part):
    body = {"touser": follower["openids"][OFFICIAL], "msgtype": kind, kind: part}
    platform(sandbox, "/cgi-bin/message/custom/send", body)


def test_an_article_is_a_card_that_opens_a_new_tab(phone, sandbox, follower):
    article = {"title": "乡讯冬季号", "description": "老街修好了", "url": f"{sandbox}/health"}
    customer(sandbox, follower, "news", {"articles": [article]})
    with phone.context.expect_page() as opened:
        phone.chat.get_by_role("link", name="乡讯冬季号").click()
    assert urlsplit(opened.value.url).path == "/health"


def test_notices_are_cards_that_open_the_mini_program(phone, sandbox, follower):
    place = f"{sandbox}/sandbox/followers/{follower['id']}/mini/{MINI}/subscribe"
    call("POST", place, {"decisions": {PROGRESS: "accept"}})
    values = {"character_string1": {"value": "SF0001"}, "phrase2": {"value": "已答复"}}
    message = {"touser": follower["openids"][MINI], "template_id": PROGRESS, "data": values}
    page = {"page": "pages/case/case?number=SF0001"}
    platform(sandbox, "/cgi-bin/message/subscribe/send", {**message, **page}, MINI)
    card = phone.chat.get_by_role("button", name="办理进度通知")
    expect(card).to_contain_text("SF0001")
    phone.shows_live("米兰阿杰 同意以后收到通知")
    card.click()
    inside = phone.page.frame_locator("iframe")
    expect(inside.get_by_text("#/pages/case/case?number=SF0001")).to_be_visible()
    expect(phone.page.locator("[data-step=answer]")).to_contain_text("已完成")


def test_a_template_message_is_a_card_with_its_fields(phone, sandbox, follower):
    body = {
        "touser": follower["openids"][OFFICIAL],
        "template_id": BOOKED,
        "data": {"thing1": {"value": "祖屋现场查看"}},
    }
    platform(sandbox, "/cgi-bin/message/template/send", body)
    phone.sees("预约成功通知")
    phone.sees("祖屋现场查看")
    phone.shows_live("平台报告：模板消息已送到")


def test_a_message_during_the_mini_program_drops_down_as_a_banner(phone, sandbox, follower):
    phone.press("小程序", role="tab")
    customer(sandbox, follower, "text", {"content": "您问的事查到了"})
    banner = phone.page.get_by_role("button", name="您问的事查到了")
    banner.click()
    phone.sees("您问的事查到了")
    expect(banner).to_be_hidden()


def test_markup_from_the_account_stays_text_except_links(phone, callback):
    callback.answers["标记"] = NASTY
    phone.say("标记")
    phone.sees("<b>粗</b>")
    expect(phone.chat.get_by_text('href="javascript:document.title=1"')).to_be_visible()
    link = phone.chat.get_by_role("link", name="好", exact=True)
    expect(link).to_have_attribute("href", "https://example.org/a?b=1&c=2")
    assert phone.chat.locator("img, b, script").count() == 0
    assert phone.page.title() == "手机 · 乡音沙箱"


def test_a_fault_added_on_the_control_page_breaks_the_chat_until_removed(phone, browse):
    control = browse()
    control.open("/control")
    control.press(re.compile("^签名不对"), exact=False)
    expect(control.page.get_by_text("还有 3 次；已经发生 0 次")).to_be_visible()
    phone.say("听得到吗")
    phone.sees(BROKEN)
    phone.sees("没有送到")
    phone.shows_live("故障演练：签名弄错")
    log = control.page.locator("[data-log=callbacks]")
    expect(log.get_by_text("后台答了 403，平台当作没办成").first).to_be_visible()
    expect(control.page.get_by_text("现在一切正常，没有故障。")).to_be_visible()  # 3 times over
    phone.say("现在呢")
    phone.sees("您说的是：现在呢")


def test_a_rule_of_ones_own_is_added_and_removed(browse, sandbox):
    control = browse()
    control.open("/control")
    control.page.get_by_text("自己写一条规则").click()
    control.page.get_by_label("出什么错").select_option(label="故意报错")
    control.page.get_by_label("数值").fill("45009")
    control.page.get_by_label("只限哪里").fill("/cgi-bin/message/custom/send")
    control.page.get_by_label("几次").fill("0")
    control.press("加上这条规则")
    expect(control.page.get_by_text("故意答 45009：今天的次数用完了").first).to_be_visible()
    (rule,) = call("GET", f"{sandbox}/sandbox/faults")["items"]
    assert (rule["kind"], rule["value"], rule["times"]) == ("errcode", 45009, 0)
    control.press("撤掉：故意答 45009：今天的次数用完了")
    expect(control.page.get_by_text("现在一切正常，没有故障。")).to_be_visible()
    assert call("GET", f"{sandbox}/sandbox/faults")["items"] == []


def test_the_logs_are_searched_paged_and_opened(browse, sandbox, follower):
    for number in range(14):
        act(sandbox, follower, "text", content=f"第{number}句")
    control = browse()
    control.open("/control")
    log = control.page.locator("[data-log=callbacks]")
    expect(log.get_by_text("第13句").first).to_be_visible()
    expect(log.get_by_text("发来一句话：「第1句」")).to_be_hidden()
    log.get_by_role("button", name="下一页").click()
    expect(log.get_by_text("发来一句话：「第1句」")).to_be_visible()
    log.get_by_label("在记录里找").fill("第7句")
    expect(log.get_by_text("15 条里找到 1 条")).to_be_visible()
    log.get_by_role("button", name="原文").click()
    expect(log.get_by_text("<![CDATA[第7句]]>")).to_be_visible()


def test_the_callback_address_is_verified(browse):
    control = browse()
    control.open("/control")
    control.press("验证 云溪乡音 的回调地址")
    expect(control.page.get_by_text("回调地址通过了验证")).to_be_visible()


def test_a_raw_event_is_sent(browse, follower, callback):
    control = browse()
    control.open("/control")
    control.page.get_by_label("例子").select_option(label="后台不认识的新事件")
    control.press("送给后台")
    expect(control.page.get_by_text("后台收到了，用了")).to_be_visible()
    assert callback.heard[-1]["Event"] == "a_new_event"
    assert callback.heard[-1]["Anything"] == "原样送去"


def test_the_clock_is_moved_and_set_back(browse, sandbox):
    control = browse()
    control.open("/control")
    control.press("+ 1 天")
    expect(control.page.get_by_text("比真实时间快 24 小时")).to_be_visible()
    control.press("回到真实时间")
    expect(control.page.get_by_text("和真实时间一样")).to_be_visible()
    assert abs(call("GET", f"{sandbox}/sandbox/clock")["advanced"]) < 1


def test_a_reset_asks_first_and_keeps_the_accounts(browse, sandbox, follower):
    control = browse()
    control.open("/control")
    control.press("清空沙箱…")
    control.press("取消")
    assert call("GET", f"{sandbox}/sandbox/followers")["total"] == 1
    control.press("清空沙箱…")
    control.press("清空")
    expect(control.page.get_by_text("还没有乡亲：先到手机页新建一位。")).to_be_visible()
    assert call("GET", f"{sandbox}/sandbox/followers")["total"] == 0
    assert len(call("GET", f"{sandbox}/sandbox/accounts")["items"]) == 2


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
