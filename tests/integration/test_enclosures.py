"""Photos and voices people send in the chat reach staff, once, and only their own county's."""

import io
import threading

import pytest
import requests
from PIL import Image

from server.accounts import service as accounts
from server.inbox import enclosures, questions
from server.inbox.enclosures import State
from server.staff.permissions import GRANTS, Permission, Role
from server.web.callback import enclosed, handlers
from server.wechat import http
from tests import make
from tests.console import Browser
from tests.integration.test_callback import Door


@pytest.fixture
def wechat_api(sandbox):
    make.call("POST", f"{sandbox}/sandbox/reset")
    return sandbox


@pytest.fixture
def world(app, tools):
    return World(app, tools, make.county(tools).id)


class World:
    def __init__(self, app, tools, county):
        self.county = county
        self.app, self.tools, self.sandbox = app, tools, tools.settings.wechat_api
        self.door = Door(app, make.account(tools), tools.clock)
        make.introduce(self.sandbox, self.door.account)
        card = {"nickname": "阿杰", "country": "意大利", "zone": "Europe/Rome"}
        self.person = make.call("POST", f"{self.sandbox}/sandbox/followers", card)
        self.act("follow")

    def act(self, act, **body):
        url = f"{self.sandbox}/sandbox/followers/{self.person['id']}/{act}"
        return make.call("POST", url, {"appid": self.door.account.appid, **body})

    def send(self, kind, content=None, inner=""):
        """Let WeChat keep a medium, tell our callback of it, return the question's id."""
        if kind == "image":
            url = f"{self.sandbox}/sandbox/followers/{self.person['id']}/image"
            form = {"appid": self.door.account.appid}
            sent = requests.post(url, data=form, files={"file": ("a.png", content)}, timeout=10)
            assert sent.ok, sent.text
        else:
            self.act(kind)
        path = f"/followers/{self.person['id']}/timeline?appid={self.door.account.appid}&after=0"
        items = make.call("GET", f"{self.sandbox}/sandbox{path}")["items"]
        medium = [one for one in items if one["kind"] == kind][-1]["content"]["media_id"]
        return self.tell(kind, medium, inner)

    def tell(self, kind, medium, inner=""):
        """Tell our callback of a medium; return the question's id."""
        openid = self.person["openids"][self.door.account.appid]
        inner += f"<MediaId>{medium}</MediaId>"
        assert self.door.post(self.door.message(kind, inner, sender=openid)).status_code == 200
        return self.shown()[0].id

    def upload(self, kind, name, content):
        """Let WeChat keep any bytes, as it does without looking into sound and film."""
        account = self.door.account
        asked = {
            "grant_type": "client_credential", "appid": account.appid, "secret": account.secret,
        }  # fmt: skip
        token = make.call("POST", f"{self.sandbox}/cgi-bin/stable_token", asked)["access_token"]
        url = f"{self.sandbox}/cgi-bin/media/upload?access_token={token}&type={kind}"
        return requests.post(url, files={"media": (name, content)}, timeout=10).json()["media_id"]

    def files(self):
        """Return the sealed files on the disk."""
        return [
            one
            for one in self.tools.settings.data_dir.rglob("*")
            if one.is_file() and len(one.name) == 32
        ]

    def withdraw(self):
        openid = self.person["openids"][self.door.account.appid]
        inner = f"<OpenID>{openid}</OpenID>"
        self.door.post(self.door.event("user_authorization_revoke", inner, sender=openid))

    def shown(self):
        with self.tools.sessions.read() as db:
            return questions.listing(
                db, self.county, vault=self.tools.vault, answered=False, limit=9, before=None
            )

    def state(self, question_id):
        with self.tools.sessions.read() as db:
            return enclosures.of_questions(db, [question_id])[question_id]

    def officer(self, tenant_id=None):
        """Return a browser in which a member of staff is signed in."""
        return Browser(self.app, self.tools, tenant_id=tenant_id or self.county)

    def downloads(self):
        calls = make.call("GET", f"{self.sandbox}/sandbox/calls?after=0")
        listed = calls["items"] if isinstance(calls, dict) else calls
        return len([one for one in listed if one["path"] == "/cgi-bin/media/get"])

    def fault(self, **rule):
        rule = {"where": "api", "path": "/cgi-bin/media/get", "times": 1, **rule}
        make.call("POST", f"{self.sandbox}/sandbox/faults", rule)


