"""Keys of the data change while the system runs: everything still opens and is found by phone."""

import contextlib
import dataclasses
from datetime import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Integer,
    LargeBinary,
    String,
    Time,
    create_engine,
    insert,
)
from sqlalchemy.pool import NullPool

from server import tables
from server.cli import create_app
from server.files.store import SealedFiles
from server.kernel import rotation
from server.kernel.crypto import Tampered, Vault
from server.kernel.db import UtcDateTime
from server.people import service as people
from server.people.register import reading, search, writing
from server.people.register.terms import ContactKind, Facts
from server.places.codes import EVERYWHERE
from server.staff import audit
from tests import make

OLD, NEW = b"k" * 32, b"n" * 32
PHONE = "+393331234567"
CHEN = Facts(
    name="陈立群",
    contacts=((ContactKind.PHONE, PHONE), (ContactKind.EMAIL, "Chen@example.org")),
    notes="祖屋在村口",
    hardship="腿脚不便",
)


def with_keys(tools, keys):
    vault = Vault(keys)
    files = SealedFiles(tools.settings.data_dir / "files", vault)
    return dataclasses.replace(tools, vault=vault, files=files)


class House:
    """A county with sealed things in it, and the ring of keys it is run with."""

    def __init__(self, tools, monkeypatch):
        self.tools, self._monkeypatch = tools, monkeypatch
        self.county = make.county(tools).id
        self.people = []
        self.turn({1: OLD})

    def turn(self, keys):
        self.tools = with_keys(self.tools, keys)
        self._monkeypatch.setattr("server.commands.keys.toolbox", lambda: self.tools)

    def run(self, *args):
        return create_app().test_cli_runner().invoke(args=["keys", *args])

    def enter(self, facts=CHEN):
        now, vault = self.tools.clock.now(), self.tools.vault
        with self.tools.sessions.begin() as db:
            person = writing.add(db, self.county, facts, vault=vault, now=now)
            people.update_profile(db, person, {"salutation": "陈伯"}, vault=vault)
            audit.note(
                db, tenant_id=self.county, staff_id=None, action="person.change",
                subject=f"person:{person}", now=now,
                detail=audit.sealed_changes({"city": "罗马"}, {"city": "米兰"}, vault=vault),
            )  # fmt: skip
        self.people.append(person)
        return person

    def found(self, text):
        with self.tools.sessions.read() as db:
            lines = search.find(db, self.county, text, vault=self.tools.vault, limit=50)
        return sorted(one.person_id for one in lines)

    def is_whole(self):
        with self.tools.sessions.read() as db:
            for person in self.people:
                page = reading.page(
                    db, self.county, person, vault=self.tools.vault, scope=EVERYWHERE
                )
                assert page.facts.contacts == CHEN.contacts
                assert (page.facts.notes, page.facts.hardship) == (CHEN.notes, CHEN.hardship)
                assert people.profile(db, person, self.tools.vault).salutation == "陈伯"
            assert list(audit.verify(db, self.county, vault=self.tools.vault)) == []
            lines = audit.listing(db, self.county, vault=self.tools.vault, limit=9)
            assert all(one.changes == {"city": ["罗马", "米兰"]} for one in lines)


@pytest.fixture
def house(tools, monkeypatch):
    return House(tools, monkeypatch)


def test_everything_opens_and_is_found_before_during_and_after(house):
    first = house.enter()
    key = house.tools.files.put(b"a photo")
    house.turn({1: OLD, 2: NEW})
    second = house.enter()
    assert house.found(PHONE) == [first, second]
    assert "still needed" in house.run("status").output
    done = house.run("rotate")
    assert done.exit_code == 0, done.output
    assert "key 1: 0 values" in done.output
    assert "not needed any more" in done.output
    assert house.found("chen@example.org") == [first, second]
    house.turn({2: NEW})
    assert house.found(PHONE) == [first, second]
    house.is_whole()
    assert house.tools.files.get(key) == b"a photo"
    assert "key 1" not in house.run("status").output


def test_a_killed_change_of_keys_goes_on_where_it_was(house, monkeypatch):
    for _ in range(7):
        house.enter()
    house.turn({1: OLD, 2: NEW})
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    real, steps = rotation.step, []

    def dies(*args, **more):
        if len(steps) == 4:
            raise KeyboardInterrupt
        steps.append(1)
        return real(*args, **more)

    monkeypatch.setattr(rotation, "step", dies)
    assert house.run("rotate").exit_code != 0
    house.is_whole()
    monkeypatch.setattr(rotation, "step", real)
    assert house.run("rotate").exit_code == 0
    house.turn({2: NEW})
    house.is_whole()
    assert house.found(PHONE) == house.people


