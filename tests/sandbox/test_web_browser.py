"""WeChat's browser in the sandbox: who may show the button, and what a tap on it does."""

import hashlib

import pytest

from tests.sandbox.conftest import GOOD, OFFICIAL
from tests.sandbox.test_notices import events

PAGE = "http://127.0.0.1:8000/notices/yunxi"


def signed(platform, url=PAGE, **changed):
    ticket = platform.call("/cgi-bin/ticket/getticket", method="GET", type="jsapi")["ticket"]
    text = f"jsapi_ticket={ticket}&noncestr=n&timestamp=1414587457&url={url}"
    signature = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 (WeChat)
    told = {"appId": OFFICIAL, "nonceStr": "n", "timestamp": 1414587457, "url": url}
    return {**told, "signature": signature, **changed}


def verdict(platform, body):
    return platform.post("/open/config", body)["errMsg"]


def tap(platform, card, **changed):
    body = {"appId": OFFICIAL, "template": "TPL", "follower": str(card["id"]), **changed}
    return platform.send("POST", "/open/subscribe", json={"decision": "accept", **body})


def test_the_script_can_be_had_by_any_page(official):
    script = official.send("GET", "/open/jweixin.js")
    assert "javascript" in script.headers["Content-Type"]
    assert "wx-open-subscribe" in script.text
    asked = official.send("POST", "/open/config", data="{}", headers={"Origin": "http://x.invalid"})
    assert asked.headers["Access-Control-Allow-Origin"] == "*"


def test_a_signed_page_is_believed_whatever_stands_behind_the_hash(official):
    assert verdict(official, signed(official)) == "config:ok"
    assert verdict(official, {**signed(official), "url": f"{PAGE}#sandbox=7"}) == "config:ok"


@pytest.mark.parametrize(
    "changed",
    [{"url": f"{PAGE}?more=1"}, {"timestamp": 1}, {"nonceStr": "x"}, {"signature": None}],
    ids=lambda one: next(iter(one)),
)
def test_any_other_page_is_refused(official, changed):
    assert verdict(official, {**signed(official), **changed}) == "config:invalid signature"


def test_an_old_ticket_signs_nothing(official):
    told = signed(official)
    official.advance(7201)
    assert verdict(official, told) == "config:invalid signature"
    assert verdict(official, {**told, "appId": "wx0"}) == "config:invalid appid"


def test_the_dialog_shows_the_template(official):
    about = official.post("/open/subscribe/ask", {"appId": OFFICIAL, "template": "TPL"})
    assert (about["account"], about["title"]) == ("云溪乡音", "办理进度通知")
    assert about["fields"][0] == "受理编号"
    unknown = official.send(
        "POST", "/open/subscribe/ask", json={"appId": OFFICIAL, "template": "X"}
    )
    assert unknown.status_code == 400
    assert unknown.json()["error"].startswith("20001")


def test_a_tap_is_pushed_to_the_account_and_allows_one_notice(official, callback):
    card = official.follower()
    assert tap(official, card).json() == {"errMsg": "subscribe:ok"}
    [popup] = official.settled(lambda: events(callback, "subscribe_msg_popup_event"))
    chosen = popup["SubscribeMsgPopupEvent"]["List"]
    assert (chosen["TemplateId"], chosen["SubscribeStatusString"]) == ("TPL", "accept")
    assert chosen["PopupScene"] == "1", "from a web page"
    body = {"touser": card["openids"][OFFICIAL], "template_id": "TPL", "data": GOOD}
    path = "/cgi-bin/message/subscribe/bizsend"
    assert [official.call(path, body)["errcode"] for _ in range(2)] == [0, 43101]


def test_who_says_no_is_asked_no_favours(official, callback):
    card = official.follower()
    tap(official, card, decision="reject")
    [popup] = official.settled(lambda: events(callback, "subscribe_msg_popup_event"))
    assert popup["SubscribeMsgPopupEvent"]["List"]["SubscribeStatusString"] == "reject"
    body = {"touser": card["openids"][OFFICIAL], "template_id": "TPL", "data": GOOD}
    assert official.call("/cgi-bin/message/subscribe/bizsend", body)["errcode"] == 43101


@pytest.mark.parametrize("changed", [{"follower": "999"}, {"follower": "x"}, {"follower": None}])
def test_a_phone_nobody_holds_decides_nothing(official, changed):
    assert tap(official, {"id": 1}, **changed).status_code == 404


def test_an_answer_that_is_none_is_refused(official):
    assert tap(official, official.follower(), decision="perhaps").status_code == 400
    assert tap(official, official.follower(), template="X").status_code == 400