def photo():
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "orange").save(file, "PNG")
    return file.getvalue()


def test_a_photo_reaches_staff_harmless_and_sealed(world):
    question = world.send("image", photo())
    assert world.state(question).state is State.WANTED
    client = world.officer()
    assert "正在从微信取回" in client.get("/console/messages").text
    assert enclosed.fetch(world.tools, question) == 1
    assert enclosed.fetch(world.tools, question) == 0, "twice is harmless"
    assert f"/console/messages/{question}/enclosure" in client.get("/console/messages").text
    answer = client.get(f"/console/messages/{question}/enclosure")
    assert answer.content_type == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.data)).size == (300, 200)
    assert answer.headers["Cache-Control"] == "no-store"
    [file] = world.files()
    assert b"JFIF" not in file.read_bytes()


def test_a_voice_is_offered_to_save(world):
    question = world.send("voice")
    assert enclosed.fetch(world.tools, question) == 1
    answer = world.officer().get(f"/console/messages/{question}/enclosure")
    assert answer.content_type == "audio/amr"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_wechat_understood_of_a_voice_is_shown(world):
    world.send("voice", inner="<Format>amr</Format><Recognition>祖屋漏水了</Recognition>")
    assert "祖屋漏水了" in world.officer().get("/console/messages").text


def test_a_film_is_played_in_parts(world):
    film = b"\0\0\0\x18ftypmp42" + bytes(1000)
    question = world.tell("video", world.upload("video", "a.mp4", film))
    assert enclosed.fetch(world.tools, question) == 1
    client = world.officer()
    assert "<video controls" in client.get("/console/messages").text
    path = f"/console/messages/{question}/enclosure"
    part = client.get(path, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.data) == (206, b"ftypmp42")
    assert part.content_type == "video/mp4"
    assert client.get(path).data == film


