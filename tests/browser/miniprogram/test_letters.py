"""家书 on the phone, against the real server: read with one's own name, answered, answered back."""

import dataclasses
import io
import re
import threading

import pytest
from PIL import Image
from werkzeug.serving import make_server

from server.app import create_app
from server.greetings import family, replies
from server.greetings import service as greetings
from server.people import service as people
from server.staff import service as staff
from tests import fakes, make
from tests.browser.miniprogram.phone import IN_FRONT, Phone
from tests.make import call


@pytest.fixture
def database_url(databases):
    return databases.clean("sqlite")


@pytest.fixture
def wechat_api(sandbox):
    return sandbox


@dataclasses.dataclass
class House:
    tools: object
    county: int
    editor: object
    letter: int
    appid: str
    follower: str

    def waiting(self):
        with self.tools.sessions.read() as db:
            return replies.listing(
                db, self.editor, answered=False, before=None, limit=9, vault=self.tools.vault
            )

    def answer(self, words):
        (one,) = self.waiting()
        with self.tools.sessions.begin() as db:
            replies.answer(
                db, self.editor, one.id, words=words, vault=self.tools.vault, now=make.NOON
            )


@pytest.fixture
def house(tools, sandbox):
    """A county whose letter of the Spring Festival, with a photo, is out."""
    tools = dataclasses.replace(tools, jobs=fakes.RememberedJobs())
    county = make.county(tools).id
    mini = make.account(tools, "yunxi-mini")
    server = make_server("127.0.0.1", 0, create_app(tools), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    make.introduce(sandbox, mini, api_base=f"http://127.0.0.1:{server.server_port}")
    told = {"nickname": "阿明", "country": "马来西亚", "zone": "Asia/Kuala_Lumpur"}
    follower = call("POST", f"{sandbox}/sandbox/followers", told)["id"]
    picture = io.BytesIO()
    Image.new("RGB", (640, 400), "darkgreen").save(picture, "JPEG")
    key = tools.files.put(picture.getvalue())
    with tools.sessions.begin() as db:
        editor = staff.create(
            db, tenant_id=county, login="editor", name="黄", role="editor",
            password="a-long-password", now=make.NOON,
        )  # fmt: skip
        letter = greetings.propose(db, editor, now=make.NOON, festival="spring").id
        family.add_photo(
            db, editor, letter, file_key=key, caption="村口的大榕树", size=(640, 400), now=make.NOON
        )
        news = [("石桥镇侨史馆开馆", "https://example.org/news")]
        family.set_news(db, editor, letter, news, now=make.NOON)
        greetings.locked(db, county, letter).status = "planned"
    yield House(tools, county, editor, letter, mini.appid, follower)
    server.shutdown()


@pytest.fixture
def one(house, sandbox, chromium):
    phone = Phone(chromium, sandbox, house.appid, house.follower)
    yield phone
    phone.context.close()
    assert not phone.errors


def test_a_letter_is_read_with_its_photo_and_answered_there(one, house):
    one.open()
    one.tap(re.compile("^家书"))
    one.sees("春节")
    assert one.complaints() == []
    one.tap("春节")
    one.sees("给您拜年")
    one.page.locator(f"{IN_FRONT} .photo").wait_for()
    one.sees("村口的大榕树")
    one.tap("寄回家乡")
    one.sees("请写几句话")
    one.write("想说的话", "收到家书，想起外婆家的荔枝树。")
    one.tap("愿意让别的乡亲也看到", role="checkbox")
    one.shot("mp_letter")
    assert one.complaints() == []
    one.tap("寄回家乡")
    one.sees("家乡的同志会看")
    (written,) = house.waiting()
    assert (written.words, written.may_feature) == ("收到家书，想起外婆家的荔枝树。", True)
    house.answer("荔枝红的时候，给您寄照片。")
    one.open("letter", f"code={code(house)}")
    one.sees("荔枝红的时候，给您寄照片。")


def test_what_was_typed_is_still_there_after_a_cold_start(one, house):
    one.open("letter", f"code={code(house)}")
    one.sees("给您拜年")
    one.write("想说的话", "还没写完")
    one.open("letter", f"code={code(house)}")
    one.sees("给您拜年")
    assert one.page.get_by_label("想说的话", exact=True).input_value() == "还没写完"


def test_a_letter_opens_with_ones_own_name(one, house):
    one.open("me")
    one.sees("怎么称呼您")
    with house.tools.sessions.begin() as db:
        from sqlalchemy import select

        from server.people.models import WeChatIdentity

        person = db.scalar(select(WeChatIdentity.person_id))
        people.update_profile(db, person, {"salutation": "王阿姨"}, vault=house.tools.vault)
    one.open("letter", f"code={code(house)}")
    one.sees("尊敬的王阿姨")


def test_a_letter_that_is_not_there_says_so(one):
    one.expected.append("404")
    one.open("letter", "code=nonsense12")
    one.sees("找不到这封信")


def code(house):
    with house.tools.sessions.read() as db:
        return greetings.own(db, house.county, house.letter).code
