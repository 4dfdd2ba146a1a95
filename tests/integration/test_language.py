"""The console in another script: every text of ours, nobody's name; forms that are read back."""

import ast
import re
from pathlib import Path

import pytest
from opencc import OpenCC

from server.commands.catalogue import texts
from server.kernel import catalogue
from server.people.register import writing
from server.people.register.terms import Facts
from server.web.console import language
from tests import make
from tests.console import Browser

HANT = "zh-Hant"
CONSOLE = Path(language.__file__).parent


@pytest.fixture
def browser(app, tools):
    return Browser(app, tools, tenant_id=make.county(tools).id)


def choose(browser, code=HANT, back="/console/today"):
    return browser.post("/console/language", data={"language": code, "back": back})


@pytest.mark.parametrize("tongue", [one for one in catalogue.LANGUAGES if one != catalogue.SOURCE])
def test_every_text_is_in_the_catalogue_and_nothing_else(tongue):
    """Mend with `flask --app server catalogue update`, then read what it wrote."""
    kept = {message.id: message.string for message in catalogue.read(tongue) if message.id}
    assert set(kept) == texts()
    assert all(kept.values())


def test_no_text_is_put_together_where_the_catalogue_cannot_see_it():
    for path in CONSOLE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
                assert not any(map(language.is_chinese, parts)), f"{path.name}: {ast.unparse(node)}"


def test_a_translation_has_the_gaps_of_its_source():
    for message in catalogue.read(HANT):
        gaps = re.findall(r"\{\w*\}|%[ds]", message.id or "")
        assert re.findall(r"\{\w*\}|%[ds]", message.string or "") == gaps


@pytest.mark.parametrize("page", ["today", "people", "people/new", "exports", "cases", "me"])
def test_a_page_in_traditional_characters_has_no_others(browser, page):
    assert "首页" not in browser.get(f"/console/{page}").text
    assert choose(browser).status_code == 302
    shown = browser.get(f"/console/{page}").text
    assert '<html lang="zh-Hant">' in shown
    shown = shown.replace("简体", "").replace("云溪县侨联", "")
    traditional = {char for message in catalogue.read(HANT) for char in message.string or ""}
    convert = OpenCC("s2tw").convert
    assert not [char for char in set(shown) - traditional if convert(char) != char]


def test_nobody_s_name_is_converted(browser, tools):
    with tools.sessions.begin() as db:
        person = writing.add(
            db, browser.officer.tenant_id, Facts(name="陈丽云", occupation="种树的"),
            vault=tools.vault, now=tools.clock.now(),
        )  # fmt: skip
    choose(browser)
    shown = browser.get(f"/console/people/{person}").text
    assert "陈丽云" in shown
    assert "种树的" in shown, "what was written down is not ours"
    assert "職業" in shown


def test_what_a_form_shows_in_traditional_characters_it_reads_back(browser):
    choose(browser)
    form = browser.get("/console/people/new").text
    assert "團聚" in form
    typed = {
        "name": "陳麗",
        "left_how": "家庭團聚",
        "country": "馬來西亞",
        "identities": "華僑、歸僑",
    }
    page = browser.post("/console/people/new", data=typed).location
    shown = browser.get(page).text
    for words in ("家庭團聚", "馬來西亞", "華僑", "歸僑", "陳麗"):
        assert words in shown


def test_the_choice_is_made_with_a_token_and_leads_back_into_the_console_only(browser):
    assert choose(browser, back="/console/people").location == "/console/people"
    for elsewhere in ("https://example.com", "//example.com", "/console/..//x", "/api/docs"):
        assert choose(browser, back=elsewhere).location.startswith("/console/")
    assert (
        browser.post("/console/language", data={"language": HANT}, token=False).status_code == 400
    )
    assert choose(browser, code="xx").headers.get("Set-Cookie", "").count("xiangyin_language") == 0


def test_who_is_not_signed_in_may_choose_too(app):
    client = app.test_client()
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/console/sign-in").text)[1]
    form = {"csrf_token": token, "language": HANT, "back": "/console/sign-in"}
    assert client.post("/console/language", data=form).location == "/console/sign-in"
    assert "密碼" in client.get("/console/sign-in").text
