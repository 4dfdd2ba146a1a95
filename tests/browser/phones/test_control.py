"""The sandbox's control page in a browser: faults, logs, clock, accounts, events, reset."""

import re

from playwright.sync_api import expect

from tests.browser.phones.stand_ins import act
from tests.make import call

BROKEN = "该公众号提供的服务出现故障，请稍后再试"


def test_a_fault_added_on_the_control_page_breaks_the_chat_until_removed(phone, browse):
    control = browse()
    control.open("/control")
    control.press(re.compile("^签名不对"), exact=False)
    expect(control.page.get_by_text("还有 3 次；已经发生 0 次")).to_be_visible()
    phone.say("听得到吗")
    phone.sees(BROKEN)
    phone.sees("没有送到")
    phone.shows_live("故障演练：签名弄错")
    log = control.page.locator("[data-log=callbacks]")
    expect(log.get_by_text("后台答了 403，平台当作没办成").first).to_be_visible()
    expect(control.page.get_by_text("现在一切正常，没有故障。")).to_be_visible()  # 3 times over
    phone.say("现在呢")
    phone.sees("您说的是：现在呢")


def test_a_rule_of_ones_own_is_added_and_removed(browse, sandbox):
    control = browse()
    control.open("/control")
    control.page.get_by_text("自己写一条规则").click()
    control.page.get_by_label("出什么错").select_option(label="故意报错")
    control.page.get_by_label("数值").fill("45009")
    control.page.get_by_label("只限哪里").fill("/cgi-bin/message/custom/send")
    control.page.get_by_label("几次").fill("0")
    control.press("加上这条规则")
    expect(control.page.get_by_text("故意答 45009：今天的次数用完了").first).to_be_visible()
    (rule,) = call("GET", f"{sandbox}/sandbox/faults")["items"]
    assert (rule["kind"], rule["value"], rule["times"]) == ("errcode", 45009, 0)
    control.press("撤掉：故意答 45009：今天的次数用完了")
    expect(control.page.get_by_text("现在一切正常，没有故障。")).to_be_visible()
    assert call("GET", f"{sandbox}/sandbox/faults")["items"] == []


def test_the_logs_are_searched_paged_and_opened(browse, sandbox, follower):
    for number in range(14):
        act(sandbox, follower, "text", content=f"第{number}句")
    control = browse()
    control.open("/control")
    log = control.page.locator("[data-log=callbacks]")
    expect(log.get_by_text("第13句").first).to_be_visible()
    expect(log.get_by_text("发来一句话：「第1句」")).to_be_hidden()
    log.get_by_role("button", name="下一页").click()
    expect(log.get_by_text("发来一句话：「第1句」")).to_be_visible()
    log.get_by_label("在记录里找").fill("第7句")
    expect(log.get_by_text("15 条里找到 1 条")).to_be_visible()
    log.get_by_role("button", name="原文").click()
    expect(log.get_by_text("<![CDATA[第7句]]>")).to_be_visible()


def test_the_callback_address_is_verified(browse):
    control = browse()
    control.open("/control")
    control.press("验证 云溪乡音 的回调地址")
    expect(control.page.get_by_text("回调地址通过了验证")).to_be_visible()


def test_a_raw_event_is_sent(browse, follower, callback):
    control = browse()
    control.open("/control")
    control.page.get_by_label("例子").select_option(label="后台不认识的新事件")
    control.press("送给后台")
    expect(control.page.get_by_text("后台收到了，用了")).to_be_visible()
    assert callback.heard[-1]["Event"] == "a_new_event"
    assert callback.heard[-1]["Anything"] == "原样送去"


def test_the_clock_is_moved_and_set_back(browse, sandbox):
    control = browse()
    control.open("/control")
    control.press("+ 1 天")
    expect(control.page.get_by_text("比真实时间快 24 小时")).to_be_visible()
    control.press("回到真实时间")
    expect(control.page.get_by_text("和真实时间一样")).to_be_visible()
    assert abs(call("GET", f"{sandbox}/sandbox/clock")["advanced"]) < 1


def test_a_reset_asks_first_and_keeps_the_accounts(browse, sandbox, follower):
    control = browse()
    control.open("/control")
    control.press("清空沙箱…")
    control.press("取消")
    assert call("GET", f"{sandbox}/sandbox/followers")["total"] == 1
    control.press("清空沙箱…")
    control.press("清空")
    expect(control.page.get_by_text("还没有乡亲：先到手机页新建一位。")).to_be_visible()
    assert call("GET", f"{sandbox}/sandbox/followers")["total"] == 0
    assert len(call("GET", f"{sandbox}/sandbox/accounts")["items"]) == 2
