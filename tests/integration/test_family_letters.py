"""电子家书: a page that anybody with the link can read and answer; no answer goes astray."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import event

from server.greetings import family, replies, service
from server.kernel.errors import Conflict
from server.people import identities
from server.ports import Identity
from server.rights import erasure
from tests import make
from tests.console import Browser


class House:
    def __init__(self, app, tools):
        self.app, self.tools, self.vault = app, tools, tools.vault
        self.county = make.county(tools).id
        self.desk = Browser(app, tools, tenant_id=self.county)
        self.now = tools.clock.now()
        with tools.sessions.begin() as db:
            self.letter = service.propose(db, self.desk.officer, now=self.now).id
            self.code = service.own(db, self.county, self.letter).code
        self.reader = app.test_client()
        self.page = f"/letters/{self.code}"

    def send(self):
        """Skip the planning: the page only asks whether the letter is out."""
        with self.tools.sessions.begin() as db:
            service.locked(db, self.county, self.letter).status = "planned"

    def write(self, words="想念家乡的荔枝", **more):
        return self.reader.post(self.page, data={"name": "阿明", "words": words, **more})

    def replies(self, *, answered=False):
        with self.tools.sessions.read() as db:
            return replies.listing(
                db, self.desk.officer, answered=answered, before=None, limit=99, vault=self.vault
            )


@pytest.fixture
def house(app, tools):
    return House(app, tools)


def picture(width=1600, height=900):
    made = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(made, "JPEG")
    return made.getvalue()


def test_a_draft_is_nobodys_to_read_and_a_letter_that_is_out_everybodys(house):
    assert house.reader.get(house.page).status_code == 404
    house.send()
    shown = house.reader.get(house.page)
    assert shown.status_code == 200
    assert "尊敬的乡亲" in shown.text
    assert "http-equiv" not in shown.text
    assert "script" not in shown.headers["Content-Security-Policy"].replace("'none'", "")
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in shown.headers


def test_the_page_is_light(house):
    house.send()
    with house.reader.get("/static/letters/letter.css") as css:
        assert len(house.reader.get(house.page).data) + len(css.data) < 100_000


@pytest.mark.parametrize("code", ["x", "0" * 12, "../../etc", "%00", "a" * 300])
def test_a_wrong_link_is_no_page(house, code):
    house.send()
    assert house.reader.get(f"/letters/{code}").status_code == 404


def test_the_page_speaks_traditional_to_those_who_read_it(house):
    house.send()
    by_phone = house.reader.get(house.page, headers={"Accept-Language": "zh-HK,zh;q=0.9"}).text
    assert "尊敬的鄉親" in by_phone
    assert "給家鄉回信" in by_phone
    assert "尊敬的乡亲" in house.reader.get(f"{house.page}?script=Hans").text


def test_looks_are_counted_and_nothing_about_who_looked(house):
    house.send()
    for _ in range(3):
        house.reader.get(house.page)
    house.reader.head(house.page)
    with house.tools.sessions.read() as db:
        assert family.page(db, house.code).opened == 3


def test_a_reply_is_kept_answered_and_found_again_by_its_writer(house):
    house.send()
    answer = house.write(country="MY")
    assert answer.status_code == 302
    assert "已经寄到" in house.reader.get(answer.location).text
    (one,) = house.replies()
    assert (one.name, one.words, one.country) == ("阿明", "想念家乡的荔枝", "MY")
    assert (
        "1"
        in re.search(
            r"<strong>(\d+)</strong><span>封回函等答复", house.desk.get("/console/today").text
        )[1]
    )
    refused = house.desk.post(f"/console/replies/{one.id}/answer", {"answer": " "})
    assert refused.status_code == 400
    house.desk.post(f"/console/replies/{one.id}/answer", {"answer": "荔枝明年寄给您"})
    assert "荔枝明年寄给您" in house.reader.get(answer.location).text
    assert house.replies() == []


def test_words_are_sealed_in_the_database(house):
    house.send()
    house.write("只有一个人知道的话")
    with house.tools.sessions.read() as db:
        row = db.connection().exec_driver_sql("select name, words from letter_reply").one()
    assert "只有一个人知道的话".encode() not in bytes(row[1])
    assert "阿明".encode() not in bytes(row[0])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "很" * 21}, "name"),
        ({"words": ""}, "words"),
        ({"words": "长" * 1001}, "words"),
        ({"country": "XX"}, "country"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(house, given, field):
    house.send()
    typed = {"name": "阿明", "words": "家乡好吗", **given}
    answer = house.reader.post(house.page, data=typed)
    assert answer.status_code == 400
    assert 'class="wrong"' in answer.text
    if field != "words":
        assert "家乡好吗</textarea>" in answer.text
    assert house.replies() == []


def test_a_machine_fills_in_what_nobody_sees(house):
    house.send()
    house.write(website="http://spam")
    assert house.replies() == []


def test_somebody_else_sees_a_reply_only_when_both_sides_want_it(house):
    house.send()
    house.write("不公开")
    house.write("可以公开", may_feature="1")
    shy, open_ = sorted(house.replies(), key=lambda one: one.words == "可以公开")
    house.desk.post(f"/console/replies/{shy.id}/feature")
    house.desk.post(f"/console/replies/{open_.id}/feature")
    page = house.reader.get(house.page).text
    assert "可以公开" in page
    assert "不公开" not in page
    house.reader.post(f"{house.page}/replies/{open_.code}")
    assert "可以公开" not in house.reader.get(house.page).text
    with pytest.raises(Conflict), house.tools.sessions.begin() as db:
        replies.feature(db, house.desk.officer, open_.id, shown=True, now=house.now)


def test_words_of_a_reader_are_words_and_never_markup(house):
    house.send()
    house.write("<script>alert(1)</script>", may_feature="1")
    (one,) = house.replies()
    house.desk.post(f"/console/replies/{one.id}/feature")
    for page in (house.reader.get(house.page).text, house.desk.get("/console/replies").text):
        assert "<script>alert" not in page


def test_a_reply_of_one_letter_is_not_found_under_another(house):
    house.send()
    answer = house.write()
    with house.tools.sessions.begin() as db:
        other = service.propose(
            db, house.desk.officer, now=house.now, festival="winter_solstice"
        ).id
        code = service.locked(db, house.county, other).code
        service.locked(db, house.county, other).status = "planned"
    assert house.reader.get(answer.location.replace(house.code, code)).status_code == 404


def test_photos_of_a_draft_are_made_small_and_shown_with_the_letter(house):
    answer = house.desk.post(
        f"/console/greetings/{house.letter}/photos",
        {"photo": (io.BytesIO(picture()), "榕树.jpg"), "caption": "村口的大榕树"},
    )
    assert answer.status_code == 302
    assert "村口的大榕树" in house.desk.get(f"/console/greetings/{house.letter}/page").text
    house.send()
    shown = house.reader.get(house.page).text
    path = re.search(r'src="([^"]+\.jpg)"', shown)[1]
    photo = house.reader.get(path)
    with Image.open(io.BytesIO(photo.data)) as opened:
        assert opened.size == (1280, 720)
    assert 'width="1280" height="720"' in shown
    late = house.desk.post(
        f"/console/greetings/{house.letter}/photos", {"photo": (io.BytesIO(picture()), "b.jpg")}
    )
    assert late.status_code == 302
    with house.tools.sessions.read() as db:
        assert len(family.page(db, house.code).photos) == 1


def test_a_photo_is_taken_out_of_a_draft_with_its_file(house):
    house.desk.post(
        f"/console/greetings/{house.letter}/photos", {"photo": (io.BytesIO(picture()), "a.jpg")}
    )
    with house.tools.sessions.read() as db:
        (photo,) = family.preview(db, house.desk.officer, house.letter).photos
    files = list((house.tools.settings.data_dir / "files").glob("??/*"))
    house.desk.post(f"/console/greetings/{house.letter}/photos/{photo.id}/drop")
    assert len(files) == 1
    assert not files[0].exists()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0broken"])
def test_what_is_no_picture_is_refused_kindly(house, content):
    answer = house.desk.post(
        f"/console/greetings/{house.letter}/photos", {"photo": (io.BytesIO(content), "a.jpg")}
    )
    page = house.desk.get(answer.location).text
    assert 'class="flash wrong"' in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("石桥镇侨史馆开馆 https://example.org/a?b=1", 1),
        ("一 https://a.test\n\n二 https://b.test", 2),
        ("没有网址", 0),
        ("坏 javascript:alert(1)", 0),
        ("\n".join(f"第{n}条 https://a.test/{n}" for n in range(7)), 0),
    ],
)
def test_news_are_a_line_each(house, typed, kept):
    house.desk.post(f"/console/greetings/{house.letter}/news", {"news": typed})
    with house.tools.sessions.read() as db:
        assert len(family.preview(db, house.desk.officer, house.letter).news) == kept


def test_who_is_erased_leaves_the_count_and_no_word(house):
    house.send()
    mini = make.account(house.tools, "yunxi-mini")
    with house.tools.sessions.begin() as db:
        person = identities.sign_in(db, mini, Identity(openid="oMini"), now=house.now)
        written = replies.write(
            db, house.letter, replies.Written("阿明", "想家", country=None, may_feature=True),
            person_id=person, vault=house.vault, now=house.now,
        )  # fmt: skip
    with house.tools.sessions.begin() as db:
        erasure.erase(db, person, vault=house.vault, now=house.now)
    assert house.reader.get(f"{house.page}/replies/{written.code}").status_code == 404
    with house.tools.sessions.read() as db:
        assert replies.count(db, house.letter) == 1


def test_too_many_replies_from_one_place_wait_and_lose_nothing_typed(house):
    house.send()
    answers = [house.write(f"第{n}封") for n in range(11)]
    assert [one.status_code for one in answers].count(302) == 10
    assert answers[-1].status_code == 429
    assert "第10封</textarea>" in answers[-1].text


def test_reading_goes_on_while_nothing_can_be_written(house):
    house.send()
    with house.tools.sessions.begin() as db:
        service.locked(db, house.county, house.letter)  # somebody holds the letter's row
        assert house.reader.get(house.page).status_code == 200
    with house.tools.sessions.read() as db:
        assert family.page(db, house.code).opened == 0


def test_an_answer_stays_readable_when_the_letter_is_taken_back(house):
    house.send()
    answer = house.write()
    (one,) = house.replies()
    house.desk.post(f"/console/replies/{one.id}/answer", {"answer": "荔枝明年寄给您"})
    with house.tools.sessions.begin() as db:
        service.locked(db, house.county, house.letter).status = "cancelled"
    assert house.reader.get(house.page).status_code == 404
    shown = house.reader.get(answer.location)
    assert "荔枝明年寄给您" in shown.text
    assert "再看看来信" not in shown.text


def test_one_address_that_writes_too_much_takes_nothing_from_the_others(house, monkeypatch):
    house.send()
    asked = []
    take = house.tools.limiter.take
    monkeypatch.setattr(
        house.tools.limiter,
        "take",
        lambda bucket, now: (asked.append(bucket), take(bucket, now))[1],
    )
    for number in range(15):
        house.write(f"第{number}封")
    assert len([one for one in asked if one.startswith("letter_replies:")]) == 10


def test_a_list_of_letters_asks_the_calendar_once(house):
    with house.tools.sessions.begin() as db:
        for festival in ("spring", "lantern", "winter_solstice"):
            service.propose(db, house.desk.officer, now=house.now, festival=festival)
    statements = []
    engine = house.tools.sessions.engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with house.tools.sessions.read() as db:
        assert len(service.letters(db, house.desk.officer)) == 4
    assert sum("local_festival" in one for one in statements) == 1


def test_a_form_sent_twice_is_one_reply(house):
    house.send()
    code = re.search(r'name="code" value="([^"]+)"', house.reader.get(house.page).text)[1]
    first, second = (house.write(code=code) for _ in range(2))
    assert first.location == second.location
    assert len(house.replies()) == 1
    other = house.write(code=code, words="回头一想，再添一句")
    assert other.location != first.location
    assert len(house.replies()) == 2
    house.write(code="short")
    assert len(house.replies()) == 3


def test_going_back_and_sending_the_same_words_again_is_one_reply(house):
    house.send()
    first = house.write()
    again = house.write()  # with the code of a form made anew
    assert again.location == first.location
    assert len(house.replies()) == 1
    assert house.write("还有一句").location != first.location
    assert len(house.replies()) == 2


def test_the_same_words_of_another_reader_are_another_reply(house):
    house.send()
    first = house.write()
    house.reader = house.reader.application.test_client()
    assert house.write().location != first.location
    assert len(house.replies()) == 2


def test_a_dead_link_is_told_kindly_and_leads_no_elder_to_the_desks(house):
    shown = house.reader.get("/letters/nothing-here-at-all")
    assert shown.status_code == 404
    assert "找不到了" in shown.text
    assert "/console" not in shown.text


def test_a_letter_brings_its_own_icon(house):
    house.send()
    page = house.reader.get(house.page).text
    icon = re.search(r'rel="icon" [^>]*href="([^"]+)"', page)[1]
    assert "data:" not in icon
    with house.reader.get(icon) as picture_of_it:
        assert picture_of_it.mimetype == "image/svg+xml"
