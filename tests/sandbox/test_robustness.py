"""Junk, restarts, many threads, and the process itself."""

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
from tests.sandbox.conftest import MINI, OFFICIAL, Platform

SEND = "/cgi-bin/message/custom/send"
ROOT = Path(__file__).parents[2]


def text(card):
    return {"touser": card["openids"][OFFICIAL], "msgtype": "text", "text": {"content": "您好"}}


def shown(platform, card):
    return [one for one in platform.timeline(card) if one["channel"] == "customer"]


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


def test_it_is_an_independent_reading_of_the_platform():
    folder = ROOT / "deploy" / "sandbox"
    for source in folder.glob("*.py"):
        for line in source.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                assert words[1].partition(".")[0] not in ("server", "wechatpy"), source
