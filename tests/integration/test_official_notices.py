"""服务号订阅通知 over HTTP: a tap in WeChat, the ledger, the notice on the phone, the next tap."""

import threading
import time

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from server.accounts import service as accounts
from server.app import create_app
from server.cases.states import Action
from server.kernel.clock import SystemClock
from server.outbox import dispatcher
from server.outbox.models import Envelope
from server.people import identities, subscriptions
from server.ports import DataFormat, FollowerInfo, Identity
from tests import make
from tests.integration.test_cases_notices import hand_in, move, officer

NOTICE, MINI = "TplNotice", "TplMini"
BIZSEND = "/cgi-bin/message/subscribe/bizsend"
FIELDS = {
    "character_string1": "受理编号",
    "phrase2": "办理状态",
    "time3": "更新时间",
    "thing4": "温馨提示",
}


@pytest.fixture
def wechat_api(sandbox):
    return sandbox


@pytest.fixture
def clock():
    """The platform signs with the time there is."""
    return SystemClock()


@pytest.fixture
def served(tools):
    """Our own server, where the platform's events arrive; its address."""
    server = make_server("127.0.0.1", 0, create_app(tools), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[DataFormat.XML, DataFormat.JSON])
def county(request, tools, served, sandbox):
    """A county whose accounts the platform knows; events come as XML or as JSON."""
    make.call("POST", f"{sandbox}/sandbox/reset")
    made = make.county(tools)
    with tools.sessions.begin() as db:
        keys = (("yunxi", "case_progress", "TplOld"), ("yunxi", "case_notice", NOTICE))
        for slug, key, template in (*keys, ("yunxi-mini", "case_progress", MINI)):
            accounts.set_template(db, slug, key=key, template_id=template)
        accounts.change(db, "yunxi", {"data_format": request.param}, vault=tools.vault)
    for slug in ("yunxi", "yunxi-mini"):
        introduce(tools, served, slug)
    return made


def introduce(tools, served, slug):
    one = make.account(tools, slug)
    shown = {"title": "办理进展通知", "fields": FIELDS}
    make.introduce(
        tools.settings.wechat_api, one, callback_url=f"{served}/wechat/{slug}/callback",
        templates=dict.fromkeys(one.templates.values(), shown), job_seconds=0,
        linked_mini=[make.account(tools, "yunxi-mini").appid],
    )  # fmt: skip


@pytest.fixture
def reader(tools, county):
    """Somebody who follows the account and uses the mini-program."""
    return Reader(tools)


class Reader:
    def __init__(self, tools):
        self.tools, self.sandbox = tools, tools.settings.wechat_api
        self.official, self.mini = make.account(tools), make.account(tools, "yunxi-mini")
        told = {"nickname": "阿杰", "country": "意大利", "zone": "Europe/Rome"}
        self.card = make.call("POST", f"{self.sandbox}/sandbox/followers", told)
        self.phone = f"{self.sandbox}/sandbox/followers/{self.card['id']}"
        make.call("POST", f"{self.phone}/follow?wait=1", {"appid": self.official.appid})
        now = tools.clock.now()
        with tools.sessions.begin() as db:
            known = FollowerInfo(self.openid, following=True, unionid=self.card["unionid"])
            identities.learn(db, self.official, known, now=now)

    @property
    def openid(self):
        return self.card["openids"][self.official.appid]

    def tap(self, decision="accept", template=NOTICE):
        body = {
            "appId": self.official.appid, "template": template, "follower": str(self.card["id"]),
            "decision": decision,
        }  # fmt: skip
        make.call("POST", f"{self.sandbox}/open/subscribe", body)

    def person(self):
        with self.tools.sessions.read() as db:
            return identities.person_of(db, self.official, self.openid)

    def left(self, template="case_notice"):
        with self.tools.sessions.read() as db:
            return subscriptions.remaining(db, person_id=self.person(), template=template)

    def settles(self, number):
        """Wait until so many notices are allowed."""
        end = time.monotonic() + 10
        while self.left() != number and time.monotonic() < end:
            threading.Event().wait(0.02)
        assert self.left() == number

    def uses_mini_program(self):
        found = Identity(self.card["openids"][self.mini.appid], self.card["unionid"])
        with self.tools.sessions.begin() as db:
            return identities.sign_in(db, self.mini, found, now=self.tools.clock.now())

    def notices(self):
        items = make.call("GET", f"{self.phone}/timeline")["items"]
        return [
            (one["channel"], one["content"]["fields"][1]["value"])
            for one in items
            if one["kind"] == "notice"
        ]


