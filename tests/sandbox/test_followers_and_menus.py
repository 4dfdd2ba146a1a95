"""Followers, tags, QR codes and menus (WECHAT §3)."""

from io import BytesIO

import pytest
from PIL import Image

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


# QR codes

CODE = "/cgi-bin/qrcode/create"


def code(platform, action="QR_STR_SCENE", scene=None, **more):
    scene = scene if scene is not None else {"scene_str": "泮坑"}
    return platform.call(CODE, {"action_name": action, "action_info": {"scene": scene}, **more})


def test_a_temporary_code_ends_and_a_permanent_one_stays(official):
    made = code(official, expire_seconds=604800)
    assert made["expire_seconds"] == 604800
    assert made["url"].startswith("http://weixin.qq.com/q/")
    assert code(official)["expire_seconds"] == 30
    where = {"ticket": made["ticket"]}
    shown = official.send("GET", "/cgi-bin/showqrcode", params=where)
    assert shown.headers["Content-Type"] == "image/jpg"
    assert Image.open(BytesIO(shown.content)).size == (430, 430)
    official.advance(604801)
    assert official.send("GET", "/cgi-bin/showqrcode", params=where).status_code == 404
    card = official.follower(None)
    assert "过期" in official.act(card, "follow", scene="泮坑")["error"]
    first, second = code(official, "QR_LIMIT_STR_SCENE"), code(official, "QR_LIMIT_STR_SCENE")
    assert first["ticket"] == second["ticket"]
    assert "expire_seconds" not in first


@pytest.mark.parametrize(
    ("action", "scene", "more", "errcode"),
    [
        ("QR_NONSENSE", {"scene_str": "x"}, {}, 40052),
        ("QR_STR_SCENE", {}, {}, 40053),
        ("QR_STR_SCENE", {"scene_str": ""}, {}, 40053),
        ("QR_STR_SCENE", {"scene_str": "x" * 65}, {}, 40053),
        ("QR_STR_SCENE", {"scene_str": "x"}, {"expire_seconds": 2592001}, 40053),
        ("QR_SCENE", {"scene_id": 0}, {}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, {}, 40053),
    ],
)
def test_wrong_codes_are_refused(official, action, scene, more, errcode):
    assert code(official, action, scene, **more)["errcode"] == errcode


def test_a_number_as_scene_is_told_as_a_number(official):
    code(official, "QR_LIMIT_SCENE", {"scene_id": 7})
    card = official.follower(None)
    official.act(card, "follow", scene="7", wait=True)
    facts = official.call("/cgi-bin/user/info", method="GET", openid=card["openids"][OFFICIAL])
    assert (facts["qr_scene"], facts["qr_scene_str"]) == (7, "")


# menus

BUTTONS = [
    {"type": "click", "name": "侨刊乡讯", "key": "NEWS"},
    {
        "name": "侨务服务",
        "sub_button": [
            {
                "type": "miniprogram",
                "name": "法律咨询",
                "url": "https://example.org/legal",
                "appid": MINI,
                "pagepath": "pages/legal",
            },
            {"type": "view", "name": "办事指南", "url": "https://example.org/guide"},
        ],
    },
]


def test_a_menu_is_created_read_tapped_and_deleted(official, callback):
    from deploy.sandbox import wire

    assert official.call("/cgi-bin/menu/get", method="GET")["errcode"] == 46003
    assert official.call("/cgi-bin/menu/create", {"button": BUTTONS})["errcode"] == 0
    menu = official.call("/cgi-bin/menu/get", method="GET")["menu"]
    assert menu["button"][0] == {**BUTTONS[0], "sub_button": []}
    info = official.call("/cgi-bin/get_current_selfmenu_info", method="GET")
    assert info["is_menu_open"] == 1
    assert len(info["selfmenu_info"]["button"][1]["sub_button"]["list"]) == 2
    card = official.follower()
    callback.heard.clear()
    official.act(card, "menu", path=[0], wait=True)
    tapped = official.act(card, "menu", path=[1, 0], wait=True)
    official.act(card, "menu", path=[1, 1], wait=True)
    assert tapped["button"]["pagepath"] == "pages/legal"
    told = [wire.from_xml(one.body) for one in callback.heard]
    assert [(one["Event"], one["EventKey"]) for one in told] == [
        ("CLICK", "NEWS"),
        ("view_miniprogram", "pages/legal"),
        ("VIEW", "https://example.org/guide"),
    ]
    assert "error" in official.act(card, "menu", path=[1])
    assert "error" in official.act(card, "menu", path=[5])
    assert official.call("/cgi-bin/menu/delete", method="GET")["errcode"] == 0
    assert official.call("/cgi-bin/menu/get", method="GET")["errcode"] == 46003


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([BUTTONS[0]] * 4, 40016),
        ([{**BUTTONS[0], "name": "超过十六个字节"}], 40018),
        ([{**BUTTONS[0], "type": "dance"}], 40017),
        ([{**BUTTONS[0], "key": "k" * 129}], 40019),
        ([{"type": "view", "name": "x", "url": "u" * 1025}], 40020),
        ([{"name": "x", "sub_button": [BUTTONS[0]] * 6}], 40023),
        ([{"name": "x", "sub_button": [{**BUTTONS[0], "name": "长" * 21}]}], 40025),
        ([{**BUTTONS[1]["sub_button"][0], "appid": "wxother"}], 45064),
    ],
)
def test_wrong_menus_are_refused(official, buttons, errcode):
    assert official.call("/cgi-bin/menu/create", {"button": buttons})["errcode"] == errcode


