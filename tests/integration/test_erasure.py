"""Who closes the account leaves nothing readable behind, in no column of no table."""

import io
import json
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import LargeBinary, insert, select

from server import tables
from server.cases import access as cases
from server.cases import service as case_service
from server.cases.states import Action
from server.greetings import sending
from server.greetings import service as greetings
from server.inbox import questions
from server.kernel.crypto import Vault
from server.kernel.errors import NotFound
from server.outbox import claims, dispatcher, outcomes
from server.people import identities
from server.people.register import search, writing
from server.people.register.models import Relation
from server.people.register.terms import ContactKind, Facts, Identity, NameKind
from server.ports import FollowerInfo
from server.ports import Identity as OnPhone
from server.rights import closing, requests, rights_jobs
from server.rights.terms import ARCHIVE, FATES, GONE
from server.staff import audit
from server.staff import service as staff
from server.web.callback import enclosed
from tests import fakes, make
from tests.integration.test_api import keyed
from tests.integration.test_callback import Door

# Words that stand nowhere else. Those of CASE may stay, sealed, in the archive.
NAME, LATIN, OTHER_NAME = "欧阳秋芬", "Ouyang Qiufen", "欧阳小秋"
PHONE, MAIL, STREET = "+393339998877", "qiufen@example.org", "罗马弥撒街九号"
SAID, ANSWERED, SALUTATION = "柿子树下的箱子", "箱子已经找到了", "秋芬姐"
NOTE, HARD, HOME, OPENID, MINI_ID = "爱唱潮剧", "膝盖动过手术", "蟠桃岭", "oQiufen", "mQiufen"
WANTED, REASON, BASIS = "改成博洛尼亚", "已按护照核对", "来访登记第七号"
EVERYTHING = (
    NAME, LATIN, OTHER_NAME, PHONE, MAIL, STREET, SAID, ANSWERED, SALUTATION, NOTE, HARD, HOME,
    OPENID, MINI_ID, WANTED, REASON, BASIS, "欧阳", "ouyangqiufen", "3339998877",
)  # fmt: skip
CASE = "石狮子被人搬走"
KEPT = {"case_file", "case_event"}  # the archive


@pytest.fixture
def office(tools, app):
    return Office(tools, app)


