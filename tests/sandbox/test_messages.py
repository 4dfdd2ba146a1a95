"""Windows, templates, consents and mass sending (WECHAT §4)."""

import pytest

from deploy.sandbox import crypto, wire
from tests.sandbox.conftest import AES_KEY, GOOD, MINI, OFFICIAL, picture

SEND = "/cgi-bin/message/custom/send"
DAY = 86400


def text(card, content="您好", appid=OFFICIAL):
    return {"touser": card["openids"][appid], "msgtype": "text", "text": {"content": content}}


def events(callback, name):
    """Return the pushed plaintext events of a name."""
    found = [wire.from_xml(one.body) for one in callback.heard if one.body[:1] == b"<"]
    return [one for one in found if one.get("Event") == name]


# customer-service windows


def test_five_messages_within_forty_eight_hours_of_a_message(official):
    card = official.follower()
    official.advance(61)
    official.act(card, "text", content="在吗", wait=True)
    codes = [official.call(SEND, text(card))["errcode"] for _ in range(6)]
    assert codes == [0, 0, 0, 0, 0, 45047]
    official.act(card, "text", content="还在吗", wait=True)
    official.advance(48 * 3600 - 5)
    assert official.call(SEND, text(card))["errcode"] == 0
    official.advance(10)
    assert official.call(SEND, text(card))["errcode"] == 45015


@pytest.mark.parametrize("cause", ["follow", "menu", "scan", "msgmenu"])
def test_three_messages_within_a_minute_of_a_tap_a_follow_or_a_scan(official, cause):
    buttons = [{"type": "click", "name": "乡讯", "key": "K"}]
    official.call("/cgi-bin/menu/create", {"button": buttons})
    card = official.follower()
    if cause != "follow":
        official.advance(61)
        assert official.call(SEND, text(card))["errcode"] == 45015
    if cause == "menu":
        official.act(card, "menu", path=[0], wait=True)
    elif cause == "scan":
        official.act(card, "scan", scene="x", wait=True)
    elif cause == "msgmenu":
        official.act(card, "text", content="甲", bizmsgmenuid="1", wait=True)
    codes = [official.call(SEND, text(card))["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 45047]
    official.advance(61)
    assert official.call(SEND, text(card))["errcode"] == 45015


def test_the_window_that_ends_first_is_used_up_first(official):
    card = official.follower()
    official.act(card, "text", content="在吗", wait=True)
    for _ in range(3):
        official.call(SEND, text(card))
    where = f"/sandbox/accounts/{OFFICIAL}/windows/{card['openids'][OFFICIAL]}"
    left = {one["cause"]: one["remaining"] for one in official.get(where)["items"]}
    assert left == {"follow": 0, "message": 5}


def test_a_mini_program_has_two_messages_after_entering_and_five_after_a_message(both):
    card = both.follower(None)
    assert both.call(SEND, text(card, appid=MINI), appid=MINI)["errcode"] == 45015
    both.act(card, "enter", appid=MINI, wait=True)
    codes = [both.call(SEND, text(card, appid=MINI), appid=MINI)["errcode"] for _ in range(3)]
    assert codes == [0, 0, 45047]
    both.act(card, "text", appid=MINI, content="在吗", wait=True)
    codes = [both.call(SEND, text(card, appid=MINI), appid=MINI)["errcode"] for _ in range(6)]
    assert codes == [0, 0, 0, 0, 0, 45047]


def test_nobody_can_be_written_to_after_unfollowing(official):
    card = official.follower()
    official.act(card, "unfollow", wait=True)
    assert official.call(SEND, text(card))["errcode"] == 45015


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"msgtype": "smell"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "长" * 683}}, 45002),
        ({"msgtype": "image", "image": {"media_id": "x"}}, 40007),
        ({"msgtype": "news", "news": {"articles": []}}, 44003),
        ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": "x"}}, 53600),
    ],
)
def test_wrong_customer_messages_are_refused_and_use_nothing_up(official, body, errcode):
    card = official.follower()
    assert official.call(SEND, {**text(card), **body})["errcode"] == errcode
    assert [official.call(SEND, text(card))["errcode"] for _ in range(3)] == [0, 0, 0]


