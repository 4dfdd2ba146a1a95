"""The package's own checks, the runner, and the looks on small screens with large text."""

import re
import subprocess

import pytest

from tests.browser.miniprogram.writing import add_photo, fill_in, hand_in, picture


@pytest.mark.parametrize("check", ["typecheck", "lint:wx", "test"])
def test_its_own_checks_pass(package, check):
    done = subprocess.run(
        ["npm", "run", "-s", check], cwd=package[0], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_private_things_are_asked_of_the_sandbox_as_of_wechat(phone):
    """The runner's own part, for pages that will use it: telephone number and chat of origin."""
    one = phone(launch={"scene": 1008})
    one.open()
    one.sees("云溪县侨联问候您")
    group = "new Promise((success, fail) => wx.getGroupEnterInfo({ success, fail }))"
    assert one.page.evaluate(group)["encryptedData"]
    number = one.page.evaluate_handle("({ told: wx.__openType('getPhoneNumber') })")
    one.page.get_by_role("button", name="允许").tap()
    assert one.page.evaluate("async handle => (await handle.told).detail.code", number)


@pytest.mark.parametrize(("width", "scale"), [(390, 1), (390, 1.4), (320, 1), (320, 1.4)])
def test_nothing_is_small_or_spills_over(phone, width, scale):
    one = phone(width=width, launch={"fontScale": scale})
    name = f"mp_{width}_{scale}"
    one.open()
    one.sees("冬至")
    one.shot(f"{name}_home")
    assert one.complaints() == []
    one.tap("反映诉求")
    one.tap(re.compile("是哪方面的事"))
    one.shot(f"{name}_sheet")
    assert one.complaints() == []
    one.tap("关闭")
    one.tap("提交")
    fill_in(one, subject="LlanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochAB")
    add_photo(one, picture(), picture())
    one.page.get_by_text("上传中").first.wait_for(state="detached")
    one.shot(f"{name}_submit")
    assert one.complaints() == []
    hand_in(one)
    one.sees("已经收到，请放心")
    one.tap("补充材料")
    one.shot(f"{name}_case")
    assert one.complaints() == []
    for page, words in [("cases", "侨房"), ("me", "怎么称呼您")]:
        one.open(page)
        one.sees(words)
        one.shot(f"{name}_{page}")
        assert one.complaints() == []
