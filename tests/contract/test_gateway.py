"""The gateway's promises, and every defect of wechatpy that was measured (WECHAT §8.4)."""

import io
import logging
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from server.kernel import redis
from server.kernel.errors import Invalid
from server.ports import Channel, Outgoing, PlatformError, Result, Trouble
from server.wechat.gateway import WeChatGateway
from server.wechat.outcomes import outcome_of, trouble_of, until_midnight_in_china
from tests import make
from tests.contract.conftest import ACCOUNT, Book

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TEXT = Outgoing(1, "e" * 32, Channel.CUSTOMER, ("oU",), {"msgtype": "text"})
MASS = Outgoing(1, "f" * 32, Channel.MASS, ("oA", "oB"), {"msgtype": "text"})


@pytest.fixture
def gateway(platform, redis_url):
    return WeChatGateway(
        Book(), redis.client(redis_url), base_url=platform.url, clock=make.StandingClock()
    )


def refused(code):
    return {"errcode": code, "errmsg": f"no rid: 1234abcd-0000-{max(0, code):08d}"}


@pytest.mark.parametrize(
    ("code", "result", "trouble"),
    [
        (-1, Result.RETRY, Trouble.RETRYABLE),
        (45009, Result.RETRY, Trouble.QUOTA),
        (45028, Result.RETRY, Trouble.QUOTA),
        (40251, Result.HALT, Trouble.QUOTA),
        (45011, Result.RETRY, Trouble.RATE),
        (43004, Result.REFUSED, Trouble.PERSON_GONE),
        (43101, Result.REFUSED, Trouble.PERSON_GONE),
        (45015, Result.REFUSED, Trouble.PERSON_GONE),
        (45047, Result.REFUSED, Trouble.PERSON_GONE),
        (40249, Result.REFUSED, Trouble.CONTENT),
        (47003, Result.REFUSED, Trouble.CONTENT),
        (53404, Result.REFUSED, Trouble.CONTENT),
        (40164, Result.HALT, Trouble.CONFIGURATION),
        (48001, Result.HALT, Trouble.PERMISSION),
        (40037, Result.HALT, Trouble.REQUEST),
        (40007, Result.HALT, Trouble.MEDIA),
        (99999, Result.HALT, Trouble.REQUEST),
    ],
)
def test_every_code_has_one_meaning(gateway, platform, code, result, trouble):
    platform.script(refused(code))
    outcome = gateway.send(TEXT)
    assert (outcome.result, outcome.trouble, outcome.code) == (result, trouble, code)
    assert outcome.rid.startswith("1234abcd")
    assert trouble_of(code) is trouble


def test_success_in_review_and_already_sent_are_accepted():
    for code in (0, 40252, 45065):
        assert outcome_of(code, now=NOW).result is Result.ACCEPTED


def test_a_used_up_daily_quota_is_parked_until_midnight_in_china():
    assert until_midnight_in_china(NOW) == timedelta(hours=12)
    assert outcome_of(45009, now=NOW).retry_after == timedelta(hours=12)
    assert outcome_of(45011, now=NOW).retry_after > timedelta(seconds=60)


def test_a_repeated_mass_send_is_a_success_with_the_first_id(gateway, platform):
    platform.script({"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 34182})
    outcome = gateway.send(MASS)
    assert (outcome.result, outcome.reference) == (Result.ACCEPTED, "34182")
    assert b'"clientmsgid": "' + b"f" * 32 in platform.bodies[-1]


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"<html>", b'{"errcode":0,"err', b"[1]"],
    ids=["broken off", "empty", "html", "truncated", "no object"],
)
def test_a_lost_answer_is_unknown_never_a_failure(gateway, platform, answer):
    platform.script(answer)
    assert gateway.send(TEXT).result is Result.UNKNOWN
    assert len(platform.calls) == 1


def test_nobody_there_means_nothing_left(redis_url):
    gateway = WeChatGateway(
        Book(), redis.client(redis_url), base_url=make.NOBODY, clock=make.StandingClock()
    )
    assert gateway.send(TEXT).result is Result.RETRY


@pytest.mark.parametrize("trouble", [{"errcode": -1}, b"garbage", None])
def test_without_a_token_nothing_leaves(gateway, platform, trouble):
    platform.tokens = [trouble]
    assert gateway.send(TEXT).result is Result.RETRY
    assert platform.calls == []


def test_a_wrong_secret_stops_the_account(gateway, platform):
    platform.tokens = [refused(40125)]
    outcome = gateway.send(TEXT)
    assert (outcome.result, outcome.trouble) == (Result.HALT, Trouble.CONFIGURATION)
    with pytest.raises(PlatformError):
        gateway.check(1)


def test_row_1_a_token_that_is_never_accepted_ends_after_two_calls(gateway, platform):
    platform.script(refused(40001))
    assert gateway.send(TEXT).result is Result.HALT
    assert (len(platform.calls), platform.token_fetches) == (2, 2)


def test_a_stale_token_is_renewed_once_and_the_call_repeated(gateway, platform):
    platform.script(refused(42001), {"errcode": 0, "msgid": 5})
    assert gateway.send(TEXT).result is Result.ACCEPTED
    assert ["token-1" in platform.calls[0], "token-2" in platform.calls[1]] == [True, True]


