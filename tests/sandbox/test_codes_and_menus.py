"""QR codes, menus and what an account may (WECHAT §0, §3.3, §3.4)."""

from io import BytesIO

import pytest
from PIL import Image

from tests.sandbox.conftest import MINI, OFFICIAL

TAG = "/cgi-bin/tags/"


def create(platform, name):
    return platform.call(f"{TAG}create", {"tag": {"name": name}})


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
