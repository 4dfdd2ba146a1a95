"""Every route of the console × every role × own and another county: nothing opens that should not.

A new route fails here until it has a line in the table.
"""

import io

import pytest

from server.cases import service as cases
from server.cases import wording
from server.cases.states import Kind
from server.demo import seed
from server.greetings import customs, family, replies
from server.greetings import service as greetings
from server.organisations import service as organisations
from server.outbox import holds
from server.people import identities
from server.people.duplicates import merging, pairs
from server.people.duplicates.scoring import Verdict
from server.people.register import relations, writing
from server.people.register.terms import Facts
from server.ports import Identity
from server.registers import duplicates, exports, import_jobs
from server.rights import requests
from server.staff import role_changes
from server.staff import service as staff
from server.staff.permissions import GRANTS, Permission, Role
from server.surveys import reading as surveys
from server.surveys import rounds
from tests import make
from tests.console import Browser
from tests.integration.test_callback import Door

P = Permission
SEE_CASES = (P.SEE_PETITIONS, P.SEE_CONSULTATIONS, P.ANSWER_ASSIGNED)
SURVEYS = (P.RUN_SURVEYS, P.FILL_SURVEYS)
ANYBODY = None  # who is signed in

# (endpoint, method) -> (path, any of these rights). Paths with a record name one of the own county.
TABLE = {
    ("console_today.door", "GET"): ("/console/", ANYBODY),
    ("console_today.page", "GET"): ("/console/today", ANYBODY),
    ("console_me.page", "GET"): ("/console/me", ANYBODY),
    ("console_me.change_password", "POST"): ("/console/me/password", ANYBODY),
    ("console_me.begin_two_step", "POST"): ("/console/me/two-step", ANYBODY),
    ("console_me.two_step_form", "GET"): ("/console/me/two-step", ANYBODY),
    ("console_me.two_step_picture", "GET"): ("/console/me/two-step/code.svg", ANYBODY),
    ("console_me.confirm_two_step", "POST"): ("/console/me/two-step/confirm", ANYBODY),
    ("console_me.end_two_step", "POST"): ("/console/me/two-step/off", ANYBODY),
    ("console_me.end_session", "POST"): ("/console/me/sessions/end", ANYBODY),
    ("console_colleagues.listing", "GET"): ("/console/colleagues", (P.MANAGE_STAFF,)),
    ("console_colleagues.new", "GET"): ("/console/colleagues/new", (P.MANAGE_STAFF,)),
    ("console_colleagues.add", "POST"): ("/console/colleagues/new", (P.MANAGE_STAFF,)),
    ("console_colleagues.show", "GET"): ("/console/colleagues/{colleague}", (P.MANAGE_STAFF,)),
    ("console_colleagues.grant", "POST"): (
        "/console/colleagues/{colleague}/roles",
        (P.MANAGE_STAFF,),
    ),
    ("console_colleagues.end_grant", "POST"): (
        "/console/colleagues/{colleague}/roles/{grant}/end",
        (P.MANAGE_STAFF,),
    ),
    ("console_colleagues.reset_password", "POST"): (
        "/console/colleagues/{colleague}/password",
        (P.MANAGE_STAFF,),
    ),
    ("console_colleagues.move", "POST"): (
        "/console/colleagues/{colleague}/enable",
        (P.MANAGE_STAFF,),
    ),
    ("console_roles.listing", "GET"): ("/console/roles", (P.MANAGE_STAFF,)),
    ("console_roles.new", "GET"): ("/console/roles/new", (P.MANAGE_STAFF,)),
    ("console_roles.add", "POST"): ("/console/roles/new", (P.MANAGE_STAFF,)),
    ("console_roles.show", "GET"): ("/console/roles/volunteer", (P.MANAGE_STAFF,)),
    ("console_roles.save", "POST"): ("/console/roles/volunteer", (P.MANAGE_STAFF,)),
    ("console_roles.reset", "POST"): ("/console/roles/volunteer/reset", (P.MANAGE_STAFF,)),
    ("console_relations.show", "GET"): ("/console/people/{person}/relations", (P.SEE_PEOPLE,)),
    ("console_relations.add", "POST"): (
        "/console/people/{person}/relations?q=",
        (P.EDIT_PEOPLE,),
    ),
    ("console_relations.end", "POST"): (
        "/console/people/{person}/relations/{tie}/end",
        (P.EDIT_PEOPLE,),
    ),
    ("console_duplicates.listing", "GET"): ("/console/duplicates", (P.MERGE_PEOPLE,)),
    ("console_duplicates.scan", "POST"): ("/console/duplicates/scan", (P.MERGE_PEOPLE,)),
    ("console_duplicates.cancel", "POST"): ("/console/duplicates/scan/cancel", (P.MERGE_PEOPLE,)),
    ("console_duplicates.merge_sure", "POST"): ("/console/duplicates/sure", (P.MERGE_PEOPLE,)),
    ("console_duplicates.show", "GET"): ("/console/duplicates/{pair}", (P.MERGE_PEOPLE,)),
    ("console_duplicates.merge", "POST"): ("/console/duplicates/{pair}/merge", (P.MERGE_PEOPLE,)),
    ("console_duplicates.differ", "POST"): (
        "/console/duplicates/{pair}/differ",
        (P.MERGE_PEOPLE,),
    ),
    ("console_duplicates.merges", "GET"): ("/console/duplicates/merges", (P.MERGE_PEOPLE,)),
    ("console_duplicates.undo", "POST"): (
        "/console/duplicates/merges/{merge}/undo",
        (P.MERGE_PEOPLE,),
    ),
    ("console_organisations.listing", "GET"): ("/console/organisations", (P.SEE_ORGANISATIONS,)),
    ("console_organisations.new", "GET"): ("/console/organisations/new", (P.EDIT_ORGANISATIONS,)),
    ("console_organisations.add", "POST"): ("/console/organisations/new", (P.EDIT_ORGANISATIONS,)),
    ("console_organisations.show", "GET"): (
        "/console/organisations/{organisation}",
        (P.SEE_ORGANISATIONS,),
    ),
    ("console_organisations.edit", "GET"): (
        "/console/organisations/{organisation}/edit",
        (P.EDIT_ORGANISATIONS,),
    ),
    ("console_organisations.change", "POST"): (
        "/console/organisations/{organisation}/edit",
        (P.EDIT_ORGANISATIONS,),
    ),
    ("console_organisations.move", "POST"): (
        "/console/organisations/{organisation}/leave",
        (P.EDIT_ORGANISATIONS,),
    ),
    ("console_surveys.listing", "GET"): ("/console/surveys", SURVEYS),
    ("console_surveys.open_round", "POST"): ("/console/surveys", (P.RUN_SURVEYS,)),
    ("console_surveys.show", "GET"): ("/console/surveys/{survey}", SURVEYS),
    ("console_surveys.close", "POST"): ("/console/surveys/{survey}/archive", (P.RUN_SURVEYS,)),
    ("console_surveys.village", "GET"): ("/console/surveys/villages/{village}", SURVEYS),
    ("console_surveys.kept", "GET"): ("/console/surveys/villages/{village}/kept", SURVEYS),
    ("console_surveys.fill", "POST"): ("/console/surveys/villages/{village}", (P.FILL_SURVEYS,)),
    ("console_surveys.move", "POST"): (
        "/console/surveys/villages/{village}/assign",
        (P.RUN_SURVEYS,),
    ),
    ("console_coverage.show", "GET"): ("/console/coverage", (P.SEE_ORGANISATIONS,)),
    ("console_coverage.five", "GET"): ("/console/coverage/five", (P.SEE_ORGANISATIONS,)),
    ("console_search.show", "GET"): ("/console/search?q=陈", ANYBODY),
    ("console_cases.listing", "GET"): ("/console/cases", SEE_CASES),
    ("console_cases.show", "GET"): ("/console/cases/{case}", (P.SEE_PETITIONS,)),
    ("console_cases.move", "POST"): ("/console/cases/{case}", (P.HANDLE_PETITIONS,)),
    ("console_cases.assign", "POST"): (
        "/console/cases/{consultation}/assign",
        (P.ASSIGN_CONSULTATIONS,),
    ),
    ("console_messages.listing", "GET"): ("/console/messages", (P.ANSWER_MESSAGES,)),
    ("console_messages.answer", "POST"): ("/console/messages/{question}", (P.ANSWER_MESSAGES,)),
    ("console_keywords.listing", "GET"): ("/console/keywords", (P.EDIT_KEYWORDS,)),
    ("console_keywords.save", "POST"): ("/console/keywords", (P.EDIT_KEYWORDS,)),
    ("console_keywords.remove", "POST"): ("/console/keywords/remove", (P.EDIT_KEYWORDS,)),
    ("console_people.listing", "GET"): ("/console/people", (P.SEE_PEOPLE,)),
    ("console_people.show", "GET"): ("/console/people/{person}", (P.SEE_PEOPLE,)),
    ("console_people.habits_form", "POST"): ("/console/people/{person}/habits", (P.EDIT_PEOPLE,)),
    ("console_people.mourning_form", "POST"): (
        "/console/people/{person}/mourning",
        (P.EDIT_PEOPLE,),
    ),
    ("console_people.new", "GET"): ("/console/people/new", (P.EDIT_PEOPLE,)),
    ("console_people.add", "POST"): ("/console/people/new", (P.EDIT_PEOPLE,)),
    ("console_people.edit", "GET"): ("/console/people/{person}/edit", (P.EDIT_PEOPLE,)),
    ("console_people.change", "POST"): ("/console/people/{person}/edit", (P.EDIT_PEOPLE,)),
    ("console_imports.listing", "GET"): ("/console/imports", (P.IMPORT_PEOPLE,)),
    ("console_imports.upload", "POST"): ("/console/imports", (P.IMPORT_PEOPLE,)),
    ("console_imports.show", "GET"): ("/console/imports/{batch}", (P.IMPORT_PEOPLE,)),
    ("console_imports.columns", "POST"): ("/console/imports/{batch}/columns", (P.IMPORT_PEOPLE,)),
    ("console_imports.move", "POST"): ("/console/imports/{batch}/cancel", (P.IMPORT_PEOPLE,)),
    ("console_exports.listing", "GET"): ("/console/exports", (P.EXPORT_PEOPLE,)),
    ("console_exports.ask", "POST"): ("/console/exports", (P.EXPORT_PEOPLE,)),
    ("console_exports.show", "GET"): ("/console/exports/{export}", (P.READ_AUDIT,)),
    ("console_rights.listing", "GET"): ("/console/rights", (P.EDIT_PEOPLE,)),
    ("console_rights.show", "GET"): ("/console/rights/{wish}", (P.EDIT_PEOPLE,)),
    ("console_rights.decide", "POST"): ("/console/rights/{wish}/refuse", (P.EDIT_PEOPLE,)),
    ("console_rights.closings", "GET"): ("/console/rights/closings", (P.ERASE_PEOPLE,)),
    ("console_rights.kept", "GET"): ("/console/rights/retention", (P.ERASE_PEOPLE,)),
    ("console_rights.keep", "POST"): ("/console/rights/retention", (P.ERASE_PEOPLE,)),
    ("console_rights.person", "GET"): ("/console/rights/people/{person}", (P.SEE_PEOPLE,)),
    ("console_rights.note", "POST"): ("/console/rights/people/{person}", (P.EDIT_PEOPLE,)),
    ("console_rights.ask_erase", "GET"): (
        "/console/rights/people/{person}/erase",
        (P.ERASE_PEOPLE,),
    ),
    ("console_rights.erase", "POST"): ("/console/rights/people/{person}/erase", (P.ERASE_PEOPLE,)),
    ("console_greetings.listing", "GET"): ("/console/greetings", (P.SEE_DELIVERIES,)),
    ("console_greetings.propose", "POST"): ("/console/greetings", (P.PREPARE_GREETINGS,)),
    ("console_greetings.show", "GET"): ("/console/greetings/{letter}", (P.SEE_DELIVERIES,)),
    ("console_greetings.edit", "POST"): ("/console/greetings/{letter}", (P.PREPARE_GREETINGS,)),
    ("console_greetings.move", "POST"): (
        "/console/greetings/{letter}/approve",
        (P.APPROVE_GREETINGS,),
    ),
    ("console_deliveries.listing", "GET"): ("/console/deliveries", (P.SEE_DELIVERIES,)),
    ("console_deliveries.show", "GET"): ("/console/deliveries/{letter}", (P.SEE_DELIVERIES,)),
    ("console_deliveries.repeat", "POST"): (
        "/console/deliveries/{letter}",
        (P.APPROVE_GREETINGS,),
    ),
    ("console_errands.show", "GET"): ("/console/errands/{letter}", (P.SEE_PEOPLE,)),
    ("console_errands.poster", "GET"): ("/console/errands/{sent}/poster", (P.SEE_PEOPLE,)),
    ("console_errands.poster_code", "GET"): (
        "/console/errands/{sent}/poster/code.png",
        (P.SEE_PEOPLE,),
    ),
    ("console_plan.show", "GET"): ("/console/plan", (P.SEE_DELIVERIES,)),
    ("console_plan.draft", "POST"): ("/console/plan", (P.PREPARE_GREETINGS,)),
    ("console_plan.add", "POST"): ("/console/plan/festivals", (P.PREPARE_GREETINGS,)),
    ("console_plan.keep", "POST"): (
        "/console/plan/festivals/{festival}/leave-out",
        (P.PREPARE_GREETINGS,),
    ),
    ("console_plan.move", "POST"): (
        "/console/plan/festivals/laba/move",
        (P.PREPARE_GREETINGS,),
    ),
    ("console_replies.listing", "GET"): ("/console/replies", (P.PREPARE_GREETINGS,)),
    ("console_replies.move", "POST"): (
        "/console/replies/{reply}/aside",
        (P.PREPARE_GREETINGS,),
    ),
    ("console_family.show_page", "GET"): (
        "/console/greetings/{letter}/page",
        (P.SEE_DELIVERIES,),
    ),
    ("console_family.photo", "GET"): (
        "/console/greetings/{letter}/photos/{photo}",
        (P.SEE_DELIVERIES,),
    ),
    ("console_family.add_photo", "POST"): (
        "/console/greetings/{letter}/photos",
        (P.PREPARE_GREETINGS,),
    ),
    ("console_family.set_news", "POST"): (
        "/console/greetings/{letter}/news",
        (P.PREPARE_GREETINGS,),
    ),
    ("console_family.drop_photo", "POST"): (
        "/console/greetings/{letter}/photos/{photo}/drop",
        (P.PREPARE_GREETINGS,),
    ),
    ("console_deliveries.table", "GET"): (
        "/console/deliveries/{letter}/list.csv",
        (P.SEE_DELIVERIES,),
    ),
    ("console_deliveries.pause", "POST"): ("/console/deliveries/pause", (P.APPROVE_GREETINGS,)),
    ("console_deliveries.lift", "POST"): (
        "/console/deliveries/holds/{hold}/lift",
        (P.APPROVE_GREETINGS,),
    ),
    ("console_deliveries.relaunch", "POST"): (
        "/console/deliveries/{letter}/relaunch",
        (P.APPROVE_GREETINGS,),
    ),
    ("console_audit.listing", "GET"): ("/console/audit", (P.READ_AUDIT,)),
}
# Files have ids by chance, an export belongs to one person; their own tests show who gets them
# (test_cases, test_enclosures, test_exports). An errand is for a person one looks after
# (test_mail_and_errands).
ELSEWHERE = {
    ("console_errands.tick", "POST"),
    ("console_cases.photo", "GET"),
    ("console_messages.enclosure", "GET"),
    ("console_exports.fetch", "POST"),
    ("console_exports.cancel", "POST"),
}
OPEN_TO_ALL = {
    ("console_auth.second_form", "GET"),
    ("console_auth.second_step", "POST"),
    ("console_language.choose", "POST"),
    ("console_auth.form", "GET"),
    ("console_auth.sign_in", "POST"),
    ("console_auth.sign_out", "POST"),
}
CLOSED = {403, 404}


