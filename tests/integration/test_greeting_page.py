"""What the page of a letter tells its officer before anybody approves it."""

from datetime import date

import pytest

from server.greetings import service, yearly
from server.greetings.models import Campaign
from server.greetings.terms import Timing
from server.people import identities
from server.people import service as people
from tests import make
from tests.console import Browser


class Desk:
    def __init__(self, app, tools):
        self.tools, self.county, self.now = tools, make.county(tools).id, tools.clock.now()
        self.browser = Browser(app, tools, tenant_id=self.county)
        account = make.account(tools)
        with tools.sessions.begin() as db:
            self.readers = [self.follow(db, account, openid) for openid in ("oA", "oB")]
            self.letter = service.propose(db, self.browser.officer, now=self.now)

    def follow(self, db, account, openid):
        identities.follow(db, account, openid=openid, scene=None, now=self.now)
        person_id = identities.person_of(db, account, openid)
        values = {"zone": "America/Los_Angeles", "salutation": "王阿姨"}
        people.update_profile(db, person_id, values, vault=self.tools.vault)
        return person_id

    def page(self):
        return self.browser.get(
            f"/console/greetings/{self.letter.id}?person={self.readers[0]}"
        ).text


@pytest.fixture
def desk(app, tools):
    return Desk(app, tools)


def test_the_rehearsal_shows_the_message_as_it_will_be(desk):
    shown = desk.page()
    assert "收信人 2 人" in shown
    assert 'title="America/Los_Angeles">美国 洛杉矶<' in shown
    card = shown[shown.index('id="one"') :]
    assert f"当地 {desk.letter.day.year}-" in card
    assert f"北京时间 {desk.letter.day.year}-" in card
    assert "点这里看照片，给家乡回信</a>" in card
    assert "不能写各人的称呼" in card
    assert "王阿姨：" not in card


def test_what_leaves_now_counts_in_this_month(desk):
    def month(letter):
        with desk.tools.sessions.read() as db:
            return yearly.month_of(db, letter, today=desk.now.date())

    assert month(desk.letter) == (desk.letter.day.month, 1)
    with desk.tools.sessions.begin() as db:
        db.get_one(Campaign, desk.letter.id).day = date(2027, 2, 6)
        db.get_one(Campaign, desk.letter.id).festival = "spring"
        db.get_one(Campaign, desk.letter.id).timing = str(Timing.NOW)
    with desk.tools.sessions.read() as db:
        moved = service.letter(db, desk.browser.officer, desk.letter.id)
    assert month(moved) == (desk.now.month, 1)


def test_what_is_too_long_is_said_and_not_cut(desk):
    answer = desk.browser.post(
        f"/console/greetings/{desk.letter.id}/news", {"news": "长" * 4001 + " https://a.test"}
    )
    assert "请不要超过 4000 个字" in desk.browser.get(answer.location).text
    form = {"kind": "federation", "name": "长" * 201}
    refused = desk.browser.post("/console/organisations/new", form)
    assert refused.status_code == 400
    assert "请不要超过 200 个字" in refused.text
