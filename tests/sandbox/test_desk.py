"""Logs, clock, reset, people, and the phone's network."""

import json
import threading
import time
from pathlib import Path

import pytest
import requests

from deploy.sandbox.serve import running
from tests.sandbox.conftest import MINI, OFFICIAL, SECRET

SEND = "/cgi-bin/message/custom/send"
ROOT = Path(__file__).parents[2]


def text(card):
    return {"touser": card["openids"][OFFICIAL], "msgtype": "text", "text": {"content": "您好"}}


def shown(platform, card):
    return [one for one in platform.timeline(card) if one["channel"] == "customer"]


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


def test_pages_of_other_sites_may_not_use_the_desk(official):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert official.send("POST", "/sandbox/reset", headers=foreign).status_code == 403
    own = {"Sec-Fetch-Site": "same-origin"}
    assert official.send("GET", "/sandbox/accounts", headers=own).status_code == 200


def test_fifty_phones_wait_while_somebody_writes(official):
    card = official.follower()
    quiet = official.follower(None)
    after = official.timeline(card)[-1]["seq"]
    found = []

    def wait():
        where = f"{official.url}/sandbox/followers/{card['id']}/timeline"
        with requests.Session() as http:
            answer = http.get(where, params={"after": after, "wait": 20}, timeout=30)
            found.extend(answer.json()["items"])

    threads = [threading.Thread(target=wait) for _ in range(50)]
    for one in threads:
        one.start()
    started = time.monotonic()
    for _ in range(50):
        official.get(f"/sandbox/followers/{quiet['id']}")
        official.call("/cgi-bin/getcallbackip", method="GET")
    assert time.monotonic() - started < 10
    official.act(card, "text", content="来了", wait=True)
    for one in threads:
        one.join(10)
    assert len(found) >= 50
