"""Signatures, AES and XML against the golden vectors and against wechatpy."""

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from deploy.sandbox import crypto, wire

TOKEN, KEY = "qiaolian_token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID = "wx0123456789abcdef"
MESSAGE = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>oU</FromUserName><CreateTime>1700000000"
    "</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>1</MsgId></xml>"
)
SEALED = (
    "Q3stYC6hdFzMh9T8HCvyDF1fnb8G+wbtTppDMfmnmqvkIRFao4hp0I2X28EUbOdbtyWMtW79bED+ZN9llmWXenqf+"
    "zayWF18NrAJqbGogP2SgD9A8uyefQ+JQEzkG18KMWdj3ByGGceCl/Zp6NhEIVoS7Wrzpzv/j0eM8caCUwtZl9g+"
    "PImn2FD7X9LW2bQvqMvyq4BGj5aE+le4NdWo8bDMDpQh0rX3xbrnQ10l/lKp+wPJ1RSYUlVSiEIZeHvzCjU1ujww"
    "2XGsUH3TpNzeGn3CSqiCEWUyYOGeFktdzbQ="
)
one_character = st.characters(
    exclude_categories=["Cs"],
    exclude_characters=[chr(n) for n in range(32)] + ["\ufffe", "\uffff"],
)
tricky = st.sampled_from(["]]>", "]]", "<![CDATA[", "&amp;", "&#0;", "👵🏽", "𠮷", "\n", " "])
readable = st.lists(one_character | tricky, max_size=40).map("".join)


def test_the_official_signature_vector():
    assert (
        crypto.sign("AAAAA", "1714036504", "1514711492")
        == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    )


def test_the_golden_vector_of_the_safe_mode():
    sealed = crypto.seal(MESSAGE, KEY, APPID, b"0123456789abcdef")
    assert sealed == SEALED
    assert (
        crypto.sign(TOKEN, "1700000001", "nonce1", sealed)
        == "91ab66b08c47e28d65a95fa0bfa0be6b9a3d5948"
    )
    assert crypto.sign(TOKEN, "1700000001", "nonce1") == "92d52678136f55048f084c76408aeac416d132ec"
    assert crypto.open_sealed(sealed, KEY, APPID) == MESSAGE


@given(readable)
def test_what_was_sealed_opens_again(text):
    assert crypto.open_sealed(crypto.seal(text, KEY, APPID), KEY, APPID) == text


@pytest.mark.parametrize("broken", ["", "!!!!", SEALED[:40], SEALED[:-8] + "AAAAAAA="])
def test_what_was_not_sealed_for_us_does_not_open(broken):
    with pytest.raises(crypto.BadCiphertext):
        crypto.open_sealed(broken, KEY, APPID)
    with pytest.raises(crypto.BadCiphertext):
        crypto.open_sealed(SEALED, KEY, "wxother")


@given(readable)
def test_wechatpy_opens_what_the_sandbox_seals(text):
    xml = wire.to_xml({"Content": text, "MsgId": 2**62})
    sealed = crypto.seal(xml, KEY, APPID)
    signature = crypto.sign(TOKEN, "1700000001", "n", sealed)
    theirs = WeChatCrypto(TOKEN, KEY, APPID)
    body = wire.to_xml({"ToUserName": "gh_1", "Encrypt": sealed})
    opened = theirs.decrypt_message(body, signature, "1700000001", "n")
    told = xmltodict.parse(opened, strip_whitespace=False)["xml"]
    assert (told["Content"] or "") == text
    assert told["MsgId"] == str(2**62)
    check_signature(TOKEN, crypto.sign(TOKEN, "1700000001", "n"), "1700000001", "n")


@given(readable)
def test_the_sandbox_opens_what_wechatpy_seals(text):
    xml = wire.to_xml({"Content": text})
    reply = WeChatCrypto(TOKEN, KEY, APPID).encrypt_message(xml, "nonce", "1700000005")
    outer = wire.from_xml(reply)
    signed = crypto.sign(TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    assert signed == outer["MsgSignature"]
    opened = crypto.open_sealed(outer["Encrypt"], KEY, APPID)
    assert wire.from_xml(opened)["Content"] == text


@given(readable, st.lists(readable, min_size=2, max_size=4))
def test_xml_keeps_every_character(text, many):
    fields = {"A": text, "List": [{"X": one} for one in many], "N": {"M": text}, "Size": 7}
    read = wire.from_xml(wire.to_xml(fields))
    assert read["A"] == text
    assert [one["X"] for one in read["List"]] == many
    assert read["N"] == {"M": text}
    assert read["Size"] == "7"


@given(readable)
def test_json_keeps_every_character(text):
    assert wire.from_json(wire.to_json({"A": text}))["A"] == text


def test_characters_that_xml_cannot_carry_are_left_out():
    assert wire.from_xml(wire.to_xml({"A": "a\x00b\x0b￿c"}))["A"] == "abc"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<a/>",
        b"hello",
        b"\xff\xfe<xml/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
    ],
)
def test_what_is_no_plain_xml_message_is_refused(body):
    with pytest.raises(wire.BadReply):
        wire.from_xml(body)
