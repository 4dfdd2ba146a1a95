"""Beside WeChat: letters by e-mail over a real SMTP server, and lists that colleagues tick off."""

import csv
import dataclasses
import email
import re
import warnings
from datetime import date, timedelta
from email import policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from server.greetings import family, refusing, rehearsal, sending, service
from server.greetings.terms import Timing
from server.kernel.errors import NotFound
from server.mail.smtp import NoMail, SmtpSender
from server.outbox import by_hand, dispatcher
from server.outbox import service as outbox
from server.outbox.by_hand import Done
from server.people import service as people
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose
from server.people.models import Person
from server.people.register import writing
from server.people.register.terms import ContactKind, Facts
from server.places import codes
from server.ports import Channel, Outgoing, Result, Trouble
from tests import fakes, make
from tests.console import Browser
from tests.servers import free_port

MAIL, PHONE = (ContactKind.EMAIL, "chen@example.org"), (ContactKind.PHONE, "+8613800138000")
PAYLOAD = {
    "subject": "云溪县侨联的春节家书", "text": "尊敬的陈先生：\n\n给您拜年 <恭喜>",
    "page": "https://home.test/letters/abc", "page_words": "看照片",
    "unsubscribe": "https://home.test/letters/stop/x", "unsubscribe_words": "不再收信",
}  # fmt: skip


class PostOffice:
    """A real SMTP server of this process: keeps what it takes, refuses what it is told to."""

    def __init__(self):
        self.mails, self.rcpt, self.data, self.hang_up = [], None, None, False
        office = self

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
                if office.rcpt:
                    return office.rcpt
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):  # noqa: N802
                office.mails.append((envelope.rcpt_tos, envelope.content))
                if office.hang_up:
                    server.transport.abort()
                return office.data or "250 OK"

        self.port = free_port()
        self.controller = Controller(
            Handler(), hostname="127.0.0.1", port=self.port,
            enable_SMTPUTF8=True,
        )  # fmt: skip
        self.controller.start()
        self.url = f"smtp://127.0.0.1:{self.port}"

    def read(self):
        return [email.message_from_bytes(one, policy=policy.default) for _, one in self.mails]


@pytest.fixture
def office():
    office = PostOffice()
    yield office
    office.controller.stop()


@pytest.fixture
def sender(office, tools):
    return SmtpSender(office.url, "云溪县侨联 <qiaolian@home.test>", tools.clock)


def one(to="chen@example.org"):
    return Outgoing(1, "e" * 32, Channel.EMAIL, (to,), PAYLOAD)


def test_a_mail_has_both_parts_and_a_button_to_unsubscribe(office, sender):
    told = sender.send(one())
    assert (told.result, told.reference) == (Result.ACCEPTED, f"<{'e' * 32}@home.test>")
    (mail,) = office.read()
    assert office.mails[0][0] == ["chen@example.org"]
    assert mail["Subject"] == "云溪县侨联的春节家书"
    assert mail["From"].addresses[0].display_name == "云溪县侨联"
    assert mail["List-Unsubscribe"] == "<https://home.test/letters/stop/x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, rich = (part.get_content() for part in mail.iter_parts())
    assert "给您拜年 <恭喜>" in plain
    assert "给您拜年 &lt;恭喜&gt;" in rich


@pytest.mark.parametrize(
    ("rcpt", "data", "result", "trouble"),
    [
        ("550 no such user", None, Result.REFUSED, Trouble.PERSON_GONE),
        ("450 mailbox busy", None, Result.RETRY, Trouble.RETRYABLE),
        (None, "554 spam", Result.REFUSED, Trouble.CONTENT),
        (None, "451 later", Result.RETRY, Trouble.RETRYABLE),
    ],
)
def test_what_the_server_says_is_what_the_ledger_hears(office, sender, rcpt, data, result, trouble):
    office.rcpt, office.data = rcpt, data
    told = sender.send(one())
    assert (told.result, told.trouble) == (result, trouble)


def test_an_answer_lost_after_the_last_byte_is_unknown(office, sender):
    office.hang_up = True
    assert sender.send(one()).result is Result.UNKNOWN
    assert len(office.mails) == 1


def test_a_server_that_is_away_may_be_asked_again(tools):
    away = SmtpSender(f"smtp://127.0.0.1:{free_port()}", "a <a@home.test>", tools.clock)
    assert away.send(one()).result is Result.RETRY


