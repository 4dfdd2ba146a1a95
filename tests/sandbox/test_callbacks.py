"""Pushing to the callback: verification, three modes, two formats, deadline, retries, replies."""

import json
import threading

import pytest

from deploy.sandbox import crypto, wire
from tests.sandbox.conftest import AES_KEY, MINI, OFFICIAL, TOKEN, Heard

BROKEN = "该公众号提供的服务出现故障，请稍后再试"


def opened(heard: Heard, appid: str = OFFICIAL) -> dict:
    """Check the signatures as a server would; return the message."""
    query = heard.query
    stamp, nonce = query["timestamp"], query["nonce"]
    assert query["signature"] == crypto.sign(TOKEN, stamp, nonce)
    parse = wire.from_json if heard.body[:1] == b"{" else wire.from_xml
    outer = parse(heard.body)
    assert outer.get("FromUserName", query["openid"]) == query["openid"]
    if "Encrypt" not in outer:
        assert "encrypt_type" not in query
        return outer
    assert query["encrypt_type"] == "aes"
    assert query["msg_signature"] == crypto.sign(TOKEN, stamp, nonce, outer["Encrypt"])
    return parse(crypto.open_sealed(outer["Encrypt"], AES_KEY, appid))


def reply(heard: Heard, content: str = "收到", **changes) -> str:
    message = opened(heard)
    return wire.to_xml(
        {
            "ToUserName": message["FromUserName"],
            "FromUserName": message["ToUserName"],
            "CreateTime": 1700000005,
            "MsgType": "text",
            "Content": content,
            **changes,
        }
    )


def encrypted(xml: str) -> bytes:
    sealed = crypto.seal(xml, AES_KEY, OFFICIAL)
    signature = crypto.sign(TOKEN, "1700000005", "abc123", sealed)
    outer = {"Encrypt": sealed, "MsgSignature": signature, "TimeStamp": 1700000005}
    return wire.to_xml({**outer, "Nonce": "abc123"}).encode()


def test_verification_wants_exactly_the_echostr(official, callback):
    callback.answer = lambda heard: (200, heard.query["echostr"].encode())
    told = official.post(f"/sandbox/accounts/{OFFICIAL}/verify")
    assert told["ok"] is True
    assert told["status"] == 200
    query = callback.heard[0].query
    assert callback.heard[0].method == "GET"
    assert query["signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"])
    callback.answer = lambda heard: (200, b'"' + heard.query["echostr"].encode() + b'"')
    assert official.post(f"/sandbox/accounts/{OFFICIAL}/verify")["ok"] is False
    callback.answer = lambda heard: (403, heard.query["echostr"].encode())
    assert official.post(f"/sandbox/accounts/{OFFICIAL}/verify")["ok"] is False


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
@pytest.mark.parametrize("data_format", ["xml", "json"])
def test_a_text_arrives_in_every_mode_and_format(official, callback, mode, data_format):
    card = official.follower()
    official.account(callback_url=callback.url, mode=mode, format=data_format)
    callback.heard.clear()
    text = "阿公 ]]> 👵🏽 𠮷 <a>&amp;"
    told = official.act(card, "text", content=text, wait=True)
    assert told["outcome"]["state"] == "silent"
    assert told["outcome"]["attempts"] == 1
    message = opened(callback.heard[0])
    assert message["Content"] == text
    assert message["MsgType"] == "text"
    assert message["ToUserName"] == "gh_1"
    assert message["FromUserName"] == card["openids"][OFFICIAL]
    assert str(message["MsgId"]) == told["message_id"]
    assert int(message["MsgId"]) < 2**63
    outer = callback.heard[0].body.decode()
    assert ("Content" in outer) == (mode != "safe")


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_a_passive_reply_is_shown_on_the_phone(official, callback, mode):
    card = official.follower()
    official.account(callback_url=callback.url, mode=mode)

    def answer(heard):
        xml = reply(heard, "您好 ]]> 👵🏽")
        return 200, encrypted(xml) if mode == "safe" else xml.encode()

    callback.answer = answer
    told = official.act(card, "text", content="在吗", wait=True)
    assert told["outcome"]["state"] == "replied"
    said, answered = official.timeline(card)[-2:]
    assert (said["from"], said["kind"], said["status"]) == ("user", "text", "delivered")
    assert (answered["from"], answered["channel"]) == ("account", "passive")
    assert answered["content"]["content"] == "您好 ]]> 👵🏽"


