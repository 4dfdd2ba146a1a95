"""What the mini-program's door makes of requests that no mini-program sends."""

import dataclasses
import io
import json
import struct
import zlib

import pytest
from PIL import Image

from server.app import create_app
from server.people import identities, sessions
from server.ports import Identity
from tests import make

CASE = {
    "kind": "consultation",
    "topic": "notary",
    "subject": "委托书",
    "body": "想委托姐姐卖房，委托书怎么办理？",
    "consent_version": "2026-11",
}


@pytest.fixture
def me(tools):
    """A county and the header of somebody signed in to its mini-program."""
    make.county(tools)
    account = make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        person = identities.sign_in(db, account, Identity("oWang"), now=make.NOON)
        token, _ = sessions.open_session(db, person_id=person, account_id=account.id, now=make.NOON)
    return {"Authorization": f"Bearer {token}"}


def keyed(headers, key="k"):
    return {**headers, "Idempotency-Key": key.ljust(16, "0")}


def send(client, me, content, key="k", kind="application/json"):
    return client.post("/api/v1/cases", data=content, content_type=kind, headers=keyed(me, key))


def is_problem(answer, status, code=None):
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert "一" <= answer.json["title"][0] <= "龥"
    assert answer.json["detail_en"].isascii()
    assert code in {None, answer.json["code"]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe{}",
        b'{"kind": NaN}',
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'{"kind": ' + b"9" * 10_000 + b"}",
        json.dumps({**CASE, "subject": 7}).encode(),
        json.dumps({**CASE, "files": "x"}).encode(),
        json.dumps({**CASE, "files": [None]}).encode(),
        json.dumps({**CASE, "files": [["x"]]}).encode(),
        json.dumps({**CASE, "topic": {"a": 1}}).encode(),
        json.dumps({**CASE, "subject": "   "}).encode(),
        json.dumps({**CASE, "subject": "\ud800"}).encode(),
        json.dumps({**CASE, "body": "\u0000" * 9}).encode(),
        json.dumps({**CASE, "topic": "\u0000"}).encode(),
        json.dumps({**CASE, "files": ["\u0000"]}).encode(),
        json.dumps({**CASE, "kind": "petition\u0000"}).encode(),
    ],
    ids=lambda content: content[:24],
)
def test_bodies_that_are_no_case_are_refused_and_leave_no_case(client, me, content):
    is_problem(send(client, me, content), 400)
    assert client.get("/api/v1/cases", headers=me).json["items"] == []


def test_what_is_not_json_is_told_so(client, me):
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        is_problem(send(client, me, json.dumps(CASE), kind=kind), 415, "unsupported_media_type")
    answer = client.post(
        "/api/v1/files", data=b"\xff\xd8", content_type="image/jpeg", headers=keyed(me)
    )
    is_problem(answer, 415, "unsupported_media_type")


def test_more_than_eleven_megabytes_is_too_large(client, me):
    is_problem(send(client, me, b" " * (12 << 20)), 413, "request_entity_too_large")
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    answer = client.post(
        "/api/v1/files",
        data=form + b"\xff" * (12 << 20) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers=keyed(me),
    )
    is_problem(answer, 413)


def test_control_characters_from_a_paste_are_dropped_and_lines_kept(client, me):
    body = "第一行\r\n第二行\u000b完\u0000了\u202e"
    sent = send(client, me, json.dumps({**CASE, "body": body, "subject": "委\u0000托\n书"}))
    assert sent.status_code == 201
    assert sent.json["body"] == "第一行\n第二行完了"
    assert sent.json["subject"] == "委托 书"


@pytest.mark.parametrize("path", ["/api/v1/cases/%00", "/api/v1/cases/XF%ff", "/api/v1/files/%00"])
def test_paths_that_name_nothing_are_not_found(client, me, path):
    is_problem(client.get(path, headers=me), 404)


