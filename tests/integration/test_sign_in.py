"""Signing in: passwords, the second step, slowing down without locking out, sign-ins that end."""

import html
import re

import pyotp
import pytest
from sqlalchemy import select

from server.cli import create_app as commands
from server.staff import service as staff
from server.staff import sessions
from server.staff.models import AuditEntry, StaffMember, StaffSession
from server.web.console import devices
from server.web.console.shell import COOKIE
from tests import make
from tests.console import Browser

PASSWORD = "a-long-password"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Desk:
    """A browser at the sign-in page; `device` keeps cookies as a computer does."""

    def __init__(self, app, *, address="10.0.0.1"):
        self.client, self.address = app.test_client(), address

    def get(self, path):
        return self.client.get(path, environ_base={"REMOTE_ADDR": self.address})

    def post(self, path, data, page=None):
        token = _TOKEN.search(self.get(page or path).text)
        form = {"csrf_token": token[1] if token else "", **data}
        return self.client.post(path, data=form, environ_base={"REMOTE_ADDR": self.address})

    def sign_in(self, login="admin", password=PASSWORD):
        return self.post("/console/sign-in", {"login": login, "password": password})

    @property
    def inside(self):
        return self.get("/console/today").status_code == 200


@pytest.fixture
def county(tools):
    return make.county(tools).id


@pytest.fixture
def admin(tools, county):
    with tools.sessions.begin() as db:
        return staff.create(
            db, tenant_id=county, login="admin", name="王", role="super", password=PASSWORD,
            now=tools.clock.now(),
        )  # fmt: skip


