"""WeChat's door: every message handled once, answered in time, never lost."""

import itertools
import sqlite3
import threading
import time

import pytest
import xmltodict
from sqlalchemy import text

from server import worker
from server.accounts import service as accounts
from server.app import create_app
from server.inbox import keywords, questions
from server.inbox.keywords import Keyword
from server.outbox import service as outbox
from server.people import identities, service
from server.people import reach as people
from server.web.callback import handlers, intents
from server.wechat import crypto
from tests import make

_serial = itertools.count(6349323426230210000)


@pytest.fixture
def door(box):
    app = create_app(box)
    app.config.update(TESTING=True)
    return Door(app, make.account(box), box.clock)


class Door:
    """Speaks to the callback as WeChat does, in safe mode."""

    def __init__(self, app, account, clock):
        self.app, self.account, self.clock = app, account, clock

    def post(self, xml):
        account, stamp = self.account, str(int(self.clock.now().timestamp()))
        sealed = crypto.encrypt(xml, aes_key=account.aes_key, appid=account.appid)
        sign = crypto.signature(account.token, stamp, "n", sealed)
        return self.app.test_client().post(
            f"/wechat/{account.slug}/callback?timestamp={stamp}&nonce=n&msg_signature={sign}"
            "&encrypt_type=aes",
            data=f"<xml><ToUserName>gh</ToUserName><Encrypt>{sealed}</Encrypt></xml>",
        )

    def said(self, answer):
        """Open what we answered; None for `success`."""
        assert answer.status_code == 200
        if answer.data == b"success":
            return None
        outer = xmltodict.parse(answer.data)["xml"]
        account = self.account
        plain = crypto.decrypt(outer["Encrypt"], aes_key=account.aes_key, appid=account.appid)
        return xmltodict.parse(plain)["xml"]["Content"]

    def xml(self, inner, sender="oWang"):
        stamp = int(self.clock.now().timestamp())
        return (
            f"<xml><ToUserName>gh</ToUserName><FromUserName>{sender}</FromUserName>"
            f"<CreateTime>{stamp}</CreateTime>{inner}</xml>"
        )

    def message(self, kind, inner="", **more):
        number = next(_serial)
        return self.xml(f"<MsgType>{kind}</MsgType>{inner}<MsgId>{number}</MsgId>", **more)

    def text(self, words, **more):
        return self.message("text", f"<Content><![CDATA[{words}]]></Content>", **more)

    def event(self, name, inner="", **more):
        return self.xml(f"<MsgType>event</MsgType><Event>{name}</Event>{inner}", **more)


def tenant(box):
    return make.account(box).tenant_id


def waiting(box):
    with box.sessions.read() as db:
        return questions.listing(
            db, tenant(box), vault=box.vault, answered=False, limit=50, before=None
        )


def rows(box):
    with box.sessions.read() as db:
        return db.execute(text("SELECT kind, fate, fields FROM inbound_message")).all()


def test_following_is_welcomed_and_wechat_is_asked_about_the_follower(door, box):
    assert "欢迎回家" in door.said(door.post(door.event("subscribe", "<EventKey></EventKey>")))
    assert ("learn_follower", door.account.id, "oWang") in box.jobs.asked
    with box.sessions.read() as db:
        assert [one.official_openid for one in people.followers(db, tenant(box), box.vault)] == [
            "oWang"
        ]


def test_who_comes_by_a_hometowns_code_is_greeted_from_there(door):
    key = "<EventKey>qrscene_home:泮坑镇</EventKey>"
    assert "泮坑镇" in door.said(door.post(door.event("subscribe", key)))


@pytest.mark.parametrize("word", sorted(intents.WORDS))
def test_every_word_people_may_type_is_answered(door, word):
    assert door.said(door.post(door.text(word)))


def test_a_keyword_the_office_edits_answers_a_few_seconds_later(door, box):
    door.post(door.text("地址"))
    with box.sessions.begin() as db:
        keywords.save(db, tenant(box), Keyword("地址", "侨兴路 18 号"))
    box.clock.advance(seconds=6)
    assert door.said(door.post(door.text(" 地址？"))) == "侨兴路 18 号"


def test_what_nobody_understands_waits_for_staff_and_the_person_is_told(door, box):
    assert "已转给工作人员" in door.said(door.post(door.text("老屋漏水")))
    assert [one.text for one in waiting(box)] == ["老屋漏水"]
    assert [fate for _, fate, _ in rows(box)] == ["for_staff"]


def test_who_leaves_is_written_to_no_more_and_may_come_back(door, box):
    door.post(door.event("subscribe"))
    box.clock.advance(seconds=1)
    assert door.said(door.post(door.event("unsubscribe"))) is None
    with box.sessions.read() as db:
        assert list(people.followers(db, tenant(box), box.vault)) == []
    box.clock.advance(seconds=1)
    assert "再次" in door.said(door.post(door.event("subscribe")))


def test_a_withdrawn_authorisation_erases_what_the_person_told_us(door, box):
    door.post(door.event("subscribe"))
    with box.sessions.begin() as db:
        person = identities.person_of(db, door.account, "oWang")
        service.update_profile(db, person, {"salutation": "王阿姨"}, vault=box.vault)
    door.post(door.event("user_authorization_revoke", "<OpenID>oWang</OpenID>"))
    with box.sessions.read() as db:
        assert service.profile(db, person, box.vault).salutation is None
        assert people.reach(db, person, box.vault) is None


