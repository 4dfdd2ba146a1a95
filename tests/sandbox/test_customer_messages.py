"""Customer-service messages and their windows (WECHAT §4.1)."""

import pytest

from tests.sandbox.conftest import MINI, OFFICIAL, picture

SEND = "/cgi-bin/message/custom/send"
DAY = 86400


def text(card, content="您好", appid=OFFICIAL):
    return {"touser": card["openids"][appid], "msgtype": "text", "text": {"content": content}}


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
