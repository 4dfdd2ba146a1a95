"""Followers and tags (WECHAT §3.1, §3.2)."""

from tests.sandbox.conftest import MINI, OFFICIAL

TAG = "/cgi-bin/tags/"


def bulk(platform, count):
    body = {"count": count, "appid": OFFICIAL}
    return platform.post("/sandbox/followers/bulk", body)["openids"]


def page(platform, after=""):
    return platform.call("/cgi-bin/user/get", method="GET", next_openid=after)


def test_followers_come_ten_thousand_a_page_and_the_last_page_is_empty(official):
    openids = bulk(official, 10_001)
    first = page(official)
    assert (first["total"], first["count"]) == (10_001, 10_000)
    assert first["data"]["openid"] == openids[:10_000]
    second = page(official, first["next_openid"])
    assert second["data"]["openid"] == openids[10_000:]
    third = page(official, second["next_openid"])
    assert third["count"] == 0
    assert "data" not in third


def test_who_left_is_no_longer_listed_and_returns_at_the_end(official):
    openids = bulk(official, 3)
    official.post("/sandbox/followers/1/unfollow?wait=1", {"appid": OFFICIAL})
    assert page(official)["data"]["openid"] == openids[1:]
    official.post("/sandbox/followers/1/follow?wait=1", {"appid": OFFICIAL})
    assert page(official)["data"]["openid"] == [*openids[1:], openids[0]]
    assert page(official, "oNobody")["errcode"] == 40003


def test_facts_hold_neither_name_nor_picture_nor_place(official):
    card = official.follower(language="zh_TW")
    openid = card["openids"][OFFICIAL]
    facts = official.call("/cgi-bin/user/info", method="GET", openid=openid)
    assert not {"nickname", "headimgurl", "errcode"} & set(facts)
    assert (facts["country"], facts["province"], facts["city"], facts["sex"]) == ("", "", "", 0)
    assert (facts["subscribe"], facts["language"]) == (1, "zh_TW")
    assert facts["unionid"] == card["unionid"]
    assert facts["subscribe_scene"] == "ADD_SCENE_SEARCH"
    official.act(card, "unfollow", wait=True)
    facts = official.call("/cgi-bin/user/info", method="GET", openid=openid)
    assert facts == {"subscribe": 0, "openid": openid, "unionid": card["unionid"]}
    official.account(open_platform=False)
    assert "unionid" not in official.call("/cgi-bin/user/info", method="GET", openid=openid)


def test_batchget_takes_a_hundred(official):
    path = "/cgi-bin/user/info/batchget"
    users = [{"openid": one, "lang": "zh_CN"} for one in bulk(official, 101)]
    assert len(official.call(path, {"user_list": users[:100]})["user_info_list"]) == 100
    assert official.call(path, {"user_list": users})["errcode"] == 40032
    assert official.call(path, {"user_list": []})["errcode"] == 40035
    assert official.call(path, {"user_list": [{"openid": "x"}]})["errcode"] == 40003


def test_one_person_has_one_openid_per_account_and_one_unionid(both):
    card = both.follower(None)
    assert len(set(card["openids"].values())) == 2
    assert all(one.startswith("o") and len(one) == 28 for one in card["openids"].values())
    foreign = card["openids"][MINI]
    told = both.call("/cgi-bin/user/info", method="GET", openid=foreign)
    assert told["errcode"] == 40003


def test_remark_and_blacklist(official):
    openids = bulk(official, 2)
    path = "/cgi-bin/user/info/updateremark"
    assert official.call(path, {"openid": openids[0], "remark": "泮坑林"})["errcode"] == 0
    assert official.call(path, {"openid": openids[0], "remark": "长" * 30})["errcode"] == 40097
    facts = official.call("/cgi-bin/user/info", method="GET", openid=openids[0])
    assert facts["remark"] == "泮坑林"
    members = f"{TAG}members/"
    assert official.call(f"{members}batchblacklist", {"openid_list": openids})["errcode"] == 0
    listed = official.call(f"{members}getblacklist", {"begin_openid": ""})
    assert listed["data"]["openid"] == openids
    many = {"openid_list": ["x"] * 21}
    assert official.call(f"{members}batchunblacklist", many)["errcode"] == 40032
    one = {"openid_list": openids[:1]}
    assert official.call(f"{members}batchunblacklist", one)["errcode"] == 0
    assert official.call(f"{members}getblacklist", {"begin_openid": ""})["count"] == 1


