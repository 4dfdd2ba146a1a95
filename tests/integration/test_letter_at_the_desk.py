"""What the desk sees of a letter: who writes it, who answers for it, and what cancelling leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.greetings import family, sending, service
from server.greetings.terms import Timing
from server.outbox import dispatcher, receipts
from server.outbox import service as outbox
from server.outbox.models import Envelope
from server.people import service as people
from server.ports import Channel
from tests.console import Browser
from tests.integration.test_outbox import follower

BASE = "https://home.test"


@pytest.fixture
def desk(app, box, account):
    return Browser(app, box, tenant_id=account.tenant_id)


@pytest.fixture
def letter(box, desk, account):
    """A draft to two in Rome, for now."""
    for name in ("oA", "oB"):
        person = follower(box, account, name)
        with box.sessions.begin() as db:
            people.update_profile(db, person, {"zone": "Europe/Rome"}, vault=box.vault)
    now = box.clock.now()
    with box.sessions.begin() as db:
        found = service.propose(db, desk.officer, now=now)
        values = {"timing": Timing.NOW, "even_at_night": True}
        return service.edit(db, desk.officer, found.id, values, now=now).id


def release(box, desk, letter):
    now = box.clock.now()
    with box.sessions.begin() as db:
        service.approve(db, desk.officer, letter, now=now)
        sending.plan_due(db, now=now, vault=box.vault, base_url=BASE)


def test_who_only_approves_sees_what_they_answer_for_and_may_release_it(app, box, account, letter):
    approver = Browser(app, box, tenant_id=account.tenant_id, role="approver")
    page = approver.get(f"/console/greetings/{letter}").text
    for shown in ("确认批准", "寄给谁", "尊敬的乡亲", "看看某一位会收到什么"):
        assert shown in page
    for hidden in ("{salutation}", "保存修改"):
        assert hidden not in page
    assert (
        "确认批准"
        not in Browser(app, box, tenant_id=account.tenant_id, role="leader")
        .get(f"/console/greetings/{letter}")
        .text
    )


@pytest.mark.parametrize("had_by_some", [True, False])
def test_cancelling_takes_the_page_from_nobody_who_has_the_letter(
    app, box, account, desk, letter, had_by_some
):
    release(box, desk, letter)
    if had_by_some:
        dispatcher.run_once(box)
    with box.sessions.begin() as db:
        service.cancel(db, desk.officer, letter, now=box.clock.now())
        code = service.own(db, account.tenant_id, letter).code
        listed = [one for one, _ in family.sent(db, account.tenant_id, limit=9)]
    status = app.test_client().get(f"/letters/{code}").status_code
    assert (status, listed) == ((200, [code]) if had_by_some else (404, []))


def test_what_wechat_reported_stands_under_the_letter(box, account, desk, letter):
    release(box, desk, letter)
    dispatcher.run_once(box)
    page = f"/console/greetings/{letter}"
    assert "微信回报" not in desk.get(page).text
    now, readers = box.clock.now(), ("oC", "oD", "oE")
    to = [(f"more:{name}", follower(box, account, name), name) for name in readers]
    with box.sessions.begin() as db:
        outbox.post(
            db, tenant_id=account.tenant_id, account_id=account.id, topic=service.topic(letter),
            purpose="greeting", channel=Channel.MASS, to=to, payload={}, due_at=now,
            expires_at=now + timedelta(hours=1), vault=box.vault,
        )  # fmt: skip
    dispatcher.run_once(box)
    with box.sessions.begin() as db:
        (reference,) = db.scalars(select(Envelope.reference).where(Envelope.channel == "mass"))
        receipts.receive(
            db, account_id=account.id, reference=reference, delivered=True, detail="send success",
            counts={"TotalCount": 3, "FilterCount": 3, "SentCount": 2, "ErrorCount": 1}, now=now,
        )  # fmt: skip
    assert "微信回报：1 次群发已结束，送达 2 人，失败 1 人" in desk.get(page).text