def test_each_kind_of_customer_message_reaches_the_phone(official):
    card = official.follower()
    official.act(card, "text", content="在吗", wait=True)
    image = official.upload("/cgi-bin/media/upload", picture(), "a.png", type="image")["media_id"]
    options = [{"id": "101", "content": "海外乡亲"}, {"id": "102", "content": "本地乡亲"}]
    page = {"title": "咨询", "appid": MINI, "pagepath": "pages/a", "thumb_media_id": image}
    article = {"title": "题", "description": "d", "url": "https://example.org", "picurl": ""}
    bodies = [
        {"msgtype": "image", "image": {"media_id": image}},
        {"msgtype": "news", "news": {"articles": [article]}},
        {"msgtype": "msgmenu", "msgmenu": {"head_content": "请选择", "list": options}},
        {"msgtype": "miniprogrampage", "miniprogrampage": page},
        {"msgtype": "text", "text": {"content": "好"}, "aimsgcontext": {"is_ai_msg": 1}},
    ]
    for body in bodies:
        answer = official.call(SEND, {"touser": card["openids"][OFFICIAL], **body})
        assert answer["errcode"] == 0, answer
    shown = [one for one in official.timeline(card) if one["channel"] == "customer"]
    kinds = [one["kind"] for one in shown]
    assert kinds == ["image", "news", "menu", "miniprogrampage", "text"]
    assert official.send("GET", shown[0]["content"]["url"]).content == picture()
    assert shown[4]["content"]["ai"] is True


def test_typing_needs_a_recent_interaction(official):
    card = official.follower()
    path, who = "/cgi-bin/message/custom/typing", card["openids"][OFFICIAL]
    assert official.call(path, {"touser": who, "command": "Dance"})["errcode"] == 45072
    assert official.call(path, {"touser": who, "command": "Typing"})["errcode"] == 0
    assert official.call(path, {"touser": who, "command": "Typing"})["errcode"] == 45081
    assert official.call(path, {"touser": who, "command": "CancelTyping"})["errcode"] == 0
    official.advance(31)
    assert official.call(path, {"touser": who, "command": "Typing"})["errcode"] == 45080


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


# mass sending

MASS = "/cgi-bin/message/mass/send"
ALL = "/cgi-bin/message/mass/sendall"


def bulk(platform, count):
    body = {"count": count, "appid": OFFICIAL}
    return platform.post("/sandbox/followers/bulk", body)["openids"]


def letter(openids, content="佳节问候", **more):
    return {"touser": openids, "msgtype": "text", "text": {"content": content}, **more}


def finished(platform, callback, count=1):
    def look():
        found = events(callback, "MASSSENDJOBFINISH")
        return found if len(found) >= count else None

    return platform.settled(look)


def test_a_mass_message_is_accepted_then_delivered_then_reported(official, callback):
    openids = bulk(official, 3)
    sent = official.call(MASS, letter(openids, clientmsgid="a1"))
    assert sent["errcode"] == 0
    assert sent["errmsg"] == "send job submission success"
    [event] = finished(official, callback)
    assert event["MsgID"] == str(sent["msg_id"])
    assert event["Status"] == "send success"
    counts = [event[name] for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount")]
    assert counts == ["3", "3", "3", "0"]
    told = official.call("/cgi-bin/message/mass/get", {"msg_id": sent["msg_id"]})
    assert told["msg_status"] == "SEND_SUCCESS"
    shown = official.get("/sandbox/followers/1/timeline")["items"]
    assert (shown[-1]["channel"], shown[-1]["content"]["content"]) == ("mass", "佳节问候")


def test_lists_of_one_and_of_more_than_ten_thousand_are_refused(official):
    openids = bulk(official, 2)
    assert official.call(MASS, letter(openids[:1]))["errcode"] == 40031
    assert official.call(MASS, letter(["o"] * 10_001))["errcode"] == 40032
    assert official.call(MASS, letter(openids))["errcode"] == 0


def test_ten_thousand_people_are_reached_at_once(official, callback):
    openids = bulk(official, 10_000)
    assert official.call(MASS, letter(openids))["errcode"] == 0
    assert finished(official, callback)[0]["SentCount"] == "10000"


def test_a_clientmsgid_is_known_for_a_day(official):
    openids = bulk(official, 2)
    first = official.call(MASS, letter(openids, clientmsgid="issue-1"))
    other = letter(openids, "别的内容", clientmsgid="issue-1")
    assert official.call(MASS, other)["errcode"] == 45066, "within a minute"
    official.advance(61)
    again = official.call(MASS, other)
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    official.advance(DAY)
    assert official.call(MASS, other)["errcode"] == 0
    assert official.call(MASS, letter(openids, clientmsgid="x" * 65))["errcode"] == 45067


def test_without_a_clientmsgid_the_same_content_is_a_duplicate(official):
    openids = bulk(official, 4)
    assert official.call(MASS, letter(openids[:2]))["errcode"] == 0
    official.advance(61)
    assert official.call(MASS, letter(openids[2:]))["errcode"] == 45065
    assert official.call(MASS, letter(openids[2:], clientmsgid="chunk-2"))["errcode"] == 0


def test_a_person_gets_four_a_month_and_the_fifth_is_a_silent_error(official, callback):
    openids = bulk(official, 3)
    for number in range(4):
        official.call(MASS, letter(openids[:2], f"第{number}封"))
    finished(official, callback, 4)
    assert official.call(MASS, letter(openids, "第5封"))["errcode"] == 0
    last = finished(official, callback, 5)[-1]
    assert (last["Status"], last["SentCount"], last["ErrorCount"]) == ("send success", "1", "2")
    official.advance(32 * DAY)
    official.call(MASS, letter(openids, "下个月"))
    assert finished(official, callback, 6)[-1]["SentCount"] == "3"


def test_to_all_works_once_a_day_and_to_a_tag_reaches_its_members(official, callback):
    openids = bulk(official, 3)
    tag = official.call("/cgi-bin/tags/create", {"tag": {"name": "泮坑"}})["tag"]["id"]
    body = {"openid_list": openids[:2], "tagid": tag}
    official.call("/cgi-bin/tags/members/batchtagging", body)
    text = {"msgtype": "text", "text": {"content": "一"}}
    chosen = {"filter": {"is_to_all": False, "tag_id": tag}, **text}
    assert official.call(ALL, chosen)["errcode"] == 0
    assert finished(official, callback)[0]["SentCount"] == "2"
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text"}
    assert official.call(ALL, {**everybody, "text": {"content": "二"}})["errcode"] == 0
    assert official.call(ALL, {**everybody, "text": {"content": "三"}})["errcode"] == 45028
    nobody = {"filter": {"is_to_all": False, "tag_id": 999}, **text}
    assert official.call(ALL, nobody)["errcode"] == 45159


def test_a_subscription_account_sends_once_a_day_and_not_to_lists(official):
    official.account(account_type="subscription")
    openids = bulk(official, 2)
    assert official.call(MASS, letter(openids))["errcode"] == 48001
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "一"}}
    assert official.call(ALL, everybody)["errcode"] == 0
    assert official.call(ALL, {**everybody, "text": {"content": "二"}})["errcode"] == 45028
    official.advance(DAY)
    assert official.call(ALL, {**everybody, "text": {"content": "二"}})["errcode"] == 0


