"""The mini-program's door: cases, photos, profile, and doing things once."""

import io
import threading

import pytest
from PIL import Image
from sqlalchemy import text

from server.people import identities, sessions
from server.ports import Identity
from tests import make

BODY = {
    "kind": "petition",
    "topic": "house",
    "subject": "祖屋屋顶漏水",
    "body": "老家祖屋的屋顶漏水，邻居不让修，请帮忙协调。",
    "consent_version": "2026-11",
}


@pytest.fixture
def county(tools):
    return make.county(tools)


def sign_in(tools, openid="oWang"):
    account = make.account(tools, "yunxi-mini")
    with tools.sessions.begin() as db:
        person = identities.sign_in(db, account, Identity(openid), now=tools.clock.now())
        token, _ = sessions.open_session(
            db, person_id=person, account_id=account.id, now=tools.clock.now()
        )
    return {"Authorization": f"Bearer {token}"}


def keyed(headers, key):
    return {**headers, "Idempotency-Key": key.ljust(16, "0")}


def photo():
    picture, made = Image.new("RGB", (400, 300), "green"), io.BytesIO()
    tags = picture.getexif()
    tags[0x010F] = "SecretCamera"
    picture.save(made, "JPEG", exif=tags)
    return made.getvalue()


def test_a_petition_is_numbered_dated_and_registered(county, tools, client):
    answer = client.post("/api/v1/cases", json=BODY, headers=keyed(sign_in(tools), "a"))
    assert answer.status_code == 201
    case = answer.json
    assert case["number"] == "XF2026000001"
    assert case["state_name"] == "已登记"
    assert case["answer_by"] == "2026-12-05"
    assert [step["actor"] for step in case["timeline"]] == ["system"]


def test_a_second_tap_makes_no_second_case(county, tools, client):
    me = sign_in(tools)
    first = client.post("/api/v1/cases", json=BODY, headers=keyed(me, "tap"))
    again = client.post("/api/v1/cases", json=BODY, headers=keyed(me, "tap"))
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(client.get("/api/v1/cases", headers=me).json["items"]) == 1


