"""Merging and taking it back: nothing lost, every link as it was, nobody asked twice."""

import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from server.kernel.errors import Conflict
from server.people import identities
from server.people.duplicates import merging
from server.people.models import Person, WeChatIdentity
from server.people.register import reading, search, writing
from server.people.register.models import IdentityStatus, RegisterEntry, Relation
from server.people.register.terms import ContactKind, Facts, Identity, NameKind
from server.people.service import ids_of, resolve
from server.places.codes import EVERYWHERE
from server.registers import duplicate_jobs, duplicates
from tests import make
from tests.console import Browser

CHEN = Facts(
    name="陈立群", sex="m", born="1950-03-07", division="990121102202", country="IT",
    identities=(Identity.HUAQIAO,), contacts=((ContactKind.PHONE, "+393331234567"),),
)  # fmt: skip
TAN = Facts(
    name="Tan Lip Khoon", sex="m", born="1950-03", division="990121102", country="IT",
    city="米兰", occupation="餐饮", identities=(Identity.QIAOJUAN,), notes="做过会长",
    contacts=((ContactKind.PHONE, "+393331234567"), (ContactKind.EMAIL, "tan@example.it")),
    other_names=((NameKind.FOREIGN, "Peter Tan"),),
)  # fmt: skip


class Office:
    def __init__(self, app, tools):
        self.app, self.tools = app, tools
        self.county = make.county(tools).id
        self.admin = Browser(app, tools, tenant_id=self.county)
        self.vault = tools.vault

    def enter(self, *facts):
        with self.tools.sessions.begin() as db:
            now = self.tools.clock.now()
            return writing.add_many(db, self.county, facts, vault=self.vault, now=now)

    def scan(self):
        with self.tools.sessions.begin() as db:
            number = duplicates.ask_scan(db, self.admin.officer, now=self.tools.clock.now())
        return duplicate_jobs.scan_duplicates(self.tools, number)

    def pairs(self, officer=None):
        with self.tools.sessions.read() as db:
            return duplicates.listing(
                db, officer or self.admin.officer, sure=None, after=None, limit=99
            )

    def merge(self, survivor, closed, **more):
        with self.tools.sessions.begin() as db:
            return merging.merge(
                db, self.county, survivor, closed,
                by=self.admin.officer.id, vault=self.vault, now=self.tools.clock.now(), **more,
            )  # fmt: skip

    def undo(self, merge):
        with self.tools.sessions.begin() as db:
            merging.undo(
                db, self.county, merge,
                by=self.admin.officer.id, vault=self.vault, now=self.tools.clock.now(),
            )  # fmt: skip

    def facts(self, person):
        with self.tools.sessions.read() as db:
            return reading.page(db, self.county, person, vault=self.vault, scope=EVERYWHERE).facts

    def links(self):
        """Everything that says who belongs to whom, as one value."""
        with self.tools.sessions.read() as db:
            return {
                "merged": sorted(
                    map(tuple, db.execute(select(Person.id, Person.merged_into))), key=str
                ),
                "hidden": sorted(
                    db.scalars(select(RegisterEntry.person_id).where(RegisterEntry.merged))
                ),
                "wechat": sorted(
                    map(tuple, db.execute(select(WeChatIdentity.openid, WeChatIdentity.person_id))),
                    key=str,
                ),
                "relations": sorted(
                    map(
                        tuple,
                        db.execute(select(Relation.id, Relation.person_id, Relation.other_id)),
                    ),
                    key=str,
                ),
                "identities": sorted(
                    map(
                        tuple,
                        db.execute(
                            select(IdentityStatus.person_id, IdentityStatus.kind).where(
                                IdentityStatus.until.is_(None)
                            )
                        ),
                    ),
                    key=str,
                ),
                "facts": {
                    one: reading.page(
                        db, self.county, one, vault=self.vault, scope=EVERYWHERE
                    ).facts
                    for one in db.scalars(
                        select(RegisterEntry.person_id).where(RegisterEntry.merged.is_(False))
                    )
                },
            }

    def found(self, text):
        with self.tools.sessions.read() as db:
            return [one.person_id for one in search.find(db, self.county, text, vault=self.vault)]


