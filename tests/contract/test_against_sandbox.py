"""Our gateway and the sandbox, each written from the same facts by different hands."""

import dataclasses
import time

import pytest

from server.kernel import redis
from server.ports import AccountKind, Channel, Outgoing, PlatformError, Result, Trouble
from server.wechat import articles, audience, content, links, quota, tagging
from server.wechat.gateway import WeChatGateway
from tests import make
from tests.contract.conftest import ACCOUNT, Book

MINI = dataclasses.replace(ACCOUNT, id=2, kind=AccountKind.MINI, appid="wxfedcba9876543210")


@pytest.fixture
def world(sandbox, redis_url):
    make.call("POST", f"{sandbox}/sandbox/reset")
    for account in (ACCOUNT, MINI):
        make.introduce(sandbox, account)
    return World(sandbox, redis_url)


class World:
    def __init__(self, sandbox, redis_url):
        self.sandbox, self.redis_url = sandbox, redis_url
        self.gateway = self.gateway_of(ACCOUNT)
        self.client = self.gateway.client(1)

    def gateway_of(self, account, *, days=0):
        clock = make.StandingClock()
        clock.advance(days=days)
        return WeChatGateway(
            Book(account),
            redis.client(self.redis_url),
            base_url=self.sandbox,
            clock=clock,
        )

    def set_account(self, **values):
        url = f"{self.sandbox}/sandbox/accounts/{ACCOUNT.appid}"
        make.call("PUT", url, values)

    def pass_time(self, **span):
        ((unit, amount),) = span.items()
        make.call("POST", f"{self.sandbox}/sandbox/clock", {f"advance_{unit}": amount})

    def follower(self, name="阿杰"):
        card = make.call(
            "POST",
            f"{self.sandbox}/sandbox/followers",
            {"nickname": name, "country": "意大利", "zone": "Europe/Rome", "language": "zh_CN"},
        )
        self.act(card, "follow")
        return card

    def act(self, card, act, **body):
        url = f"{self.sandbox}/sandbox/followers/{card['id']}/{act}"
        return make.call("POST", url, {"appid": ACCOUNT.appid, **body})

    def login(self, card):
        url = f"{self.sandbox}/sandbox/followers/{card['id']}/mini/{MINI.appid}/login"
        return make.call("POST", url)["code"]

    def openid(self, card, account=ACCOUNT):
        return card["openids"][account.appid]

    def fault(self, **rule):
        make.call("POST", f"{self.sandbox}/sandbox/faults", {"where": "api", "times": 1, **rule})

    def calls(self, path):
        items = make.call("GET", f"{self.sandbox}/sandbox/calls")["items"]
        return [one for one in items if one["path"] == path]

    def say(self, card, channel=Channel.CUSTOMER, **payload):
        payload = payload or {"msgtype": "text", "text": {"content": "您好"}}
        return self.gateway.send(Outgoing(1, "e" * 32, channel, (self.openid(card),), payload))


def test_a_follower_is_known_and_carries_a_unionid(world):
    card = world.follower()
    info = world.gateway.follower(1, world.openid(card))
    assert (info.following, info.unionid) == (True, card["unionid"])


def test_custom_messages_pass_inside_their_window_only(world):
    card = world.follower()
    world.act(card, "text", content="在吗")
    assert world.say(card).result is Result.ACCEPTED
    make.call("POST", f"{world.sandbox}/sandbox/clock", {"advance_seconds": 49 * 3600})
    refused = world.say(card)
    assert (refused.result, refused.code) == (Result.REFUSED, 45015)


def test_a_call_reset_after_processing_is_unknown_and_was_made_once(world):
    card = world.follower()
    world.act(card, "text", content="在吗")
    path = "/cgi-bin/message/custom/send"
    world.fault(kind="reset_after", path=path)
    assert world.say(card).result is Result.UNKNOWN
    assert len(world.calls(path)) == 1


@pytest.mark.parametrize(("value", "result"), [(-1, Result.RETRY), (45009, Result.RETRY)])
def test_a_busy_or_used_up_platform_is_tried_later(world, value, result):
    card = world.follower()
    world.act(card, "text", content="在吗")
    world.fault(kind="errcode", value=value, path="/cgi-bin/message/custom/send")
    assert world.say(card).result is result


def test_a_mass_send_reaches_two_and_its_repeat_counts_as_the_first(world):
    cards = [world.follower(name) for name in ("甲", "乙")]
    message = Outgoing(
        1, "a" * 32, Channel.MASS, tuple(world.openid(card) for card in cards),
        {"msgtype": "text", "text": {"content": "家乡问候"}},
    )  # fmt: skip
    first = world.gateway.send(message)
    make.call("POST", f"{world.sandbox}/sandbox/clock", {"advance_seconds": 120})
    again = world.gateway.send(message)
    assert (first.result, again.result) == (Result.ACCEPTED, Result.ACCEPTED)
    assert again.reference == first.reference


TAG = "/cgi-bin/tags/members/batchtagging"


