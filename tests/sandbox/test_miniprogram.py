"""Mini-program interfaces, content checks, web sign-in (WECHAT §3.5, §5)."""

import base64
import hashlib
import hmac
import json
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from PIL import Image

from deploy.sandbox import crypto
from tests.sandbox.conftest import AES_KEY, MINI, OFFICIAL, SECRET


def login(both, card, **changes):
    code = both.mini(card, "login")["code"]
    query = {"appid": MINI, "secret": SECRET, "js_code": code, **changes}
    return code, both.get("/sns/jscode2session", grant_type="authorization_code", **query)


def test_a_login_code_works_once_for_five_minutes(both):
    card = both.follower(None)
    code, session = login(both, card)
    assert session["openid"] == card["openids"][MINI]
    assert session["unionid"] == card["unionid"]
    assert len(base64.b64decode(session["session_key"])) == 16
    assert "errcode" not in session
    assert login(both, card, js_code=code)[1]["errcode"] == 40163
    assert login(both, card, js_code="nonsense")[1]["errcode"] == 40029
    assert login(both, card, secret="wrong")[1]["errcode"] == 40125
    assert login(both, card, appid=OFFICIAL)[1]["errcode"] == 40013
    old = both.mini(card, "login")["code"]
    both.advance(301)
    assert login(both, card, js_code=old)[1]["errcode"] == 40029


def test_a_person_logs_in_a_hundred_times_a_minute(both):
    card = both.follower(None)
    answers = [login(both, card)[1].get("errcode", 0) for _ in range(101)]
    assert set(answers[:100]) == {0}
    assert answers[100] == 45011


def test_group_data_open_with_the_session_key(both):
    card = both.follower(None)
    assert "error" in both.mini(card, "group")
    _, session = login(both, card)
    told = both.mini(card, "group", group="罗马乡亲")
    key, iv = base64.b64decode(session["session_key"]), base64.b64decode(told["iv"])
    box = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    plain = box.update(base64.b64decode(told["encryptedData"])) + box.finalize()
    data = json.loads(plain[: -plain[-1]])
    assert data["watermark"]["appid"] == MINI
    assert data["opengid"].startswith("tG")
    other = both.follower(None)
    login(both, other)
    assert both.mini(other, "group", group="罗马乡亲")["opengid"] == data["opengid"]
    assert both.mini(other, "group", group="纽约乡亲")["opengid"] != data["opengid"]
    digest = hashlib.sha256(told["encryptedData"].encode()).hexdigest()
    checked = both.call(
        "/wxa/business/checkencryptedmsg", {"encrypted_msg_hash": digest}, appid=MINI
    )
    assert checked["vaild"] is True


def test_the_session_key_can_be_checked_and_replaced(both):
    card = both.follower(None)
    _, session = login(both, card)
    right = hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest()
    query = {"openid": session["openid"], "sig_method": "hmac_sha256", "signature": right}
    where = {"appid": MINI, "method": "GET"}
    assert both.call("/wxa/checksession", **where, **query)["errcode"] == 0
    new = both.call("/wxa/resetusersessionkey", **where, **query)
    assert new["session_key"] != session["session_key"]
    assert both.call("/wxa/checksession", **where, **query)["errcode"] == 87009


def test_a_phone_code_gives_a_foreign_number_once(both):
    card = both.follower(None, country="意大利", phone="+390655501")
    path = "/wxa/business/getuserphonenumber"
    code = both.mini(card, "phone")["code"]
    info = both.call(path, {"code": code}, appid=MINI)["phone_info"]
    assert (info["phoneNumber"], info["countryCode"]) == ("+390655501", "39")
    assert info["watermark"]["appid"] == MINI
    assert both.call(path, {"code": code}, appid=MINI)["errcode"] == 40163
    login_code = both.mini(card, "login")["code"]
    assert both.call(path, {"code": login_code}, appid=MINI)["errcode"] == 40029


def checked(both, card, **body):
    told = {"version": 2, "openid": card["openids"][MINI], "scene": 3, "content": "阿公好", **body}
    return both.call("/wxa/msg_sec_check", told, appid=MINI)


def test_texts_are_checked_by_keyword(both):
    card = both.follower(None)
    assert checked(both, card)["errcode"] == 61010, "never used the mini-program"
    login(both, card)
    assert checked(both, card)["result"] == {"suggest": "pass", "label": 100}
    risky = checked(both, card, content="来博彩吧")
    assert risky["result"] == {"suggest": "risky", "label": 20006}
    assert risky["detail"][1]["keyword"] == "博彩"
    assert checked(both, card, content="待复核测试")["result"]["suggest"] == "review"
    assert checked(both, card, scene=9)["errcode"] == 40129
    assert checked(both, card, openid="x")["errcode"] == 40003
    assert checked(both, card, openid=card["openids"][OFFICIAL])["errcode"] == 43104
    assert checked(both, card, content="长" * 2501)["errcode"] == 45002
    assert checked(both, card, content="")["errcode"] == 44002
    old = {"content": "博彩"}
    assert both.call("/wxa/msg_sec_check", old, appid=MINI)["errcode"] == 87014
    both.advance(7201)
    assert checked(both, card)["errcode"] == 61010