def test_a_wrong_password_stops_the_lane(tools):
    handler = type("Handler", (), {})()
    warnings.simplefilter("ignore", UserWarning)  # this server knows that it has no TLS
    controller = Controller(
        handler, hostname="127.0.0.1", port=free_port(), auth_require_tls=False,
        auth_required=True, authenticator=lambda *_: AuthResult(success=False, handled=False),
    )  # fmt: skip
    controller.start()
    try:
        url = f"smtp://user:wrong@127.0.0.1:{controller.port}"
        told = SmtpSender(url, "a <a@home.test>", tools.clock).send(one())
        assert (told.result, told.trouble) == (Result.HALT, Trouble.CONFIGURATION)
    finally:
        controller.stop()


def test_without_a_server_mails_wait_and_say_why():
    assert NoMail().send(one()).trouble is Trouble.PERMISSION


class House:
    """A county with people who follow nobody: one left an address, one a number, one nothing."""

    def __init__(self, app, tools, office):
        self.tools = dataclasses.replace(
            tools, messenger=SmtpSender(office.url, "云溪县侨联 <q@home.test>", tools.clock),
            limiter=fakes.NoLimit(), jobs=fakes.RememberedJobs(),
        )  # fmt: skip
        self.county = make.county(tools).id
        self.app, self.vault, self.now = app, tools.vault, tools.clock.now()
        self.desk = Browser(app, tools, tenant_id=self.county)
        with tools.sessions.begin() as db:
            self.mail, self.phone, self.nothing, self.both = writing.add_many(
                db, self.county,
                [
                    Facts(name="陈立坤", sex="m", country="CN", contacts=(MAIL,)),
                    Facts(name="王秀英", sex="f", contacts=(PHONE,)),
                    Facts(name="李四"),
                    Facts(name="赵五", contacts=((MAIL[0], "zhao@example.org"), PHONE)),
                ],
                vault=self.vault, now=self.now,
            )  # fmt: skip
        self.letter = self.do(service.propose, self.desk.officer)

    def do(self, verb, *args, **more):
        with self.tools.sessions.begin() as db:
            return verb(db, *args, now=self.now, **more)

    def plan(self, **switches):
        values = {"timing": Timing.NOW, "even_at_night": True, **switches}
        self.do(service.edit, self.desk.officer, self.letter.id, values)
        self.do(service.approve, self.desk.officer, self.letter.id)
        self.do(sending.plan_due, vault=self.vault, base_url="https://home.test")
        return self

    @property
    def topic(self):
        return service.topic(self.letter.id)

    def fates(self):
        with self.tools.sessions.read() as db:
            lines = outbox.lines(
                db, tenant_id=self.county, topic=self.topic, status=None, after="", limit=99
            )
        return {line.person_id: (line.channel, line.status, line.reason) for line in lines}

    def by_hand(self):
        return {status for channel, status, _ in self.fates().values() if channel == "by_hand"}

    def errands(self, *, open_only=True):
        with self.tools.sessions.begin() as db:
            return by_hand.listing(
                db, tenant_id=self.county, topic=self.topic, open_only=open_only, after="",
                limit=9, vault=self.vault, now=self.now,
            )  # fmt: skip


@pytest.fixture
def house(app, tools, office):
    return House(app, tools, office)


def test_nobody_outside_wechat_gets_anything_unless_it_was_chosen(house):
    assert house.plan().fates() == {}


def test_who_left_an_address_gets_a_mail_and_who_left_a_number_a_call(house, office):
    house.plan(by_email=True, by_hand=True)
    dispatcher.send_due(house.tools)
    fates = house.fates()
    assert fates[house.mail] == ("email", "accepted", None)
    assert fates[house.both][0] == "email"
    assert fates[house.phone] == ("by_hand", "queued", None)
    assert house.nothing not in fates
    first = next(one for one in office.read() if one["To"] == "chen@example.org")
    assert "尊敬的陈立坤先生" in first.get_body(("plain",)).get_content()


def test_the_preview_counts_every_channel(house):
    house.do(service.edit, house.desk.officer, house.letter.id, {"by_email": True, "by_hand": True})
    with house.tools.sessions.read() as db:
        shown = rehearsal.preview(
            db, house.desk.officer, house.letter.id, now=house.now, vault=house.vault
        )
    assert {one.code: one.count for one in shown.channels} == {"email": 2, "by_hand": 1}