def send(tools):
    while dispatcher.run_once(tools):
        pass


def fate(tools):
    """What became of the one subscription notice."""
    query = select(Envelope.status, Envelope.code)
    with tools.sessions.read() as db:
        return db.execute(query.where(Envelope.channel == "official_subscription")).one()


def test_one_tap_brings_one_notice_then_the_account_finds_another_way(tools, county, reader):
    reader.tap()
    reader.settles(1)
    clerk = officer(tools, county)
    case_id, _ = hand_in(tools, reader.person())
    assert move(tools, case_id, Action.PROGRESS, clerk) == "official_subscription"
    assert move(tools, case_id, Action.REPLY, clerk) == "template"
    send(tools)
    assert sorted(reader.notices()) == [("subscription", "已登记"), ("template", "已答复")]
    assert reader.left() == 0


def test_every_tap_counts_and_a_refusal_takes_nothing_away(county, reader):
    reader.tap()
    reader.settles(1)
    reader.tap("reject")
    time.sleep(1.1)  # WeChat tells events of one second apart by no number of their own
    reader.tap()
    reader.settles(2)
    assert reader.left("case_progress") == 0, "the mini-program was allowed nothing"


def test_the_template_of_another_account_counts_for_nothing(tools, county, reader):
    reader.tap(template="TplOld")
    reader.tap()
    reader.settles(1)
    assert reader.left("case_progress") == 0


def test_who_refuses_in_the_settings_allowed_nothing(county, reader):
    reader.tap()
    reader.settles(1)
    path = f"{reader.phone}/mini/{reader.official.appid}/unsubscribe"
    make.call("POST", path, {"template_id": NOTICE})
    reader.settles(0)


def test_what_a_follower_allowed_goes_over_when_they_join_the_mini_program(county, reader):
    reader.tap()
    reader.settles(1)
    assert reader.uses_mini_program() == reader.person()
    assert reader.left() == 1


def test_wechat_knows_better_and_only_this_consent_is_forgotten(tools, county, reader):
    who = reader.uses_mini_program()
    for template in ("case_notice", "case_progress"):  # the platform knows of none of them
        make.allow(tools, who, template, times=2)
    with tools.sessions.begin() as db:
        accounts.retire(db, "yunxi-mini", now=tools.clock.now())
    clerk = officer(tools, county)
    case_id, _ = hand_in(tools, who)
    assert move(tools, case_id, Action.REPLY, clerk) == "official_subscription"
    send(tools)
    assert fate(tools) == ("refused", 43101)
    assert (reader.left(), reader.left("case_progress")) == (0, 2)


def test_a_lost_answer_is_unknown_and_never_repeated(tools, county, reader):
    reader.tap()
    reader.settles(1)
    fault = {"where": "api", "times": 1, "kind": "reset_after", "path": BIZSEND}
    make.call("POST", f"{reader.sandbox}/sandbox/faults", fault)
    clerk = officer(tools, county)
    case_id, _ = hand_in(tools, reader.person())
    move(tools, case_id, Action.REPLY, clerk)
    send(tools)
    assert fate(tools).status == "unknown"
    assert len(reader.notices()) == 1, "it had arrived"


def test_the_page_is_signed_as_the_platform_checks_it(tools, county, served):
    page = f"{tools.settings.base_url}/notices/yunxi?from=singlemessage"
    signed = make.call("GET", f"{served}/notices/yunxi/signature?url={page}")
    told = {**signed, "url": f"{page}#sandbox=1"}
    verdict = make.call("POST", f"{tools.settings.wechat_api}/open/config", told)
    assert verdict == {"errMsg": "config:ok"}
