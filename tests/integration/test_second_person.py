"""Two people stand behind a letter: one for its words, another who has seen exactly these words."""

import dataclasses
import io
import re

import pytest
from sqlalchemy import text

from server.app import create_app
from server.greetings import family, service
from server.people import identities
from server.web.console import wording
from tests import make
from tests.console import Browser
from tests.integration.test_family_letters import picture

LINE = "\n\n家里的荔枝熟了。"
NEWS = "新桥通车 https://example.org/bridge"


def make_readers(tools):
    """Let two people follow: a letter without readers is not released, nor is one to one alone."""
    account, now = make.account(tools), tools.clock.now()
    with tools.sessions.begin() as db:
        for openid in ("oA", "oB"):
            identities.follow(db, account, openid=openid, scene=None, now=now)


class Office:
    """A county without the demo's relaxation; 甲 has drafted a letter."""

    def __init__(self, tools):
        settings = dataclasses.replace(tools.settings, demo=False)
        self.tools = dataclasses.replace(tools, settings=settings)
        self.county = make.county(tools).id
        self.app = create_app(self.tools)
        self.app.config.update(TESTING=True)
        self.first = self.somebody("first")
        make_readers(self.tools)
        with tools.sessions.begin() as db:
            self.id = service.propose(db, self.first.officer, now=tools.clock.now()).id
        self.page = f"/console/greetings/{self.id}"

    def somebody(self, login, role="admin"):
        return Browser(self.app, self.tools, tenant_id=self.county, login=login, role=role)

    def letter(self):
        with self.tools.sessions.read() as db:
            return service.letter(db, self.first.officer, self.id)

    def seen(self, by):
        """Return what a page that was looked at carries; nothing where nothing can be released."""
        found = re.search(r'name="seen" value="(\w+)"', by.get(self.page).text)
        return found[1] if found else ""

    def rewrite(self, by, **more):
        letter = self.letter()
        form = {
            "text": letter.text + LINE, "timing": "local_morning", "policy": "welcome",
            "at": "09:00", "seen": self.seen(by), **more,
        }  # fmt: skip
        return by.post(self.page, form)

    def add_news(self, by):
        return by.post(f"{self.page}/news", {"news": NEWS})

    def add_photo(self, by):
        return by.post(f"{self.page}/photos", {"photo": (io.BytesIO(picture()), "a.jpg")})

    def drop_photo(self, by):
        with self.tools.sessions.read() as db:
            (photo,) = family.preview(db, by.officer, self.id).photos
        return by.post(f"{self.page}/photos/{photo.id}/drop")

    def approve(self, by, *, seen=None):
        """Approve as from the page; return how the letter stands then."""
        self.answer = by.post(f"{self.page}/approve", {"seen": seen or self.seen(by)})
        return self.letter().status


@pytest.fixture
def office(tools):
    return Office(tools)


@pytest.fixture
def second(office):
    return office.somebody("second")


def test_a_releaser_sees_words_news_numbers_and_the_rehearsal(office):
    office.add_news(office.first)
    shown = office.somebody("third", role="approver").get(office.page).text
    assert "确认批准" in shown
    assert "新桥通车" in shown
    assert "将寄出" in shown
    assert "看看某一位会收到什么" in office.first.get(office.page).text
    assert "看看某一位会收到什么" in shown


def test_who_wrote_a_letter_asks_another_and_the_other_releases_it(office, second):
    assert office.approve(office.first) == "draft"
    assert office.answer.status_code == 400
    assert office.approve(second) == "approved"


@pytest.mark.parametrize("change", [Office.rewrite, Office.add_news, Office.add_photo])
def test_who_changed_a_colleagues_letter_is_not_its_second_person(office, second, change):
    assert change(office, second).status_code == 302
    assert "或者最后是您改的" in second.get(office.page).text
    assert office.approve(second) == "draft"
    assert office.answer.status_code == 400
    assert office.approve(office.first) == "approved", "of two people the other one has seen it now"


def test_taking_a_photo_out_is_a_change_as_well(office, second):
    office.add_photo(office.first)
    office.drop_photo(second)
    assert office.approve(second) == "draft"


def test_somebody_who_had_no_hand_in_it_goes_before_who_drafted_it(office, second):
    office.rewrite(second)
    third = office.somebody("third", role="approver")
    assert office.approve(office.first) == "draft"
    assert office.approve(second) == "draft"
    assert office.approve(third) == "approved"


def test_who_drafted_it_may_take_the_last_word_back_and_then_another_looks(office, second):
    office.rewrite(second)
    office.rewrite(office.first)
    assert office.approve(office.first) == "draft"
    assert office.approve(second) == "approved"


def test_another_hour_is_no_other_word(office, second):
    office.rewrite(second, text=office.letter().text, at="10:30")
    assert office.letter().changed_by == office.first.officer.id
    assert office.approve(second) == "approved"


@pytest.mark.parametrize("change", [Office.rewrite, Office.add_news, Office.add_photo])
def test_what_changed_after_the_page_was_seen_is_not_approved(office, second, change):
    seen = office.seen(second)
    change(office, office.first)
    assert office.approve(second, seen=seen) == "draft"
    assert wording.LETTER_CHANGED in second.get(office.page).text
    assert office.approve(second) == "approved"


def test_a_photo_taken_out_after_the_page_was_seen_is_noticed(office, second):
    office.add_photo(office.first)
    seen = office.seen(second)
    office.drop_photo(office.first)
    assert office.approve(second, seen=seen) == "draft"


def test_words_of_one_line_of_news_are_not_those_of_two(office, second):
    """What is on the page is named so that no text can pretend to be another field."""
    office.first.post(f"{office.page}/news", {"news": "甲 https://a.test/aaaa"})
    before = office.seen(second)
    office.first.post(f"{office.page}/news", {"news": "甲 https://a.test/aaaaa"})
    assert office.seen(second) != before


def test_the_demo_lets_one_person_do_everything_and_says_so(app, tools):
    county = make.county(tools).id
    alone = Browser(app, tools, tenant_id=county)
    Browser(app, tools, tenant_id=county, login="other")
    with tools.sessions.begin() as db:
        letter = service.propose(db, alone.officer, now=tools.clock.now()).id
    page = f"/console/greetings/{letter}"
    seen = re.search(r'name="seen" value="(\w+)"', alone.get(page).text)[1]
    alone.post(f"{page}/approve", {"seen": seen})
    with tools.sessions.read() as db:
        assert service.letter(db, alone.officer, letter).status == "approved"
        actions = db.scalars(text("SELECT action FROM audit_entry")).all()
    assert "greeting.approve_alone" in actions