def test_one_click_in_a_mail_ends_the_letters(house, office):
    house.plan(by_email=True)
    dispatcher.send_due(house.tools)
    mail = next(one for one in office.read() if one["To"] == "chen@example.org")
    link = mail["List-Unsubscribe"].strip("<>").removeprefix("https://home.test")
    client = house.app.test_client()
    assert "确认不再收信" in client.get(link).text
    with house.tools.sessions.read() as db:
        assert ledger.declined(db, [house.mail]) == {}  # looking is not saying
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.post(link).status_code == 200
    with house.tools.sessions.read() as db:
        assert Purpose.GREETINGS in ledger.declined(db, [house.mail])[house.mail]
        assert ledger.declined(db, [house.both]) == {}


@pytest.mark.parametrize("text", ["x", "AAAA", "..", "é", "A" * 200])
def test_a_link_we_did_not_make_stops_nobodys_letters(house, text):
    client = house.app.test_client()
    assert client.get(f"/letters/stop/{text}").status_code == 404
    assert client.post(f"/letters/stop/{text}").status_code == 404


def test_the_link_of_one_is_not_the_link_of_another(house):
    with house.tools.sessions.read() as db:
        for person in (house.mail, house.both):
            text = refusing.token(person, vault=house.vault)
            assert refusing.person_of(db, text, vault=house.vault) == person


def test_a_colleague_ticks_off_whom_they_told(house):
    house.plan(by_hand=True)
    page = f"/console/errands/{house.letter.id}"
    shown = house.desk.get(page).text
    assert "王秀英" in shown
    assert 'href="tel:+8613800138000"' in shown
    errand = next(one for one in house.errands() if one.person_id == house.phone)
    house.desk.post(page, {"key": errand.key, "done": "told"})
    assert house.fates()[house.phone] == ("by_hand", "delivered", None)
    row = next(
        row
        for row in csv.DictReader(
            house.desk.get(f"/console/deliveries/{house.letter.id}/list.csv").text.splitlines()
        )
        if row["姓名或称呼"] == "王秀英"
    )
    assert row["谁了结的"] == house.desk.officer.name
    house.desk.post(page, {"key": errand.key, "done": ""})
    assert house.fates()[house.phone] == ("by_hand", "queued", None)
    house.desk.post(page, {"key": errand.key, "done": "wrong_number"})
    assert house.fates()[house.phone] == ("by_hand", "refused", "wrong_number")


def test_a_machine_never_sends_what_a_colleague_passes_on(house, office):
    house.plan(by_hand=True)
    dispatcher.send_due(house.tools)
    assert office.mails == []
    assert len(house.errands()) == 2


def test_what_nobody_did_in_time_expires(house):
    house.plan(by_hand=True)
    later = house.now + timedelta(days=3)
    with house.tools.sessions.begin() as db:
        assert by_hand.expire(db, vault=house.vault, now=later) == 2
    assert house.errands() == []
    assert house.by_hand() == {"expired"}


@pytest.mark.parametrize("looked_at", [True, False], ids=["a colleague looks", "nobody looks"])
def test_who_must_not_be_told_any_more_is_left_alone_with_the_reason(house, looked_at):
    house.plan(by_hand=True)
    with house.tools.sessions.begin() as db:
        db.get_one(Person, house.phone).deceased_on = date(2026, 11, 1)
        refusing.refuse(
            db, refusing.token(house.both, vault=house.vault), vault=house.vault, now=house.now
        )
    if looked_at:
        page = house.desk.get(f"/console/errands/{house.letter.id}").text
        assert "王秀英" not in page
        assert "都转告过了" in page
        every = house.desk.get(f"/console/errands/{house.letter.id}?all=1").text
        assert "已故" in every
        assert "tel:" not in every
    else:
        with house.tools.sessions.begin() as db:
            by_hand.expire(db, vault=house.vault, now=house.now + timedelta(days=3))
    fates = house.fates()
    assert fates[house.phone] == ("by_hand", "skipped", "deceased")
    assert fates[house.both] == ("by_hand", "skipped", "declined")


def test_a_liaison_sees_the_people_of_their_own_village_only(house):
    house.plan(by_hand=True)
    liaison = Browser(
        house.app, house.tools, tenant_id=house.county, role="liaison",
        path=codes.path_of("990121102202"),
    )  # fmt: skip
    page = f"/console/errands/{house.letter.id}"
    assert "王秀英" not in liaison.get(page).text
    key = house.errands()[0].key
    assert liaison.post(page, {"key": key, "done": "told"}).status_code == 404
    assert house.by_hand() == {"queued"}