def test_a_site_that_is_not_there_is_not_found(client, me):
    for account in ("nobody", "yunxi", "%F0%9F%98%80"):
        is_problem(client.get(f"/api/v1/site?account={account}"), 404)
    is_problem(client.get("/api/v1/site?account=" + "x" * 41), 400)
    is_problem(client.get("/api/v1/site?account=%00"), 400)
    is_problem(client.get("/api/v1/site?account=yunxi-mini&more=1"), 400)


@pytest.mark.parametrize(
    "change",
    [{"zone": "Mars/Base"}, {"zone": "../etc/passwd"}, {"country": "XK"}, {"language": "en"},
     {"salutation": "长" * 21}, {"hometown": 7}, {"id": 7}],
)  # fmt: skip
def test_a_profile_takes_only_what_it_knows(client, me, change):
    is_problem(client.put("/api/v1/me", json=change, headers=me), 400, "invalid")


def test_a_profile_can_be_filled_and_emptied_field_by_field(client, me):
    told = {"salutation": " 王阿姨\u0000 ", "country": "IT", "zone": "Europe/Rome"}
    kept = client.patch("/api/v1/me", json=told, headers=me).json
    assert (kept["salutation"], kept["zone"]) == ("王阿姨", "Europe/Rome")
    kept = client.put("/api/v1/me", json={"salutation": None}, headers=me).json
    assert (kept["salutation"], kept["country"]) == (None, "IT")
    half = client.put(
        "/api/v1/me",
        data='{"hometown": "石桥\\ud83d"}',
        content_type="application/json",
        headers=me,
    )
    assert half.json["hometown"] == "石桥"  # half an emoji, cut by a phone


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=" + "9" * 18, "cursor=9999999999"],
)
def test_a_page_that_cannot_be_is_refused(client, me, query):
    is_problem(client.get(f"/api/v1/cases?{query}", headers=me), 400, "invalid")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "bearer\t", "Token 5"])
def test_without_a_good_token_the_door_stays_shut(client, me, header):
    is_problem(client.get("/api/v1/me", headers={"Authorization": header}), 401, "not_signed_in")
    assert client.get("/api/v1/me", headers=me).status_code == 200


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "has space in it 16", "汉字汉字汉字汉字汉字汉字汉字汉字"]
)
def test_a_creating_request_needs_a_key(client, me, key):
    answer = client.post(
        "/api/v1/cases", json=CASE, headers={**me, "Idempotency-Key": key.encode().decode("latin1")}
    )
    is_problem(answer, 400, "invalid")


def test_a_key_of_one_person_means_nothing_to_another(client, me, tools):
    account = make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        person = identities.sign_in(db, account, Identity("oLi"), now=make.NOON)
        token, _ = sessions.open_session(db, person_id=person, account_id=account.id, now=make.NOON)
    first = send(client, me, json.dumps(CASE))
    other = send(client, {"Authorization": f"Bearer {token}"}, json.dumps(CASE))
    assert [first.json["number"], other.json["number"]] == ["ZX2026000001", "ZX2026000002"]


def test_too_many_submissions_wait_and_are_told_how_long(client, me):
    answers = [
        client.post(
            "/api/v1/me/subscriptions",
            json={"template": "case_progress", "accepted": False},
            headers=keyed(me, f"many{number}"),
        )
        for number in range(61)
    ]
    assert {answer.status_code for answer in answers[:60]} == {201}
    is_problem(answers[60], 429, "too_many")
    assert 1 <= int(answers[60].headers["Retry-After"]) <= 60


def test_a_petition_is_taken_in_while_redis_is_away(settings, me, tools):
    away = make.toolbox(
        dataclasses.replace(settings, redis_url="redis://127.0.0.1:9/0"), tools.clock
    )
    answer = send(create_app(away).test_client(), me, json.dumps(CASE))
    away.sessions.dispose()
    assert answer.status_code == 201


