"""Around the sandbox's pages: a callback that answers, a platform call, a page in a browser."""

import hashlib
import json
import threading
import time
from xml.etree import ElementTree as ET

from playwright.sync_api import expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.make import call

OFFICIAL, MINI, TOKEN, SECRET = "wx7d3f0a1b2c4e5f60", "wx1a2b3c4d5e6f7081", "token", "s" * 32
PROGRESS, BOOKED = "TPL-PROGRESS", "TPL-BOOKED"
WELCOME = (
    f'您好，欢迎回家！<a href="http://x.invalid/" data-miniprogram-appid="{MINI}"'
    ' data-miniprogram-path="pages/submit/submit?kind=petition">反映诉求</a>'
)
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


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


POLICY = {"Content-Security-Policy": "style-src 'self'"}


class Callback:
    """A server in plaintext mode as the documents describe one; `answers` says what to whom.

    `pages` are web pages of the account, by path.
    """

    def __init__(self):
        self.heard, self.pages = [], {}
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
        if request.path in self.pages:
            return Response(self.pages[request.path], content_type="text/html", headers=POLICY)
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


def platform(address, path, body, appid=OFFICIAL):
    """Call an interface of the platform as the account's server would."""
    grant = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
    token = call("POST", f"{address}/cgi-bin/stable_token", grant)["access_token"]
    told = call("POST", f"{address}{path}?access_token={token}", body)
    assert told.get("errcode", 0) == 0, told
    return told


def act(sandbox, person, name, **body):
    place = f"{sandbox}/sandbox/followers/{person['id']}/{name}?wait=1"
    return call("POST", place, {"appid": OFFICIAL, **body})


def customer(sandbox, follower, kind, part):
    body = {"touser": follower["openids"][OFFICIAL], "msgtype": kind, kind: part}
    platform(sandbox, "/cgi-bin/message/custom/send", body)


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