def test_what_somebody_changes_meanwhile_stays_changed(house):
    person = house.enter()
    house.turn({1: OLD, 2: NEW})
    (place,) = [one for one in tables.sealed_places() if one.table.name == "person"]
    with house.tools.sessions.read() as db:
        before = dict(db.execute(place.table.select()).mappings().one())
    with house.tools.sessions.begin() as db:
        people.update_profile(db, person, {"salutation": "陈老"}, vault=house.tools.vault)
    values = {
        "salutation": house.tools.vault.resealed(before["salutation"], where="person.salutation")
    }
    with house.tools.sessions.begin() as db:
        assert rotation._write(db, place.table, before, values) == 0
    with house.tools.sessions.read() as db:
        assert people.profile(db, person, house.tools.vault).salutation == "陈老"


def test_a_missing_key_is_named_and_nothing_is_lost(house):
    house.enter()
    house.turn({2: NEW})
    told = house.run("status")
    assert told.exit_code == 1
    assert "key 1" in told.output
    assert "NOT in XIANGYIN_DATA_KEYS" in told.output
    assert house.run("rotate").exit_code == 1
    house.turn({1: OLD})
    house.is_whole()


def test_every_binary_column_is_sealed_hashed_or_keyed_and_rotation_knows_which(house):
    """A new sealed column needs no line anywhere; a new hash must be named in server.tables."""
    binary = {
        f"{table.name}.{column.name}"
        for table in tables.METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert binary >= tables.HASHES | tables.KEYED
    looked_after = {place.where(name) for place in tables.sealed_places() for name in place.sealed}
    assert looked_after == binary - tables.HASHES - tables.KEYED


@pytest.mark.parametrize("name", [place.table.name for place in tables.sealed_places()])
def test_each_table_is_sealed_anew(house, name):
    """Rows made up for every table with something sealed, also those of rooms to come."""
    (place,) = [one for one in tables.sealed_places() if one.table.name == name]
    if not place.sealed:
        return
    put_in(house, place)
    house.turn({1: OLD, 2: NEW})
    with house.tools.sessions.begin() as db:
        assert rotation.step(db, place, after=None, vault=house.tools.vault).done >= 1
    new = Vault({2: NEW})
    with house.tools.sessions.read() as db:
        for kept in db.execute(place.table.select()).mappings():
            for column in place.sealed:
                if kept[column]:
                    assert new.open(kept[column], where=place.where(column))


def put_in(house, place):
    """Write one row, whatever its foreign keys say: a bare SQLite engine does not check them."""
    row = {
        column.name: house.tools.vault.seal("秘密", where=place.where(column.name))
        if column.name in place.sealed
        else made_up(column)
        for column in place.table.columns
        if column.name in place.sealed or not column.nullable
    }
    engine = create_engine(house.tools.settings.database_url, poolclass=NullPool)
    with contextlib.closing(engine.connect()) as db, db.begin():
        if engine.dialect.name == "postgresql":
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")
        db.execute(insert(place.table).values(row))


def made_up(column):
    kinds = {
        Date: make.NOON.date(), UtcDateTime: make.NOON, Time: time(9), Boolean: False,
        LargeBinary: b"\x01x", Integer: 99, JSON: [], String: "phone",
    }  # fmt: skip
    return next(value for kind, value in kinds.items() if isinstance(column.type, kind))


@given(
    st.lists(st.integers(1, 255), min_size=1, max_size=6, unique=True).map(sorted),
    st.text(max_size=20),
)
def test_whatever_keys_came_and_went_a_value_opens_and_is_found(ids, text):
    """Each new key joins the ring, everything is sealed anew, the one before leaves."""
    key = {one: bytes([one]) * 32 for one in ids}
    vault = Vault({ids[0]: key[ids[0]]})
    sealed, hashed = vault.seal(text, where="a.b"), vault.blind(text, where="a.b")
    for before, after in pairwise(ids):
        both = Vault({before: key[before], after: key[after]})
        assert hashed in both.blinds(text, where="a.b")
        sealed, hashed = both.resealed(sealed, where="a.b"), both.blind(text, where="a.b")
        vault = Vault({after: key[after]})
        assert both.key_id(sealed) == both.key_id(hashed) == after
    assert vault.open(sealed, where="a.b") == text
    assert vault.blinds(text, where="a.b") == [hashed]


def test_a_value_moved_to_another_column_does_not_open():
    vault = Vault({1: OLD})
    with pytest.raises(Tampered):
        vault.resealed(vault.seal("x", where="a.b"), where="a.c")
