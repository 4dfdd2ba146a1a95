"""Faults, logs, clock, reset, the phone's network, and the process itself."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.sandbox.interfaces import INTERFACES
from deploy.sandbox.serve import running
from tests.sandbox.conftest import MINI, OFFICIAL, SECRET, Platform

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
    assert len(shown(official, card)) == 2


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


# the desk


def test_the_logs_hold_no_secrets_and_can_be_emptied(official):
    token = official.token()
    official.call("/cgi-bin/getcallbackip", method="GET")
    logged = json.dumps(official.get("/sandbox/calls"))
    assert SECRET not in logged
    assert token not in logged
    last = official.get("/sandbox/calls")["items"][-1]
    assert (last["path"], last["method"]) == ("/cgi-bin/getcallbackip", "GET")
    assert last["ms"] >= 0
    assert "ip_list" in last["answer"]
    assert official.get("/sandbox/calls", after=last["seq"])["items"] == []
    official.send("DELETE", "/sandbox/calls")
    assert official.get("/sandbox/calls")["items"] == []


def test_the_callback_log_holds_what_was_sent_and_answered(official):
    card = official.follower()
    official.account(mode="safe")
    official.act(card, "text", content="在吗", wait=True)
    last = official.get("/sandbox/callbacks")["items"][-1]
    assert "在吗" in last["message"]
    assert "在吗" not in last["request"]
    assert (last["status"], last["answer"], last["result"]) == (200, "success", "silent")


def test_long_polls_end_when_something_comes(official):
    card = official.follower()
    after = official.timeline(card)[-1]["seq"]
    timer = threading.Timer(0.3, official.act, (card, "text"), {"content": "来了"})
    timer.start()
    started = time.monotonic()
    with requests.Session() as http:
        where = f"{official.url}/sandbox/followers/{card['id']}/timeline"
        query = {"after": after, "wait": 20, "appid": OFFICIAL}
        items = http.get(where, params=query, timeout=30).json()["items"]
    assert 0.2 < time.monotonic() - started < 5
    assert items[0]["content"]["content"] == "来了"
    timer.join()
    assert official.timeline(card, after=items[-1]["seq"], wait=0) == []


def test_time_on_the_phone_is_local(official):
    card = official.follower(zone="America/New_York")
    item = official.timeline(card)[0]
    assert item["at"].endswith("Z")
    assert item["local_time"][-5:] != item["at"][11:16]


def test_followers_are_found_by_name_and_country(official):
    official.follower(None, nickname="陈阿婆", country="西班牙")
    official.follower(None, nickname="林阿公", country="意大利")
    found = official.get("/sandbox/followers", q="西班牙")
    assert [one["nickname"] for one in found["items"]] == ["陈阿婆"]
    assert found["items"][0]["avatar"]["text"] == "陈"
    assert official.get("/sandbox/followers", page=2)["items"] == []


def test_reset_forgets_everything_and_may_keep_the_accounts(official):
    official.follower()
    official.fault(path="*", kind="garbled")
    official.advance(1000)
    official.post("/sandbox/reset", {"keep_accounts": True})
    assert len(official.get("/sandbox/accounts")["items"]) == 1
    assert official.get("/sandbox/followers")["items"] == []
    assert official.get("/sandbox/faults")["items"] == []
    assert official.get("/sandbox/clock")["advanced"] == 0
    official.post("/sandbox/reset")
    assert official.get("/sandbox/accounts")["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/sandbox/accounts/wx1", {"kind": "zoo"}, 400),
        ("PUT", "/sandbox/accounts/wx1", {"colour": "red"}, 400),
        ("POST", "/sandbox/clock", {"advance_seconds": "soon"}, 400),
        ("POST", "/sandbox/followers/99/text", {"appid": OFFICIAL, "content": "x"}, 404),
        ("POST", "/sandbox/followers/99/text", {"appid": "wxnobody", "content": "x"}, 404),
        ("GET", "/sandbox/followers/99", None, 404),
        ("GET", "/sandbox/followers/99/timeline", None, 404),
    ],
)
def test_nonsense_at_the_desk_is_named(official, method, path, body, status):
    answer = official.send(method, path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_what_the_phone_would_not_allow_is_named(official):
    card = official.follower(None)
    assert "关注" in official.act(card, "text", content="x")["error"]
    assert "关注" in official.act(card, "unfollow")["error"]
    official.act(card, "follow", wait=True)
    assert "关注" in official.act(card, "follow")["error"]
    assert "error" in official.act(card, "text")
    assert "error" in official.act(card, "location", lat="x")


def test_an_account_made_later_knows_everybody(official):
    card = official.follower(None)
    official.account(MINI, linked_mini=[])
    again = official.get(f"/sandbox/followers/{card['id']}")
    assert set(again["openids"]) == {OFFICIAL, MINI}
    assert again["openids"][OFFICIAL] == card["openids"][OFFICIAL]


# the phone's network and pages


def test_the_phones_network_reaches_the_accounts_server(both, callback):
    both.account(MINI, api_base=callback.url.removesuffix("/callback"))
    callback.answer = lambda heard: (201, b'{"ok": true}')
    headers = {"Authorization": "Bearer t", "Idempotency-Key": "k" * 16}
    where = f"/mp-api/{MINI}/api/v1/cases?x=1"
    answer = both.send("POST", where, json={"a": 1}, headers=headers)
    assert (answer.status_code, answer.json()) == (201, {"ok": True})
    assert json.loads(callback.heard[0].body) == {"a": 1}
    assert callback.heard[0].query == {"x": "1"}
    both.account(MINI, api_base="http://127.0.0.1:9")
    assert both.send("GET", where).status_code == 502
    assert both.send("GET", "/mp-api/wxnobody/x").status_code == 404


def test_the_mini_program_is_served_from_its_folder(tmp_path, platform):
    assert "小程序" in platform.send("GET", f"/mp/{MINI}/").text
    folder = tmp_path / "built"
    folder.mkdir()
    (folder / "index.html").write_text("<p>乡音")
    with running(tmp_path / "b.db", folder) as url:
        assert requests.get(f"{url}/mp/{MINI}/index.html?follower=1", timeout=5).text == "<p>乡音"
        outside = requests.get(f"{url}/mp/{MINI}/%2e%2e/b.db", timeout=5)
        assert outside.status_code == 404


# robustness

junk = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**70) | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = [
    "touser", "msgtype", "text", "content", "media_id", "template_id", "data", "tag",
    "openid_list", "openid", "tagid", "button", "articles", "filter", "user_list", "action_info",
    "action_name", "scene", "page", "list", "images", "offset", "count", "index", "matchrule",
    "menuid", "code", "jump_wxa", "clientmsgid", "is_to_all", "name", "id", "miniprogram",
]  # fmt: skip
bodies = st.dictionaries(st.sampled_from(NAMES), junk, max_size=6)


@given(bodies)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_body_makes_an_interface_stumble(both, body):
    tokens = {appid: both.token(appid) for appid in (OFFICIAL, MINI)}
    for one in INTERFACES.values():
        if one.body == "form" or one.path == "/cgi-bin/clear_quota":
            continue
        appid = MINI if one.only == "mini" else OFFICIAL
        answer = both.send(
            one.method, one.path, params={"access_token": tokens[appid]},
            data=json.dumps(body).encode(),
        )  # fmt: skip
        assert answer.status_code == 200, (one.path, answer.text)
        told = answer.json() if "json" in answer.headers["Content-Type"] else {}
        assert "rid" in told.get("errmsg", "rid") or told["errcode"] == 0


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"\xff\xfe", b'"text"', b"null", b'{"tag":{"name":"\\ud800"}}']
)
def test_what_is_no_json_object_is_refused(official, raw):
    where = {"access_token": official.token()}
    answer = official.send("POST", "/cgi-bin/tags/create", params=where, data=raw)
    assert answer.json()["errcode"] in (44002, 47001, 40033)


def test_json_needs_no_content_type_and_the_method_matters(official):
    where = {"access_token": official.token()}
    body = '{"tag":{"name":"泮坑"}}'.encode()
    answer = official.send("POST", "/cgi-bin/tags/create", params=where, data=body)
    assert answer.json()["tag"]["name"] == "泮坑"
    assert official.send("GET", "/cgi-bin/tags/create", params=where).json()["errcode"] == 43002
    assert official.send("POST", "/cgi-bin/tags/get", params=where).json()["errcode"] == 43001


def test_everything_survives_a_restart(tmp_path, callback):
    state = tmp_path / "state.db"
    with running(state) as url:
        first = Platform(url)
        first.account(callback_url=callback.url)
        card = first.follower()
        token = first.token()
        first.fault(path="/x", kind="garbled")
        first.advance(100)
        before = first.timeline(card)
        first.http.close()
    with running(state) as url:
        second = Platform(url)
        assert second.token() == token
        assert second.timeline(card) == before
        assert second.get("/sandbox/clock")["advanced"] == 100
        assert second.get("/sandbox/faults")["items"][0]["path"] == "/x"
        assert second.call(SEND, text(card))["errcode"] in (0, 45015)
        second.http.close()


def test_many_threads_write_at_once(official):
    card = official.follower()
    official.act(card, "text", content="在吗", wait=True)
    token = official.token()
    codes = []

    def work():
        with requests.Session() as http:
            for _ in range(10):
                where = f"{official.url}{SEND}"
                query = {"access_token": token}
                answer = http.post(where, params=query, json=text(card), timeout=10)
                codes.append(answer.json()["errcode"])

    threads = [threading.Thread(target=work) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes.count(0) == 8, "three after the follow, five after the message"
    assert codes.count(45047) == 192


# the process


def start(tmp_path, port):
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.sandbox", "--port", str(port),
         "--state", str(tmp_path / "p.db")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answering(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            return requests.get(f"http://127.0.0.1:{port}/health", timeout=2).text == "ok"
        except requests.ConnectionError:
            threading.Event().wait(0.05)
    return False


def test_the_process_says_when_its_port_is_taken_and_stops_at_once(tmp_path):
    port = free_port()
    first = start(tmp_path, port)
    try:
        assert answering(port)
        second = start(tmp_path, port)
        _, said = second.communicate(timeout=20)
        assert second.returncode == 1
        assert f"Port {port}" in said
        assert "Traceback" not in said
        started = time.monotonic()
        first.send_signal(signal.SIGTERM)
        assert first.wait(5) == 0
        assert time.monotonic() - started < 3
    finally:
        first.kill()
        first.communicate()


def test_a_killed_process_loses_nothing_it_had_confirmed(tmp_path):
    port = free_port()
    first = start(tmp_path, port)
    try:
        assert answering(port)
        platform = Platform(f"http://127.0.0.1:{port}")
        platform.account()
        made = [platform.follower(None)["id"] for _ in range(20)]
        first.kill()
        first.communicate()
        platform.http.close()
    finally:
        first.kill()
        first.communicate()
    db = sqlite3.connect(tmp_path / "p.db")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [row[0] for row in db.execute("SELECT id FROM followers ORDER BY id")] == made
    db.close()


def test_a_state_file_that_is_none_is_named(tmp_path):
    (tmp_path / "p.db").write_bytes(b"this is no database at all" * 100)
    process = start(tmp_path, free_port())
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "State file" in said
    assert "Traceback" not in said