class Office:
    """A county in which somebody used everything there is to use."""

    def __init__(self, tools, app):
        import dataclasses

        self.tools = dataclasses.replace(
            tools, messenger=fakes.Messenger(), limiter=fakes.NoLimit(), jobs=fakes.RememberedJobs()
        )
        self.client, self.app = app.test_client(), app
        self.county = make.county(tools).id
        with self.tools.sessions.begin() as db:
            self.clerk = staff.create(
                db, tenant_id=self.county, login="clerk", name="王", role="admin",
                password="a-long-password", now=make.NOON,
            )  # fmt: skip

    @property
    def now(self):
        return self.tools.clock.now()

    def sign_in(self, openid=MINI_ID):
        from server.people import sessions

        account = make.account(self.tools, "yunxi-mini")
        with self.tools.sessions.begin() as db:
            self.person = identities.sign_in(db, account, OnPhone(openid, "u1"), now=self.now)
            token, _ = sessions.open_session(
                db, person_id=self.person, account_id=account.id, now=self.now
            )
        return {"Authorization": f"Bearer {token}"}

    def post(self, path, body, key, me=None):
        answer = self.client.post(f"/api/v1{path}", json=body, headers=keyed(me or self.me, key))
        assert answer.status_code == 201, answer.text
        return answer.json

    def live(self):
        """Follow, chat, register, hand in, be written to, ask for corrections and copies."""
        tools, vault = self.tools, self.tools.vault
        self.me = self.sign_in()
        with tools.sessions.begin() as db:
            account = make.account(tools)
            identities.follow(db, account, openid=OPENID, scene=f"home:{HOME}", now=self.now)
            told = FollowerInfo(OPENID, following=True, unionid="u1", followed_at=self.now)
            identities.learn(db, account, told, now=self.now)
            facts = Facts(
                name=NAME, other_names=((NameKind.FOREIGN, LATIN), (NameKind.FORMER, OTHER_NAME)),
                hometown=HOME, country="IT", city="罗马", notes=NOTE, hardship=HARD,
                identities=(Identity.HUAQIAO,),
                contacts=(
                    (ContactKind.PHONE, PHONE), (ContactKind.EMAIL, MAIL),
                    (ContactKind.ABROAD_ADDRESS, STREET),
                ),
            )  # fmt: skip
            writing.register_known(db, self.county, self.person, facts, vault=vault, now=self.now)
            self.cousin = writing.add(
                db, self.county, Facts(name="何大"), vault=vault, now=self.now
            )
            db.execute(
                insert(Relation).values(person_id=self.cousin, other_id=self.person, kind="表姐")
            )
        self.client.put("/api/v1/me", json={"salutation": SALUTATION}, headers=self.me)
        self._chat()
        self._case("closed")
        self._letter()
        for number, purpose in enumerate(("greetings", "faq")):
            body = {"purpose": purpose, "given": True, "version": "2026-11"}
            self.post("/me/agreements", body, f"say{number}")
        wish = {"fields": {"city": WANTED}, "words": f"请{WANTED}"}
        asked = self.post("/me/corrections", wish, "wish")
        with tools.sessions.begin() as db:
            requests.accept(db, self.clerk, asked["id"], reason=REASON, vault=vault, now=self.now)
        copy = self.post("/me/copies", {}, "copy")
        assert rights_jobs.make_copy(tools, copy["id"]) == 1

    def _chat(self):
        door = Door(self.app, make.account(self.tools), self.tools.clock)
        door.post(door.text(SAID).replace("oWang", OPENID))
        door.post(door.message("image").replace("oWang", OPENID))
        with self.tools.sessions.begin() as db:
            asked = questions.listing(
                db, self.county, vault=self.tools.vault, answered=False, limit=9, before=None
            )
            questions.answer(
                db, self.county, asked[-1].id, text=ANSWERED, staff_id=self.clerk.id,
                vault=self.tools.vault, now=self.now,
            )  # fmt: skip

    def _case(self, key, *, close=True):
        picture = io.BytesIO()
        Image.new("RGB", (40, 30), "green").save(picture, "JPEG")
        picture.seek(0)
        form = {"file": (picture, "a.jpg")}
        photo = self.client.post("/api/v1/files", data=form, headers=keyed(self.me, f"p{key}"))
        body = {
            "kind": "petition", "topic": "house", "subject": CASE, "body": f"{CASE}，请帮忙。",
            "contact": PHONE, "files": [photo.json["id"]], "consent_version": "2026-11",
        }  # fmt: skip
        number = self.post("/cases", body, key)["number"]
        if close:
            for action, told in ((Action.REPLY, "已办好"), (Action.CLOSE, "")):
                with self.tools.sessions.begin() as db:
                    case = cases.for_person(db, number, person_id=self.person)
                    case_service.move(
                        db, case, action, officer=self.clerk, told=told, note="",
                        vault=self.tools.vault, now=self.now,
                    )  # fmt: skip
        return number

    def _letter(self):
        with self.tools.sessions.begin() as db:
            letter = greetings.propose(db, self.clerk, now=self.now)
            values = {"timing": "now", "even_at_night": True, "text": "{salutation}，家乡想念您。"}
            greetings.edit(db, self.clerk, letter.id, values, now=self.now)
            row = greetings.own(db, self.county, letter.id)
            row.status = "approved"
        with self.tools.sessions.begin() as db:
            sending.plan_due(db, now=self.now, vault=self.tools.vault, base_url="https://home.test")
        self.tools.clock.advance(minutes=2)
        dispatcher.run_once(self.tools, batch=50)

    def close(self, **more):
        return self.post("/me/closure", {"sure": True, **more}, "close")

    def week(self):
        self.tools.clock.advance(days=7, seconds=1)
        return rights_jobs.close_accounts(self.tools)


def leaks(tools, words):
    """Every place in the database, sealed or not, where one of the words can be read."""
    vault = tools.vault
    with tools.sessions.read() as db:
        for table in tables.METADATA.sorted_tables:
            for row in db.execute(table.select()).mappings():
                for column in table.columns:
                    text = readable(row[column.name], table.name, column, vault)
                    yield from ((table.name, column.name, word) for word in words if word in text)


def readable(value, table, column, vault: Vault):
    place = f"{table}.{column.name}"
    if not isinstance(column.type, LargeBinary):
        return json.dumps(value, ensure_ascii=False, default=str)
    if not value or place in tables.HASHES | tables.KEYED:
        return ""
    return vault.open(value, where=place)