def actions(tools):
    with tools.sessions.read() as db:
        return list(db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_the_right_password_opens_the_door_and_a_wrong_one_does_not(app, tools, admin):
    desk = Desk(app)
    assert desk.sign_in(password="wrong-password").status_code == 401
    assert not desk.inside
    assert desk.sign_in().status_code == 302
    assert desk.inside
    assert actions(tools)[-2:] == ["sign_in.refused_password", "sign_in"]


def test_the_cookie_is_for_the_console_alone_and_for_no_script(app, admin):
    answer = Desk(app).sign_in()
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    for part in ("HttpOnly", "SameSite=Lax", "Path=/console"):
        assert part in cookie


def test_guessing_is_slowed_down_and_never_locks_the_owner_out(app, tools, admin):
    own = Desk(app, address="10.0.0.1")
    own.sign_in()
    guesser = Desk(app, address="10.0.0.66")
    answers = [guesser.sign_in(password=f"guess-number-{n}").status_code for n in range(12)]
    assert answers[:10] == [401] * 10
    assert set(answers[10:]) == {429}
    assert guesser.sign_in().status_code == 429, "the right password as well"
    own.client.delete_cookie(COOKIE, path="/console")
    assert own.sign_in().status_code == 302, "the owner's own computer has a lane of its own"


def test_many_addresses_together_do_not_lock_a_known_computer_out(app, admin):
    own = Desk(app, address="10.0.0.1")
    own.sign_in()
    for number in range(60):
        Desk(app, address=f"10.1.0.{number}").sign_in(password="guess-something")
    assert Desk(app, address="10.2.0.1").sign_in().status_code == 429
    own.client.delete_cookie(COOKIE, path="/console")
    assert own.sign_in().status_code == 302


def test_a_device_cookie_made_by_hand_gives_no_lane(app, admin):
    guesser = Desk(app, address="10.0.0.66")
    guesser.client.set_cookie(devices.COOKIE, "e30.forged", path=devices.PATH)
    answers = {guesser.sign_in(password="guess-again-and").status_code for _ in range(12)}
    assert answers == {401, 429}


@pytest.fixture
def two_step(app, tools, admin):
    """An administrator who turned the second step on; returns (desk, secret, recovery codes)."""
    desk = Desk(app)
    desk.sign_in()
    desk.post("/console/me/two-step", {"password": PASSWORD}, page="/console/me")
    page = desk.get("/console/me/two-step").text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert desk.get("/console/me/two-step/code.svg").text.startswith("<svg")
    code = pyotp.TOTP(secret).at(tools.clock.now())
    shown = desk.post(
        "/console/me/two-step/confirm", {"code": code}, page="/console/me/two-step"
    ).text
    codes = re.findall(r'class="secret">([a-z0-9-]+)<', shown)
    assert len(codes) == 8
    tools.clock.advance(minutes=1)
    return desk, secret, codes


def half(app):
    desk = Desk(app)
    answer = desk.sign_in()
    assert answer.location == "/console/sign-in/code"
    assert not desk.inside, "the password alone is not enough"
    return desk


def test_the_second_step_wants_the_code_of_the_phone_and_takes_it_once(app, tools, two_step):
    _, secret, _ = two_step
    desk, code = half(app), pyotp.TOTP(secret).at(tools.clock.now())
    assert desk.post("/console/sign-in/code", {"code": "000000"}).status_code == 401
    assert desk.post("/console/sign-in/code", {"code": code}).status_code == 302
    assert desk.inside
    again = half(app)
    assert again.post("/console/sign-in/code", {"code": code}).status_code == 401, "a replay"


def test_a_recovery_code_opens_once(app, two_step):
    _, _, codes = two_step
    desk = half(app)
    assert desk.post("/console/sign-in/code", {"code": codes[0].upper()}).status_code == 302
    assert desk.inside
    assert half(app).post("/console/sign-in/code", {"code": codes[0]}).status_code == 401


def test_the_second_step_waits_five_minutes_only(app, tools, two_step):
    _, secret, _ = two_step
    desk = half(app)
    token = _TOKEN.search(desk.get("/console/sign-in/code").text)[1]
    tools.clock.advance(minutes=6)
    code = pyotp.TOTP(secret).at(tools.clock.now())
    answer = desk.client.post("/console/sign-in/code", data={"csrf_token": token, "code": code})
    assert answer.location == "/console/sign-in"
    assert "从密码重新开始" in desk.get("/console/sign-in").text


def test_codes_are_slowed_down_like_passwords(app, two_step):
    desk = half(app)
    answers = [
        desk.post("/console/sign-in/code", {"code": f"{n:06}"}).status_code for n in range(12)
    ]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_turning_the_second_step_on_or_off_wants_the_password(app, two_step):
    desk, _, _ = two_step
    answer = desk.post("/console/me/two-step/off", {"password": "wrong"}, page="/console/me")
    assert answer.status_code == 400
    assert "密码不对" in answer.text
    answer = desk.post("/console/me/two-step/off", {"password": PASSWORD}, page="/console/me")
    assert answer.status_code == 302
    assert Desk(app).sign_in().location == "/console/today"


def test_sign_ins_are_listed_and_ended_one_by_one_or_all(app, tools, admin):
    here, there, elsewhere = Desk(app), Desk(app), Desk(app)
    for desk in (here, there, elsewhere):
        desk.sign_in()
    page = here.get("/console/me").text
    refs = re.findall(r'name="ref" value="([0-9a-f]+)"', page)
    assert len(refs) == 2, "this one has no button of its own"
    here.post("/console/me/sessions/end", {"ref": refs[0]}, page="/console/me")
    assert [there.inside, elsewhere.inside].count(False) == 1
    here.post("/console/me/sessions/end", {}, page="/console/me")
    assert not there.inside
    assert not elsewhere.inside
    assert here.inside


def test_a_sign_in_ends_after_two_idle_hours_and_after_a_working_day(app, tools, admin):
    desk = Desk(app)
    desk.sign_in()
    for _ in range(9):
        tools.clock.advance(minutes=65)
        assert desk.inside
    tools.clock.advance(minutes=65)
    assert not desk.inside, "ten hours"
    desk.sign_in()
    tools.clock.advance(hours=2, minutes=1)
    assert not desk.inside, "idle"


def change(desk, old=PASSWORD, new="another-long-one", again="another-long-one"):
    form = {"old": old, "new": new, "again": again}
    return desk.post("/console/me/password", form, page="/console/me")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"old": "not-my-password"}, "现在的密码不对"),
        ({"new": "short"}, "密码至少 10 位"),
        ({"new": "aaaaaaaaaaaa"}, "密码太简单"),
        ({"new": "admin-admin-admin"}, "密码里不要包含登录名"),
        ({"new": PASSWORD}, "新密码和现在的一样"),
        ({"again": "something-else"}, "两次写的不一样"),
    ],
)
def test_a_bad_change_of_password_changes_nothing(app, admin, fields, words):
    desk = Desk(app)
    desk.sign_in()
    answer = change(desk, **fields)
    assert answer.status_code == 400
    assert words in answer.text
    assert Desk(app).sign_in().status_code == 302


def test_a_changed_password_ends_all_other_sign_ins(app, admin):
    desk, other = Desk(app), Desk(app)
    desk.sign_in()
    other.sign_in()
    assert change(desk).status_code == 302
    assert desk.inside
    assert not other.inside
    assert Desk(app).sign_in().status_code == 401
    assert Desk(app).sign_in(password="another-long-one").status_code == 302


def run(tools, monkeypatch, *args):
    monkeypatch.setattr("server.commands.staff.toolbox", lambda: tools)
    return commands().test_cli_runner().invoke(args=["staff", *args])