def test_a_refused_text_and_an_unconfirmed_job_fail(official, callback):
    openids = bulk(official, 2)
    official.call(MASS, letter(openids, "色情"))
    [event] = finished(official, callback)
    assert (event["Status"], event["SentCount"]) == ("err(20002)", "0")
    official.account(mass_protection=True)
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "一"}}
    sent = official.call(ALL, everybody)
    path, which = "/cgi-bin/message/mass/get", {"msg_id": sent["msg_id"]}
    assert official.call(path, which)["msg_status"] == "SENDING"
    official.advance(1801)
    assert finished(official, callback, 2)[-1]["Status"] == "err(40002)"
    assert official.call(path, which)["msg_status"] == "SEND_FAIL"


@pytest.mark.parametrize(
    ("decision", "status"), [("confirm", "send success"), ("refuse", "err(40001)")]
)
def test_an_administrator_decides_about_a_protected_job(official, callback, decision, status):
    bulk(official, 2)
    official.account(mass_protection=True)
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "一"}}
    sent = official.call(ALL, everybody)
    where = f"/sandbox/accounts/{OFFICIAL}/mass/{sent['msg_id']}"
    assert official.send("POST", where, json={"decision": decision}).status_code == 200
    assert finished(official, callback)[0]["Status"] == status


def test_people_who_refuse_or_left_are_filtered(official, callback):
    openids = bulk(official, 4)
    official.send("PATCH", "/sandbox/followers/1", json={"refuses": {OFFICIAL: True}})
    official.post("/sandbox/followers/2/unfollow?wait=1", {"appid": OFFICIAL})
    official.call(MASS, letter(openids))
    [event] = finished(official, callback)
    assert event["SentCount"] == "2"
    assert int(event["FilterCount"]) == int(event["SentCount"]) + int(event["ErrorCount"])


def test_preview_speed_and_delete(official):
    card = official.follower()
    who = card["openids"][OFFICIAL]
    body = {"touser": who, "msgtype": "text", "text": {"content": "样稿"}}
    assert official.call("/cgi-bin/message/mass/preview", body)["errcode"] == 0
    assert official.timeline(card)[-1]["status"] == "preview"
    speed = "/cgi-bin/message/mass/speed/"
    assert official.call(f"{speed}get") == {"speed": 0, "realspeed": 80}
    assert official.call(f"{speed}set", {"speed": 4})["errcode"] == 0
    assert official.call(f"{speed}get") == {"speed": 4, "realspeed": 10}
    assert official.call(f"{speed}set", {"speed": 5})["errcode"] == 45083
    assert official.call(f"{speed}set", {})["errcode"] == 45084
