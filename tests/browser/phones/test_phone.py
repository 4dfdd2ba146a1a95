"""The sandbox's phone in a browser, before a callback of the tests' own."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.phones.stand_ins import (
    BOOKED,
    MINI,
    OFFICIAL,
    PIXEL,
    PROGRESS,
    act,
    customer,
    platform,
)
from tests.make import call

NASTY = (
    '<b>粗</b><img src=x onerror="document.title=1"><a href="javascript:document.title=1">坏</a>'
    '<a href="https://example.org/a?b=1&amp;c=2">好</a>'
)


def test_a_newcomer_makes_a_person_follows_and_gets_an_answer(browse):
    page = browse()
    page.open()
    page.press("新建一位乡亲")
    page.page.get_by_label("微信昵称").fill("利马阿昌")
    page.page.get_by_label("住在哪里").select_option(label="秘鲁 · 利马")
    page.press("好，把手机给我")
    page.press("关注公众号")
    page.sees("您好，欢迎回家！")
    page.sees("你已关注云溪乡音")
    page.say("在吗")
    page.sees("您说的是：在吗")
    expect(page.page.locator("[data-step=ask]")).to_contain_text("已完成")
    expect(page.page.locator("[data-step=answer]")).not_to_contain_text("已完成")
    page.shows_live("利马阿昌 关注了公众号")
    page.shows_live("后台当场回了：「您说的是：在吗」")


def test_what_the_callback_was_sent_can_be_opened_in_full(phone):
    phone.say("看看原文")
    phone.live.get_by_text("米兰阿杰 发来一句话：「看看原文」").click()
    expect(phone.live.get_by_text("<![CDATA[看看原文]]>")).to_be_visible()
    expect(phone.live.get_by_text("您说的是：看看原文").last).to_be_visible()


def test_a_menu_tap_is_answered(phone):
    phone.press("办事")
    phone.press("节日问候")
    phone.sees("谢谢您惦记家乡！")
    phone.sees("你点了「节日问候」")


def test_a_menu_opens_a_page_of_the_mini_program(phone, follower):
    phone.press("办事")
    phone.press("我的诉求")
    inside = phone.page.frame_locator("iframe")
    expect(inside.get_by_text("#/pages/cases/cases")).to_be_visible()
    expect(inside.get_by_text(f"?follower={follower['id']}&api=/mp-api/{MINI}")).to_be_visible()


def test_a_link_opens_the_running_mini_program_at_its_page(phone):
    phone.press("小程序", role="tab")
    inside = phone.page.frame_locator("iframe")
    expect(inside.get_by_text("#/pages/home/home")).to_be_visible()
    phone.press("聊天", role="tab")
    phone.press("反映诉求")
    expect(inside.get_by_text("#/pages/submit/submit?kind=petition")).to_be_visible()


def test_a_web_menu_opens_a_new_tab(phone, callback):
    phone.context.route("https://example.org/**", lambda route: route.fulfill(body="site"))
    with phone.context.expect_page() as opened:
        phone.press("网站")
    assert opened.value.url == "https://example.org/"
    phone.shows_live("米兰阿杰 从菜单打开了一个网页")


def test_a_menu_asks_for_a_place_and_sends_it(phone, callback):
    phone.press("办事")
    phone.press("我在哪里")
    phone.page.get_by_label("在哪里").select_option(label="西班牙 · 马德里")
    phone.press("发出去")
    phone.sees("西班牙马德里")
    phone.shows_live("米兰阿杰 发来位置「西班牙马德里」")
    heard = [one for one in callback.heard if one["MsgType"] == "location"]
    assert [one["Label"] for one in heard] == ["西班牙马德里"]


def test_a_menu_asks_for_a_picture_and_sends_it(phone, callback):
    phone.press("办事")
    with phone.page.expect_file_chooser() as chooser:
        phone.press("发照片")
    chooser.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(phone.chat.get_by_role("img", name="图片，点开看大图")).to_be_visible()
    phone.shows_live("米兰阿杰 发来一张图片")


def test_voice_and_links_are_sent_from_the_tray(phone):
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("语音")
    phone.page.get_by_label("说的话", exact=True).fill("冬至县里有什么活动")
    phone.press("发出去")
    phone.shows_live("米兰阿杰 说了一段语音：「冬至县里有什么活动」")
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("链接")
    phone.page.get_by_label("标题").fill("乡讯")
    phone.page.get_by_label("网址").fill("https://example.org/news")
    phone.press("发出去")
    phone.shows_live("米兰阿杰 转来一个链接「乡讯」")


def test_a_scanned_code_tells_where_somebody_comes_from(phone, callback):
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("扫一扫")
    phone.page.get_by_label("码上的记号").fill("home:石桥镇")
    phone.press("扫这个码")
    phone.shows_live("米兰阿杰 扫了二维码（码上写着 home:石桥镇）")
    assert [one["EventKey"] for one in callback.heard if one.get("Event") == "SCAN"] == [
        "home:石桥镇"
    ]


def test_leaving_and_coming_back_changes_the_phone(phone):
    phone.press("已关注，点按取消关注")
    phone.press("取消关注")
    phone.sees("你已取消关注云溪乡音")
    expect(phone.page.get_by_label("要说的话")).to_be_hidden()
    phone.press("扫二维码关注")
    phone.press("扫这个码")
    phone.shows_live("米兰阿杰 扫二维码关注了公众号（码上写着 home:泮坑镇）")
    expect(phone.page.get_by_label("要说的话")).to_be_visible()


def test_a_revoked_authorisation_reaches_the_account(phone):
    phone.press("发图片、语音、位置，扫一扫")
    phone.press("撤回授权")
    phone.press("撤回授权")
    phone.sees("你已撤回授权")
    phone.shows_live("米兰阿杰 撤回了授权，应当删除资料")


def test_a_mass_message_arrives_and_other_phones_ring(phone, sandbox, follower):
    told = {"nickname": "巴黎小吴", "country": "法国", "zone": "Europe/Paris"}
    other = call("POST", f"{sandbox}/sandbox/followers", told)
    act(sandbox, other, "follow")
    row = phone.page.get_by_role("button", name="巴黎小吴")
    expect(row).to_be_visible()
    openids = [one["openids"][OFFICIAL] for one in (follower, other)]
    text = {"content": "各位乡亲：冬至到了。"}
    job = {"touser": openids, "msgtype": "text", "text": text, "clientmsgid": "letter1"}
    platform(sandbox, "/cgi-bin/message/mass/send", job)
    phone.sees("各位乡亲：冬至到了。")
    phone.sees("群发消息")
    expect(row).to_contain_text("各位乡亲：冬至到了。")
    expect(row.get_by_label("条没看过")).to_be_visible()
    phone.shows_live("后台群发给 2 位乡亲：「各位乡亲：冬至到了。」")
    phone.shows_live("平台报告：群发结束，成功 2 人，失败 0 人")


def test_options_of_a_message_are_tapped(phone, sandbox, follower, callback):
    choices = [{"id": "101", "content": "我在海外"}, {"id": "102", "content": "我在家乡"}]
    menu = {"head_content": "您住在哪里？", "list": choices, "tail_content": "点一下就行"}
    customer(sandbox, follower, "msgmenu", menu)
    phone.sees("您住在哪里？")
    phone.press("我在海外")
    phone.shows_live("米兰阿杰 点了选项「我在海外」")
    assert callback.heard[-1]["bizmsgmenuid"] == "101"


def test_an_article_is_a_card_that_opens_a_new_tab(phone, sandbox, follower):
    article = {"title": "乡讯冬季号", "description": "老街修好了", "url": f"{sandbox}/health"}
    customer(sandbox, follower, "news", {"articles": [article]})
    with phone.context.expect_page() as opened:
        phone.chat.get_by_role("link", name="乡讯冬季号").click()
    assert urlsplit(opened.value.url).path == "/health"


def test_notices_are_cards_that_open_the_mini_program(phone, sandbox, follower):
    place = f"{sandbox}/sandbox/followers/{follower['id']}/mini/{MINI}/subscribe"
    call("POST", place, {"decisions": {PROGRESS: "accept"}})
    values = {"character_string1": {"value": "SF0001"}, "phrase2": {"value": "已答复"}}
    message = {"touser": follower["openids"][MINI], "template_id": PROGRESS, "data": values}
    page = {"page": "pages/case/case?number=SF0001"}
    platform(sandbox, "/cgi-bin/message/subscribe/send", {**message, **page}, MINI)
    card = phone.chat.get_by_role("button", name="办理进度通知")
    expect(card).to_contain_text("SF0001")
    phone.shows_live("米兰阿杰 同意以后收到通知")
    card.click()
    inside = phone.page.frame_locator("iframe")
    expect(inside.get_by_text("#/pages/case/case?number=SF0001")).to_be_visible()
    expect(phone.page.locator("[data-step=answer]")).to_contain_text("已完成")


def test_a_template_message_is_a_card_with_its_fields(phone, sandbox, follower):
    body = {
        "touser": follower["openids"][OFFICIAL],
        "template_id": BOOKED,
        "data": {"thing1": {"value": "祖屋现场查看"}},
    }
    platform(sandbox, "/cgi-bin/message/template/send", body)
    phone.sees("预约成功通知")
    phone.sees("祖屋现场查看")
    phone.shows_live("平台报告：模板消息已送到")


def test_a_message_during_the_mini_program_drops_down_as_a_banner(phone, sandbox, follower):
    phone.press("小程序", role="tab")
    customer(sandbox, follower, "text", {"content": "您问的事查到了"})
    banner = phone.page.get_by_role("button", name="您问的事查到了")
    banner.click()
    phone.sees("您问的事查到了")
    expect(banner).to_be_hidden()


def test_markup_from_the_account_stays_text_except_links(phone, callback):
    callback.answers["标记"] = NASTY
    phone.say("标记")
    phone.sees("<b>粗</b>")
    expect(phone.chat.get_by_text('href="javascript:document.title=1"')).to_be_visible()
    link = phone.chat.get_by_role("link", name="好", exact=True)
    expect(link).to_have_attribute("href", "https://example.org/a?b=1&c=2")
    assert phone.chat.locator("img, b, script").count() == 0
    assert phone.page.title() == "手机 · 乡音沙箱"


def test_the_tour_leads_to_the_console(phone, callback):
    phone.context.route("**/console/", lambda route: route.fulfill(body="console"))
    with phone.context.expect_page() as opened:
        phone.press("到工作台答复", role="link")
    assert opened.value.url == callback.url.replace("/callback", "/console/")
