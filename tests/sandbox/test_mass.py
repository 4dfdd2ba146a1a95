"""Mass sending (WECHAT §4.5)."""

import pytest

from deploy.sandbox import wire
from tests.sandbox.conftest import OFFICIAL

DAY = 86400


def events(callback, name):
    """Return the pushed plaintext events of a name."""
    found = [wire.from_xml(one.body) for one in callback.heard if one.body[:1] == b"<"]
    return [one for one in found if one.get("Event") == name]


MASS = "/cgi-bin/message/mass/send"
ALL = "/cgi-bin/message/mass/sendall"


def bulk(platform, count):
    body = {"count": count, "appid": OFFICIAL}
    return platform.post("/sandbox/followers/bulk", body)["openids"]


def letter(openids, content="佳节问候", **more):
    return {"touser": openids, "msgtype": "text", "text": {"content": content}, **more}


def finished(platform, callback, count=1):
    def look():
        found = events(callback, "MASSSENDJOBFINISH")
        return found if len(found) >= count else None

    return platform.settled(look)


def test_a_mass_message_is_accepted_then_delivered_then_reported(official, callback):
    openids = bulk(official, 3)
    sent = official.call(MASS, letter(openids, clientmsgid="a1"))
    assert sent["errcode"] == 0
    assert sent["errmsg"] == "send job submission success"
    [event] = finished(official, callback)
    assert event["MsgID"] == str(sent["msg_id"])
    assert event["Status"] == "send success"
    counts = [event[name] for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount")]
    assert counts == ["3", "3", "3", "0"]
    told = official.call("/cgi-bin/message/mass/get", {"msg_id": sent["msg_id"]})
    assert told["msg_status"] == "SEND_SUCCESS"
    shown = official.get("/sandbox/followers/1/timeline")["items"]
    assert (shown[-1]["channel"], shown[-1]["content"]["content"]) == ("mass", "佳节问候")


def test_lists_of_one_and_of_more_than_ten_thousand_are_refused(official):
    openids = bulk(official, 2)
    assert official.call(MASS, letter(openids[:1]))["errcode"] == 40031
    assert official.call(MASS, letter(["o"] * 10_001))["errcode"] == 40032
    assert official.call(MASS, letter(openids))["errcode"] == 0


def test_ten_thousand_people_are_reached_at_once(official, callback):
    openids = bulk(official, 10_000)
    assert official.call(MASS, letter(openids))["errcode"] == 0
    assert finished(official, callback)[0]["SentCount"] == "10000"


def test_a_clientmsgid_is_known_for_a_day(official):
    openids = bulk(official, 2)
    first = official.call(MASS, letter(openids, clientmsgid="issue-1"))
    other = letter(openids, "别的内容", clientmsgid="issue-1")
    assert official.call(MASS, other)["errcode"] == 45066, "within a minute"
    official.advance(61)
    again = official.call(MASS, other)
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    official.advance(DAY)
    assert official.call(MASS, other)["errcode"] == 0
    assert official.call(MASS, letter(openids, clientmsgid="x" * 65))["errcode"] == 45067


def test_without_a_clientmsgid_the_same_content_is_a_duplicate(official):
    openids = bulk(official, 4)
    assert official.call(MASS, letter(openids[:2]))["errcode"] == 0
    official.advance(61)
    assert official.call(MASS, letter(openids[2:]))["errcode"] == 45065
    assert official.call(MASS, letter(openids[2:], clientmsgid="chunk-2"))["errcode"] == 0


def test_a_person_gets_four_a_month_and_the_fifth_is_a_silent_error(official, callback):
    openids = bulk(official, 3)
    for number in range(4):
        official.call(MASS, letter(openids[:2], f"第{number}封"))
    finished(official, callback, 4)
    assert official.call(MASS, letter(openids, "第5封"))["errcode"] == 0
    last = finished(official, callback, 5)[-1]
    assert (last["Status"], last["SentCount"], last["ErrorCount"]) == ("send success", "1", "2")
    official.advance(32 * DAY)
    official.call(MASS, letter(openids, "下个月"))
    assert finished(official, callback, 6)[-1]["SentCount"] == "3"


def test_to_all_works_once_a_day_and_to_a_tag_reaches_its_members(official, callback):
    openids = bulk(official, 3)
    tag = official.call("/cgi-bin/tags/create", {"tag": {"name": "泮坑"}})["tag"]["id"]
    body = {"openid_list": openids[:2], "tagid": tag}
    official.call("/cgi-bin/tags/members/batchtagging", body)
    text = {"msgtype": "text", "text": {"content": "一"}}
    chosen = {"filter": {"is_to_all": False, "tag_id": tag}, **text}
    assert official.call(ALL, chosen)["errcode"] == 0
    assert finished(official, callback)[0]["SentCount"] == "2"
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text"}
    assert official.call(ALL, {**everybody, "text": {"content": "二"}})["errcode"] == 0
    assert official.call(ALL, {**everybody, "text": {"content": "三"}})["errcode"] == 45028
    nobody = {"filter": {"is_to_all": False, "tag_id": 999}, **text}
    assert official.call(ALL, nobody)["errcode"] == 45159


def test_a_subscription_account_sends_once_a_day_and_not_to_lists(official):
    official.account(account_type="subscription")
    openids = bulk(official, 2)
    assert official.call(MASS, letter(openids))["errcode"] == 48001
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "一"}}
    assert official.call(ALL, everybody)["errcode"] == 0
    assert official.call(ALL, {**everybody, "text": {"content": "二"}})["errcode"] == 45028
    official.advance(DAY)
    assert official.call(ALL, {**everybody, "text": {"content": "二"}})["errcode"] == 0


