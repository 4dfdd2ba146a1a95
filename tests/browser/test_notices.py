"""From the chat to the notice: somebody allows one on the account's page, and a case moves."""

import pytest

from tests.browser.conftest import answer, follow_as, petition, sign_in
from tests.servers import ONE_AT_A_TIME

pytestmark = [ONE_AT_A_TIME, pytest.mark.timeout(240)]


def test_follow_allow_and_the_answer_rings(running, page_of, root):
    demo = running.demo
    shots = root / "tests" / "browser" / "shots"
    shots.mkdir(exist_ok=True)

    outside = page_of(f"{demo['base_url']}/notices/yunxi", width=390)
    outside.get_by_text("请在微信里打开这一页").first.wait_for()
    assert not outside.get_by_role("button").filter(visible=True).count()

    phone = page_of(demo["sandbox_url"])
    chat = follow_as(phone, "柏林方叔")

    petition(phone, "老屋的界址想请人看看", "两家对界址看法不同，请帮忙协调。", notice="拒绝")

    phone.locator("#words").fill("进度")
    phone.keyboard.press("Enter")
    with phone.context.expect_page() as opened:
        chat.get_by_role("link", name="以后办理有进展时通知我").click()
    page = opened.value
    page.set_viewport_size({"width": 390, "height": 844})
    allow = page.get_by_role("button", name="允许通知我一次")
    allow.click()
    dialog = page.get_by_role("dialog", name="订阅通知")
    dialog.get_by_text("办理进展通知").wait_for()
    page.screenshot(path=shots / "notices_dialog.png")
    dialog.get_by_role("button", name="取消").click()
    page.get_by_role("status").get_by_text("我们不会打扰您").wait_for()
    allow.click()
    dialog.get_by_role("button", name="允许", exact=True).click()
    page.get_by_role("status").get_by_text("微信会通知您一次").wait_for()
    page.screenshot(path=shots / "notices_allowed.png")
    page.close()

    phone.locator("#words").fill("进度")
    phone.keyboard.press("Enter")
    chat.get_by_text("办到哪一步").nth(1).wait_for()
    assert chat.get_by_role("link", name="以后办理有进展时通知我").count() == 1

    desk = page_of(f"{demo['base_url']}/console/")
    sign_in(desk, demo, "admin")
    answer(desk, "老屋的界址想请人看看", "已请镇里本周上门查看界址。")
    desk.get_by_text("已书面答复。已发到对方手机（服务号订阅通知）").wait_for()
    card = chat.locator(".turn", has_text="办理进展通知")
    card.get_by_text("已答复").wait_for()
    assert "订阅通知" in card.inner_text()
    assert "界址" not in card.inner_text()
    phone.screenshot(path=shots / "notices_on_phone.png")