@pytest.fixture
def county(tools):
    return make.county(tools).id


@pytest.fixture
def records(app, tools, county):
    """Make one record of each kind in the county; return their numbers."""
    now, vault = tools.clock.now(), tools.vault
    door = Door(app, make.account(tools), tools.clock)
    door.post(door.text("随便问一句没有关键词的话"))
    admin = Browser(app, tools, tenant_id=county)
    content = "姓名,性别\n王芳,女\n".encode()
    answer = admin.post("/console/imports", data={"file": (io.BytesIO(content), "a.csv")})
    batch = int(answer.location.rpartition("/")[2])
    import_jobs.check_import(tools, batch)
    mini = make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        sender = identities.sign_in(db, mini, Identity(openid="oMini"), now=now)
        brought = {
            kind: cases.submit(
                db,
                cases.Submission(
                    submission_id=f"matrix-00000{kind}", kind=kind, topic=topic,
                    subject="祖屋漏水", body="屋顶漏了两年，请帮忙。", country=None, contact=None,
                    files=(), consent_version=wording.CONSENT_VERSION,
                ),
                tenant_id=county, person_id=sender, vault=vault, now=now,
            ).id
            for kind, topic in ((Kind.PETITION, "house"), (Kind.CONSULTATION, "notary"))
        }  # fmt: skip
        helper = staff.create(
            db, tenant_id=county, login="helper", name="李", role="volunteer",
            password="a-long-password", now=now,
        )  # fmt: skip
        person = writing.add(db, county, Facts(name="陈立群"), vault=vault, now=now)
        alike = [
            writing.add(db, county, Facts(name=name), vault=vault, now=now) for name in "甲乙丙丁"
        ]
        merge = merging.merge(
            db, county, alike[0], alike[1], by=admin.officer.id, vault=vault, now=now
        )
        pairs.suggest(
            db, county, [(alike[2], alike[3], Verdict(20.0, ("同名",), sure=False))], now=now
        )
        seed.lay_land(db, county)
        today = now.date()
        survey = rounds.open_round(
            db, admin.officer, year=today.year, due_on=today, words=None, today=today, now=now
        )
        holds.pause(db, admin.officer, now=now)
        new = customs.New(
            "侨乡文化节", "greet", "solar", 5, 20, None, "{salutation}：来看看\n{tenant}"
        )
        festival = customs.add(db, admin.officer, new, now=now)
        letter = greetings.propose(db, admin.officer, now=now).id
        sent = greetings.propose(db, admin.officer, now=now, festival="winter_solstice")
        greetings.locked(db, county, sent.id).status = "planned"
        wish = exports.Wish("走访", "本单位")
        role_changes.save(
            db, admin.officer, "volunteer", name="帮手", permissions=GRANTS[Role.VOLUNTEER],
            vault=vault, now=now,
        )  # fmt: skip
        return {
            "person": person,
            "merge": merge,
            "tie": relations.add(db, person, alike[0], relations.Kin.SIBLING, since=None),
            "pair": duplicates.listing(db, admin.officer, sure=None, after=None, limit=1)[0].id,
            "organisation": organisations.add(
                db,
                admin.officer,
                organisations.Facts(organisations.Kind.ASSOCIATION, "侨青会"),
                founded_on=None,
                document=None,
                vault=vault,
                now=now,
            ),
            "festival": f"own:{festival}",
            "hold": holds.active(db, admin.officer, now=now)[0].id,
            "survey": survey,
            "village": surveys.villages(db, admin.officer, survey, limit=1)[0].id,
            "colleague": helper.id,
            "grant": helper.holdings[0].grant_id,
            "export": exports.ask(db, admin.officer, wish, now=now),
            "wish": requests.ask(
                db, person_id=sender, fields={}, words="请更正", vault=vault, now=now
            ).id,
            "letter": letter,
            "sent": sent.id,
            "photo": family.add_photo(
                db,
                admin.officer,
                letter,
                file_key=tools.files.put(b"jpeg"),
                caption="",
                size=(1, 1),
                now=now,
            ),
            "reply": replies.write(
                db,
                sent.id,
                replies.Written("陈", "收到", country=None, may_feature=False),
                vault=vault,
                now=now,
            ).id,
            "case": brought[Kind.PETITION],
            "consultation": brought[Kind.CONSULTATION],
            "batch": batch,
            "question": door_question(tools, county),
        }