FETCH = """
import sys
from server.kernel import redis
from tests import make
from tests.contract.conftest import Book
from server.wechat.gateway import WeChatGateway
gateway = WeChatGateway(
    Book(), redis.client(sys.argv[1]), base_url=sys.argv[2], clock=make.StandingClock()
)
sys.stdin.readline()
gateway.check(1)
"""


def test_row_2_eight_processes_that_start_cold_fetch_one_token(platform, redis_url, root):
    def slow(_handler):
        time.sleep(0.3)
        return {"access_token": "the-one", "expires_in": 7200}

    platform.tokens = [slow]
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", FETCH, redis_url, platform.url], cwd=root, stdin=subprocess.PIPE
        )
        for _ in range(8)
    ]
    for process in crowd:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in crowd:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert platform.token_fetches == 1


def test_row_3_every_call_gives_up_the_token_too(gateway):
    from server.wechat.http import TIMEOUT, RewritingSession

    seen = []

    class Watching(RewritingSession):
        def send(self, request, **kwargs):
            seen.append(kwargs["timeout"])
            raise ConnectionError

    for call in ("get", "post"):
        with pytest.raises(ConnectionError):
            getattr(Watching(make.NOBODY), call)("https://api.weixin.qq.com/cgi-bin/token")
    assert seen == [TIMEOUT, TIMEOUT]


def test_row_4_an_upload_arrives_whole_after_the_token_was_renewed(gateway, platform):
    content = bytes(range(256)) * 20
    platform.script(refused(40001), {"type": "image", "media_id": "M"})
    gateway.client(1).media.upload("image", ("a.png", io.BytesIO(content), "image/png"))
    uploads = [body for body in platform.bodies if b"multipart" in body or b"a.png" in body]
    assert len(uploads) == 2
    assert all(content in body for body in uploads)


def test_row_5_text_with_a_cdata_end_is_well_formed():
    """Proved with random texts in test_codec: test_answers_survive_sealing_and_reading."""
    from server.wechat.codec import _cdata

    assert _cdata("a]]>b") == "<![CDATA[a]]]]><![CDATA[>b]]>"


def test_row_6_malformed_callbacks_raise_one_kind_of_error():
    """Proved in test_codec with bombs, truncation and random bytes; here the odd ones out."""
    from server.kernel.errors import BadCallback
    from server.wechat.codec import WeChatCodec

    query = {"timestamp": str(int(NOW.timestamp())), "nonce": "n", "msg_signature": "é"}
    for body in (b"\xff\xfe", b"<xml><Encrypt>\xe4\xb8</Encrypt></xml>", b'{"Encrypt": 3}'):
        with pytest.raises(BadCallback):
            WeChatCodec().open(ACCOUNT, body, query, now=NOW)


def test_row_7_a_media_verdict_keeps_its_result():
    from server.wechat.codec import _inbound

    fields = {
        "ToUserName": "gh_mp", "FromUserName": "oMp", "CreateTime": "1626959646",
        "MsgType": "event", "Event": "wxa_media_check", "trace_id": "60ae",
        "result": {"suggest": "risky", "label": "20002"},
    }  # fmt: skip
    inbound = _inbound(fields)
    assert inbound.fields["result"]["suggest"] == "risky"
    assert inbound.key.endswith(":60ae")


def test_row_8_signing_in_needs_no_access_token(gateway, platform):
    platform.script({"openid": "oMp", "unionid": "u", "session_key": "k"})
    assert gateway.sign_in(1, "code").openid == "oMp"
    assert platform.token_fetches == 0
    platform.script(refused(40163))
    with pytest.raises(Invalid):
        gateway.sign_in(1, "code")


def test_row_9_a_mass_send_names_people_and_never_a_group_id(gateway, platform):
    platform.script({"errcode": 0, "msg_id": 1})
    gateway.send(MASS)
    assert b"group_id" not in platform.bodies[-1]
    assert b'"touser": ["oA", "oB"]' in platform.bodies[-1]


def test_row_10_no_secret_reaches_a_log_or_an_error(gateway, platform, caplog):
    caplog.set_level(logging.DEBUG, logger="server")
    platform.script(None)
    gateway.send(TEXT)
    with pytest.raises(PlatformError) as error:
        gateway.sign_in(1, "the-login-code")
    told = caplog.text + repr(error.value) + str(error.value.__cause__)
    for secret in ("token-1", "app-secret", "the-login-code"):
        assert secret not in told


def test_row_11_a_token_near_its_end_is_shared_by_all(platform, redis_url):
    """Other processes take the renewed token from Redis instead of fetching their own."""
    platform.tokens = [{"access_token": "short", "expires_in": 310}]
    platform.script({"errcode": 0})
    both = [
        WeChatGateway(
            Book(), redis.client(redis_url), base_url=platform.url, clock=make.StandingClock()
        )
        for _ in range(2)
    ]
    for one in both:
        one.send(TEXT)
        one.send(TEXT)
    assert platform.token_fetches == 1


def test_without_redis_there_is_still_a_token(platform):
    gateway = WeChatGateway(
        Book(),
        redis.client("redis://127.0.0.1:9/0"),
        base_url=platform.url,
        clock=make.StandingClock(),
    )
    platform.script({"errcode": 0})
    assert [gateway.send(TEXT).result for _ in range(2)] == [Result.ACCEPTED] * 2
    assert platform.token_fetches == 1
