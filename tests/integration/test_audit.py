"""The record of deeds: only added to, and any change, gap or cut is found."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.cli import create_app
from server.staff import audit
from tests import make
from tests.console import Browser


@pytest.fixture
def record(tools):
    return Record(tools, make.county(tools).id)


class Record:
    def __init__(self, tools, county):
        self.tools, self.county = tools, county

    def write(self, count=1):
        for number in range(count):
            with self.tools.sessions.begin() as db:
                audit.note(
                    db, tenant_id=self.county, staff_id=None, action="person.view",
                    subject=f"person:{number}", now=self.tools.clock.now(),
                )  # fmt: skip

    def faults(self):
        with self.tools.sessions.read() as db:
            return [(one.number, one.what) for one in audit.verify(db, self.county)]

    def tamper(self, statement, **values):
        """Do what somebody with the database in their hands could: past the triggers."""
        engine = self.tools.sessions.engine
        with engine.begin() as db:
            if engine.dialect.name == "postgresql":
                db.execute(text("SET LOCAL session_replication_role = replica"))
                db.execute(text(statement), {"county": self.county, **values})
                return
            query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            triggers = list(db.execute(text(query)))
            for name, _ in triggers:
                db.execute(text(f"DROP TRIGGER {name}"))
            db.execute(text(statement), {"county": self.county, **values})
            for _, made in triggers:
                db.exec_driver_sql(made)


def test_a_chain_nobody_touched_holds(record):
    assert record.faults() == []
    record.write(5)
    assert record.faults() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET subject = 'person:9'", "DELETE FROM audit_entry"]
)
def test_the_database_itself_refuses_changes(record, statement):
    record.write(2)
    with pytest.raises(DBAPIError, match="only added to"), record.tools.sessions.begin() as db:
        db.execute(text(statement))
    assert record.faults() == []


@pytest.mark.parametrize("place", [1, 3, 6])
@pytest.mark.parametrize(
    "touch",
    ["subject = 'x'", "action = 'x'", "at = '2020-01-01 00:00:00'", "hash = prev", "number = 99"],
)
def test_whatever_is_touched_is_found(record, place, touch):
    record.write(6)
    first = "(SELECT hash FROM audit_entry WHERE number = 2 AND tenant_id = :county)"
    record.tamper(
        f"UPDATE audit_entry SET {touch.replace('prev', first)}"  # noqa: S608 (of this test)
        " WHERE tenant_id = :county AND number = :place",
        place=place,
    )
    found = record.faults()
    assert found
    assert found[0][0] == place


@pytest.mark.parametrize("place", [1, 3, 6])
def test_whatever_is_removed_is_found(record, place):
    record.write(6)
    record.tamper(
        "DELETE FROM audit_entry WHERE tenant_id = :county AND number = :place", place=place
    )
    assert record.faults()[0] == (place, "missing" if place < 6 else "end")


def test_rows_added_by_hand_are_found(record):
    record.write(2)
    record.tamper(
        "INSERT INTO audit_entry (tenant_id, number, at, action, subject, hash)"
        " SELECT tenant_id, 3, at, 'x', 'y', hash FROM audit_entry"
        " WHERE tenant_id = :county AND number = 2"
    )
    assert record.faults() == [(3, "changed"), (4, "end")]


def test_two_counties_have_a_chain_each(record):
    other = Record(record.tools, make.county(record.tools, slug="shiqiao", name="石桥县侨联").id)
    record.write(2)
    other.write(3)
    record.write(1)
    with record.tools.sessions.read() as db:
        assert audit.head(db, record.county)[0] == audit.head(db, other.county)[0] == 3
    assert record.faults() == other.faults() == []


def test_a_change_shows_before_and_after_to_those_who_may(app, tools, record):
    admin = Browser(app, tools, tenant_id=record.county)
    page = admin.post("/console/people/new", data={"name": "陈立群", "city": "米兰"}).location
    admin.post(f"{page}/edit", data={"name": "陈立群", "city": "罗马", "seen": "1"})
    text_of_page = admin.get("/console/audit").text
    for words in ("修改一个人", "住在城市", "米兰", "罗马", "登记一个人"):
        assert words in text_of_page
    with tools.sessions.read() as db:
        rows = list(db.connection().exec_driver_sql("SELECT * FROM audit_entry"))
    assert "罗马" not in str(rows)
    leader = Browser(app, tools, tenant_id=record.county, role="leader")
    assert leader.get("/console/audit").status_code == 403
    assert record.faults() == []


def test_the_page_pages_and_filters(app, tools, record):
    admin = Browser(app, tools, tenant_id=record.county)
    record.write(120)
    first = admin.get("/console/audit").text
    assert first.count("<strong>看一个人</strong>") == 50
    assert admin.get("/console/audit?before=21").text.count("<strong>看一个人</strong>") == 18
    assert admin.get("/console/audit?subject=person:7").text.count("<strong>看一个人</strong>") == 1
    assert "没有这样的记录" in admin.get("/console/audit?subject=person:999").text


def test_the_command_tells_where_it_broke(record, monkeypatch):
    from server.commands import audit as command

    monkeypatch.setattr(command, "toolbox", lambda: record.tools)
    record.write(3)
    runner = create_app().test_cli_runner()
    good = runner.invoke(args=["audit", "verify", "yunxi"])
    assert good.exit_code == 0
    assert "3 entries, unbroken" in good.output
    record.tamper("DELETE FROM audit_entry WHERE tenant_id = :county AND number = 2")
    bad = runner.invoke(args=["audit", "verify", "yunxi"])
    assert bad.exit_code == 1
    assert "entry 2 is missing" in bad.output