def test_taps_at_the_same_moment_make_one_case(county, tools, app):
    me, answers = sign_in(tools), []

    def tap():
        answer = app.test_client().post("/api/v1/cases", json=BODY, headers=keyed(me, "race"))
        answers.append((answer.status_code, answer.json.get("number")))

    threads = [threading.Thread(target=tap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(201, "XF2026000001")] * 4


def test_the_same_key_with_other_words_is_a_conflict(county, tools, client):
    me = sign_in(tools)
    client.post("/api/v1/cases", json=BODY, headers=keyed(me, "b"))
    other = client.post("/api/v1/cases", json={**BODY, "subject": "别的"}, headers=keyed(me, "b"))
    assert (other.status_code, other.json["code"]) == (409, "idempotency_conflict")


def test_a_refused_attempt_leaves_the_key_free(county, tools, client):
    me = sign_in(tools)
    wrong = client.post("/api/v1/cases", json={**BODY, "topic": "?"}, headers=keyed(me, "c"))
    assert wrong.status_code == 400
    right = client.post("/api/v1/cases", json=BODY, headers=keyed(me, "c"))
    assert right.status_code == 201
    assert right.json["number"] == "XF2026000001"  # no number was lost either


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "长" * 61}, "subject"),
        ({"body": "短"}, "body"),
        ({"topic": "nonsense"}, "topic"),
        ({"kind": "complaint"}, "kind"),
        ({"country": "XX"}, "country"),
        ({"consent_version": "1999"}, "consent_version"),
        ({"files": ["nobody's"]}, "files"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_each_wrong_field_is_named_in_chinese(county, tools, client, change, field):
    answer = client.post("/api/v1/cases", json=BODY | change, headers=keyed(sign_in(tools), "d"))
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert list(answer.json["errors"]) == [field]
    assert all("一" <= line[0] <= "龥" for line in answer.json["errors"][field])


def test_anothers_case_is_not_found(county, tools, client):
    number = client.post("/api/v1/cases", json=BODY, headers=keyed(sign_in(tools), "e")).json[
        "number"
    ]
    stranger = sign_in(tools, "oStranger")
    assert client.get(f"/api/v1/cases/{number}", headers=stranger).status_code == 404
    more = client.post(
        f"/api/v1/cases/{number}/supplements", json={"body": "我"}, headers=keyed(stranger, "f")
    )
    assert more.status_code == 404


def test_without_a_token_or_after_signing_out_nothing_opens(county, tools, client):
    me = sign_in(tools)
    assert client.get("/api/v1/me").status_code == 401
    assert client.delete("/api/v1/sessions/current", headers=me).status_code == 204
    assert client.get("/api/v1/me", headers=me).status_code == 401


def test_a_token_ends_after_thirty_days(county, tools, client):
    me = sign_in(tools)
    tools.clock.advance(days=30, seconds=1)
    assert client.get("/api/v1/me", headers=me).status_code == 401


def test_what_a_person_wrote_cannot_be_read_in_the_database(county, tools, client):
    me = sign_in(tools)
    client.post("/api/v1/cases", json=BODY, headers=keyed(me, "g"))
    client.put("/api/v1/me", json={"salutation": "王阿姨"}, headers=me)
    with tools.sessions.read() as db:
        for table in ("case_file", "case_event", "person", "idempotent_request"):
            for row in db.execute(text(f"SELECT * FROM {table}")):  # noqa: S608 (fixed names)
                values = [bytes(v) for v in row if isinstance(v, bytes | memoryview)]
                told = (
                    b"".join(values) + " ".join(str(v) for v in row if isinstance(v, str)).encode()
                )
                for secret in ("祖屋", "漏水", "王阿姨"):
                    assert secret.encode() not in told


def test_a_photo_loses_what_the_camera_wrote_and_opens_for_its_owner_only(county, tools, client):
    me = sign_in(tools)
    sent = client.post(
        "/api/v1/files",
        data={"file": (io.BytesIO(photo()), "a.jpg")},
        headers=keyed(me, "h"),
    )
    assert sent.status_code == 201
    url = f"/api/v1/files/{sent.json['id']}"
    kept = client.get(url, headers=me)
    assert kept.content_type == "image/jpeg"
    assert b"SecretCamera" not in kept.data
    assert client.get(url, headers=sign_in(tools, "oStranger")).status_code == 404
    stored = b"".join(
        path.read_bytes() for path in tools.settings.data_dir.rglob("*") if path.is_file()
    )
    assert kept.data not in stored


@pytest.mark.parametrize("content", [b"", b"not a picture", photo()[:100], b"GIF89a" + b"\0" * 50])
def test_what_is_no_photo_is_refused_kindly(county, tools, client, content):
    answer = client.post(
        "/api/v1/files",
        data={"file": (io.BytesIO(content), "a.jpg")},
        headers=keyed(sign_in(tools), "i"),
    )
    assert answer.status_code == 400
    assert list(answer.json["errors"]) == ["file"]


def test_uploads_nobody_used_are_swept_after_a_day(county, tools, client):
    from server import worker

    me = sign_in(tools)
    sent = client.post(
        "/api/v1/files", data={"file": (io.BytesIO(photo()), "a.jpg")}, headers=keyed(me, "j")
    ).json["id"]
    used = client.post(
        "/api/v1/files", data={"file": (io.BytesIO(photo()), "b.jpg")}, headers=keyed(me, "k")
    ).json["id"]
    client.post("/api/v1/cases", json=BODY | {"files": [used]}, headers=keyed(me, "l"))
    tools.clock.advance(days=1, minutes=1)
    worker.forget_old(tools)
    assert client.get(f"/api/v1/files/{sent}", headers=me).status_code == 404
    assert client.get(f"/api/v1/files/{used}", headers=me).status_code == 200


def test_the_list_pages_without_missing_or_repeating(county, tools, client):
    me = sign_in(tools)
    for number in range(5):
        client.post("/api/v1/cases", json=BODY, headers=keyed(me, f"page{number}"))
        tools.clock.advance(seconds=1)
    seen, cursor = [], ""
    while True:
        page = client.get(f"/api/v1/cases?limit=2&cursor={cursor}", headers=me).json
        seen += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"XF202600000{number}" for number in (5, 4, 3, 2, 1)]


def test_a_tap_on_the_subscription_dialog_counts_once_for_both_witnesses(county, tools, client):
    from server.people import subscriptions

    me = sign_in(tools)
    told = client.post(
        "/api/v1/me/subscriptions",
        json={"template": "case_progress", "accepted": True},
        headers=keyed(me, "m"),
    )
    assert told.json["remaining"] == 1
    person = client.get("/api/v1/me", headers=me).json["id"]
    tools.clock.advance(seconds=2)
    make.allow(tools, person, "case_progress")
    with tools.sessions.read() as db:
        left = subscriptions.remaining(db, person_id=person, template="case_progress")
    assert left == 1


def test_the_site_tells_what_the_first_page_needs(county, client):
    site = client.get("/api/v1/site?account=yunxi-mini").json
    assert site["tenant"]["name"] == "云溪县侨联"
    assert site["next_festival"]["days_left"] > 0
    names = {country["code"]: country["name"] for country in site["countries"]}
    assert (names["HK"], names["MO"], names["TW"]) == ("中国香港", "中国澳门", "中国台湾")
    assert "XK" not in names
    assert "12308" in site["notices"]["emergency"]


def test_every_error_of_the_api_is_problem_json(county, tools, client):
    for answer in (
        client.get("/api/v1/nothing"),
        client.put("/api/v1/cases"),
        client.post("/api/v1/sessions", data="{", content_type="application/json"),
        client.get("/api/v1/site?account=unknown"),
        client.get("/api/v1/site"),
    ):
        assert answer.content_type == "application/problem+json", answer.request.path
        assert {"title", "detail", "detail_en", "status", "code", "request_id"} <= set(answer.json)


def test_openapi_describes_every_route_of_the_api(app, client):
    spec = client.get("/api/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    described = {path.replace("{", "<").replace("}", ">") for path in spec["paths"]}
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert described == routes
