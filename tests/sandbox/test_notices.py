"""Template messages, subscription messages and consents (WECHAT §4.2–4.4)."""

import pytest

from deploy.sandbox import crypto, wire
from tests.sandbox.conftest import AES_KEY, GOOD, MINI, OFFICIAL

DAY = 86400


def events(callback, name):
    """Return the pushed plaintext events of a name."""
    found = [wire.from_xml(one.body) for one in callback.heard if one.body[:1] == b"<"]
    return [one for one in found if one.get("Event") == name]


# template messages

TEMPLATE = "/cgi-bin/message/template/send"


def notice(card, data=None, **more):
    who = card["openids"][OFFICIAL]
    return {"touser": who, "template_id": "TPL", "data": data or GOOD, **more}


def test_a_template_message_arrives_and_its_receipt_follows(official, callback):
    card = official.follower()
    mini = {"appid": MINI, "pagepath": "pages/case?id=7"}
    sent = official.call(TEMPLATE, notice(card, miniprogram=mini, url="https://example.org"))
    assert sent["errcode"] == 0
    shown = official.timeline(card)[-1]
    assert (shown["channel"], shown["kind"]) == ("template", "notice")
    assert shown["content"]["title"] == "办理进度通知"
    first = {"name": "character_string1", "label": "受理编号", "value": "QL20260007"}
    assert shown["content"]["fields"][0] == first
    assert shown["content"]["miniprogram"] == mini
    [receipt] = official.settled(lambda: events(callback, "TEMPLATESENDJOBFINISH"))
    assert (receipt["MsgID"], receipt["Status"]) == (str(sent["msgid"]), "success")


def test_somebody_who_refuses_is_told_by_the_receipt(official, callback):
    card = official.follower()
    official.send("PATCH", f"/sandbox/followers/{card['id']}", json={"refuses": {OFFICIAL: True}})
    assert official.call(TEMPLATE, notice(card))["errcode"] == 0
    [receipt] = official.settled(lambda: events(callback, "TEMPLATESENDJOBFINISH"))
    assert receipt["Status"] == "failed:user block"


def test_template_refusals(official):
    card = official.follower()
    stranger = official.follower(None)
    assert official.call(TEMPLATE, notice(card, template_id="x"))["errcode"] == 40037
    assert official.call(TEMPLATE, notice(stranger))["errcode"] == 43004
    assert official.call(TEMPLATE, {**notice(card), "touser": "x"})["errcode"] == 40003
    empty = {**GOOD, "phrase2": {"value": ""}}
    assert official.call(TEMPLATE, notice(card, empty))["errcode"] == 40250
    wrong = official.call(TEMPLATE, notice(card, {**GOOD, "phrase2": {"value": "已经受理好了"}}))
    assert wrong["errcode"] == 47003
    assert "data.phrase2.value" in wrong["errmsg"]


def test_a_greeting_is_no_template_message(official):
    official.account(templates={"TPL": {"title": "通知", "fields": {"thing1": "内容"}}})
    card = official.follower()
    said = {"thing1": {"value": "祝您中秋快乐"}}
    assert official.call(TEMPLATE, notice(card, said))["errcode"] == 40249


def test_the_same_client_msg_id_sends_once_in_ten_minutes(official):
    card = official.follower()
    first = official.call(TEMPLATE, notice(card, client_msg_id="case-7"))
    assert official.call(TEMPLATE, notice(card, client_msg_id="case-7"))["msgid"] == first["msgid"]
    assert len([one for one in official.timeline(card) if one["kind"] == "notice"]) == 1
    official.advance(601)
    assert official.call(TEMPLATE, notice(card, client_msg_id="case-7"))["msgid"] != first["msgid"]
    assert len([one for one in official.timeline(card) if one["kind"] == "notice"]) == 2


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("thing1", "二十个字以内的任何内容都可以ok", "超过二十个字的内容无论怎么写都是不可以的呀"),
        ("number1", "12.5", "十二"),
        ("letter1", "ABC", "AB1"),
        ("symbol1", "***", "abc"),
        ("character_string1", "QL-2026/7", "编号7"),
        ("time1", "2019年10月1日 15:01", "明天"),
        ("time1", "15:01", "25:01"),
        ("time1", "2026-05-01 10:00~2026-05-01 12:00", "2026-13-01"),
        ("date1", "2026-05-01", "15:01"),
        ("amount1", "¥100.5元", "一百"),
        ("phone_number1", "+39 06-5550101", "打电话给我"),
        ("car_number1", "粤A8888", "粤A8888888888"),
        ("name1", "林阿公", "林Agong"),
        ("phrase1", "已受理", "已受理了哦哦哦"),
    ],
)
def test_each_kind_of_field_has_its_rule(official, field, good, bad):
    official.account(templates={"TPL": {"title": "通知", "fields": {field: "项"}}})
    card = official.follower()
    assert official.call(TEMPLATE, notice(card, {field: {"value": good}}))["errcode"] == 0
    refused = official.call(TEMPLATE, notice(card, {field: {"value": bad}}))
    assert refused["errcode"] == 47003
    assert f"data.{field}" in refused["errmsg"]