@pytest.fixture
def office(app, tools):
    return Office(app, tools)


def test_a_scan_suggests_with_reasons_and_does_not_ask_again(office):
    office.enter(CHEN, TAN, Facts(name="林秀英", sex="f", born="1962-05-01"))
    assert office.scan() == 1
    (pair,) = office.pairs()
    assert {"电话相同", "方言、外文拼写相符", "出生年月相同"} <= set(pair.reasons)
    page = f"/console/duplicates/{pair.id}"
    assert office.admin.post(f"{page}/differ").status_code == 302
    assert office.scan() == 1, "found, but not asked again"
    assert office.pairs() == []
    assert office.admin.post(f"{page}/differ").status_code == 409


def test_a_cancelled_scan_changes_nothing(office, tools):
    office.enter(CHEN, TAN)
    with tools.sessions.begin() as db:
        number = duplicates.ask_scan(db, office.admin.officer, now=tools.clock.now())
    assert office.admin.post("/console/duplicates/scan/cancel").status_code == 302
    assert duplicate_jobs.scan_duplicates(tools, number) == 0
    assert office.pairs() == []
    assert office.scan() == 1


def test_a_scan_whose_worker_died_is_taken_up(office, tools):
    office.enter(CHEN, TAN)
    with tools.sessions.begin() as db:
        duplicates.ask_scan(db, office.admin.officer, now=tools.clock.now())
    assert duplicate_jobs.resume_scans(tools) == 1


def test_a_merge_keeps_all_names_numbers_and_identities_and_hides_the_other(office):
    chen, tan = office.enter(CHEN, TAN)
    office.merge(chen, tan)
    facts = office.facts(chen)
    assert facts.name == "陈立群"
    assert {"Tan Lip Khoon", "Peter Tan"} <= {text for _, text in facts.other_names}
    assert len(facts.contacts) == 2
    assert set(facts.identities) == {Identity.HUAQIAO, Identity.QIAOJUAN}
    assert (facts.city, facts.occupation, facts.notes) == ("米兰", "餐饮", "做过会长")
    assert facts.born == "1950-03-07", "the survivor's own word stays"
    for words in ("陈立群", "Tan Lip Khoon", "tan@example.it"):
        assert office.found(words) == [chen], words
    with office.tools.sessions.read() as db:
        assert resolve(db, tan).id == chen
        assert set(ids_of(db, chen)) == {chen, tan}
        assert reading.count(db, office.county) == 1


def test_the_other_s_word_counts_where_staff_choose_it(office):
    chen, tan = office.enter(CHEN, TAN)
    office.merge(chen, tan, take={"born", "division"})
    assert (office.facts(chen).born, office.facts(chen).division) == ("1950-03", "990121102")


def test_messages_reach_the_survivor(office, tools):
    chen, tan = office.enter(CHEN, TAN)
    account = make.account(tools)
    with tools.sessions.begin() as db:
        identities.follow(db, account, openid="oTan", scene=None, now=tools.clock.now())
        db.query(WeChatIdentity).update({"person_id": tan})
    merge = office.merge(chen, tan)
    with tools.sessions.read() as db:
        assert identities.person_of(db, account, "oTan") == chen
    office.undo(merge)
    with tools.sessions.read() as db:
        assert identities.person_of(db, account, "oTan") == tan


def test_an_undone_merge_leaves_everything_as_it_was(office):
    chen, tan = office.enter(CHEN, TAN)
    before = office.links()
    office.undo(office.merge(chen, tan, take={"born", "city"}))
    assert office.links() == before
    assert office.found("Tan Lip Khoon") == [tan]


