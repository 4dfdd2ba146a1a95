"""One rule decides who may do what to which record; lists and single records follow the same."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from server.places.codes import EVERYWHERE, Scope, scope
from server.staff import access
from server.staff import service as staff
from server.staff.officers import Officer
from server.staff.permissions import GRANTS, LOCAL, Permission, Role
from tests import make

P = Permission
PATHS = ["", "33", "3311", "331199", "331199001", "331199001002", "331199002", "3312", "4419"]


@dataclass(frozen=True)
class Record:
    tenant_id: int
    path: str | None
    assigned_to: int | None = None


officers = st.builds(
    lambda rights, tenant: Officer(7, tenant, "li", "李", rights=rights),
    st.dictionaries(
        st.sampled_from([P.SEE_PEOPLE, P.SEE_CONSULTATIONS, P.ANSWER_ASSIGNED]),
        st.lists(st.sampled_from(PATHS), min_size=1).map(scope),
    ),
    st.sampled_from([1, 2]),
)
records = st.builds(
    Record,
    st.sampled_from([1, 2]),
    st.sampled_from([None, *PATHS]),
    st.sampled_from([None, 7, 8]),
)


@pytest.fixture
def rows(tools):
    """A table of its own beside ours, gone with the transaction."""
    table = Table(
        "records_of_a_test",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("tenant_id", Integer),
        Column("path", String(24)),
        Column("assigned_to", Integer),
        prefixes=["TEMPORARY"],
    )
    with tools.sessions.begin() as db:
        table.create(db.connection())
        yield db, table
        table.drop(db.connection())


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    officer=officers,
    all_of=st.lists(records, min_size=1, max_size=12),
    permission=st.sampled_from([P.SEE_PEOPLE, P.SEE_CONSULTATIONS, P.MANAGE_STAFF]),
    placed=st.booleans(),
    assigned=st.booleans(),
)
def test_the_question_and_the_condition_agree(rows, officer, all_of, permission, placed, assigned):
    db, table = rows
    db.execute(table.delete())
    seen = [
        Record(one.tenant_id, one.path if placed else None, one.assigned_to if assigned else None)
        for one in all_of
    ]
    for number, one in enumerate(seen):
        values = {"tenant_id": one.tenant_id, "path": one.path, "assigned_to": one.assigned_to}
        db.execute(insert(table).values(id=number, **values))
    condition = access.within(
        officer, permission, table.c.tenant_id, table.c.path if placed else None,
        assigned_column=table.c.assigned_to if assigned else None,
    )  # fmt: skip
    listed = set(db.scalars(select(table.c.id).where(condition)))
    asked = {
        number
        for number, one in enumerate(seen)
        if access.may(officer, permission, one, assigned_to=one.assigned_to)
    }
    assert listed == asked


@pytest.fixture
def hire(tools):
    county = make.county(tools).id

    def hired(role, path=""):
        with tools.sessions.begin() as db:
            return staff.create(
                db, tenant_id=county, login=f"{role}{path}".replace("_", "-"), name="王",
                role=role, password="a-long-password", now=tools.clock.now(), path=path,
            )  # fmt: skip

    return hired


@pytest.mark.parametrize("role", list(Role))
def test_a_role_of_the_whole_county_gives_all_its_rights_everywhere(hire, role):
    officer = hire(role)
    assert {one for one in Permission if officer.may(one)} == GRANTS[role]
    assert {officer.scope(one) for one in GRANTS[role]} == {EVERYWHERE}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_at_a_node_gives_what_can_be_done_there_and_only_there(hire, role):
    officer = hire(role, "331199001")
    assert {one for one in Permission if officer.may(one)} == GRANTS[role] & LOCAL
    assert {officer.scope(one) for one in Permission if officer.may(one)} <= {Scope(("331199001",))}


def test_records_of_the_county_are_out_of_reach_from_a_village(hire):
    liaison = hire(Role.LIAISON, "331199001002")
    own = liaison.tenant_id
    assert access.may(liaison, P.SEE_PEOPLE, Record(own, "331199001002003"))
    for place in ("331199001", "331199001003", "", None):
        assert not access.may(liaison, P.SEE_PEOPLE, Record(own, place))
    assert not access.may(liaison, P.SEE_PEOPLE, Record(own + 1, "331199001002"))
    assert not access.may(liaison, P.SEE_HARDSHIP, Record(own, "331199001002"))


def test_a_lawyer_reaches_what_is_assigned_and_nothing_else(hire):
    lawyer = hire(Role.LAWYER)
    case = Record(lawyer.tenant_id, "")
    assert access.may(lawyer, P.HANDLE_CONSULTATIONS, case, assigned_to=lawyer.id)
    assert not access.may(lawyer, P.HANDLE_CONSULTATIONS, case, assigned_to=lawyer.id + 1)
    assert not access.may(lawyer, P.HANDLE_CONSULTATIONS, case)
    assert not access.may(lawyer, P.SEE_PETITIONS, case, assigned_to=lawyer.id)
