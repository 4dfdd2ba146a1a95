"""An address is one that every mail server understands, or it is not taken."""

import pytest

from server.kernel.mailboxes import reachable

GOOD = (
    "chen@example.org",
    "li.jun+family@mail.example.co.uk",
    "o'brien_88@example-host.museum",
    "10086@qq.com",
    "a@b.cn",
    "chen@xn--fsqu00a.xn--0zwm56d",
)
ODD = (
    "陈@example.org", "chén@example.org", "chen@例子.cn", "a@b@c.org", "chen.@example.org",
    ".chen@example.org", "ch..en@example.org", "chen@example..org", "chen@example.org.",
    "<chen@example.org>", "chen@example.org,", "chen@example.org;lee@x.org",
    "chen(home)@example.org", '"chen li"@example.org', "chen@-example.org", "chen@example",
    "chen@127.0.0.1", "chen@example.org\n", "chen@exam\rple.org", "chen\0@example.org",
    "chen @example.org", "@example.org", "chen@", "", f"{'a' * 65}@example.org",
    f"a@{'b' * 64}.org", f"a@{'b.' * 126}org",
)  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_an_everyday_address_is_one(address):
    assert reachable(address)


@pytest.mark.parametrize("address", ODD)
def test_what_cannot_be_written_on_the_envelope_is_none(address):
    assert not reachable(address)
