"""Callbacks opened and sealed: WeChat's own vectors, all modes, and what hostile people send."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
import xmltodict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.kernel.errors import BadCallback
from server.ports import CallbackMode, DataFormat, Reply, ReplyKind
from server.wechat import crypto
from server.wechat.codec import WeChatCodec
from tests.contract.conftest import ACCOUNT

CODEC = WeChatCodec()
AT = datetime.fromtimestamp(1700000001, UTC)
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDF1fnb8G+wbtTppDMfmnmqvkIRFao4hp0I2X28EUbOdbtyWMtW79bED+ZN9llmWXenqf"
    "+zayWF18NrAJqbGogP2SgD9A8uyefQ+JQEzkG18KMWdj3ByGGceCl/Zp6NhEIVoS7Wrzpzv/j0eM8caCUwtZl9g+"
    "PImn2FD7X9LW2bQvqMvyq4BGj5aE+le4NdWo8bDMDpQh0rX3xbrnQ10l/lKp+wPJ1RSYUlVSiEIZeHvzCjU1ujww2"
    "XGsUH3TpNzeGn3CSqiCEWUyYOGeFktdzbQ="
)
QUERY = {
    "timestamp": "1700000001",
    "nonce": "nonce1",
    "signature": "92d52678136f55048f084c76408aeac416d132ec",
    "msg_signature": "91ab66b08c47e28d65a95fa0bfa0be6b9a3d5948",
    "encrypt_type": "aes",
}
SAFE = f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{ENCRYPTED}</Encrypt></xml>".encode()
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300)
PLAIN = dataclasses.replace(ACCOUNT, mode=CallbackMode.PLAIN)
JSON = dataclasses.replace(ACCOUNT, data_format=DataFormat.JSON)


def query_for(encrypted=None, *, at=AT, token=ACCOUNT.token):
    stamp = str(int(at.timestamp()))
    made = {"timestamp": stamp, "nonce": "n", "signature": crypto.signature(token, stamp, "n")}
    if encrypted is not None:
        made["msg_signature"] = crypto.signature(token, stamp, "n", encrypted)
    return made


def sealed(message, account=ACCOUNT):
    encrypted = crypto.encrypt(message, aes_key=account.aes_key, appid=account.appid)
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    return body.encode(), query_for(encrypted)


def message(inner="<MsgType>text</MsgType><Content>好</Content><MsgId>7</MsgId>"):
    return (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oU</FromUserName>"
        f"<CreateTime>1700000000</CreateTime>{inner}</xml>"
    )


def test_the_official_signature_vector():
    assert (
        crypto.signature("AAAAA", "1714036504", "1514711492")
        == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    )


def test_the_golden_message_opens():
    inbound = CODEC.open(ACCOUNT, SAFE, QUERY, now=AT)
    assert (inbound.key, inbound.sender, inbound.kind) == ("1", "oU", "text")
    assert inbound.fields["Content"] == "你好"
    assert inbound.at == datetime.fromtimestamp(1700000000, UTC)


def test_url_verification_answers_exactly_the_echo():
    assert CODEC.echo(ACCOUNT, QUERY | {"echostr": "12345"}, now=AT) == "12345"
    with pytest.raises(BadCallback):
        CODEC.echo(ACCOUNT, QUERY | {"echostr": "1", "signature": "0" * 40}, now=AT)


@pytest.mark.parametrize(
    "change",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"nonce": "other"},
        {"timestamp": "1700000002"},
        {"timestamp": "soon"},
        {"timestamp": "٣٣٣"},
    ],
)
def test_a_changed_envelope_is_refused(change):
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, SAFE, QUERY | change, now=AT)


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=2), -timedelta(minutes=5, seconds=2)])
def test_a_recorded_call_cannot_return(age):
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, SAFE, QUERY, now=AT + age)


def test_another_accounts_message_is_refused():
    other = dataclasses.replace(ACCOUNT, appid="wxffffffffffffffff")
    with pytest.raises(BadCallback):
        CODEC.open(other, SAFE, QUERY, now=AT)


def test_a_safe_account_takes_nothing_plain():
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, message().encode(), query_for(), now=AT)


def test_in_compatible_mode_only_the_sealed_part_counts():
    account = dataclasses.replace(ACCOUNT, mode=CallbackMode.COMPATIBLE)
    forged = SAFE.replace(b"</xml>", b"<FromUserName>oEvil</FromUserName></xml>")
    assert CODEC.open(account, forged, QUERY, now=AT).sender == "oU"


def test_plain_mode_checks_the_signature():
    assert CODEC.open(PLAIN, message().encode(), query_for(), now=AT).key == "7"
    with pytest.raises(BadCallback):
        CODEC.open(PLAIN, message().encode(), query_for(token="other"), now=AT)


def test_json_of_a_mini_program_opens_and_its_list_stays_a_list():
    event = {
        "ToUserName": "gh_mp",
        "FromUserName": "oMp",
        "CreateTime": 1626959646,
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": [{"TemplateId": "A", "SubscribeStatusString": "accept", "PopupScene": "0"}],
    }
    encrypted = crypto.encrypt(json.dumps(event), aes_key=JSON.aes_key, appid=JSON.appid)
    body = json.dumps({"ToUserName": "gh_mp", "Encrypt": encrypted}).encode()
    inbound = CODEC.open(JSON, body, query_for(encrypted), now=AT)
    assert inbound.kind == "event.subscribe_msg_popup_event"
    assert inbound.fields["List"][0]["TemplateId"] == "A"


@pytest.mark.parametrize("lines", [1, 2])
def test_a_list_of_one_in_xml_is_still_a_list(lines):
    one = "<List><TemplateId>A</TemplateId></List>"
    inner = (
        "<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>"
        f"<SubscribeMsgSentEvent>{one * lines}</SubscribeMsgSentEvent>"
    )
    body, query = sealed(message(inner))
    fields = CODEC.open(ACCOUNT, body, query, now=AT).fields
    assert fields["SubscribeMsgSentEvent"]["List"] == [{"TemplateId": "A"}] * lines


@pytest.mark.parametrize(
    ("inner", "key"),
    [
        ("<MsgType>text</MsgType><MsgId>6349323426230210995</MsgId>", "6349323426230210995"),
        (
            "<MsgType>event</MsgType><Event>subscribe</Event><EventKey></EventKey>",
            "oU:1700000000:subscribe:",
        ),
        (
            "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>home:a</EventKey>",
            "oU:1700000000:scan:home:a",
        ),
        (
            "<MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>9</MsgID>",
            "oU:1700000000:masssendjobfinish:9",
        ),
    ],
)
def test_the_key_that_a_retry_repeats(inner, key):
    body, query = sealed(message(inner))
    assert CODEC.open(ACCOUNT, body, query, now=AT).key == key


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<xml><ToUserName>&b;</ToUserName></xml>"
)


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB,
        "",
        "<xml>",
        "<xml/>",
        "<xml><a></xml>",
        "not xml",
        "[]",
        "{}",
        "null",
        message("<MsgType>text</MsgType>"),
        message("<MsgType>text</MsgType><MsgId>x</MsgId>"),
        message("<MsgType>event</MsgType>"),
        message("<MsgType><deep>text</deep></MsgType><MsgId>1</MsgId>"),
        message().replace("1700000000", "today"),
        message().replace("oU", ""),
        message().replace("1700000000", "9" * 30),
    ],
)
def test_malformed_messages_are_refused_even_when_well_sealed(hostile):
    body, query = sealed(hostile)
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, body, query, now=AT)
    with pytest.raises(BadCallback):
        CODEC.open(PLAIN, hostile.encode(), query_for(), now=AT)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_and_nothing_else_happens(body):
    for account in (ACCOUNT, PLAIN, JSON):
        with pytest.raises(BadCallback):
            CODEC.open(account, body, query_for(), now=AT)


@given(st.integers(0, len(SAFE) - 1))
def test_a_truncated_message_is_refused(length):
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, SAFE[:length], QUERY, now=AT)


def test_a_body_of_more_than_a_megabyte_is_not_even_looked_at():
    with pytest.raises(BadCallback):
        CODEC.open(PLAIN, b"x" * (1024 * 1024 + 1), query_for(), now=AT)


@given(TEXTS)
def test_whatever_is_said_arrives_as_it_was_said(text):
    encrypted = crypto.encrypt(text, aes_key=ACCOUNT.aes_key, appid=ACCOUNT.appid)
    opened = crypto.decrypt(encrypted, aes_key=ACCOUNT.aes_key, appid=ACCOUNT.appid)
    assert opened.decode() == text


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS | st.sampled_from(["]]>", "a]]>b]]>", "🏮𠮷👨‍👩‍👧", "<a href='x'>&amp;</a>"]))
def test_answers_survive_sealing_and_reading(text):
    inbound = CODEC.open(ACCOUNT, SAFE, QUERY, now=AT)
    outer = xmltodict.parse(CODEC.seal(ACCOUNT, Reply(text=text), inbound, now=AT))["xml"]
    assert outer["MsgSignature"] == crypto.signature(
        ACCOUNT.token, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"]
    )
    plain = crypto.decrypt(outer["Encrypt"], aes_key=ACCOUNT.aes_key, appid=ACCOUNT.appid)
    read = xmltodict.parse(plain, strip_whitespace=False)["xml"]
    assert (read["ToUserName"], read["FromUserName"]) == ("oU", "gh_1")
    assert (read["Content"] or "") == text or read["Content"].endswith("…")


def test_nothing_to_say_is_the_bare_word_and_never_sealed():
    inbound = CODEC.open(ACCOUNT, SAFE, QUERY, now=AT)
    assert CODEC.seal(ACCOUNT, None, inbound, now=AT) == "success"


def test_other_kinds_of_answer():
    inbound = CODEC.open(ACCOUNT, SAFE, QUERY, now=AT)
    news = Reply(ReplyKind.NEWS, title="乡讯", text="第一期", url="https://x", picture="https://p")
    body = xmltodict.parse(CODEC.seal(PLAIN, news, inbound, now=AT))["xml"]
    assert body["Articles"]["item"]["Title"] == "乡讯"
    transfer = CODEC.seal(PLAIN, Reply(ReplyKind.TRANSFER), inbound, now=AT)
    assert xmltodict.parse(transfer)["xml"]["MsgType"] == "transfer_customer_service"
    as_json = dataclasses.replace(JSON, mode=CallbackMode.PLAIN)
    assert json.loads(CODEC.seal(as_json, Reply(text="好"), inbound, now=AT))["Content"] == "好"


def test_a_long_answer_is_cut_between_characters():
    inbound = CODEC.open(ACCOUNT, SAFE, QUERY, now=AT)
    said = xmltodict.parse(CODEC.seal(PLAIN, Reply(text="乡" * 2000), inbound, now=AT))["xml"]
    assert len(said["Content"].encode()) <= 2048
