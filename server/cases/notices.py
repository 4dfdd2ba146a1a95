"""What the phone is told at each move: number and state, never contents (DOMAIN §2.5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.cases.models import Case
from server.cases.states import State
from server.cases.wording import PUSH_HINT, STATE_NAMES
from server.kernel.clock import known_zone
from server.kernel.crypto import Vault
from server.outbox import service as outbox
from server.people import consents
from server.people import reach as people
from server.ports import Channel

TEMPLATE = "case_progress"
KEPT = timedelta(days=3)  # a notice later than that is noise; the timeline still tells


def tell(db: Session, case: Case, *, move: int, vault: Vault, now: datetime) -> str:
    """Queue the push for a move; return the channel, or "none": then somebody should call.

    First choice is the mini-program's subscription message the person allowed (one tap = one
    message), then the 服务号 template message of a follower.
    """
    person = people.reach(db, case.person_id, vault)
    if person is None:
        return "none"
    county = accounts.tenant(db, case.tenant_id)
    data = _data(case, now, county.home_zone)
    page = f"pages/case/case?number={case.number}"
    topic, key = f"case:{case.id}", f"case:{case.id}:{move}"
    if person.mini_openid and person.mini_account_id:
        account = accounts.opened_by_id(db, vault=vault, account_id=person.mini_account_id)
        template = account.templates.get(TEMPLATE)
        if template and consents.spend(db, person_id=person.person_id, template=TEMPLATE):
            outbox.post(
                db,
                tenant_id=case.tenant_id,
                account_id=account.id,
                topic=topic,
                purpose="case",
                channel=Channel.MINI_SUBSCRIPTION,
                to=[(key, person.person_id, person.mini_openid)],
                payload={"template_id": template, "page": page, "data": data},
                due_at=now,
                expires_at=now + KEPT,
                vault=vault,
            )
            return Channel.MINI_SUBSCRIPTION
    if person.following and person.official_openid and person.official_account_id:
        account = accounts.opened_by_id(db, vault=vault, account_id=person.official_account_id)
        template = account.templates.get(TEMPLATE)
        if template:
            outbox.post(
                db,
                tenant_id=case.tenant_id,
                account_id=account.id,
                topic=topic,
                purpose="case",
                channel=Channel.TEMPLATE,
                to=[(key, person.person_id, person.official_openid)],
                payload={"template_id": template, "data": data},
                due_at=now,
                expires_at=now + KEPT,
                vault=vault,
            )
            return Channel.TEMPLATE
    return "none"


def _data(case: Case, now: datetime, zone: str) -> dict[str, dict[str, str]]:
    """Fill the fields within WeChat's limits (WECHAT §4.2): phrase ≤5 characters, thing ≤20."""
    at = now.astimezone(known_zone(zone, fallback="Asia/Shanghai"))
    return {
        "character_string1": {"value": case.number},
        "phrase2": {"value": STATE_NAMES[State(case.state)][:5]},
        "time3": {"value": at.strftime("%Y-%m-%d %H:%M")},
        "thing4": {"value": PUSH_HINT},
    }