def test_before_there_is_much_to_read(office):
    """The walk sees what is there; otherwise its silence would prove nothing."""
    office.live()
    found = {table for table, _, _ in leaks(office.tools, EVERYTHING)}
    assert found >= {
        "person", "wechat_identity", "register_entry", "person_name", "name_key",
        "person_contact", "question", "inbound_message", "envelope", "delivery",
        "rights_request", "audit_detail", "idempotent_request",
    }  # fmt: skip


def test_a_closed_account_leaves_nothing_readable_outside_the_archive(office):
    office.live()
    files = set(office.tools.settings.data_dir.glob("files/*/*"))
    office.close()
    assert office.week() == 1
    assert enclosed.remove_withdrawn(office.tools) >= 0
    left = {place for place in leaks(office.tools, EVERYTHING) if place[0] not in KEPT}
    assert left == set()
    in_archive = {table for table, _, _ in leaks(office.tools, (CASE,))}
    assert in_archive == {"case_file"}
    gone = files - set(office.tools.settings.data_dir.glob("files/*/*"))
    assert len(gone) == 1, "the copy; photos of the closed case stay in the archive"
    with office.tools.sessions.read() as db:
        assert list(audit.verify(db, office.county, vault=office.tools.vault)) == []
        assert search.find(db, office.county, PHONE, vault=office.tools.vault, limit=9) == []


def test_no_row_hangs_on_the_person_where_it_should_be_gone(office):
    office.live()
    office.close()
    office.week()
    with office.tools.sessions.read() as db:
        for place, fate in FATES.items():
            table, column = place.split(".")
            rows = db.execute(
                select(tables.METADATA.tables[table]).where(
                    tables.METADATA.tables[table].c[column] == office.person
                )
            ).all()
            assert bool(rows) != (fate is GONE) or fate not in {GONE, ARCHIVE}, place


def test_every_table_that_hangs_on_a_person_has_its_fate():
    """A new one fails here until it is named in rights.terms.FATES, and erased."""
    found = {
        f"{table.name}.{column.name}"
        for table in tables.METADATA.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    }
    assert found == set(FATES)


def test_seven_days_may_be_used_to_think_again(office):
    office.live()
    assert office.close()["closing"]
    office.tools.clock.advance(days=6)
    assert rights_jobs.close_accounts(office.tools) == 0
    assert office.client.delete("/api/v1/me/closure", headers=office.me).status_code == 204
    assert office.week() == 0
    assert office.client.get("/api/v1/me", headers=office.me).json["salutation"] == SALUTATION


def test_who_comes_back_is_somebody_new(office):
    office.live()
    old = office.person
    office.close()
    office.week()
    assert office.client.get("/api/v1/me", headers=office.me).status_code == 401
    me = office.sign_in()
    assert office.person != old
    told = office.client.get("/api/v1/me", headers=me).json
    assert told["salutation"] is None
    assert office.client.get("/api/v1/cases", headers=me).json["items"] == []


def test_open_cases_are_told_of_and_chosen_for(office):
    office.live()
    number = office._case("open", close=False)
    told = office.client.get("/api/v1/me/closure", headers=office.me).json
    assert [one["number"] for one in told["waiting"]] == [number]
    refused = office.client.post(
        "/api/v1/me/closure", json={"sure": True}, headers=keyed(office.me, "no-choice")
    )
    assert refused.status_code == 400
    assert "请选择怎么办" in refused.json["errors"]["open_cases"][0]
    office.close(open_cases="withdraw")
    assert office.week() == 1
    with office.tools.sessions.begin() as db:
        case = cases.for_officer(db, _id(office, number), officer=office.clerk, now=office.now)
        assert (case.state, case.assigned_to) == ("withdrawn", None)
        assert case.archived_at is not None


def test_with_answers_first_the_account_waits_for_them(office):
    office.live()
    number = office._case("open", close=False)
    office.close(open_cases="answer_first")
    assert office.week() == 0
    with office.tools.sessions.begin() as db:
        case = cases.for_person(db, number, person_id=office.person)
        case_service.move(
            db, case, Action.REPLY, officer=office.clerk, told="办好了", note="",
            vault=office.tools.vault, now=office.now,
        )  # fmt: skip
    dispatcher.run_once(office.tools, batch=50)
    office.tools.clock.advance(days=1)
    assert rights_jobs.close_accounts(office.tools) == 1