@pytest.mark.parametrize(
    ("path", "suggest", "errcode"),
    [("/health", "pass", 0), ("/health?risky", "risky", 0), ("/nowhere", None, -1008)],
)
def test_media_are_checked_later(both, callback, path, suggest, errcode):
    card = both.follower(None)
    login(both, card)
    body = {"media_url": both.url + path, "media_type": 2, "version": 2, "scene": 1}
    told = both.call(
        "/wxa/media_check_async", {**body, "openid": card["openids"][MINI]}, appid=MINI
    )
    assert told["errcode"] == 0
    outer = json.loads(callback.wait(1)[0].body)
    event = json.loads(crypto.open_sealed(outer["Encrypt"], AES_KEY, MINI))
    assert (event["Event"], event["trace_id"]) == ("wxa_media_check", told["trace_id"])
    assert event["version"] == 2
    assert event["detail"][0]["errcode"] == errcode
    assert event.get("result", {}).get("suggest") == suggest


def drawn(both, **body):
    query = {"access_token": both.token(MINI)}
    told = {"scene": "g=12&k=o", "page": "pages/join/index", **body}
    return both.send("POST", "/wxa/getwxacodeunlimit", params=query, json=told)


def test_mini_program_codes_are_pictures_of_the_asked_width(both):
    answer = drawn(both, width=300)
    assert answer.headers["Content-Type"] == "image/png"
    with Image.open(BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (300, 300))
    assert drawn(both, scene="other").content != answer.content
    assert drawn(both, scene="长")._content.startswith(b"{")


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"scene": "x" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": "a b"}, 40169),
        ({"page": "/pages/join/index"}, 41030),
        ({"page": "pages/nowhere"}, 41030),
        ({"width": 100}, 40097),
        ({"env_version": "dream"}, 40097),
    ],
)
def test_wrong_codes_answer_with_json(both, body, errcode):
    both.account(MINI, pages=["pages/join/index"])
    answer = drawn(both, **body)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["errcode"] == errcode


def test_links_end_within_thirty_days(both):
    body = {"path": "pages/a", "query": "x=1", "expire_type": 1, "expire_interval": 30}
    link = both.call("/wxa/generate_urllink", body, appid=MINI)
    assert link["url_link"].startswith("https://wxaurl.cn/")
    late = {**body, "expire_interval": 31}
    assert both.call("/wxa/generate_urllink", late, appid=MINI)["errcode"] == 85401
    scheme = {"jump_wxa": {"path": "pages/a"}, "expire_type": 1, "expire_interval": 30}
    told = both.call("/wxa/generatescheme", scheme, appid=MINI)
    assert told["openlink"].startswith("weixin://dl/business/?t=")
    short = {"page_url": "pages/a", "page_title": "乡音"}
    assert both.call("/wxa/genwxashortlink", short, appid=MINI)["link"].startswith("#小程序://")


def test_web_sign_in_knows_the_person_once(official):
    card = official.follower(nickname="林阿公")
    where = f"/sandbox/followers/{card['id']}/mini/{OFFICIAL}/oauth"
    code = official.post(where, {"scope": "snsapi_userinfo"})["code"]
    query = {"appid": OFFICIAL, "secret": SECRET, "grant_type": "authorization_code"}
    told = official.get("/sns/oauth2/access_token", code=code, **query)
    assert told["openid"] == card["openids"][OFFICIAL]
    user = official.get(
        "/sns/userinfo", access_token=told["access_token"], openid=told["openid"], lang="zh_CN"
    )
    assert user["nickname"] == "林阿公"
    again = official.get("/sns/oauth2/access_token", code=code, **query)
    assert again["errcode"] == 40163
    late = official.post(where)["code"]
    official.advance(301)
    assert official.get("/sns/oauth2/access_token", code=late, **query)["errcode"] == 42003
    ticket = official.call("/cgi-bin/ticket/getticket", method="GET", type="jsapi")
    again = official.call("/cgi-bin/ticket/getticket", method="GET", type="jsapi")
    assert again["ticket"] == ticket["ticket"]


def test_the_template_library_leads_to_a_template(both):
    base = "/wxaapi/newtmpl/"
    [category] = both.call(f"{base}getcategory", method="GET", appid=MINI)["data"]
    query = {"ids": category["id"], "start": 0, "limit": 30}
    titles = both.call(f"{base}getpubtemplatetitles", method="GET", appid=MINI, **query)
    tid = titles["data"][0]["tid"]
    words = both.call(f"{base}getpubtemplatekeywords", method="GET", appid=MINI, tid=tid)
    kids = [one["kid"] for one in words["data"]]
    body = {"tid": tid, "kidList": kids, "sceneDesc": "办理进度"}
    made = both.call(f"{base}addtemplate", body, appid=MINI)["priTmplId"]
    listed = both.call(f"{base}gettemplate", method="GET", appid=MINI)["data"]
    assert made in [one["priTmplId"] for one in listed]
    delete = {"priTmplId": made}
    assert both.call(f"{base}deltemplate", delete, appid=MINI)["errcode"] == 0
    assert both.call(f"{base}deltemplate", delete, appid=MINI)["errcode"] == 200014
