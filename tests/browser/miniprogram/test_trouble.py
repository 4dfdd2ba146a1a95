"""Bad networks and closed phones cost nobody a word, and nothing is handed in twice."""

import re

from tests.browser.miniprogram.writing import add_photo, fill_in, hand_in, picture

LOST = "net::ERR"  # Chromium writes a console line for every request that a test cuts off


def lose_answer(route):
    """The request arrives, its answer never does."""
    route.fetch()
    route.abort()


def test_what_was_typed_survives_closing_wechat(phone):
    one = phone()
    one.open("submit", "kind=petition")
    fill_in(one)
    add_photo(one)
    one.page.get_by_label("照片 1", exact=True).wait_for()
    one.page.get_by_text("上传中").wait_for(state="detached")
    one.page.wait_for_function(
        "Object.keys(localStorage).some(key => localStorage[key].includes('一九九八'))"
    )
    one.open("submit", "kind=petition")
    one.sees("上次写的内容还在")
    assert one.page.get_by_label("一句话说明", exact=True).input_value().startswith("老家房屋")
    one.page.get_by_label("照片 1", exact=True).wait_for()
    hand_in(one)
    one.sees("已经收到，请放心")
    one.page.locator("wx-image img[alt='照片 1']").wait_for()
    one.open("submit", "kind=petition")
    assert one.page.get_by_label("一句话说明", exact=True).input_value() == ""


def test_a_lost_answer_and_a_second_try_make_one_petition(phone):
    one = phone()
    one.expected.append(LOST)
    one.open("submit", "kind=petition")
    fill_in(one)
    one.page.route("**/api/v1/cases", lose_answer, times=1)
    hand_in(one)
    one.sees("网络连不上")
    one.sees("您写的内容都还在")
    one.shot("mp_lost")
    one.open("submit", "kind=petition")  # even after a restart
    one.tap(re.compile("我已看过"), role="checkbox")
    one.tap("提交")
    one.sees("已经收到，请放心")
    assert one.cases() == ["老家房屋确权一直没有办下来"]


def test_text_changed_after_a_lost_answer_is_not_handed_in_twice_unasked(phone):
    one = phone()
    one.expected += [LOST, "409"]
    one.open("submit", "kind=petition")
    fill_in(one)
    one.page.route("**/api/v1/cases", lose_answer, times=1)
    hand_in(one)
    one.sees("网络连不上")
    one.write("一句话说明", "改了一改")
    one.tap("提交")
    one.sees("前面那一次已经提交成功")
    one.shot("mp_already")
    one.tap("去看我的诉求")
    one.sees("老家房屋确权一直没有办下来")
    assert one.cases() == ["老家房屋确权一直没有办下来"]


def test_another_matter_after_a_lost_answer_is_handed_in_when_the_person_says_so(phone):
    one = phone()
    one.expected += [LOST, "409"]
    one.open("submit", "kind=petition")
    fill_in(one)
    one.page.route("**/api/v1/cases", lose_answer, times=1)
    hand_in(one)
    one.sees("网络连不上")
    one.write("一句话说明", "祖坟的事")
    one.tap("提交")
    one.tap("这是另一件事，重新提交")
    one.sees("已经收到，请放心")
    assert sorted(one.cases()) == sorted(["老家房屋确权一直没有办下来", "祖坟的事"])


def test_the_servers_words_stand_beside_the_field(phone):
    one = phone()
    one.expected.append("422")
    one.open("submit", "kind=petition")
    fill_in(one)
    refusal = {"title": "请改一改", "code": "invalid", "errors": {"subject": ["请换一种说法"]}}
    one.page.route("**/api/v1/cases", lambda route: route.fulfill(status=422, json=refusal))
    hand_in(one)
    one.sees("请改一改")
    one.sees("请换一种说法")


def test_without_a_network_there_are_kind_words_and_the_telephone(phone):
    one = phone()
    one.expected.append(LOST)
    one.open()
    one.sees("打电话")
    one.page.route("**/api/v1/**", lambda route: route.abort())
    one.open()
    one.sees("打电话")  # kept from the last time
    one.open("cases")
    one.sees("网络连不上")
    one.shot("mp_offline")
    one.page.unroute("**/api/v1/**")
    one.tap("再试一次")
    one.sees("还没有提交过诉求")
    one.shot("mp_empty")


def test_a_forgotten_token_is_renewed_without_a_word(phone):
    one = phone()
    one.expected.append("401")
    one.open("cases")
    one.sees("还没有提交过诉求")
    one.page.evaluate(
        "wx.setStorageSync('session', { ...wx.getStorageSync('session'), token: 'x' })"
    )
    one.open("cases")
    one.sees("还没有提交过诉求")
    assert one.page.evaluate("wx.getStorageSync('session').token !== 'x'")


def test_two_followers_in_one_browser_share_nothing(phone, people):
    one = phone()
    one.open("submit", "kind=petition", follower=people[0])
    fill_in(one, subject="只有林阿婆知道")
    one.page.wait_for_function(
        "Object.keys(localStorage).some(key => localStorage[key].includes('林阿婆'))"
    )
    one.open("submit", "kind=petition", follower=people[1])
    one.sees("一句话说明")
    assert one.page.get_by_label("一句话说明", exact=True).input_value() == ""
    one.open("submit", "kind=petition", follower=people[0])
    one.sees("上次写的内容还在")


def test_a_photo_that_failed_can_be_sent_again_and_seven_are_too_many(phone):
    one = phone()
    one.expected.append(LOST)
    one.open("submit", "kind=petition")
    one.page.route("**/api/v1/files", lambda route: route.abort(), times=1)
    add_photo(one, *[picture()] * 7)
    one.tap("重传照片 1")
    one.page.get_by_text("上传中").first.wait_for(state="detached")
    assert one.page.get_by_role("button", name="添加照片").count() == 0
    one.tap("删除照片 6")
    one.page.get_by_role("button", name="添加照片").wait_for()
