"""A case between the person and the desk: joined people, new facts, who may see what."""

import pytest
from sqlalchemy import select, text

from server.cases import access
from server.cases import service as cases
from server.cases.models import Case
from server.cases.states import Action
from server.kernel.errors import NotFound
from server.people import identities, subscriptions
from server.people import service as people
from server.ports import FollowerInfo, Identity
from server.staff import service as staff
from tests import make
from tests.integration.test_api import BODY, keyed, sign_in


@pytest.fixture
def county(tools):
    return make.county(tools)


def officer(tools, county, role="petitions", login="li"):
    with tools.sessions.begin() as db:
        return staff.create(
            db,
            tenant_id=county.id,
            login=login,
            name="李",
            role=role,
            password="long-enough-1",
            now=tools.clock.now(),
        )


def submit(client, headers, key="m", **change):
    return client.post("/api/v1/cases", json=BODY | change, headers=keyed(headers, key)).json[
        "number"
    ]


def reply(tools, who, words="答复"):
    with tools.sessions.begin() as db:
        case = db.scalars(select(Case).with_for_update()).one()
        event = cases.move(
            db, case, Action.REPLY, officer=who, told=words, note="内部", vault=tools.vault,
            now=tools.clock.now(),
        )  # fmt: skip
        return event.notice


@pytest.mark.parametrize("order", ["the follower learns", "the mini-program signs in"])
def test_a_person_keeps_their_case_and_consents_when_two_turn_out_to_be_one(
    county, tools, client, order
):
    me, now = sign_in(tools, "oMini"), tools.clock.now()
    number = submit(client, me)
    client.post(
        "/api/v1/me/subscriptions",
        json={"template": "case_progress", "accepted": True},
        headers=keyed(me, "s"),
    )
    official, mini = make.account(tools, "yunxi"), make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        identities.follow(db, official, openid="oOff", scene=None, now=now)
        person = identities.person_of(db, official, "oOff")
        people.update_profile(db, person, {"country": "IT"}, vault=tools.vault)
        info = FollowerInfo("oOff", following=True, unionid="U1")
        if order == "the follower learns":
            identities.sign_in(db, mini, Identity("oMini", "U1"), now=now)
            identities.learn(db, official, info, now=now)
        else:
            identities.learn(db, official, info, now=now)
            identities.sign_in(db, mini, Identity("oMini", "U1"), now=now)
    assert client.get(f"/api/v1/cases/{number}", headers=me).status_code == 200
    assert len(client.get("/api/v1/cases", headers=me).json["items"]) == 1
    joined = client.get("/api/v1/me", headers=me).json
    assert joined["country"] == "IT"
    with tools.sessions.read() as db:
        assert subscriptions.remaining(db, person_id=joined["id"], template="case_progress") == 1


def test_new_facts_after_the_answer_are_back_on_the_desk_with_a_new_clock(county, tools, client):
    me, who = sign_in(tools), officer(tools, county)
    number = submit(client, me)
    reply(tools, who)
    tools.clock.advance(days=20)
    more = client.post(
        f"/api/v1/cases/{number}/supplements", json={"body": "又漏了"}, headers=keyed(me, "x")
    )
    assert more.status_code == 201
    case = client.get(f"/api/v1/cases/{number}", headers=me).json
    assert case["state"] == "registered"
    assert case["answer_by"] == "2026-12-25"


def test_the_inner_note_never_reaches_the_person(county, tools, client):
    me = sign_in(tools)
    number = submit(client, me)
    reply(tools, officer(tools, county))
    assert "内部" not in client.get(f"/api/v1/cases/{number}", headers=me).get_data(as_text=True)


def test_who_cannot_be_told_by_phone_is_called(county, tools, client):
    submit(client, sign_in(tools))
    assert reply(tools, officer(tools, county)) == "none"


def test_a_lawyer_does_not_find_petitions_and_another_county_finds_nothing(county, tools, client):
    submit(client, sign_in(tools))
    other = make.county(tools, "shanhai", "山海县侨联")
    lawyer = officer(tools, county, "lawyer", "lvshi")
    stranger = officer(tools, other, "admin", "guest")
    with tools.sessions.begin() as db:
        case_id = db.scalar(select(Case.id))
        for who in (lawyer, stranger):
            with pytest.raises(NotFound):
                access.for_officer(db, case_id, officer=who, now=tools.clock.now())


def test_every_look_of_an_officer_is_recorded(county, tools, client):
    submit(client, sign_in(tools))
    who = officer(tools, county)
    with tools.sessions.begin() as db:
        case_id = db.scalar(select(Case.id))
        access.for_officer(db, case_id, officer=who, now=tools.clock.now())
    with tools.sessions.read() as db:
        noted = db.execute(
            text("SELECT action, subject FROM audit_entry WHERE action = 'case.view'")
        ).one()
    assert tuple(noted) == ("case.view", f"case:{case_id}")


def test_the_first_officer_who_touches_a_case_stays_its_first(county, tools, client):
    submit(client, sign_in(tools))
    first, second = officer(tools, county), officer(tools, county, login="wang")
    reply(tools, first)
    reply(tools, second, "再答复")
    with tools.sessions.read() as db:
        assert db.scalar(select(Case.first_officer_id)) == first.id