def test_nothing_is_erased_while_a_message_is_on_its_way(office):
    office.live()
    office.close()
    with office.tools.sessions.begin() as db:
        from server.outbox import service as outbox

        outbox.post(
            db, tenant_id=office.county, account_id=make.account(office.tools).id,
            topic="question:9", purpose="answer", channel="mini_subscription",
            to=[("late", office.person, OPENID)],
            payload={"msgtype": "text"}, due_at=office.now + timedelta(days=7),
            expires_at=office.now + timedelta(days=9), vault=office.tools.vault,
        )  # fmt: skip
    office.tools.clock.advance(days=7, seconds=1)
    with office.tools.sessions.begin() as db:
        lanes = claims.lanes_due(db, now=office.now)
        allowed = dict.fromkeys(lanes, 5)
        assert claims.take(db, office.tools, me="x", now=office.now, allowed=allowed)
    assert rights_jobs.close_accounts(office.tools) == 0
    office.tools.clock.advance(minutes=5)
    outcomes.release_stale(office.tools)
    assert rights_jobs.close_accounts(office.tools) == 1, "what came of it is as known as it gets"
    assert dispatcher.run_once(office.tools) == 0


def test_a_list_nobody_can_open_does_not_stand_in_the_way(office):
    office.live()
    office.close()
    batch = {
        "tenant_id": office.county, "created_by": office.clerk.id, "created_at": office.now,
        "filename": "a.csv", "file_key": "0" * 32, "state": "checked", "columns": [],
        "headings": [], "findings": b"\x01not sealed by us",
    }  # fmt: skip
    with office.tools.sessions.begin() as db:
        db.execute(insert(tables.METADATA.tables["import_batch"]).values(**batch))
    assert office.week() == 1


def test_the_archive_opens_only_for_those_with_the_right(office):
    office.live()
    office.close()
    office.week()
    with office.tools.sessions.begin() as db:
        officer = staff.create(
            db, tenant_id=office.county, login="xinfang", name="林", role="petitions",
            password="a-long-password", now=office.now,
        )  # fmt: skip
        listed = {"waiting": False, "after": None, "limit": 9}
        seen = {
            who.login: cases.inbox_of(
                db, officer=who, vault=office.tools.vault, now=office.now, **listed
            )
            for who in (officer, office.clerk)
        }
        assert (len(seen["xinfang"]), len(seen["clerk"])) == (0, 1)
        number = seen["clerk"][0].id
        with pytest.raises(NotFound):
            cases.for_officer(db, number, officer=officer, now=office.now)
        case = cases.for_officer(db, number, officer=office.clerk, now=office.now)
        assert not cases.may_handle(office.clerk, case)


def test_a_withdrawn_authorisation_takes_the_words_of_the_chat_along(office):
    office.live()
    door = Door(office.app, make.account(office.tools), office.tools.clock)
    xml = door.event("user_authorization_revoke", f"<OpenID>{OPENID}</OpenID>")
    assert door.post(xml.replace("oWang", OPENID)).status_code == 200
    assert not [one for one in leaks(office.tools, (SAID,)) if one[0] != "idempotent_request"]
    assert [one.fate for one in fates(office.tools, OPENID)][-1] != "claimed"


def fates(tools, openid):
    from server.inbox.models import InboundMessage

    with tools.sessions.read() as db:
        query = select(InboundMessage).where(InboundMessage.sender == openid)
        return list(db.scalars(query.order_by(InboundMessage.received_at)))


def test_somebody_without_wechat_is_erased_at_the_office(office):
    with office.tools.sessions.begin() as db:
        facts = Facts(name=NAME, contacts=((ContactKind.PHONE, PHONE),), notes=NOTE)
        person = writing.add(db, office.county, facts, vault=office.tools.vault, now=office.now)
    with office.tools.sessions.begin() as db:
        closing.erase_on_request(
            db, office.clerk, person, basis="2026-11-20 来访登记第 12 号",
            vault=office.tools.vault, now=office.now,
        )  # fmt: skip
    assert list(leaks(office.tools, EVERYTHING)) == []


def _id(office, number):
    from server.cases.models import Case

    with office.tools.sessions.read() as db:
        return db.scalar(select(Case.id).where(Case.number == number))
