"""What gets in through a callback, and how two events are told apart."""

import dataclasses
import json
import time
from datetime import timedelta

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from server.kernel.errors import BadCallback
from server.ports import CallbackMode, Reply
from server.wechat import crypto, elements
from server.wechat.codec import WeChatCodec
from tests.contract.conftest import ACCOUNT
from tests.contract.test_codec import (
    AT,
    CODEC,
    JSON,
    PLAIN,
    QUERY,
    SAFE,
    TEXTS,
    message,
    query_for,
    sealed,
)

KEYS = {"aes_key": ACCOUNT.aes_key, "appid": ACCOUNT.appid}


def opened(inner):
    body, query = sealed(message(inner))
    return CODEC.open(ACCOUNT, body, query, now=AT)


def opened_json(**fields):
    event = {"ToUserName": "gh", "FromUserName": "oMp", "CreateTime": 1700000000, **fields}
    encrypted = crypto.encrypt(json.dumps(event), **KEYS)
    body = json.dumps({"ToUserName": "gh", "Encrypt": encrypted}).encode()
    return CODEC.open(JSON, body, query_for(encrypted), now=AT)


def event(name, inner=""):
    return opened(f"<MsgType>event</MsgType><Event>{name}</Event>{inner}")


def sent(*message_ids):
    lines = "".join(
        f"<List><TemplateId>A</TemplateId><MsgID>{one}</MsgID></List>" for one in message_ids
    )
    return event(
        "subscribe_msg_sent_event", f"<SubscribeMsgSentEvent>{lines}</SubscribeMsgSentEvent>"
    )


@pytest.mark.parametrize("stamp", ["999999999999", "0", "-1", "1e9", "", " 1700000001", "9" * 13])
def test_a_senseless_timestamp_is_refused_like_any_other_bad_call(stamp):
    query = QUERY | {"timestamp": stamp, "echostr": "1"}
    with pytest.raises(BadCallback):
        CODEC.echo(ACCOUNT, query, now=AT)
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, SAFE, query, now=AT)


@given(st.dictionaries(st.sampled_from([*QUERY, "echostr"]), st.text()))
def test_any_query_at_all_is_answered_or_refused(query):
    with pytest.raises(BadCallback):
        CODEC.echo(ACCOUNT, query, now=AT)
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, SAFE, query, now=AT)


def test_the_age_may_be_set():
    patient = WeChatCodec(age=timedelta(hours=1))
    assert patient.open(ACCOUNT, SAFE, QUERY, now=AT + timedelta(minutes=59)).key == "1"
    with pytest.raises(BadCallback):
        patient.open(ACCOUNT, SAFE, QUERY, now=AT + timedelta(minutes=61))


def test_two_receipts_of_one_second_are_two_and_a_repeat_is_one():
    assert sent(1).key != sent(2).key
    assert sent(1).key != sent(1, 2).key
    assert sent(1).key == sent(1).key


def test_two_choices_of_one_second_are_two_in_json_too():
    def choice(template):
        line = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"}
        return opened_json(MsgType="event", Event="subscribe_msg_popup_event", List=[line])

    assert choice("A").key != choice("B").key
    assert choice("A").key == choice("A").key


def test_a_menu_tap_on_a_very_long_address_has_a_short_key():
    taps = [event("VIEW", f"<EventKey>https://x/{'y' * 1000}{end}</EventKey>") for end in "ab"]
    assert taps[0].key != taps[1].key
    assert all(len(tap.key) < 200 for tap in taps)


@pytest.mark.parametrize(
    ("made", "tail"),
    [
        (lambda: event("TEMPLATESENDJOBFINISH", "<MsgID>200163836</MsgID>"), "200163836"),
        (
            lambda: event(
                "PUBLISHJOBFINISH",
                "<PublishEventInfo><publish_id>2247503051</publish_id></PublishEventInfo>",
            ),
            "2247503051",
        ),
        (lambda: opened_json(MsgType="event", Event="x", msgid=2**63), str(2**63)),
        (lambda: opened_json(MsgType="event", Event="wxa_media_check", trace_id="60ae"), "60ae"),
    ],
)
def test_ids_of_events_are_part_of_the_key(made, tail):
    assert made().key.endswith(f":{tail}")


def test_a_finished_publication_keeps_its_articles_and_failures_as_lists():
    inner = (
        "<PublishEventInfo><publish_id>1</publish_id><publish_status>2</publish_status>"
        "<article_detail><count>1</count><item><idx>1</idx></item></article_detail>"
        "<fail_idx>1</fail_idx></PublishEventInfo>"
    )
    info = event("PUBLISHJOBFINISH", inner).fields["PublishEventInfo"]
    assert info["article_detail"]["item"] == [{"idx": "1"}]
    assert info["fail_idx"] == ["1"]


def test_a_verdict_on_a_picture_reads_the_same_in_both_formats():
    line = {"strategy": "content_model", "suggest": "risky", "label": 20002}
    xml = event(
        "wxa_media_check",
        "<trace_id>t</trace_id><detail><strategy>content_model</strategy>"
        "<suggest>risky</suggest><label>20002</label></detail>",
    )
    as_json = opened_json(MsgType="event", Event="wxa_media_check", trace_id="t", detail=[line])
    assert xml.fields["detail"] == as_json.fields["detail"] == [line | {"label": "20002"}]