def test_what_was_changed_since_stays_with_the_survivor(office, tools):
    chen, tan = office.enter(CHEN, TAN)
    merge = office.merge(chen, tan)
    page = f"/console/people/{chen}"
    form = dict(
        re.findall(
            r'<input id="(\w+)" name="\1" value="([^"]*)"', office.admin.get(f"{page}/edit").text
        )
    )
    seen = re.search(r'name="seen" value="(\d+)"', office.admin.get(f"{page}/edit").text)[1]
    changed = form | {
        "name": "陈立群",
        "city": "罗马",
        "employer": "云溪饭店",
        "seen": seen,
        "sex": "男",
    }
    assert office.admin.post(f"{page}/edit", data=changed).status_code == 302
    office.undo(merge)
    facts = office.facts(chen)
    assert (facts.city, facts.employer) == ("罗马", "云溪饭店"), "decided since"
    assert facts.occupation is None, "brought by the merge"
    assert office.facts(tan).occupation == "餐饮"


def test_a_later_merge_is_undone_first(office):
    chen, tan, third = office.enter(CHEN, TAN, CHEN)
    first = office.merge(chen, tan)
    second = office.merge(chen, third)
    with pytest.raises(Conflict, match="stands"):
        office.undo(first)
    office.undo(second)
    office.undo(first)
    assert office.links()["hidden"] == []


def test_a_merge_of_a_survivor_is_undone_from_the_top(office):
    chen, tan, third = office.enter(CHEN, TAN, CHEN)
    before = office.links()
    first = office.merge(chen, tan)
    second = office.merge(third, chen)
    with office.tools.sessions.read() as db:
        assert set(ids_of(db, third)) == {third, chen, tan}
    with pytest.raises(Conflict, match="stands"):
        office.undo(first)
    office.undo(second)
    office.undo(first)
    assert office.links() == before


def test_after_half_a_year_it_is_final(office, tools):
    chen, tan = office.enter(CHEN, TAN)
    merge = office.merge(chen, tan)
    tools.clock.advance(days=180)
    shown = office.admin.get("/console/duplicates/merges")
    assert shown.status_code in {200, 302}
    tools.clock.advance(seconds=1)
    with pytest.raises(Conflict):
        office.undo(merge)


def test_nobody_is_merged_with_themselves_or_twice(office):
    chen, tan, third = office.enter(CHEN, TAN, CHEN)
    office.merge(chen, tan)
    for one, other in ((chen, chen), (third, tan), (tan, third)):
        with pytest.raises(Conflict):
            office.merge(one, other)


moves = st.lists(
    st.tuples(st.sampled_from(["merge", "edit", "relate"]), st.integers(0, 4), st.integers(0, 4)),
    max_size=8,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves)
def test_after_undoing_all_merges_the_links_are_as_without_them(office, steps):
    """Whatever was merged, edited and related in between, in whatever order."""
    people = office.enter(CHEN, TAN, CHEN, TAN, Facts(name="陈丽群", division="990121102202"))
    before = {person: office.facts(person) for person in people}
    merges = []
    for verb, one, other in steps:
        if verb == "merge":
            try:
                merges.append(office.merge(people[one], people[other]))
            except Conflict:
                continue
        elif verb == "relate" and one != other:
            with office.tools.sessions.begin() as db:
                db.add(Relation(person_id=people[one], other_id=people[other], kind="sibling"))
        else:
            continue
    with office.tools.sessions.read() as db:
        related = set(db.scalars(select(Relation.id)))
    for merge in reversed(merges):
        office.undo(merge)
    after = office.links()
    assert after["hidden"] == []
    assert not {into for person, into in after["merged"] if person in people} - {None}
    assert {one for one, _, _ in after["relations"]} == related, "none lost, none doubled"
    assert {person: office.facts(person) for person in people} == before