# tags


def create(platform, name):
    return platform.call(f"{TAG}create", {"tag": {"name": name}})


def test_tags_have_a_name_of_thirty_bytes_and_are_a_hundred(official):
    first = create(official, "泮坑")["tag"]
    assert first["name"] == "泮坑"
    assert create(official, "泮坑")["errcode"] == 45157
    assert "tag" in create(official, "十" * 10)
    assert create(official, "十一" * 5 + "x")["errcode"] == 45158
    for number in range(98):
        assert "tag" in create(official, f"t{number}")
    assert create(official, "第一百零一")["errcode"] == 45056


def test_tags_change_and_go(official):
    tag = create(official, "泮坑")["tag"]["id"]
    other = create(official, "石桥")["tag"]["id"]
    assert official.call(f"{TAG}update", {"tag": {"id": tag, "name": "石桥"}})["errcode"] == 45157
    assert official.call(f"{TAG}update", {"tag": {"id": tag, "name": "白沙"}})["errcode"] == 0
    assert official.call(f"{TAG}update", {"tag": {"id": 2, "name": "x"}})["errcode"] == 45058
    assert official.call(f"{TAG}update", {"tag": {"id": 777, "name": "x"}})["errcode"] == 45159
    assert official.call(f"{TAG}delete", {"tag": {"id": tag}})["errcode"] == 0
    left = official.call(f"{TAG}get", method="GET")["tags"]
    assert left == [{"id": other, "name": "石桥", "count": 0}]


def test_fifty_people_a_batch_and_twenty_tags_a_person(official):
    openids = bulk(official, 51)
    tag = create(official, "泮坑")["tag"]["id"]
    path = f"{TAG}members/batchtagging"
    assert official.call(path, {"openid_list": openids, "tagid": tag})["errcode"] == 40032
    assert official.call(path, {"openid_list": openids[:50], "tagid": tag})["errcode"] == 0
    members = official.call("/cgi-bin/user/tag/get", {"tagid": tag, "next_openid": ""})
    assert members["data"]["openid"] == openids[:50]
    rest = {"tagid": tag, "next_openid": members["next_openid"]}
    assert "data" not in official.call("/cgi-bin/user/tag/get", rest)
    for number in range(19):
        one = create(official, f"t{number}")["tag"]["id"]
        official.call(path, {"openid_list": openids[:1], "tagid": one})
    last = create(official, "多")["tag"]["id"]
    both = {"openid_list": openids[:2][::-1], "tagid": last}
    assert official.call(path, both)["errcode"] == 45059
    nothing = official.call(f"{TAG}getidlist", {"openid": openids[1]})
    assert nothing["tagid_list"] == [tag], "a refused batch tags nobody"
    away = {"openid_list": openids[:1], "tagid": tag}
    assert official.call(f"{TAG}members/batchuntagging", away)["errcode"] == 0
    assert official.call(path, {"openid_list": openids[:1], "tagid": last})["errcode"] == 0


def test_strangers_cannot_be_tagged(both):
    tag = create(both, "泮坑")["tag"]["id"]
    path = f"{TAG}members/batchtagging"
    card = both.follower(None)
    assert both.call(path, {"openid_list": ["x"], "tagid": tag})["errcode"] == 40003
    foreign = {"openid_list": [card["openids"][MINI]], "tagid": tag}
    assert both.call(path, foreign)["errcode"] == 49003
    assert both.call(path, {"openid_list": ["x"], "tagid": 999})["errcode"] == 45159