def test_an_empty_list_is_a_list():
    inner = "<SubscribeMsgPopupEvent><List></List></SubscribeMsgPopupEvent>"
    fields = event("subscribe_msg_popup_event", inner).fields
    assert fields["SubscribeMsgPopupEvent"]["List"] == []


def test_numbers_of_64_bits_arrive_exactly():
    assert opened_json(MsgType="text", MsgId=2**63 - 1, Content="x").key == str(2**63 - 1)


def test_json_cannot_bring_what_no_database_stores():
    content = opened_json(MsgType="text", MsgId=1, Content="a\0b\ud800c🏮").fields["Content"]
    assert content == "ab?c🏮"


def test_text_in_several_cdata_sections_is_one_text():
    inner = (
        "<MsgType>text</MsgType><MsgId>1</MsgId><Content><![CDATA[a]]]]><![CDATA[>b]]></Content>"
    )
    assert opened(inner).fields["Content"] == "a]]>b"


@pytest.mark.parametrize(
    "hostile",
    [
        "<!DOCTYPE xml>" + message(),
        '<!DOCTYPE xml SYSTEM "http://127.0.0.1/evil.dtd">' + message(),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + message().replace("好", "&e;"),
        message().replace("好", "&undefined;"),
        message("<MsgType>text</MsgType><MsgId>1</MsgId>" + "<a>" * 100 + "</a>" * 100),
        '{"ToUserName":"g","FromUserName":"o","CreateTime":1,"MsgType":"text","MsgId":"1","x":'
        + "[" * 100 + "]" * 100 + "}",
        '{"a":' * 5000,
        message("<MsgType>text</MsgType><MsgId>٣٣</MsgId>"),
        message().replace("oU", "o" * 500),
        message().replace("text", "t" * 500),
    ],
    ids=["doctype", "external", "file", "undefined", "deep xml", "deep json", "open json",
         "other digits", "long sender", "long type"],
)  # fmt: skip
def test_what_is_too_clever_is_refused(hostile):
    body, query = sealed(hostile)
    with pytest.raises(BadCallback):
        CODEC.open(ACCOUNT, body, query, now=AT)
    with pytest.raises(BadCallback):
        CODEC.open(PLAIN, hostile.encode(), query_for(), now=AT)


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "big5"])
def test_other_encodings_are_refused(encoding):
    said = f'<?xml version="1.0" encoding="{encoding}"?>' + message()
    with pytest.raises(BadCallback):
        CODEC.open(PLAIN, said.encode(encoding), query_for(), now=AT)


NAMES = st.text("abcXYZ", min_size=1, max_size=8).filter(lambda name: name != "List")
TREES = st.recursive(
    TEXTS.map(str.strip), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(NAMES, TREES, max_size=5))
def test_xml_reads_as_a_second_reader_reads_it(tree):
    body = xmltodict.unparse({"xml": tree}).encode()
    theirs = xmltodict.parse(body)["xml"] or {}
    if theirs:  # an empty root has no structure and is refused
        assert elements.read(body) == empty_as_text(theirs)


def empty_as_text(tree):
    """Say an empty element as we do: the second reader says None."""
    if isinstance(tree, dict):
        return {name: empty_as_text(value) for name, value in tree.items()}
    return "" if tree is None else tree


@given(TEXTS)
def test_wechatpy_opens_what_we_seal_and_we_open_what_it_seals(text):
    theirs = PrpCrypto(crypto._cipher(ACCOUNT.aes_key).algorithm.key)
    assert theirs.decrypt(crypto.encrypt(text, **KEYS), ACCOUNT.appid) == text
    assert crypto.decrypt(theirs.encrypt(text, ACCOUNT.appid).decode(), **KEYS).decode() == text


def test_wechatpy_takes_a_whole_answer():
    inbound = CODEC.open(ACCOUNT, SAFE, QUERY, now=AT)
    answer = CODEC.seal(ACCOUNT, Reply(text="您好]]>🏮"), inbound, now=AT)
    outer = xmltodict.parse(answer)["xml"]
    theirs = WeChatCrypto(ACCOUNT.token, ACCOUNT.aes_key, ACCOUNT.appid)
    plain = theirs.decrypt_message(
        answer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]
    )
    assert xmltodict.parse(plain)["xml"]["Content"] == "您好]]>🏮"


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_never_opens_as_something_else(place, change):
    account = dataclasses.replace(ACCOUNT, mode=CallbackMode.COMPATIBLE)
    body = bytearray(SAFE)
    body[place % len(SAFE)] ^= change
    try:
        inbound = CODEC.open(account, bytes(body), QUERY, now=AT)
    except BadCallback:
        return
    assert (inbound.key, inbound.fields["Content"]) == ("1", "你好")


def test_opening_and_sealing_takes_less_than_the_budget():
    """120 µs; the best of several rounds, so that a busy machine does not decide."""
    body, query = sealed(message())
    rounds = []
    for _ in range(20):
        start = time.process_time()
        for _ in range(50):
            inbound = CODEC.open(ACCOUNT, body, query, now=AT)
            CODEC.seal(ACCOUNT, Reply(text="您好，欢迎回家" * 6), inbound, now=AT)
        rounds.append((time.process_time() - start) / 50)
    assert min(rounds) < 120e-6
