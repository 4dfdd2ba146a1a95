"""Tickets that web pages are signed with: kept for everybody, fetched once, renewed in time."""

import subprocess
import sys
import time

import pytest

from server.kernel import redis
from server.ports import PlatformError
from server.wechat.gateway import WeChatGateway
from server.wechat.page_tickets import signature
from tests import make
from tests.contract.conftest import Book

PAGE = "https://qiaolian.example.org/notices/yunxi"


def gateway_of(platform, redis_url, clock=None):
    return WeChatGateway(
        Book(), redis.client(redis_url), base_url=platform.url,
        clock=clock or make.StandingClock(),
    )  # fmt: skip


def given(ticket="one", lives=7200):
    return {"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": lives}


def test_a_page_is_signed_with_the_ticket_of_its_account(platform, redis_url):
    platform.script(given())
    signed = gateway_of(platform, redis_url).sign_page(1, f"{PAGE}?script=Hant#part")
    told = {"nonce": signed.nonce, "timestamp": signed.timestamp}
    assert signed.appid == Book().account.appid
    assert signed.timestamp == int(make.NOON.timestamp())
    assert signed.signature == signature("one", url=f"{PAGE}?script=Hant", **told)
    assert "type=jsapi" in platform.calls[0]


def test_every_signature_is_its_own_and_the_ticket_is_asked_for_once(platform, redis_url):
    platform.script(given())
    gateway = gateway_of(platform, redis_url)
    assert gateway.sign_page(1, PAGE).nonce != gateway.sign_page(1, PAGE).nonce
    gateway_of(platform, redis_url).sign_page(1, PAGE)
    assert len(platform.calls) == 1


SIGN = """
import sys
from server.kernel import redis
from tests import make
from tests.contract.conftest import Book
from server.wechat.gateway import WeChatGateway
gateway = WeChatGateway(
    Book(), redis.client(sys.argv[1]), base_url=sys.argv[2], clock=make.StandingClock()
)
sys.stdin.readline()
gateway.sign_page(1, "https://qiaolian.example.org/notices/yunxi")
"""


def test_two_processes_that_start_cold_fetch_one_ticket(platform, redis_url, root):
    def slow(_handler):
        time.sleep(0.3)
        return given()

    platform.script(slow)
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", SIGN, redis_url, platform.url], cwd=root,
            stdin=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    for one in crowd:
        one.stdin.write(b"\n")
        one.stdin.flush()
    assert [one.wait(60) for one in crowd] == [0, 0]
    for one in crowd:
        one.stdin.close()
    assert len(platform.calls) == 1


def test_a_ticket_near_its_end_is_not_handed_out(platform, redis_url):
    clock = make.StandingClock()
    platform.script(given(lives=360), given("two"))
    client = redis.client(redis_url)
    gateway_of(platform, redis_url, clock).sign_page(1, PAGE)
    [name] = client.keys("*:page_ticket")
    assert client.ttl(name) <= 60
    client.delete(name)  # its minute is over
    clock.advance(minutes=1)
    gateway_of(platform, redis_url, clock).sign_page(1, PAGE)
    assert len(platform.calls) == 2


def test_a_stale_access_token_is_renewed_once_on_the_way(platform, redis_url):
    platform.script({"errcode": 42001, "errmsg": "expired"}, given())
    gateway_of(platform, redis_url).sign_page(1, PAGE)
    assert ["token-1" in platform.calls[0], "token-2" in platform.calls[1]] == [True, True]


@pytest.mark.parametrize("answer", [{"errcode": 48001}, {"errcode": 0}, b"garbage", None])
def test_without_a_ticket_nothing_is_signed_or_kept(platform, redis_url, answer):
    platform.script(answer, given())
    gateway = gateway_of(platform, redis_url)
    with pytest.raises(PlatformError):
        gateway.sign_page(1, PAGE)
    assert gateway.sign_page(1, PAGE).signature


def test_without_redis_a_process_keeps_its_own(platform):
    platform.script(given())
    gateway = gateway_of(platform, "redis://127.0.0.1:9/0")
    gateway.sign_page(1, PAGE)
    gateway.sign_page(1, PAGE)
    assert len(platform.calls) == 1
