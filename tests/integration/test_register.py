"""The register: entered, found as one types, changed without losing what was, seen by scope."""

import pytest

from server.kernel.errors import Conflict, Invalid, NotFound
from server.people.register import reading, search, writing
from server.people.register.terms import ContactKind, Facts, Identity, NameKind
from server.places.codes import EVERYWHERE, Scope
from tests import make

CHEN = Facts(
    name="陳立群",
    other_names=((NameKind.FOREIGN, "Tan Lee Kuan"),),
    sex="m",
    born="1950-03",
    country="MY",
    hometown="石桥镇老街",
    division="331121101",
    identities=(Identity.HUAQIAO,),
    contacts=((ContactKind.PHONE, "+60123456789"), (ContactKind.EMAIL, "Chen@Example.my")),
    notes="爱听越剧",
    hardship="腿脚不便",
    source="console",
)


@pytest.fixture
def county(tools):
    return make.county(tools).id


@pytest.fixture
def register(tools, county):
    return Register(tools, county)


class Register:
    def __init__(self, tools, county):
        self.tools, self.county = tools, county

    def add(self, *all_facts):
        with self.tools.sessions.begin() as db:
            return writing.add_many(
                db, self.county, all_facts, vault=self.tools.vault, now=self.tools.clock.now()
            )

    def page(self, person, scope=EVERYWHERE):
        with self.tools.sessions.read() as db:
            return reading.page(db, self.county, person, vault=self.tools.vault, scope=scope)

    def change(self, person, facts, seen=1):
        with self.tools.sessions.begin() as db:
            writing.change(
                db, self.county, person, facts, seen=seen, vault=self.tools.vault,
                now=self.tools.clock.now(),
            )  # fmt: skip

    def find(self, text, **more):
        with self.tools.sessions.read() as db:
            found = search.find(db, self.county, text, vault=self.tools.vault, **more)
            return [one.name for one in found]


def other(name, **more):
    return Facts(name=name, source="console", **more)


def test_what_was_entered_is_read_back(register):
    (person,) = register.add(CHEN)
    page = register.page(person)
    assert page.facts == CHEN_WITH_ZONE
    assert [(one.kind, one.until) for one in page.identities] == [(Identity.HUAQIAO, None)]


CHEN_WITH_ZONE = Facts(
    **{name: getattr(CHEN, name) for name in CHEN.__slots__ if name != "zone"},
    zone="Asia/Kuala_Lumpur",
)


def test_nothing_that_could_hurt_lies_open_in_the_database(register, tools):
    register.add(CHEN)
    with tools.sessions.read() as db:
        raw = db.connection().exec_driver_sql
        rows = [*raw("SELECT * FROM person_contact"), *raw("SELECT * FROM register_entry")]
    text = str(rows)
    for secret in ("60123456789", "example", "越剧", "腿脚"):
        assert secret not in text.lower()


@pytest.mark.parametrize(
    "typed",
    ["陳立", "陈立群", "立群", "chenli", "chen li", "clq", "Tan Lee", "lee kuan", "kuan",
     "+60 12-345 6789", "chen@example.MY"],
)  # fmt: skip
def test_somebody_is_found_as_one_types(register, typed):
    register.add(other("王芳"), CHEN, other("李四"))
    assert register.find(typed) == ["陳立群"]


def test_words_must_all_fit(register):
    register.add(CHEN, other("陈立"))
    assert register.find("chen kuan") == ["陳立群"]
    assert register.find("chen wang") == []
    assert register.find("   ") == []


def test_a_scope_hides_what_lies_outside(register):
    (person,) = register.add(CHEN)
    assert register.find("陈", scope=Scope(("331121",))) == ["陳立群"]
    assert register.find("陈", scope=Scope(("331122",))) == []
    assert register.find("+60123456789", scope=Scope(("331122",))) == []
    with pytest.raises(NotFound):
        register.page(person, scope=Scope(("331122",)))


def test_another_county_finds_nothing(register, tools):
    (person,) = register.add(CHEN)
    stranger = Register(tools, make.county(tools, slug="shiqiao", name="石桥县侨联").id)
    assert stranger.find("陈") == stranger.find("+60123456789") == []
    with pytest.raises(NotFound):
        stranger.page(person)
    with pytest.raises(NotFound):
        stranger.change(person, CHEN)


def test_an_identity_ends_and_is_never_overwritten(register, tools):
    (person,) = register.add(CHEN)
    tools.clock.advance(days=400)
    naturalised = Facts(
        **{name: getattr(CHEN, name) for name in CHEN.__slots__ if name != "identities"},
        identities=(Identity.FOREIGN_CHINESE,),
    )
    register.change(person, naturalised)
    held = register.page(person).identities
    assert [(one.kind, one.until is None) for one in held] == [
        (Identity.HUAQIAO, False),
        (Identity.FOREIGN_CHINESE, True),
    ]
    assert held[0].until == held[1].since == tools.clock.now().date()


def test_a_change_replaces_names_and_numbers(register):
    (person,) = register.add(CHEN)
    register.change(person, other("陈立群", contacts=((ContactKind.PHONE, "+60198765432"),)))
    assert register.find("Tan Lee") == register.find("+60123456789") == []
    assert register.find("+60198765432") == ["陈立群"]
    assert register.page(person).version == 2


def test_nobody_overwrites_what_they_have_not_seen(register):
    (person,) = register.add(CHEN)
    register.change(person, other("陈立群"))
    with pytest.raises(Conflict):
        register.change(person, other("陈六"), seen=1)
    assert register.page(person).facts.name == "陈立群"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (other(" "), "name"),
        (other("陈", country="XX"), "country"),
        (other("陈", sex="x"), "sex"),
        (other("陈", notes="长" * 2001), "notes"),
        (other("陈", identities=(Identity.HUAQIAO, Identity.FOREIGN_CHINESE)), "identities"),
    ],
)
def test_a_wrong_field_is_named_and_changes_nothing(register, wrong, field):
    (person,) = register.add(CHEN)
    with pytest.raises(Invalid) as refused:
        register.change(person, wrong)
    assert set(refused.value.details["fields"]) == {field}
    assert register.page(person).version == 1


def test_pages_of_the_list_meet_without_gap(register, tools):
    register.add(*(other(f"陈{letter}") for letter in "一二三四五六七八九"), other("Anna"))
    seen, after = [], None
    while True:
        with tools.sessions.read() as db:
            some = reading.listing(db, register.county, after=after, limit=4)
        seen += [one.name for one in some]
        if len(some) < 4:
            break
        after = (some[-1].sort_key, some[-1].person_id)
    assert len(seen) == len(set(seen)) == 10
    assert seen[0] == "Anna"


@pytest.mark.parametrize("typed", ["chen", "chen kuan", "+60123456789"])
def test_a_search_reads_indexes_only(register, tools, typed, monkeypatch):
    register.add(CHEN, *(other(f"王{number}") for number in range(50)))
    statements = []
    from sqlalchemy import event

    def note(_connection, _cursor, statement, parameters, _context, _many):
        statements.append((statement, parameters))

    event.listen(tools.sessions.engine, "before_cursor_execute", note)
    register.find(typed)
    event.remove(tools.sessions.engine, "before_cursor_execute", note)
    if tools.sessions.engine.dialect.name != "sqlite":
        return  # PostgreSQL plans by the size of tables: fifty rows are read through
    with tools.sessions.read() as db:
        for statement, parameters in statements:
            plan = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert not [row for row in plan if row[3].startswith("SCAN")], statement
