"""The page where followers allow notices: it opens for everybody, it is signed for itself only."""

import dataclasses
import re

import pytest

from server.accounts import service as accounts
from server.app import create_app
from server.people import identities
from server.wiring import RATES
from tests import make
from tests.integration.test_callback import Door

PAGE = "/notices/yunxi"
HERE = f"http://127.0.0.1:8000{PAGE}"


@pytest.fixture
def county(tools):
    made = make.county(tools)
    with tools.sessions.begin() as db:
        accounts.set_template(db, "yunxi", key="case_notice", template_id="TplNotice")
    return made


def test_the_page_opens_though_the_platform_is_away(client, county):
    page = client.get(PAGE)
    assert page.status_code == 200
    assert 'template="TplNotice"' in page.text
    assert "通知里只有编号和办到哪一步" in page.text
    assert "vendor/weixin-js-sdk/index.js" in page.text
    answer = client.get(f"{PAGE}/signature", query_string={"url": HERE})
    assert answer.status_code == 503


def test_it_speaks_the_script_of_the_reader(client, county):
    assert "允許通知我一次" in client.get(f"{PAGE}?script=Hant").text
    assert "允許" in client.get(PAGE, headers={"Accept-Language": "zh-TW"}).text
    page = client.get(f"{PAGE}?script=Hans", headers={"Accept-Language": "zh-TW"}).text
    assert "允许通知我一次" in page


def test_nothing_runs_in_it_but_our_files(client, county, tools):
    page = client.get(PAGE)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    scripts = re.findall(r"<script(?![^>]*wxtag)([^>]*)>", page.text)
    assert scripts
    assert all('src="/static/' in one for one in scripts)
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        with client.get(path) as file:
            assert file.status_code == 200


def test_another_copy_of_the_script_is_a_setting(tools, county):
    settings = dataclasses.replace(
        tools.settings, wechat_js="http://127.0.0.1:8001/open/jweixin.js"
    )
    page = create_app(dataclasses.replace(tools, settings=settings)).test_client().get(PAGE)
    assert 'src="http://127.0.0.1:8001/open/jweixin.js"' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' http://127.0.0.1:8001;" in policy


@pytest.mark.parametrize("slug", ["yunxi-mini", "nobody"])
def test_only_official_accounts_have_one(client, county, slug):
    assert client.get(f"/notices/{slug}").status_code == 404


def test_an_account_without_the_template_has_none(client, tools):
    make.county(tools)
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    "url",
    ["", "https://example.com/notices/yunxi", f"{HERE}2", "http://127.0.0.1:8000/", f"{HERE}/x"],
)
def test_no_other_address_is_signed(client, county, url):
    answer = client.get(f"{PAGE}/signature", query_string={"url": url})
    assert answer.status_code == 400


def test_signatures_have_a_rate(client, county):
    asked = {"url": HERE}
    many = int(RATES["sign_page"].split("/")[0])
    codes = [
        client.get(f"{PAGE}/signature", query_string=asked).status_code for _ in range(many + 1)
    ]
    assert codes[-1] == 429


# where people find it


@pytest.fixture
def door(app, tools, county):
    return Door(app, make.account(tools), tools.clock)


@pytest.mark.parametrize("word", ["进度", "查进度", "反映"])
def test_who_asks_for_progress_is_offered_the_page(door, word):
    said = door.said(door.post(door.text(word)))
    assert f'<a href="{HERE}">以后办理有进展时通知我</a>' in said


def test_the_menu_offers_it_too(door):
    said = door.said(door.post(door.event("CLICK", "<EventKey>MENU_PROGRESS</EventKey>")))
    assert HERE in said


def test_who_allowed_one_already_is_not_asked_again(door, tools):
    door.post(door.text("您好"))
    with tools.sessions.begin() as db:
        who = identities.person_of(db, door.account, "oWang")
    make.allow(tools, who, "case_notice")
    assert HERE not in door.said(door.post(door.text("进度")))


def test_without_the_template_nothing_is_offered(app, tools):
    make.county(tools)
    door = Door(app, make.account(tools), tools.clock)
    assert "/notices/" not in door.said(door.post(door.text("进度")))


def test_the_template_is_set_under_a_name_that_means_something(tools, county):
    from server.kernel.errors import Invalid

    with tools.sessions.begin() as db:
        for slug, key in (("yunxi", "case_notices"), ("yunxi-mini", "case_notice")):
            with pytest.raises(Invalid):
                accounts.set_template(db, slug, key=key, template_id="T")
