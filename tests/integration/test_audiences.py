"""The letter of 三八 reaches women whom the register knows, by every channel, and no man."""

from datetime import UTC, datetime

import pytest

from server.greetings import sending, service
from server.outbox import service as outbox
from server.people.models import WeChatIdentity
from server.people.register import writing
from server.people.register.terms import ContactKind, Facts
from tests import make
from tests.console import Browser
from tests.integration.test_outbox import follower

NOW = datetime(2027, 3, 7, tzinfo=UTC)


@pytest.fixture
def clock():
    return make.StandingClock(NOW)


def test_a_letter_to_women_goes_to_women(app, box, account):
    desk = Browser(app, box, tenant_id=account.tenant_id)
    entries = {
        "m": Facts(name="陈立坤", sex="m", contacts=((ContactKind.EMAIL, "chen@example.org"),)),
        "f": Facts(name="王秀英", sex="f", contacts=((ContactKind.EMAIL, "wang@example.org"),)),
        "followers": Facts(name="林秀梅", sex="f"),
        "another": Facts(name="林秀兰", sex="f"),
        "brother": Facts(name="林秀山", sex="m"),
    }
    with box.sessions.begin() as db:
        ids = writing.add_many(
            db, account.tenant_id, list(entries.values()), vault=box.vault, now=NOW
        )
        known = dict(zip(entries, ids, strict=True))
        for openid in ("followers", "another", "brother"):
            db.add(
                WeChatIdentity(
                    tenant_id=account.tenant_id, account_id=account.id, openid=openid,
                    person_id=known[openid], mini=False, following=True, followed_at=NOW,
                )
            )  # fmt: skip
    known["unknown"] = follower(box, account, "oUnknown")
    with box.sessions.begin() as db:
        letter = service.propose(db, desk.officer, now=NOW, festival="womens_day")
        service.edit(db, desk.officer, letter.id, {"by_email": True}, now=NOW)
        service.approve(db, desk.officer, letter.id, now=NOW)
        sending.plan_due(db, now=NOW, vault=box.vault, base_url="https://home.test")
    with box.sessions.read() as db:
        lines = outbox.lines(
            db, tenant_id=account.tenant_id, topic=service.topic(letter.id), status=None,
            after="", limit=9,
        )  # fmt: skip
    told = {line.person_id: (line.channel, line.status, line.reason) for line in lines}
    left_out = ("mass", "skipped", "not_in_audience")
    assert {name: told.get(one) for name, one in known.items()} == {
        "f": ("email", "queued", None),
        "m": left_out,
        "followers": ("mass", "queued", None),
        "another": ("mass", "queued", None),
        "brother": left_out,
        "unknown": left_out,
    }
