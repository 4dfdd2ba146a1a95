"""Photos and voices people send in the chat reach staff, once, and only their own county's."""

import io

import pytest
import requests
from PIL import Image

from server.inbox import enclosures, questions
from server.inbox.enclosures import State
from server.web.callback import enclosed
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
        account = self.door.account
        make.call(
            "PUT",
            f"{self.sandbox}/sandbox/accounts/{account.appid}",
            {
                "kind": "official", "name": account.name, "secret": account.secret,
                "original_id": account.original_id, "token": account.token,
                "aes_key": account.aes_key, "callback_url": make.NOBODY, "mode": "safe",
                "format": "xml",
            },
        )  # fmt: skip
        card = {"nickname": "阿杰", "country": "意大利", "zone": "Europe/Rome"}
        self.person = make.call("POST", f"{self.sandbox}/sandbox/followers", card)
        self.act("follow")

    def act(self, act, **body):
        url = f"{self.sandbox}/sandbox/followers/{self.person['id']}/{act}"
        return make.call("POST", url, {"appid": self.door.account.appid, **body})

    def send(self, kind, content=None):
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
        openid = self.person["openids"][self.door.account.appid]
        inner = f"<MediaId>{medium}</MediaId>"
        self.door.post(self.door.message(kind, inner, sender=openid))
        return self.shown()[0].id

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
    files = [one for one in world.tools.settings.data_dir.rglob("*") if one.is_file()]
    assert len([one for one in files if len(one.name) == 32]) == 1
    assert all(b"JFIF" not in one.read_bytes() for one in files)


def test_a_voice_is_offered_to_save(world):
    question = world.send("voice")
    assert enclosed.fetch(world.tools, question) == 1
    answer = world.officer().get(f"/console/messages/{question}/enclosure")
    assert answer.content_type == "audio/amr"
    assert answer.headers["Content-Disposition"].startswith("attachment")


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


def test_trying_ends_after_three_days(world):
    question = world.send("image", photo())
    world.tools.clock.advance(days=3)
    world.fault(kind="errcode", value=-1, times=0)
    enclosed.fetch_due(world.tools)
    assert world.state(question).state is State.GONE


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