def test_two_jobs_at_once_keep_one_file(world):
    question = world.send("image", photo())
    world.fault(kind="latency", value=0.3, times=0)
    kept = []
    jobs = [
        threading.Thread(target=lambda: kept.append(enclosed.fetch(world.tools, question)))
        for _ in range(3)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert sorted(kept) == [0, 0, 1]
    assert len(world.files()) == 1


def test_an_absent_platform_is_asked_again_by_the_tick(world):
    question = world.send("image", photo())
    world.fault(kind="errcode", value=45009)
    assert enclosed.fetch(world.tools, question) == 0
    assert world.state(question).state is State.WANTED
    assert enclosed.fetch_due(world.tools) == 0, "not at once"
    world.tools.clock.advance(minutes=3)
    assert enclosed.fetch_due(world.tools) == 1
    assert world.state(question).state is State.KEPT


def test_what_wechat_has_forgotten_is_said_so(world):
    question = world.send("image", photo())
    make.call("POST", f"{world.sandbox}/sandbox/clock", {"advance_seconds": 4 * 86400})
    assert enclosed.fetch(world.tools, question) == 0
    assert world.state(question).state is State.GONE
    assert "取不回来了" in world.officer().get("/console/messages").text


def test_a_broken_answer_is_asked_for_again(world):
    question = world.send("image", photo())
    world.fault(kind="garbled")
    assert enclosed.fetch(world.tools, question) == 0
    assert world.state(question).state is State.WANTED
    world.tools.clock.advance(minutes=3)
    assert enclosed.fetch_due(world.tools) == 1


def test_an_account_whose_wechat_is_away_is_asked_once_per_tick(world):
    for _ in range(3):
        world.send("image", photo())
    world.fault(kind="errcode", value=-1, times=0)
    world.tools.clock.advance(minutes=2)
    before = world.downloads()
    assert enclosed.fetch_due(world.tools) == 0
    assert world.downloads() == before + 1


def test_a_retired_account_does_not_hold_up_the_others(world):
    stuck = world.send("image", photo())
    with world.tools.sessions.begin() as db:
        accounts.retire(db, world.door.account.slug, now=world.tools.clock.now())
    world.tools.clock.advance(minutes=2)
    assert enclosed.fetch_due(world.tools) == 0
    assert world.state(stuck).state is State.WANTED
    with world.tools.sessions.read() as db:
        assert enclosures.due(db, now=world.tools.clock.now(), limit=9) == []
    with world.tools.sessions.begin() as db:
        accounts.restore(db, world.door.account.slug)
    world.tools.clock.advance(minutes=3)
    assert enclosed.fetch_due(world.tools) == 1


def test_what_is_too_large_is_not_read_to_its_end(world, monkeypatch):
    question = world.send("image", photo())
    monkeypatch.setattr(http, "LARGEST", 200)
    assert enclosed.fetch(world.tools, question) == 0
    assert world.state(question).state is State.UNFIT
    assert "太大" in world.officer().get("/console/messages").text


def test_trying_ends_after_three_days(world):
    question = world.send("image", photo())
    world.tools.clock.advance(days=3)
    world.fault(kind="errcode", value=-1, times=0)
    enclosed.fetch_due(world.tools)
    assert world.state(question).state is State.GONE


@pytest.mark.parametrize("kind", ["image", "voice"])
def test_a_page_in_place_of_a_medium_is_never_shown_as_a_page(world, kind):
    page = b"<html><script>alert(1)</script>"
    question = world.tell(kind, world.upload("voice", "a.mp3", page))
    for _ in range(enclosures.LOOKS):
        enclosed.fetch(world.tools, question)
    client = world.officer()
    answer = client.get(f"/console/messages/{question}/enclosure")
    if kind == "image":
        assert world.state(question).state is State.UNFIT
        assert answer.status_code == 404
        assert "打不开" in client.get("/console/messages").text
    else:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_moving_picture_is_kept_as_its_first_frame():
    file = io.BytesIO()
    frames = [Image.new("P", (20, 10), colour) for colour in (1, 2)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    content, kind = enclosed.harmless("image", file.getvalue())
    assert (kind, Image.open(io.BytesIO(content)).size) == ("image/jpeg", (20, 10))


def test_a_picture_whose_handling_broke_reaches_staff_all_the_same(world, monkeypatch):
    world.send("image", photo())
    medium = world.upload("image", "a.png", photo())
    openid = world.person["openids"][world.door.account.appid]
    xml = world.door.message("image", f"<MediaId>{medium}</MediaId>", sender=openid)

    def broken(_visit):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setitem(handlers.HANDLERS, "image", broken)
        assert [world.door.post(xml).status_code for _ in range(3)] == [503, 503, 200]
    world.tools.clock.advance(minutes=2)
    assert enclosed.fetch_due(world.tools) == 2


def test_who_withdraws_takes_their_pictures_along(world):
    question = world.send("image", photo())
    enclosed.fetch(world.tools, question)
    client = world.officer()
    world.withdraw()
    assert client.get(f"/console/messages/{question}/enclosure").status_code == 404, "at once"
    assert "撤回了授权" in client.get("/console/messages").text
    assert enclosed.remove_withdrawn(world.tools) == 1
    assert world.files() == []
    assert enclosed.remove_withdrawn(world.tools) == 0


def test_what_is_on_its_way_when_somebody_withdraws_is_not_kept(world):
    question = world.send("image", photo())
    with world.tools.sessions.begin() as db:
        enclosures.begin(db, question, now=world.tools.clock.now())
    world.withdraw()
    with world.tools.sessions.begin() as db:
        assert not enclosures.keep(db, question, key="0" * 32, content_type="image/jpeg")
    assert enclosed.fetch(world.tools, question) == 0


def test_a_page_that_calls_itself_a_picture_is_not_kept():
    with pytest.raises(enclosed.Invalid):
        enclosed.harmless("image", b"<html><script>alert(1)</script>")
    content, kind = enclosed.harmless("voice", b"<html><script>alert(1)</script>")
    assert kind == "application/octet-stream", content


def test_another_county_does_not_see_it(world):
    question = world.send("image", photo())
    enclosed.fetch(world.tools, question)
    other = make.county(world.tools, slug="shiqiao", name="石桥县侨联")
    client = world.officer(tenant_id=other.id)
    assert client.get(f"/console/messages/{question}/enclosure").status_code == 404
    assert world.app.test_client().get(f"/console/messages/{question}/enclosure").status_code == 302


@pytest.mark.parametrize("role", list(Role))
def test_only_who_answers_messages_sees_what_came_with_them(world, role):
    question = world.send("image", photo())
    enclosed.fetch(world.tools, question)
    client = Browser(world.app, world.tools, tenant_id=world.county, role=role)
    allowed = Permission.ANSWER_MESSAGES in GRANTS[role]
    answer = client.get(f"/console/messages/{question}/enclosure")
    assert answer.status_code == (200 if allowed else 403)