def test_an_encrypted_reply_with_a_wrong_signature_breaks_the_service(official, callback):
    card = official.follower()
    official.account(callback_url=callback.url, mode="safe")
    callback.answer = lambda heard: (200, encrypted(reply(heard)).replace(b"abc123", b"abc124"))
    told = official.act(card, "text", content="在吗", wait=True)
    assert told["outcome"]["state"] == "broken"
    callback.answer = lambda heard: (200, reply(heard).encode())
    told = official.act(card, "text", content="在吗", wait=True)
    assert "encrypted" in told["outcome"]["reason"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ToUserName": "oSomebodyElse"},
        {"FromUserName": "gh_other"},
        {"CreateTime": "now"},
        {"MsgType": "hologram"},
        {"Content": ""},
        {"Content": "长" * 700},
        {"MsgType": "image", "Image": {"MediaId": "nothing"}},
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": {"Title": "一"}}},
    ],
)
def test_a_reply_the_platform_cannot_use_shows_the_service_as_broken(official, callback, changes):
    card = official.follower()
    callback.answer = lambda heard: (200, reply(heard, **changes).encode())
    callback.heard.clear()
    told = official.act(card, "text", content="在吗", wait=True)
    assert told["outcome"]["state"] == "broken"
    assert len(callback.heard) == 1
    assert official.timeline(card)[-1]["kind"] == "failed"
    assert official.timeline(card)[-1]["content"]["content"] == BROKEN


def test_cdata_cut_short_by_user_text_breaks_the_service(official, callback):
    card = official.follower()
    bad = "<xml><Content><![CDATA[a]]>b]]></Content></xml>"
    callback.answer = lambda heard: (200, bad.encode())
    assert official.act(card, "text", content="?", wait=True)["outcome"]["state"] == "broken"


def test_news_shows_one_article_and_transfer_shows_nothing(official, callback):
    card = official.follower()
    items = [
        {"Title": "乡讯", "Description": "d", "PicUrl": "", "Url": "https://example.org/1"}
    ] * 2
    more = {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": items}}
    callback.answer = lambda heard: (200, reply(heard, **more).encode())
    official.act(card, "text", content="乡讯", wait=True)
    assert len(official.timeline(card)[-1]["content"]["articles"]) == 1
    callback.answer = lambda heard: (
        200,
        reply(heard, MsgType="transfer_customer_service").encode(),
    )
    told = official.act(card, "text", content="人工", wait=True)
    assert told["outcome"]["state"] == "transferred"
    assert official.timeline(card)[-1]["from"] == "user"


def test_three_attempts_with_one_message_id_then_the_failure_line(official, callback):
    card = official.follower()
    callback.heard.clear()
    callback.answer = lambda heard: (500, b"success")
    told = official.act(card, "text", content="在吗", wait=True)
    assert told["outcome"]["state"] == "failed"
    assert told["outcome"]["attempts"] == 3
    ids = {opened(heard)["MsgId"] for heard in callback.heard}
    assert ids == {told["message_id"]}
    assert len(callback.heard) == 3
    assert official.timeline(card)[-1]["content"]["content"] == BROKEN
    assert official.timeline(card)[-2]["status"] == "failed"


def test_a_second_attempt_that_answers_is_enough(official, callback):
    card = official.follower()
    callback.heard.clear()
    callback.answer = lambda heard: (500 if len(callback.heard) < 2 else 200, b"")
    told = official.act(card, "text", content="在吗", wait=True)
    assert (told["outcome"]["state"], told["outcome"]["attempts"]) == ("silent", 2)


class CutOff(bytes):
    """An answer that was announced longer than it came."""

    def __len__(self):
        return super().__len__() + 1


@pytest.mark.parametrize("came", ["", "<xml><ToUserName>"])
def test_an_answer_that_was_cut_off_is_no_answer(official, callback, came):
    card = official.follower()
    official.account(callback_url=callback.url, mode="plain")
    callback.heard.clear()
    answers = iter([CutOff(came.encode()), CutOff(came.encode())])
    callback.answer = lambda heard: (200, next(answers, None) or reply(heard).encode())
    outcome = official.act(card, "text", content="阿公", wait=True)["outcome"]
    assert (outcome["state"], outcome["attempts"]) == ("replied", 3)


def test_an_answer_after_the_deadline_counts_for_nothing(official, callback):
    card = official.follower()
    official.account(callback_url=callback.url, deadline_seconds=0.2)
    callback.heard.clear()
    callback.answer = lambda heard: (threading.Event().wait(0.5), (200, b"success"))[1]
    told = official.act(card, "text", content="在吗", wait=True)
    assert told["outcome"]["state"] == "failed"
    assert len(callback.heard) == 3
    assert "0.2 s" in told["outcome"]["reason"]


def test_the_deadline_is_five_seconds(official):
    assert official.get("/sandbox/accounts")["items"][0]["deadline_seconds"] == 5


def test_events_fail_silently_where_no_answer_is_possible(official, callback):
    card = official.follower()
    callback.answer = lambda heard: (500, b"")
    official.act(card, "unfollow", wait=True)
    assert official.timeline(card)[-1]["kind"] == "event"


def test_following_by_a_code_and_scanning_again(official, callback):
    scene = {
        "action_name": "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": "镇:泮坑"}},
    }
    made = official.call("/cgi-bin/qrcode/create", scene)
    card = official.follower(None)
    official.act(card, "follow", scene="镇:泮坑", wait=True)
    official.act(card, "follow", scene="镇:泮坑", wait=True)
    first, second = (opened(one) for one in callback.heard)
    assert (first["Event"], first["EventKey"]) == ("subscribe", "qrscene_镇:泮坑")
    assert (second["Event"], second["EventKey"]) == ("SCAN", "镇:泮坑")
    assert first["Ticket"] == second["Ticket"] == made["ticket"]
    assert "MsgId" not in first
    facts = official.call("/cgi-bin/user/info", method="GET", openid=card["openids"][OFFICIAL])
    assert facts["subscribe_scene"] == "ADD_SCENE_QR_CODE"
    assert facts["qr_scene_str"] == "镇:泮坑"