def by_tag(world, cards, envelope="b" * 32):
    return Outgoing(
        1, envelope, Channel.MASS_BY_TAG, tuple(world.openid(card) for card in cards),
        {"msgtype": "text", "text": {"content": "家乡问候"}},
    )  # fmt: skip


def heard(world, card):
    path = f"/followers/{card['id']}/timeline?appid={ACCOUNT.appid}&after=0"
    items = make.call("GET", f"{world.sandbox}/sandbox{path}")["items"]
    return [one for one in items if one["channel"] == "mass"]


def arrived(world, cards, wanted):
    """Wait until the mass job, which a thread of the sandbox carries out, has come to everybody."""
    deadline = time.monotonic() + 10
    while (found := [len(heard(world, card)) for card in cards]) != wanted:
        assert time.monotonic() < deadline, (found, wanted)
        time.sleep(0.05)
    return True


@pytest.fixture
def dingyuehao(world):
    """The account is a 订阅号, and its mass jobs are done at once."""
    world.set_account(account_type="subscription", job_seconds=0)
    return world


def test_a_subscription_account_reaches_whom_it_tagged_and_nobody_else(dingyuehao):
    world = dingyuehao
    cards = [world.follower(str(number)) for number in range(53)]  # more than one portion
    outcome = world.gateway.send(by_tag(world, cards[:52]))
    assert (outcome.result, outcome.left_out) == (Result.ACCEPTED, ())
    assert world.calls("/cgi-bin/message/mass/send") == []
    world.pass_time(seconds=2)
    assert arrived(world, cards, [1] * 52 + [0])


def test_a_repeat_after_a_lost_answer_counts_as_the_first(dingyuehao):
    world = dingyuehao
    message = by_tag(world, [world.follower("甲"), world.follower("乙")])
    world.fault(kind="reset_after", path="/cgi-bin/message/mass/sendall")
    assert world.gateway.send(message).result is Result.UNKNOWN
    world.pass_time(seconds=120)
    again = world.gateway.send(message)
    assert (again.result, again.code) == (Result.ACCEPTED, 45065)
    assert len(world.client.look("/cgi-bin/tags/get")["tags"]) == 1


def test_a_tag_that_could_not_be_made_leaves_nothing_and_is_tried_again(dingyuehao):
    world = dingyuehao
    message = by_tag(world, [world.follower("甲")])
    world.fault(kind="reset_after", path="/cgi-bin/tags/create")
    first = world.gateway.send(message)
    assert (first.result, first.trouble) == (Result.RETRY, Trouble.RETRYABLE)  # not in doubt
    assert world.calls("/cgi-bin/message/mass/sendall") == []
    assert world.gateway.send(message).result is Result.ACCEPTED
    assert len(world.client.look("/cgi-bin/tags/get")["tags"]) == 1


@pytest.mark.parametrize("path", ["/cgi-bin/tags/get", "/cgi-bin/user/tag/get"])
def test_an_answer_that_says_nothing_is_not_taken_for_nobody(dingyuehao, path):
    world = dingyuehao
    cards = [world.follower(str(number)) for number in range(3)]
    assert world.gateway.send(by_tag(world, cards[:2])).result is Result.ACCEPTED
    world.pass_time(seconds=2 * 24 * 3600)
    world.gateway = world.gateway_of(ACCOUNT, days=2)
    message = by_tag(world, cards[1:], envelope="c" * 32)
    world.fault(kind="empty", path=path)
    first = world.gateway.send(message)
    assert (first.result, first.trouble) == (Result.RETRY, Trouble.RETRYABLE)
    assert world.gateway.send(message).result is Result.ACCEPTED
    world.pass_time(seconds=2)
    assert arrived(world, cards, [1, 2, 1])


def test_a_call_whose_hour_is_over_when_all_are_tagged_is_not_made(dingyuehao):
    world = dingyuehao
    message = by_tag(world, [world.follower("甲")])
    outcome = world.gateway.send(dataclasses.replace(message, not_after=make.NOON))
    assert outcome.result is Result.RETRY
    assert world.calls("/cgi-bin/message/mass/sendall") == []


@pytest.mark.parametrize(
    "fault",
    [{"kind": "reset_after"}, {"kind": "errcode", "value": 45011}, {"kind": "empty"}],
    ids=["lost", "rate", "empty"],
)
def test_a_portion_that_fails_is_tried_again_by_itself(dingyuehao, fault):
    world = dingyuehao
    cards = [world.follower(str(number)) for number in range(120)]
    world.fault(**fault, path=TAG, times=2)
    assert world.gateway.send(by_tag(world, cards)).result is Result.ACCEPTED
    assert len(world.calls(TAG)) == 3 + 2


def test_who_was_left_out_since_the_first_try_carries_the_tag_no_more(dingyuehao):
    world = dingyuehao
    cards = [world.follower(str(number)) for number in range(4)]
    world.fault(kind="errcode", value=45028, path="/cgi-bin/message/mass/sendall")
    assert world.gateway.send(by_tag(world, cards)).result is Result.RETRY
    assert world.gateway.send(by_tag(world, cards[1:])).result is Result.ACCEPTED
    world.pass_time(seconds=2)
    assert arrived(world, cards, [0, 1, 1, 1])


