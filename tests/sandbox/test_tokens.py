"""access_token: both endpoints, their grace, their refusals (WECHAT §2)."""

import re
import threading

import pytest

from tests.sandbox.conftest import OFFICIAL, SECRET

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")


def plain(platform, **changes):
    query = {"grant_type": "client_credential", "appid": OFFICIAL, "secret": SECRET, **changes}
    return platform.get("/cgi-bin/token", **{k: v for k, v in query.items() if v is not None})


def stable(platform, **more):
    body = {"grant_type": "client_credential", "appid": OFFICIAL, "secret": SECRET, **more}
    return platform.post("/cgi-bin/stable_token", body)


def works(platform, token) -> int:
    return platform.get("/cgi-bin/getcallbackip", access_token=token).get("errcode", 0)


def test_each_plain_call_gives_a_new_token_and_the_old_one_lives_five_minutes(official):
    first, second = plain(official), plain(official)
    assert first["expires_in"] == 7200
    assert first["access_token"] != second["access_token"]
    assert len(first["access_token"]) <= 512
    official.advance(299)
    assert works(official, first["access_token"]) == 0
    official.advance(2)
    assert works(official, first["access_token"]) == 40001
    assert works(official, second["access_token"]) == 0
    official.advance(7200)
    assert works(official, second["access_token"]) == 42001


def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(official):
    first = stable(official)
    official.advance(3600)
    again = stable(official)
    assert again["access_token"] == first["access_token"]
    assert 3590 <= again["expires_in"] <= 3600
    official.advance(3600 - 299)
    new = stable(official)
    assert new["access_token"] != first["access_token"]
    assert works(official, first["access_token"]) == 0, "old and new are valid for five minutes"
    official.advance(301)
    assert works(official, first["access_token"]) == 40001


def test_the_two_endpoints_do_not_know_each_other(official):
    token = stable(official)["access_token"]
    plain(official), plain(official)
    assert works(official, token) == 0
    assert stable(official)["access_token"] == token


def test_a_forced_refresh_ends_the_old_token_at_once(official):
    token = stable(official)["access_token"]
    new = stable(official, force_refresh=True)["access_token"]
    assert new != token
    assert works(official, token) == 40001
    assert stable(official, force_refresh=True)["access_token"] == new, "30 seconds apart"
    official.advance(31)
    assert stable(official, force_refresh=True)["access_token"] != new


def test_a_forced_refresh_works_twenty_times_a_day(official):
    seen = {stable(official)["access_token"]}
    for _ in range(25):
        official.advance(31)
        seen.add(stable(official, force_refresh=True)["access_token"])
    assert len(seen) == 21


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": None}, 41002),
        ({"appid": "wxnobody"}, 40013),
        ({"secret": None}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_wrong_credentials_are_named(official, changes, errcode):
    assert plain(official, **changes)["errcode"] == errcode
    assert stable(official, **changes)["errcode"] == errcode


def test_an_unlisted_address_is_named_in_the_refusal(official):
    official.account(ip_whitelist=["192.0.2.1"])
    answer = stable(official)
    assert answer["errcode"] == 40164
    assert answer["errmsg"].startswith(
        "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "
    )
    official.account(ip_whitelist=["127.0.0.1"])
    assert "access_token" in stable(official)


def test_missing_malformed_unknown_and_spoiled_tokens(official):
    assert official.get("/cgi-bin/getcallbackip")["errcode"] == 41001
    assert works(official, "nonsense") == 40014
    assert works(official, "61_" + "a" * 130) == 40001
    token = official.token()
    official.post(f"/sandbox/accounts/{OFFICIAL}/tokens", {"action": "expire"})
    assert works(official, token) == 42001
    token = official.token()
    official.post(f"/sandbox/accounts/{OFFICIAL}/tokens", {"action": "invalidate"})
    assert works(official, token) == 40001


def test_the_plain_endpoint_is_exhausted_after_two_thousand_calls(official, tmp_path):
    import sqlite3

    plain(official)
    db = sqlite3.connect(tmp_path / "sandbox.db")
    db.execute("UPDATE counters SET used = 2000 WHERE name = '/cgi-bin/token'")
    db.commit()
    db.close()
    assert plain(official)["errcode"] == 45009
    official.advance(86400)
    assert "access_token" in plain(official)


def test_errors_come_with_status_200_and_a_request_id(official):
    answer = official.send("GET", "/cgi-bin/token")
    assert answer.status_code == 200
    assert RID.search(answer.json()["errmsg"])


def test_many_threads_get_one_stable_token(official):
    got = []

    def fetch():
        got.append(stable(official)["access_token"])

    threads = [threading.Thread(target=fetch) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(got) == 16
    assert len(set(got)) == 1


def test_the_quota_tools_tell_and_clear(official):
    for _ in range(3):
        official.call("/cgi-bin/getcallbackip", method="GET")
    path = {"cgi_path": "/cgi-bin/getcallbackip"}
    told = official.call("/cgi-bin/openapi/quota/get", path)
    assert told["quota"]["used"] == 3
    assert told["quota"]["remain"] == told["quota"]["daily_limit"] - 3
    assert official.call("/cgi-bin/clear_quota", {"appid": OFFICIAL})["errcode"] == 0
    assert official.call("/cgi-bin/openapi/quota/get", path)["quota"]["used"] == 0
    assert official.call("/cgi-bin/openapi/quota/get", {"cgi_path": "/x"})["errcode"] == 76021
    mini_only = {"cgi_path": "/wxa/getwxacodeunlimit"}
    assert official.call("/cgi-bin/openapi/quota/get", mini_only)["errcode"] == 76022
    for _ in range(9):
        assert official.call("/cgi-bin/clear_quota", {"appid": OFFICIAL})["errcode"] == 0
    assert official.call("/cgi-bin/clear_quota", {"appid": OFFICIAL})["errcode"] == 48006


def test_quotas_can_be_cleared_without_a_token(official):
    where = f"/cgi-bin/clear_quota/v2?appid={OFFICIAL}&appsecret={SECRET}"
    assert official.send("POST", where).json()["errcode"] == 0


def test_a_request_id_tells_about_the_failed_call(official):
    failed = official.call("/cgi-bin/message/custom/send", {"touser": "nobody", "msgtype": "text"})
    rid = failed["errmsg"].rpartition(" rid: ")[2]
    told = official.call("/cgi-bin/openapi/rid/get", {"rid": rid})["request"]
    assert "nobody" in told["request_body"]
    assert "40003" in told["response_body"]
    assert "***" in told["request_url"]
    assert official.call("/cgi-bin/openapi/rid/get", {"rid": "x"})["errcode"] == 76002
    unknown = {"rid": "00000000-00000000-00000000"}
    assert official.call("/cgi-bin/openapi/rid/get", unknown)["errcode"] == 76001
    official.advance(8 * 86400)
    assert official.call("/cgi-bin/openapi/rid/get", {"rid": rid})["errcode"] == 76004