def test_a_refused_text_and_an_unconfirmed_job_fail(official, callback):
    openids = bulk(official, 2)
    official.call(MASS, letter(openids, "色情"))
    [event] = finished(official, callback)
    assert (event["Status"], event["SentCount"]) == ("err(20002)", "0")
    official.account(mass_protection=True)
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "一"}}
    sent = official.call(ALL, everybody)
    path, which = "/cgi-bin/message/mass/get", {"msg_id": sent["msg_id"]}
    assert official.call(path, which)["msg_status"] == "SENDING"
    official.advance(1801)
    assert finished(official, callback, 2)[-1]["Status"] == "err(40002)"
    assert official.call(path, which)["msg_status"] == "SEND_FAIL"


@pytest.mark.parametrize(
    ("decision", "status"), [("confirm", "send success"), ("refuse", "err(40001)")]
)
def test_an_administrator_decides_about_a_protected_job(official, callback, decision, status):
    bulk(official, 2)
    official.account(mass_protection=True)
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "一"}}
    sent = official.call(ALL, everybody)
    where = f"/sandbox/accounts/{OFFICIAL}/mass/{sent['msg_id']}"
    assert official.send("POST", where, json={"decision": decision}).status_code == 200
    assert finished(official, callback)[0]["Status"] == status


def test_people_who_refuse_or_left_are_filtered(official, callback):
    openids = bulk(official, 4)
    official.send("PATCH", "/sandbox/followers/1", json={"refuses": {OFFICIAL: True}})
    official.post("/sandbox/followers/2/unfollow?wait=1", {"appid": OFFICIAL})
    official.call(MASS, letter(openids))
    [event] = finished(official, callback)
    assert event["SentCount"] == "2"
    assert int(event["FilterCount"]) == int(event["SentCount"]) + int(event["ErrorCount"])


def test_preview_speed_and_delete(official):
    card = official.follower()
    who = card["openids"][OFFICIAL]
    body = {"touser": who, "msgtype": "text", "text": {"content": "样稿"}}
    assert official.call("/cgi-bin/message/mass/preview", body)["errcode"] == 0
    assert official.timeline(card)[-1]["status"] == "preview"
    speed = "/cgi-bin/message/mass/speed/"
    assert official.call(f"{speed}get") == {"speed": 0, "realspeed": 80}
    assert official.call(f"{speed}set", {"speed": 4})["errcode"] == 0
    assert official.call(f"{speed}get") == {"speed": 4, "realspeed": 10}
    assert official.call(f"{speed}set", {"speed": 5})["errcode"] == 45083
    assert official.call(f"{speed}set", {})["errcode"] == 45084