def test_the_first_administrator_is_made_by_a_command_with_no_default_password(
    app, tools, county, monkeypatch
):
    said = run(tools, monkeypatch, "create-admin", "yunxi", "chen", "--name", "陈立群")
    assert said.exit_code == 0, said.output
    password = re.search(r"temporary password: (\S+)", said.output)[1]
    desk = Desk(app)
    assert desk.sign_in("chen", password).status_code == 302
    assert desk.get("/console/today").location == "/console/me", "first a password of their own"
    assert "请先换成自己的" in desk.get("/console/me").text
    assert change(desk, old=password).status_code == 302
    assert desk.inside


def test_a_temporary_password_opens_for_seven_days_only(app, tools, county, monkeypatch):
    said = run(tools, monkeypatch, "create-admin", "yunxi", "chen", "--name", "陈立群")
    password = re.search(r"temporary password: (\S+)", said.output)[1]
    with tools.sessions.begin() as db:
        db.scalar(select(StaffMember)).password_until = tools.clock.now()
    answer = Desk(app).sign_in("chen", password)
    assert answer.status_code == 401
    assert "临时密码过期" in answer.text


def test_whoever_has_the_server_lets_the_only_administrator_in_again(
    app, tools, two_step, monkeypatch
):
    desk, _, _ = two_step
    assert run(tools, monkeypatch, "remove-two-step", "admin").exit_code == 0
    said = run(tools, monkeypatch, "reset-password", "admin")
    password = re.search(r"temporary password: (\S+)", said.output)[1]
    assert not desk.inside, "all sign-ins ended"
    assert Desk(app).sign_in(password=password).location == "/console/today"
    assert {"two_step.off", "staff.password_reset"} <= set(actions(tools))
    assert run(tools, monkeypatch, "reset-password", "nobody").exit_code != 0


def test_of_a_token_only_its_hash_is_kept(tools, admin):
    with tools.sessions.begin() as db:
        token = sessions.open_session(db, admin, now=tools.clock.now())
    with tools.sessions.read() as db:
        (kept,) = db.scalars(select(StaffSession.token_hash))
    assert token.encode() not in kept
    assert len(kept) == 32


def test_nobody_may_be_two_things_in_the_audit(app, tools, admin):
    """What a browser names as device is shown as plain words only."""
    desk = Desk(app)
    desk.client.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script>"
    desk.sign_in()
    assert "不认识的设备" in desk.get("/console/me").text


def test_another_browser_is_not_signed_in(app, tools, county):
    Browser(app, tools, tenant_id=county)
    assert app.test_client().get("/console/today").status_code == 302


OURS = {"Origin": "http://localhost"}
TYPED = {"text": "\n<b>写了半天的信</b>", "timing": "local_morning", "at": "09:00"}


@pytest.fixture
def late(app, tools, county):
    """Somebody whose session has ended while they were writing."""
    desk = Browser(app, tools, tenant_id=county)
    desk.cookie = desk.client.get_cookie(COOKIE, path="/console").value
    desk.client.delete_cookie(COOKIE, path="/console")
    return desk


def fields_of(page):
    return {
        name: html.unescape(value)
        for name, value in re.findall(
            r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL
        )
    }


def test_words_typed_after_the_session_ended_are_not_lost(late):
    answer = late.client.post("/console/greetings/1?x=1", data=TYPED, headers=OURS)
    assert answer.status_code == 401
    assert fields_of(answer.text) == TYPED
    assert 'action="/console/greetings/1?x=1"' in answer.text
    assert "csrf_token" not in answer.text
    late.client.set_cookie(COOKIE, late.cookie, path="/console")  # signed in, in another tab
    kept = {**fields_of(answer.text), "typed_before": "1"}
    again = late.client.post("/console/greetings/1?x=1", data=kept, headers=OURS)
    assert again.status_code == 200
    assert fields_of(again.text) == TYPED
    token = _TOKEN.search(again.text)[1]
    form = {**fields_of(again.text), "csrf_token": token}
    done = late.client.post("/console/greetings/1?x=1", data=form, headers=OURS)
    assert done.status_code == 404, "the form went through: there is no such letter"


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (TYPED, {}),
        (TYPED, {"Origin": "https://evil.test"}),
        (TYPED, {"Origin": "null"}),
        ({"old_password": "x", "password": "y"}, OURS),
        ({}, OURS),
    ],
    ids=["no origin", "another site", "nobody", "a password", "nothing"],
)
def test_what_another_site_sent_or_is_secret_is_not_kept(late, data, headers):
    answer = late.client.post("/console/greetings/1", data=data, headers=headers)
    assert answer.status_code == 401
    assert not fields_of(answer.text)


def test_another_site_cannot_pretend_that_a_form_was_kept(late):
    late.client.set_cookie(COOKIE, late.cookie, path="/console")
    answer = late.client.post(
        "/console/greetings/1", data={**TYPED, "typed_before": "1"},
        headers={"Origin": "https://evil.test"},
    )  # fmt: skip
    assert answer.status_code == 400