def test_the_newest_conditional_menu_that_fits_wins(official):
    tag = create(official, "海外")["tag"]["id"]
    rule = {"tag_id": str(tag)}
    add = "/cgi-bin/menu/addconditional"
    one = [{"type": "click", "name": "海外", "key": "A"}]
    assert official.call(add, {"button": one, "matchrule": rule})["errcode"] == 65303
    official.call("/cgi-bin/menu/create", {"button": BUTTONS})
    assert official.call(add, {"button": one, "matchrule": {}})["errcode"] == 65304
    older = official.call(add, {"button": one, "matchrule": rule})["menuid"]
    phone = {"client_platform_type": "2", **rule}
    two = [{"type": "click", "name": "安卓", "key": "B"}]
    newer = official.call(add, {"button": two, "matchrule": phone})["menuid"]
    card = official.follower()
    openid = card["openids"][OFFICIAL]
    body = {"openid_list": [openid], "tagid": tag}
    seen = lambda: official.call("/cgi-bin/menu/trymatch", {"user_id": openid})["button"][0]["name"]  # noqa: E731
    assert seen() == "侨刊乡讯"
    official.call(f"{TAG}members/batchtagging", body)
    assert seen() == "安卓"
    where = f"/sandbox/followers/{card['id']}"
    official.send("PATCH", where, json={"platform": "ios"})
    assert seen() == "海外"
    assert official.get(f"{where}/menu", appid=OFFICIAL)["button"][0]["key"] == "A"
    told = official.call("/cgi-bin/menu/get", method="GET")
    assert [str(one["menuid"]) for one in told["conditionalmenu"]] == [newer, older]
    assert official.call("/cgi-bin/menu/delconditional", {"menuid": older})["errcode"] == 0
    assert official.call("/cgi-bin/menu/delconditional", {"menuid": older})["errcode"] == 65301
    assert official.call("/cgi-bin/menu/trymatch", {"user_id": "x"})["errcode"] == 65302


def test_conditional_menus_lead_to_three_domains_at_most(official):
    official.call("/cgi-bin/menu/create", {"button": BUTTONS})
    rule = {"client_platform_type": "1"}

    def add(name):
        button = [{"type": "view", "name": "x", "url": f"https://{name}.example/"}]
        body = {"button": button, "matchrule": rule}
        return official.call("/cgi-bin/menu/addconditional", body)

    assert all("menuid" in add(name) for name in "abc")
    assert add("d")["errcode"] == 65316


@pytest.mark.parametrize(
    ("settings", "path", "method", "allowed"),
    [
        ({"certified": False}, "/cgi-bin/user/get", "GET", False),
        ({"certified": False}, "/cgi-bin/draft/count", "GET", True),
        ({"certified": False}, "/cgi-bin/freepublish/batchget", "POST", False),
        ({"certified": False}, "/cgi-bin/menu/get", "GET", True),
        ({"certified": False, "account_type": "subscription"}, "/cgi-bin/menu/get", "GET", False),
        ({"account_type": "subscription"}, "/cgi-bin/qrcode/create", "POST", False),
        ({"account_type": "subscription"}, "/cgi-bin/message/template/send", "POST", False),
        ({"account_type": "subscription"}, "/cgi-bin/user/get", "GET", True),
        ({}, "/wxa/getwxacodeunlimit", "POST", False),
    ],
)
def test_what_an_account_may_not_is_48001(official, settings, path, method, allowed):
    official.account(**settings)
    answer = official.call(path, method=method)
    assert (answer.get("errcode") != 48001) == allowed
