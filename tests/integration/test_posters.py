"""海报: what a colleague or a 群主 shows in a group or pins to a wall; nobody's name is on it."""

import io

import pytest

from server.greetings import posters, service
from tests import make
from tests.console import Browser
from tests.integration.test_family_letters import House as Letters
from tests.integration.test_family_letters import picture


class House(Letters):
    def __init__(self, app, tools):
        super().__init__(app, tools)
        self.poster = f"/console/errands/{self.letter}/poster"

    def add_photo(self, caption):
        self.desk.post(
            f"/console/greetings/{self.letter}/photos",
            {"photo": (io.BytesIO(picture()), "a.jpg"), "caption": caption},
        )


@pytest.fixture
def house(app, tools):
    return House(app, tools)


def test_a_poster_has_title_county_first_words_and_the_way_to_the_page(house):
    house.send()
    shown = house.desk.get(house.poster)
    with house.tools.sessions.read() as db:
        letter = service.letter(db, house.desk.officer, house.letter)
    assert f"<h1>{letter.festival_name}</h1>" in shown.text
    assert "云溪县侨联" in shown.text
    assert "尊敬的乡亲：" in shown.text
    assert f"{house.tools.settings.base_url}{house.page}" in shown.text
    assert "<script" not in shown.text
    assert "script-src 'self'" in shown.headers["Content-Security-Policy"]
    code = house.desk.get(f"{house.poster}/code.png")
    assert code.mimetype == "image/png"
    assert code.data == posters.code(f"{house.tools.settings.base_url}{house.page}")


def test_only_the_first_photo_is_on_it_and_anybody_may_load_it(house):
    """A liaison has no right to the letter in the console: the photo is the public one."""
    house.add_photo("村口的大榕树")
    house.add_photo("石桥")
    house.send()
    liaison = Browser(house.app, house.tools, tenant_id=house.county, role="liaison")
    shown = liaison.get(house.poster).text
    assert "村口的大榕树" in shown
    assert "石桥" not in shown
    (source,) = [part.partition('"')[0] for part in shown.split('src="') if "/photos/" in part]
    assert house.reader.get(source).mimetype == "image/jpeg"


def test_no_name_of_anybody_is_on_it(house):
    house.send()
    house.write("想念家乡的荔枝", may_feature="1")
    shown = house.desk.get(house.poster).text
    assert "阿明" not in shown
    assert house.desk.officer.name not in shown


@pytest.mark.parametrize(
    ("script", "to", "scan", "language"),
    [
        ("Hans", "尊敬的乡亲", "扫码读家书", "zh-Hans"),
        ("Hant", "尊敬的鄉親", "掃碼讀家書", "zh-Hant"),
    ],
)
def test_all_of_it_is_in_one_script_whatever_the_officer_reads(house, script, to, scan, language):
    house.send()
    for chosen in ("zh-Hans", "zh-Hant"):
        house.desk.client.set_cookie("xiangyin_language", chosen, path="/console")
        shown = house.desk.get(f"{house.poster}?script={script}").text
        assert f'<html lang="{language}"' in shown
        assert to in shown
        assert scan in shown


def test_without_a_choice_it_speaks_as_the_officer_reads(house):
    house.send()
    house.desk.client.set_cookie("xiangyin_language", "zh-Hant", path="/console")
    assert "尊敬的鄉親" in house.desk.get(house.poster).text


@pytest.mark.parametrize("status", ["draft", "approved", "cancelled"])
def test_no_poster_leads_to_a_page_nobody_can_open(house, status):
    with house.tools.sessions.begin() as db:
        service.locked(db, house.county, house.letter).status = status
    assert house.desk.get(house.poster).status_code == 404
    assert house.desk.get(f"{house.poster}/code.png").status_code == 404
    assert house.poster not in house.desk.get(f"/console/errands/{house.letter}").text


def test_the_errands_lead_to_the_poster_once_the_letter_is_out(house):
    house.send()
    assert house.poster in house.desk.get(f"/console/errands/{house.letter}").text


def test_another_county_has_no_poster_of_it(house):
    house.send()
    other = make.county(house.tools, "other", "别县侨联").id
    assert Browser(house.app, house.tools, tenant_id=other).get(house.poster).status_code == 404
