"""An old person abroad hands in a petition or a question and reads the answer."""

import re

from tests.browser.miniprogram.standin_county import TEMPLATE
from tests.browser.miniprogram.writing import add_photo, fill_in, hand_in


def test_a_petition_from_the_first_tap_to_the_answer(phone, county):
    one = phone()
    one.open()
    one.sees("云溪县侨联问候您")
    one.sees("再过 32 天是冬至（12月22日）")
    one.sees("打电话")
    one.shot("mp_home")
    one.tap("反映诉求")
    one.tap("提交")
    one.sees("请选择是哪方面的事")
    one.sees("请看完提示后打勾")
    fill_in(one)
    add_photo(one)
    one.page.get_by_label("照片 1", exact=True).wait_for()
    one.sees("不会中断或延长诉讼时效")
    one.shot("mp_submit")
    hand_in(one)
    one.sees("已经收到，请放心")
    number = one.number()
    one.sees(re.compile("年.+月.+日（北京时间）"))
    one.page.locator("wx-image img[alt='照片 1']").wait_for()
    one.shot("mp_received")
    assert one.consents() == {TEMPLATE: 1}

    county.answer(number, "您的材料已转自然资源局，十五日内给您书面答复。")
    one.tap("返回")
    one.sees("1 件有新进展")
    one.tap(re.compile("我的诉求"))
    one.sees("有新进展")
    one.shot("mp_cases")
    one.tap(re.compile("老家房屋确权"))
    one.sees("您的材料已转自然资源局")
    one.shot("mp_case")
    one.tap("返回")
    one.page.get_by_text("有新进展", exact=True).wait_for(state="detached")


def test_a_consultation_has_its_own_topics_and_says_what_is_out_of_scope(phone):
    one = phone()
    one.open("submit", "kind=consultation")
    fill_in(one, topic="住在国的法律", subject="想问当地租房合同")
    one.sees("请咨询当地执业律师或使领馆")
    hand_in(one, answer="拒绝")
    one.sees("已经收到，请放心")
    one.sees("法律咨询 · 住在国的法律")
    assert one.consents() == {}


def test_photos_are_asked_for_only_after_the_privacy_sheet(phone):
    one = phone(launch={"privacy": True})
    one.open("submit", "kind=petition")
    one.tap("添加照片")
    one.sees("只有您选中的照片会交给我们")
    one.shot("mp_privacy")
    one.tap("不同意")
    one.sees("没有得到您的同意")
    one.tap("添加照片")
    with one.page.expect_file_chooser():
        one.tap("同意，去选照片")


def test_more_can_be_handed_in_later(phone):
    one = phone()
    one.open("submit", "kind=petition")
    fill_in(one)
    hand_in(one)
    one.tap("补充材料")
    one.tap("交上去")
    one.sees("请写下要补充的内容")
    one.write("补充材料", "找到了一九九八年的收据。")
    one.tap("交上去")
    one.sees("最新")
    one.sees("找到了一九九八年的收据。")
    one.page.get_by_role("button", name="补充材料").wait_for()  # the form is closed again


def test_a_notice_leads_to_the_case_and_the_next_look_shows_the_answer(phone, county):
    one = phone()
    one.open("submit", "kind=consultation")
    fill_in(one, topic="继承、赠与")
    hand_in(one)
    one.sees("接下来")
    number = one.number()
    one.open("me")
    one.sees("怎么称呼您")
    one.page.evaluate(f"location.hash = '#/pages/case/case?number={number}'")
    one.sees("老家房屋确权")
    county.answer(number, "父母的房子按继承地的法律办。")
    one.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    one.sees("父母的房子按继承地的法律办。")
    one.sees("请您留意")  # the cautions stand under every legal answer


def test_times_are_those_of_the_persons_own_phone(phone, people):
    one = phone()
    one.open("submit", "kind=petition")
    fill_in(one)
    hand_in(one)
    one.sees("已经收到，请放心")
    one.sees(re.compile(r"当地时间（UTC\+[12]）"))

    def summer_night(route):
        case = route.fetch().json()
        case["timeline"][0]["at"] = "2026-07-01T22:30:00Z"
        route.fulfill(json=case)

    number = one.number()
    one.page.route("**/api/v1/cases/*", summer_night)
    one.open("case", f"number={number}")
    one.sees("7月2日 00:30")  # summer time in Rome, and there it is already tomorrow


def test_the_profile_is_kept_and_greets_by_name(phone):
    one = phone()
    one.open("me")
    one.write("怎么称呼您", "林阿婆")
    one.tap(re.compile("住在哪个国家"))
    one.tap("意大利", role="radio")
    one.sees("意大利时间")
    one.shot("mp_me")
    one.tap("保存")
    one.page.get_by_role("button", name="已保存").wait_for()
    one.open()
    one.sees(re.compile("林阿婆，.+好"))
    one.open("me")
    one.sees("意大利时间")


def test_old_cases_come_page_by_page(phone):
    one = phone()
    one.open("cases")
    one.sees("还没有提交过诉求")

    def listing(route):
        second = "cursor=next" in route.request.url
        numbers = range(5) if second else range(24, 4, -1)
        items = [
            {"number": f"N{n}", "kind_name": "信访", "topic_name": "侨坟", "subject": f"第 {n} 件",
             "state": "submitted", "state_name": "已收到", "updated_at": "2026-01-01T00:00:00Z"}
            for n in numbers
        ]  # fmt: skip
        route.fulfill(json={"items": items, "next_cursor": None if second else "next"})

    one.page.route("**/api/v1/cases?*", listing)
    one.page.evaluate("__mp.fire('onPullDownRefresh')")
    one.sees("第 24 件")
    one.page.mouse.wheel(0, 20000)
    one.sees("第 0 件")
    one.sees("就是这些了")