# consents

SUBSCRIBE = "/cgi-bin/message/subscribe/send"


def subscription(card, **more):
    return {"touser": card["openids"][MINI], "template_id": "TPL", "data": GOOD, **more}


def test_one_tap_is_one_message_and_taps_add_up(both):
    card = both.follower(None)
    assert both.call(SUBSCRIBE, subscription(card), appid=MINI)["errcode"] == 43101
    assert both.mini(card, "subscribe", decisions={"TPL": "accept"})["TPL"] == "accept"
    both.mini(card, "subscribe", decisions={"TPL": "accept"})
    both.mini(card, "subscribe", decisions={"TPL": "reject"})
    codes = [both.call(SUBSCRIBE, subscription(card), appid=MINI)["errcode"] for _ in range(3)]
    assert codes == [0, 0, 43101]
    shown = [one for one in both.timeline(card, appid=MINI) if one["kind"] == "notice"]
    assert len(shown) == 2
    assert shown[0]["channel"] == "subscription"


def test_a_refused_subscription_message_uses_no_consent(both):
    card = both.follower(None)
    both.mini(card, "subscribe", decisions={"TPL": "accept"})
    bad = subscription(card, data={**GOOD, "phrase2": {"value": "ok"}})
    refused = both.call(SUBSCRIBE, bad, appid=MINI)
    assert refused["errcode"] == 47003
    missing = both.call(SUBSCRIBE, subscription(card, data={}), appid=MINI)
    assert missing["errcode"] == 47003
    assert both.call(SUBSCRIBE, subscription(card), appid=MINI)["errcode"] == 0


def test_a_tap_and_a_delivery_are_pushed(both, callback):
    import json

    card = both.follower(None)
    both.mini(card, "subscribe", decisions={"TPL": "accept"})
    sent = both.call(SUBSCRIBE, subscription(card), appid=MINI)
    heard = callback.wait(2)
    popup, receipt = (
        json.loads(crypto.open_sealed(json.loads(one.body)["Encrypt"], AES_KEY, MINI))
        for one in heard
    )
    assert popup["Event"] == "subscribe_msg_popup_event"
    chosen = {"TemplateId": "TPL", "SubscribeStatusString": "accept", "PopupScene": "0"}
    assert popup["List"] == [chosen]
    assert receipt["Event"] == "subscribe_msg_sent_event"
    assert receipt["List"][0]["MsgID"] == str(sent["msgid"])
    assert receipt["List"][0]["ErrorCode"] == "0"


def test_the_popup_of_an_official_account_nests_its_list(official, callback):
    card = official.follower()
    where = f"/sandbox/followers/{card['id']}/mini/{OFFICIAL}/subscribe"
    official.post(where, {"decisions": {"TPL": "accept"}})
    [popup] = official.settled(lambda: events(callback, "subscribe_msg_popup_event"))
    assert popup["SubscribeMsgPopupEvent"]["List"]["TemplateId"] == "TPL"
    body = {"touser": card["openids"][OFFICIAL], "template_id": "TPL", "data": GOOD}
    path = "/cgi-bin/message/subscribe/bizsend"
    assert [official.call(path, body)["errcode"] for _ in range(2)] == [0, 43101]


def test_a_long_term_consent_is_never_used_up(both):
    template = {"title": "t", "fields": {"thing1": "x"}, "long_term": True}
    both.account(MINI, templates={"TPL": template})
    card = both.follower(None)
    both.mini(card, "subscribe", decisions={"TPL": "accept"})
    body = subscription(card, data={"thing1": {"value": "好"}})
    assert {both.call(SUBSCRIBE, body, appid=MINI)["errcode"] for _ in range(3)} == {0}
    both.mini(card, "unsubscribe", template_id="TPL")
    assert both.call(SUBSCRIBE, body, appid=MINI)["errcode"] == 43101


def test_a_page_that_does_not_exist_is_refused(both):
    both.account(MINI, pages=["pages/case/case"])
    card = both.follower(None)
    both.mini(card, "subscribe", decisions={"TPL": "accept"})
    wrong = subscription(card, page="pages/nowhere")
    assert both.call(SUBSCRIBE, wrong, appid=MINI)["errcode"] == 41030
    right = subscription(card, page="pages/case/case?id=7")
    assert both.call(SUBSCRIBE, right, appid=MINI)["errcode"] == 0