def door_question(tools, county):
    from server.inbox import questions

    with tools.sessions.read() as db:
        found = questions.listing(
            db, county, vault=tools.vault, answered=False, limit=1, before=None
        )
    return found[0].id


def ask(browser, method, path):
    return (browser.get(path) if method == "GET" else browser.post(path)).status_code


def test_every_route_of_the_console_is_in_the_table(app):
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console_")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == set(TABLE) | ELSEWHERE | OPEN_TO_ALL


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_a_role_reaches_what_it_may_and_nothing_else(app, tools, county, records, role):
    browser = Browser(app, tools, tenant_id=county, role=role)
    for (endpoint, method), (path, rights) in TABLE.items():
        status = ask(browser, method, path.format(**records))
        allowed = rights is ANYBODY or any(right in GRANTS[role] for right in rights)
        assert (status not in CLOSED) == allowed, (role, endpoint, status)


def test_an_administrator_reaches_everything_at_home(app, tools, county, records):
    client = Browser(app, tools, tenant_id=county, role="admin", login="second")
    for (endpoint, method), (path, _) in TABLE.items():
        assert ask(client, method, path.format(**records)) not in CLOSED, endpoint


def test_another_countys_administrator_reaches_no_record(app, tools, records):
    other = make.county(tools, slug="shiqiao", name="石桥县侨联").id
    stranger = Browser(app, tools, tenant_id=other)
    for (endpoint, method), (path, _) in TABLE.items():
        if "{" in path:
            assert ask(stranger, method, path.format(**records)) in CLOSED, endpoint


def test_nobody_reaches_anything_unsigned(app, records):
    client = app.test_client()
    for (endpoint, method), (path, _) in TABLE.items():
        answer = client.open(path.format(**records), method=method)
        if method == "GET":
            assert answer.status_code == 302, endpoint
            assert "/console/sign-in" in answer.location
        else:
            assert answer.status_code in {400, 401, 403}, endpoint