def test_somebody_who_guesses_codes_waits(client, me):
    body = {"account": "yunxi", "code": "guess"}  # not a mini-program: WeChat is not even asked
    answers = [client.post("/api/v1/sessions", json=body) for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {404}
    is_problem(answers[120], 429, "too_many")


def test_what_belongs_to_a_person_is_stored_by_nobody_on_the_way(client, me):
    assert client.get("/api/v1/me", headers=me).headers["Cache-Control"] == "no-store"


def picture(mode="RGB", size=(300, 200), form="JPEG", colour=None, **more):
    made = io.BytesIO()
    Image.new(mode, size, colour).save(made, form, **more)
    return made.getvalue()


def upload(client, me, content, key="photo"):
    return client.post(
        "/api/v1/files", data={"file": (io.BytesIO(content), "a.jpg")}, headers=keyed(me, key)
    )


def opened(client, me, sent):
    assert sent.status_code == 201, sent.text
    content = client.get(f"/api/v1/files/{sent.json['id']}", headers=me).data
    assert len(content) == sent.json["size"]
    return Image.open(io.BytesIO(content))


def png_header(width, height):
    """A PNG of a few bytes that claims to be enormous."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize("size", [(60_000, 60_000), (8_000, 8_000), (2_000_000, 1)])
def test_a_picture_that_would_fill_the_memory_is_refused(client, me, size):
    is_problem(upload(client, me, png_header(*size)), 400, "invalid")


def test_a_large_photo_becomes_small_enough_and_keeps_its_shape(client, me):
    kept = opened(client, me, upload(client, me, picture(size=(4000, 3000), colour="green")))
    assert kept.size == (2000, 1500)


def test_a_photo_taken_sideways_stands_upright_and_says_nothing_of_its_camera(client, me):
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 6, "SecretCamera"
    tags.get_ifd(0x8825)[1] = "N"
    sent = upload(client, me, picture(exif=tags, comment=b"SecretComment", dpi=(72, 72)))
    kept = opened(client, me, sent)
    assert kept.size == (200, 300)
    assert not kept.getexif()
    raw = client.get(f"/api/v1/files/{sent.json['id']}", headers=me).data
    assert b"Secret" not in raw


def test_what_is_transparent_becomes_white_not_black(client, me):
    for mode, colour in (("RGBA", (0, 0, 0, 0)), ("LA", (0, 0))):
        kept = opened(
            client, me, upload(client, me, picture(mode, form="PNG", colour=colour), mode)
        )
        assert kept.getpixel((5, 5))[0] > 250


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK", "RGB"])
def test_every_kind_of_pixel_is_taken(client, me, mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(client, me, upload(client, me, picture(mode, form=form))).mode == "RGB"


def test_a_picture_in_webp_is_taken_and_one_in_tiff_is_not(client, me):
    opened(client, me, upload(client, me, picture(form="WEBP"), "webp"))
    is_problem(upload(client, me, picture(form="TIFF"), "tiff"), 400, "invalid")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_camera_data_does_not_lose_the_photo(client, me):
    for number, junk in enumerate((b"Exif\0\0" + b"\xff" * 40, b"Exif\0\0II*\0\x08\0\0\0\xff\xff")):
        opened(client, me, upload(client, me, picture(exif=junk), f"junk{number}"))


def test_a_photo_cut_short_is_refused_and_nothing_stays_on_the_disk(client, me, tools):
    whole = picture(size=(1200, 900), colour="red", quality=95)
    is_problem(upload(client, me, whole[: len(whole) // 2]), 400, "invalid")
    assert not [path for path in (tools.settings.data_dir / "files").rglob("*") if path.is_file()]


def test_a_repeated_upload_keeps_one_file(client, me, tools):
    first, again = (upload(client, me, picture()) for _ in range(2))
    assert again.json == first.json
    stored = [path for path in (tools.settings.data_dir / "files").rglob("*") if path.is_file()]
    assert len(stored) == 1