def test_staff_merge_side_by_side_and_take_it_back(office):
    chen, tan = office.enter(CHEN, TAN)
    assert "还没有比对过" in office.admin.get("/console/duplicates").text
    office.scan()
    shown = office.admin.get("/console/duplicates").text
    page = re.search(r'href="(/console/duplicates/\d+)"', shown)[1]
    sides = office.admin.get(page).text
    for words in ("陈立群", "Tan Lip Khoon", "电话相同", "留这一条"):
        assert words in sides
    done = office.admin.post(f"{page}/merge", data={"keep": chen, "born": tan})
    assert done.location == f"/console/people/{chen}"
    assert office.facts(chen).born == "1950-03"
    assert office.admin.post(f"{page}/merge", data={"keep": chen}).status_code in {404, 409}
    listed = office.admin.get("/console/duplicates/merges").text
    undo = re.search(r'action="(/console/duplicates/merges/\d+/undo)"', listed)[1]
    assert office.admin.post(undo).status_code == 302
    assert office.facts(chen).born == "1950-03-07"
    assert office.admin.post(undo).status_code == 302
    assert "已经不能撤销" in office.admin.get("/console/duplicates/merges").text
    audit = office.admin.get("/console/audit").text
    assert "合并两条登记" in audit
    assert "撤销合并" in audit


def test_the_sure_ones_are_merged_by_one_click_each_to_be_undone(office):
    office.enter(CHEN, CHEN, TAN, Facts(name="林秀英", sex="f", born="1962-05-01"))
    office.scan()
    assert office.admin.post("/console/duplicates/sure").status_code == 302
    with office.tools.sessions.read() as db:
        (merge,) = duplicates.merges(db, office.admin.officer, limit=9, before=None)
    assert (merge.survivor_id, merge.closed_id) == tuple(
        sorted((merge.survivor_id, merge.closed_id))
    )
    office.undo(merge.id)
    assert office.links()["hidden"] == []


def test_whoever_looks_after_one_town_decides_about_that_town_only(office, app, tools):
    with tools.sessions.begin() as db:
        from server.demo import seed

        seed.lay_land(db, office.county)
    office.enter(CHEN, TAN)
    office.scan()
    other = Browser(app, tools, tenant_id=office.county, login="baisha", path="990121103")
    own = Browser(app, tools, tenant_id=office.county, login="shiqiao", path="990121102")
    assert office.pairs(other.officer) == []
    (pair,) = office.pairs(own.officer)
    assert other.get(f"/console/duplicates/{pair.id}").status_code == 404
    assert other.post(f"/console/duplicates/{pair.id}/differ").status_code == 404
    assert own.get(f"/console/duplicates/{pair.id}").status_code == 200


def test_somebody_who_stood_twice_in_one_letter_gets_it_once(office, tools):
    from server.outbox import service as outbox
    from server.ports import Channel

    chen, tan = office.enter(CHEN, TAN)
    account, now = make.account(tools), tools.clock.now()
    with tools.sessions.begin() as db:
        for topic, people in (("greeting:1", (chen, tan)), ("case:1", (tan,))):
            for person in people:
                outbox.post(
                    db, tenant_id=office.county, account_id=account.id, topic=topic,
                    purpose="greeting", channel=Channel.CUSTOMER,
                    to=[(f"{topic}:{person}", person, f"o{person}")], payload={},
                    due_at=now, expires_at=now + timedelta(days=1), vault=tools.vault,
                )  # fmt: skip
    office.scan()
    (pair,) = office.pairs()
    with tools.sessions.begin() as db:
        duplicates.merge(
            db, office.admin.officer, pair.id, keep=chen, take=(), vault=tools.vault, now=now
        )
    with tools.sessions.read() as db:
        assert outbox.tally(db, topic="greeting:1") == {"queued": 1, "skipped": 1}
        assert outbox.tally(db, topic="case:1") == {"queued": 1}, "nothing else of theirs is lost"