def test_an_errand_of_another_letter_is_not_found(house):
    key = house.plan(by_hand=True).errands()[0].key
    with pytest.raises(NotFound), house.tools.sessions.begin() as db:
        by_hand.tick(
            db, tenant_id=house.county, topic="greeting:999", key=key,
            done=Done.TOLD, by=house.desk.officer.id, now=house.now,
        )  # fmt: skip


def test_mails_and_pages_say_the_same(house, office):
    house.plan(by_email=True)
    dispatcher.send_due(house.tools)
    code = re.search(r"/letters/([\w-]+)", office.read()[0].get_body(("plain",)).get_content())[1]
    with house.tools.sessions.read() as db:
        assert family.page(db, code).letter_id == house.letter.id


def test_who_asked_for_a_call_is_called_although_there_is_an_address(house):
    with house.tools.sessions.begin() as db:
        people.update_profile(db, house.both, {"reach_by": "phone"}, vault=house.vault)
    house.plan(by_email=True, by_hand=True)
    assert house.fates()[house.both][0] == "by_hand"


def test_the_ledger_blames_wechat_only_for_what_went_by_wechat(house, office):
    house.plan(by_email=True, by_hand=True)
    office.rcpt = "550 no such user"
    dispatcher.send_due(house.tools)
    (errand,) = house.errands()
    house.desk.post(
        f"/console/errands/{house.letter.id}", {"key": errand.key, "done": "wrong_number"}
    )
    page = f"/console/deliveries/{house.letter.id}"
    for told in (house.desk.get(page).text, house.desk.get(f"{page}/list.csv").text):
        assert "微信" not in told.replace("微信列表", "")
        assert "没有转达" in told
        assert "电话不对" in told
        assert "邮箱拒收" in told


def test_who_did_not_get_it_has_a_name_and_a_page_for_who_may_see_people(house):
    house.plan(by_hand=True)
    page = f"/console/deliveries/{house.letter.id}"
    shown = house.desk.get(page).text
    assert f'href="/console/people/{house.phone}"><strong>王秀英</strong>' in shown
    assert "王秀英" in house.desk.get(f"{page}/list.csv").text
    editor = Browser(house.app, house.tools, tenant_id=house.county, role="editor")
    hidden = editor.get(page).text
    assert "王秀英</strong></a>" not in hidden
    assert "/console/people/" not in hidden
    liaison = Browser(
        house.app, house.tools, tenant_id=house.county, role="liaison",
        path=codes.path_of("990121102202"),
    )  # fmt: skip
    assert "王秀英" not in liaison.get(page).text


def test_the_table_says_when_it_was_due_when_it_ended_and_who_took_it_back(house):
    house.plan(by_hand=True)
    house.do(service.cancel, house.desk.officer, house.letter.id)
    table = house.desk.get(f"/console/deliveries/{house.letter.id}/list.csv").text
    heading, *rows = table.strip().splitlines()
    assert "应寄时间,了结时间,谁了结的" in heading
    taken_back = [one for one in rows if ",已取消," in one]
    assert len(taken_back) == 2
    assert all(one.endswith(f",{house.desk.officer.name}") for one in taken_back)


def test_a_name_is_no_formula_in_the_table(house):
    with house.tools.sessions.begin() as db:
        writing.add(
            db, house.county, Facts(name="=1+1", contacts=((PHONE[0], "+8613800138001"),)),
            vault=house.vault, now=house.now,
        )  # fmt: skip
    house.plan(by_hand=True)
    assert ",'=1+1," in house.desk.get(f"/console/deliveries/{house.letter.id}/list.csv").text


@pytest.mark.parametrize("state", ["bogus", "", "微信"])
def test_a_state_that_is_none_shows_everybody(house, state):
    house.plan(by_hand=True)
    shown = house.desk.get(f"/console/deliveries/{house.letter.id}?status={state}").text
    assert "王秀英" in shown


@pytest.mark.parametrize(("zone", "night"), [("Asia/Shanghai", False), ("America/New_York", True)])
def test_a_colleague_sees_what_time_it_is_there_before_they_ring(house, zone, night):
    with house.tools.sessions.begin() as db:
        people.update_profile(db, house.phone, {"zone": zone}, vault=house.vault)
    house.plan(by_hand=True)
    shown = house.desk.get(f"/console/errands/{house.letter.id}").text
    line = next(one for one in shown.split("<li>") if "王秀英" in one)
    assert "当地现在" in line
    assert ("建议当地 9:00 以后" in line) is night
    assert "已转达" in line