@pytest.mark.parametrize("kind", sorted(handlers.HANDLERS))
def test_every_kind_of_message_is_taken_and_stored_with_its_fate(door, box, kind):
    name = kind.removeprefix("event.")
    xml = door.event(name) if kind.startswith("event.") else door.message(kind)
    assert door.post(xml).status_code == 200
    assert [row.kind for row in rows(box)] == [kind]
    assert rows(box)[0].fate != "claimed"


def test_an_unknown_event_is_acknowledged_and_kept(door, box):
    assert door.said(door.post(door.event("card_pass_check"))) is None
    assert [row.fate for row in rows(box)] == ["unknown_kind"]


@pytest.mark.parametrize(("choice", "template", "met"), [
    ("accept", "TplOurs", True), ("reject", "TplOurs", False), ("accept", "TplOther", False),
])  # fmt: skip
def test_only_a_yes_to_our_notice_makes_us_acquainted(door, box, choice, template, met):
    with box.sessions.begin() as db:
        accounts.set_template(db, door.account.slug, key="case_notice", template_id="TplOurs")
    box.clock.advance(seconds=11)  # the account is looked up again
    inner = (
        f"<SubscribeMsgPopupEvent><List><TemplateId>{template}</TemplateId>"
        f"<SubscribeStatusString>{choice}</SubscribeStatusString></List></SubscribeMsgPopupEvent>"
    )
    door.post(door.event("subscribe_msg_popup_event", inner))
    with box.sessions.read() as db:
        assert (identities.person_of(db, door.account, "oWang") is not None) is met


def test_what_came_cannot_be_read_in_the_database(door, box):
    door.post(door.text("家里的事不能让别人知道"))
    assert "家里的事".encode() not in bytes(rows(box)[0].fields)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/wechat/yunxi/callback", b""),
        ("/wechat/yunxi/callback?timestamp=1&nonce=n&msg_signature=x", b"<xml>"),
        ("/wechat/yunxi/callback?timestamp=x", b"\xff\xfe"),
        ("/wechat/nobody/callback", b"<xml/>"),
        ("/wechat/yunxi/callback", b"x" * 2_000_000),
    ],
)
def test_junk_gets_a_refusal_and_never_a_500(door, path, data):
    answer = door.app.test_client().post(path, data=data)
    assert 400 <= answer.status_code < 500
    assert answer.data == b""


def test_three_deliveries_at_once_are_handled_once_and_answered_alike(door, box, monkeypatch):
    xml, calls, answers = door.text("人工"), [], []
    real = handlers.HANDLERS["text"]

    def slow(visit):
        calls.append(1)
        time.sleep(0.3)
        return real(visit)

    monkeypatch.setitem(handlers.HANDLERS, "text", slow)
    crowd = [
        threading.Thread(target=lambda: answers.append(door.said(door.post(xml)))) for _ in range(3)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert calls == [1]
    assert len(answers) == 3
    assert len(set(answers)) == 1
    assert len(waiting(box)) == 1


def test_a_handler_that_breaks_leaves_the_retry_free(door, box, monkeypatch):
    xml = door.text("乡讯")

    def broken(_visit):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setitem(handlers.HANDLERS, "text", broken)
        assert door.post(xml).status_code == 503
    assert "侨刊乡讯" in door.said(door.post(xml))
    assert [row.fate for row in rows(box)] == ["answered"]


def test_after_the_third_failure_staff_has_it_and_the_person_hears_so(door, box, monkeypatch):
    door.post(door.event("subscribe"))
    xml = door.text("救急")

    def broken(_visit):
        raise RuntimeError

    monkeypatch.setitem(handlers.HANDLERS, "text", broken)
    assert [door.post(xml).status_code for _ in range(2)] == [503, 503]
    assert "已转给工作人员" in door.said(door.post(xml))
    assert [one.text for one in waiting(box)] == ["救急"]


def test_a_locked_database_loses_nothing_and_answers_in_time(door, box):
    door.post(door.event("subscribe"))
    xml = door.text("人工")
    with locked(box):
        started = time.monotonic()
        assert door.said(door.post(xml)) is None
        assert time.monotonic() - started < 5
    assert worker.drain_backlog(box) == 1
    assert worker.drain_backlog(box) == 0
    assert len(waiting(box)) == 1
    with box.sessions.read() as db:
        topics = db.execute(text("SELECT topic FROM envelope")).scalars().all()
        assert outbox.tally(db, topic=topics[0]) == {"queued": 1}  # the answer, by custom message


class locked:  # noqa: N801 (reads as a verb)
    """Somebody else holds what a callback needs to write."""

    def __init__(self, box):
        self.box = box

    def __enter__(self):
        engine = self.box.sessions.engine
        if engine.dialect.name == "sqlite":
            self.holder = sqlite3.connect(engine.url.database, isolation_level=None)
            self.holder.execute("BEGIN IMMEDIATE")
        else:
            self.holder = engine.raw_connection()
            self.holder.cursor().execute("LOCK TABLE inbound_message IN ACCESS EXCLUSIVE MODE")

    def __exit__(self, *_):
        self.holder.rollback()
        self.holder.close()
