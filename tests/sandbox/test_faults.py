"""Faults of interfaces and callbacks."""

import threading
import time
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import OFFICIAL

SEND = "/cgi-bin/message/custom/send"
ROOT = Path(__file__).parents[2]


def text(card):
    return {"touser": card["openids"][OFFICIAL], "msgtype": "text", "text": {"content": "您好"}}


def shown(platform, card):
    return [one for one in platform.timeline(card) if one["channel"] == "customer"]


# faults of the interfaces


@pytest.mark.parametrize("errcode", [-1, 45009, 45011, 40001, 42001, 40014])
def test_a_code_is_answered_instead_of_working(official, errcode):
    card = official.follower()
    official.token()
    official.fault(where="api", path=SEND, kind="errcode", value=errcode, times=2)
    answers = [official.call(SEND, text(card)) for _ in range(3)]
    assert [one["errcode"] for one in answers] == [errcode, errcode, 0]
    assert " rid: " in answers[0]["errmsg"]
    assert len(shown(official, card)) == 1


def test_latency_holds_the_answer_back(official):
    official.token()
    official.fault(path="/cgi-bin/getcallbackip", kind="latency", value=0.3, times=1)
    started = time.monotonic()
    official.call("/cgi-bin/getcallbackip", method="GET")
    assert time.monotonic() - started >= 0.3


def test_a_slow_interface_does_not_stop_the_others(official):
    token = official.token()
    official.fault(path="/cgi-bin/getcallbackip", kind="latency", value=1.5, times=1)
    where = {"access_token": token}
    slow = threading.Thread(
        target=requests.get,
        args=(official.url + "/cgi-bin/getcallbackip",),
        kwargs={"params": where, "timeout": 10},
    )
    slow.start()
    threading.Event().wait(0.1)
    started = time.monotonic()
    official.send("GET", "/cgi-bin/get_api_domain_ip", params=where)
    assert time.monotonic() - started < 1
    slow.join()


def test_a_reset_before_processing_did_nothing_and_one_after_did_it(official):
    card = official.follower()
    official.token()
    official.fault(path=SEND, kind="reset_before", times=1)
    with pytest.raises(requests.ConnectionError):
        official.call(SEND, text(card))
    assert shown(official, card) == []
    official.fault(path=SEND, kind="reset_after", times=1)
    with pytest.raises(requests.ConnectionError):
        official.call(SEND, text(card))
    assert len(shown(official, card)) == 1
    assert official.call(SEND, text(card))["errcode"] == 0
    logged = official.get("/sandbox/calls", path=SEND)["items"]
    assert [one["fault"] for one in logged] == ["reset_before", "reset_after", ""]


def test_garbled_and_truncated_answers_cannot_be_read(official):
    card = official.follower()
    official.token()
    official.fault(path=SEND, kind="garbled", times=1)
    with pytest.raises(requests.JSONDecodeError):
        official.call(SEND, text(card))
    official.fault(path=SEND, kind="truncated", times=1)
    with pytest.raises(requests.RequestException):
        official.call(SEND, text(card))
    official.fault(path=SEND, kind="empty", times=1)
    assert official.call(SEND, text(card)) == {}
    assert len(shown(official, card)) == 3


def test_rules_are_listed_and_removed_and_strike_by_chance(official):
    first = official.fault(path="*", kind="errcode", value=-1, probability=0)
    official.fault(path="/cgi-bin/tags/*", kind="errcode", value=-1)
    assert official.call("/cgi-bin/getcallbackip", method="GET").get("errcode") is None
    assert official.call("/cgi-bin/tags/get", method="GET")["errcode"] == -1
    assert official.get("/sandbox/faults")["items"][1]["applied"] == 1
    official.send("DELETE", f"/sandbox/faults/{first['id']}")
    assert len(official.get("/sandbox/faults")["items"]) == 1
    official.send("DELETE", "/sandbox/faults")
    assert official.call("/cgi-bin/tags/get", method="GET")["tags"] == []


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "earthquake"},
        {"kind": "errcode"},
        {"where": "moon", "kind": "garbled"},
        {"kind": "latency", "value": -1},
        {"kind": "garbled", "probability": 2},
        {"where": "api", "kind": "duplicate"},
    ],
)
def test_rules_without_sense_are_refused(official, rule):
    answer = official.send("POST", "/sandbox/faults", json=rule)
    assert answer.status_code == 400
    assert answer.json()["error"]


# faults of the callbacks


@pytest.mark.parametrize("kind", ["duplicate", "duplicate_concurrent"])
def test_a_duplicate_delivery_carries_the_same_message_id(official, callback, kind):
    card = official.follower()
    callback.heard.clear()
    official.fault(where="callback", path="text", kind=kind, times=1)
    official.act(card, "text", content="一次", wait=True)
    bodies = [one.body for one in callback.wait(2)]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_concurrent_duplicates_overlap(official, callback):
    card = official.follower()
    gate = threading.Barrier(2, timeout=5)

    def answer(_heard):
        gate.wait()
        return 200, b"success"

    callback.answer = answer
    official.fault(where="callback", path="*", kind="duplicate_concurrent", times=1)
    told = official.act(card, "text", content="同时", wait=True)
    assert told["outcome"]["state"] == "silent"


def test_a_reset_after_delivery_is_followed_by_another_attempt(official, callback):
    card = official.follower()
    callback.heard.clear()
    official.fault(where="callback", path="*", kind="reset_after", times=1)
    told = official.act(card, "text", content="再来", wait=True)
    assert told["outcome"]["attempts"] == 2
    assert len(callback.heard) == 2


@pytest.mark.parametrize("kind", ["garbled", "truncated", "wrong_signature", "reset_before"])
def test_a_damaged_delivery_is_repaired_by_the_next(official, callback, kind):
    card = official.follower()
    callback.heard.clear()

    def answer(heard):
        whole = heard.body.endswith(b"</xml>") and heard.query["signature"] != "0" * 40
        return (200, b"success") if whole and b"\xff" not in heard.body else (400, b"")

    callback.answer = answer
    official.fault(where="callback", path="*", kind=kind, times=1)
    told = official.act(card, "text", content="坏", wait=True)
    assert (told["outcome"]["state"], told["outcome"]["attempts"]) == ("silent", 2)
    logged = official.get("/sandbox/callbacks")["items"][-2:]
    assert [one["fault"] for one in logged] == [kind, ""]
    assert [one["attempt"] for one in logged] == [1, 2]