def test_the_next_letter_tells_wechat_the_differences_only(dingyuehao):
    world = dingyuehao
    cards = [world.follower(str(number)) for number in range(60)]
    assert world.gateway.send(by_tag(world, cards[:58])).result is Result.ACCEPTED
    world.pass_time(seconds=2 * 24 * 3600)
    world.gateway = world.gateway_of(ACCOUNT, days=2)
    outcome = world.gateway.send(by_tag(world, cards[1:], envelope="c" * 32))
    assert outcome.result is Result.ACCEPTED
    world.pass_time(seconds=2)
    assert arrived(world, cards, [1] + [2] * 57 + [1] * 2)
    assert len(world.calls(TAG)) == 2 + 1
    assert len(world.calls("/cgi-bin/tags/members/batchuntagging")) == 1
    assert len(world.client.look("/cgi-bin/tags/get")["tags"]) == 1


def test_two_days_in_a_row_have_a_tag_each(dingyuehao):
    world = dingyuehao
    cards = [world.follower(name) for name in ("甲", "乙")]
    world.gateway.send(by_tag(world, cards[:1]))
    world.pass_time(seconds=24 * 3600)
    world.gateway = world.gateway_of(ACCOUNT, days=1)
    world.gateway.send(by_tag(world, cards[1:], envelope="c" * 32))
    tags = world.client.look("/cgi-bin/tags/get")["tags"]
    assert {one["name"]: one["count"] for one in tags} == dict.fromkeys(tagging.TAGS, 1)
    assert all(len(name.encode()) <= 30 for name in tagging.TAGS)


def test_who_left_in_the_meantime_is_named_and_the_others_are_reached(dingyuehao):
    world = dingyuehao
    cards = [world.follower(str(number)) for number in range(7)]
    gone = [cards[2], cards[5]]
    for card in gone:
        world.act(card, "unfollow")
    outcome = world.gateway.send(by_tag(world, cards))
    assert outcome.result is Result.ACCEPTED
    assert set(outcome.left_out) == {world.openid(card) for card in gone}
    world.pass_time(seconds=2)
    assert arrived(world, cards, [1, 1, 0, 1, 1, 0, 1])
    nobody = world.gateway.send(by_tag(world, gone, envelope="c" * 32))
    assert (nobody.result, nobody.trouble) == (Result.REFUSED, Trouble.PERSON_GONE)
    assert set(nobody.left_out) == set(outcome.left_out)


def test_a_second_call_on_one_day_is_refused_until_midnight_in_china(dingyuehao):
    world = dingyuehao
    card = world.follower("甲")
    assert world.gateway.send(by_tag(world, [card])).result is Result.ACCEPTED
    second = world.gateway.send(by_tag(world, [card], envelope="d" * 32))
    assert (second.result, second.code) == (Result.RETRY, 45028)
    assert second.retry_after is not None


def test_a_login_code_opens_once(world):
    card = world.follower()
    code = world.login(card)
    mini = world.gateway_of(MINI)
    assert mini.sign_in(2, code).openid == world.openid(card, MINI)
    with pytest.raises(Exception, match="invalid"):
        mini.sign_in(2, code)


def test_a_menu_is_taken(world):
    world.gateway.push_menu(1, {"button": [{"type": "click", "name": "祝福", "key": "祝福"}]})
    assert world.client.look("/cgi-bin/menu/get")["menu"]["button"][0]["name"] == "祝福"


def test_followers_come_in_pages_and_portions(world):
    ids = {world.openid(world.follower(str(number))) for number in range(3)}
    assert set(audience.openids(world.client)) == ids
    assert {one["openid"] for one in audience.infos(world.client, sorted(ids))} == ids
    tag_id = world.client.tag.create("意大利")["id"]
    audience.tag(world.client, tag_id, sorted(ids))
    audience.untag(world.client, tag_id, sorted(ids))


def test_what_wechatpy_lacks_works_too(world):
    mini, card = world.gateway_of(MINI).client(2), world.follower()
    openid = world.openid(card, MINI)
    world.gateway_of(MINI).sign_in(2, world.login(card))  # checks need a visit within two hours
    assert content.text(mini, "家乡真好", openid=openid) == "pass"
    assert content.media(mini, "https://example.org/a.jpg", openid=openid, picture=True)
    assert links.code(mini, scene="g=1", page="pages/home/home")[:4] in {
        b"\x89PNG",
        b"\xff\xd8\xff\xe0",
    }
    assert links.short_link(mini, page="pages/home/home", title="乡音").startswith("#小程序")
    assert links.url_link(mini, path="pages/home/home", query="").startswith("http")
    assert quota.left(world.client, "/cgi-bin/message/custom/send") > 0
    assert articles.mass_speed(world.client) in range(5)
    with pytest.raises(PlatformError):
        articles.publish(world.client, "no such draft")