def test_a_plain_follow_has_an_empty_event_key(official, callback):
    official.follower()
    message = opened(callback.heard[0])
    assert message["Event"] == "subscribe"
    assert message["EventKey"] == ""


def test_every_kind_of_message_carries_its_elements(official, callback):
    from tests.sandbox.conftest import picture

    card = official.follower()
    callback.heard.clear()
    official.send(
        "POST", f"/sandbox/followers/{card['id']}/image?wait=1",
        data={"appid": OFFICIAL}, files={"file": ("a.png", picture())},
    )  # fmt: skip
    official.act(card, "voice", wait=True, recognition="你好")
    official.act(card, "location", wait=True, lat=41.9, lon=12.5, label="罗马")
    official.act(card, "link", wait=True, title="题", url="https://example.org")
    official.act(card, "text", wait=True, content="海外乡亲", bizmsgmenuid="101")
    image, voice, place, link, chosen = (opened(one) for one in callback.heard)
    assert official.http.get(image["PicUrl"], timeout=5).content == picture()
    token = official.token()
    where = {"access_token": token, "media_id": image["MediaId"]}
    got = official.send("GET", "/cgi-bin/media/get", params=where)
    assert got.content == picture()
    assert got.headers["Content-Type"] == "image/png"
    assert (voice["Format"], voice["Recognition"]) == ("amr", "你好")
    assert (place["Location_X"], place["Label"]) == ("41.9", "罗马")
    assert (link["Title"], link["Url"]) == ("题", "https://example.org")
    assert chosen["bizmsgmenuid"] == "101"


def test_any_raw_event_can_be_pushed(official, callback):
    card = official.follower()
    official.act(card, "event", wait=True, event="LOCATION", fields={"Latitude": "1.5"})
    official.act(card, "revoke", wait=True)
    location, revoked = (opened(one) for one in callback.heard[-2:])
    assert (location["Event"], location["Latitude"]) == ("LOCATION", "1.5")
    assert revoked["Event"] == "user_authorization_revoke"
    assert revoked["OpenID"] == card["openids"][OFFICIAL]
    assert revoked["AppID"] == OFFICIAL


def test_a_mini_program_pushes_json_in_safe_mode(both, callback):
    card = both.follower(None)
    both.act(card, "enter", appid=MINI, session_from="home", wait=True)
    outer = json.loads(callback.heard[0].body)
    assert set(outer) == {"ToUserName", "Encrypt"}
    message = opened(callback.heard[0], MINI)
    assert message["Event"] == "user_enter_tempsession"
    assert isinstance(message["CreateTime"], int)
    both.act(card, "card", appid=MINI, title="咨询", pagepath="pages/a", wait=True)
    message = opened(callback.heard[1], MINI)
    assert (message["MsgType"], message["PagePath"]) == ("miniprogrampage", "pages/a")


def test_pushes_left_over_are_delivered_after_a_restart(tmp_path, callback):
    from deploy.sandbox.serve import running
    from tests.sandbox.conftest import Platform

    waiting = threading.Event()
    state = tmp_path / "restart.db"
    with running(state) as url:
        platform = Platform(url)
        platform.account(callback_url=callback.url)
        card = platform.follower()
        callback.heard.clear()
        callback.answer = lambda heard: (waiting.wait(2), (500, b""))[1]
        told = platform.act(card, "text", content="会到的")
        callback.wait(1)
        platform.http.close()
    callback.answer = lambda heard: (200, b"success")
    waiting.set()
    with running(state) as url:
        platform = Platform(url)
        platform.settled(lambda: platform.timeline(card)[-1]["status"] == "delivered")
        assert opened(callback.heard[-1])["MsgId"] == told["message_id"]
        assert platform.get("/sandbox/accounts")["items"][0]["appid"] == OFFICIAL
        platform.http.close()
