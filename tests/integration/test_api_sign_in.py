"""Signing in to the mini-program with a code that WeChat (the sandbox) gave and takes back."""

import pytest

from tests import make


@pytest.fixture
def wechat_api(sandbox):
    return sandbox


@pytest.fixture
def phone(sandbox, tools):
    """Somebody with the county's mini-program in hand; returns a maker of login codes."""
    make.call("POST", f"{sandbox}/sandbox/reset")
    make.county(tools)
    account = make.account(tools, "yunxi-mini")
    make.introduce(sandbox, account)
    follower = make.call(
        "POST",
        f"{sandbox}/sandbox/followers",
        {"nickname": "米兰阿杰", "country": "意大利", "zone": "Europe/Rome", "language": "zh_CN"},
    )
    login = f"{sandbox}/sandbox/followers/{follower['id']}/mini/{account.appid}/login"
    return lambda: make.call("POST", login, {})["code"]


def sign_in(client, code, account="yunxi-mini"):
    return client.post("/api/v1/sessions", json={"account": account, "code": code})


def test_a_code_opens_a_session_that_names_the_same_person_again(client, phone):
    first, second = sign_in(client, phone()), sign_in(client, phone())
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["person"] == second.json["person"]
    assert first.json["token"] != second.json["token"]
    assert first.json["expires_at"] == "2026-12-20T04:00:00Z"
    for answer in (first, second):
        me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {answer.json['token']}"})
        assert me.json == first.json["person"]


def test_a_code_opens_only_once_and_a_made_up_one_never(client, phone):
    code = phone()
    assert sign_in(client, code).status_code == 201
    for wrong in (code, "made-up"):
        answer = sign_in(client, wrong)
        assert (answer.status_code, answer.json["code"]) == (400, "invalid")


def test_the_account_must_be_a_mini_program(client, phone):
    for account in ("yunxi", "nobody"):
        assert sign_in(client, phone(), account).status_code == 404


def test_while_wechat_is_away_the_person_is_told_to_try_later(client, phone, sandbox):
    code = phone()
    rule = {
        "where": "api",
        "path": "/sns/jscode2session",
        "kind": "errcode",
        "value": -1,
        "times": 0,
    }
    make.call("POST", f"{sandbox}/sandbox/faults", rule)
    answer = sign_in(client, code)
    assert (answer.status_code, answer.json["code"]) == (503, "platform")
    assert "没有丢失" in answer.json["detail"]
    assert answer.content_type == "application/problem+json"


def test_the_token_is_not_kept_as_it_is(client, phone, tools):
    token = sign_in(client, phone()).json["token"]
    with tools.sessions.read() as db:
        rows = db.connection().exec_driver_sql("SELECT token_hash FROM api_session").all()
    assert token.encode() not in b"".join(bytes(row[0]) for row in rows)
