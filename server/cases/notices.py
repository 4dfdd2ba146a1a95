"""What the phone is told at each move: number and state, never contents (DOMAIN §2.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.cases.models import Case
from server.cases.states import MUST_TELL, Action, State
from server.cases.wording import PUSH_HINT, STATE_NAMES
from server.kernel.clock import known_zone
from server.kernel.crypto import Vault
from server.kernel.errors import NotFound
from server.outbox import service as outbox
from server.people import reach as people
from server.people import subscriptions
from server.people.reach import Reach
from server.people.service import ids_of
from server.ports import Account, Channel

PURPOSE = "case"
FREE = "case_progress"  # our key of the 服务号 template message
KEPT = timedelta(days=3)  # a notice later than that is noise; the timeline still tells
NONE = "none"  # the phone cannot be told: somebody should call
KEPT_FOR_ANSWER = "kept_for_answer"  # the last consent waits for the words that matter


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to the person's phone."""

    channel: Channel
    account: Account
    openid: str
    payload: Mapping[str, Any]
    left: int = 0  # messages the phone still allows, where the way costs a consent


def tell(db: Session, case: Case, action: Action, *, move: int, vault: Vault, now: datetime) -> str:
    """Queue the push for a move; return the channel, NONE or KEPT_FOR_ANSWER.

    A subscription message costs a consent (one tap = one message), that of the mini-program and
    that of the 服务号 each its own; the 服务号 template message of a follower costs nothing. Words
    that matter take the first that works; a mere change of state does not use up the last consent
    of a kind, which belongs to the answer.
    """
    person = people.reach(db, case.person_id, vault)
    if person is None:
        return NONE
    mini = _in_use(db, person.mini_account_id, vault)
    data = _data(case, now, accounts.tenant(db, case.tenant_id).home_zone)
    page = f"pages/case/case?number={case.number}"
    # A tap opens the case; WeChat wants the two accounts linked.
    jump = {"miniprogram": {"appid": mini.appid, "pagepath": page}} if mini else {}
    costly = [
        *_costly(db, person, Channel.MINI_SUBSCRIPTION, {"page": page, "data": data}, vault=vault),
        *_costly(db, person, Channel.OFFICIAL_SUBSCRIPTION, {"data": data, **jump}, vault=vault),
    ]
    free = _free(db, person, {"data": data, **jump}, vault)
    left = Counter[Channel]()
    for way in costly:
        left[way.channel] += way.left
    spare = [way for way in costly if left[way.channel] > 1]
    ways = [*costly, *free] if action in MUST_TELL else [*free, *spare]
    if ways:
        _post(db, case, ways[0], person, move=move, vault=vault, now=now)
        return ways[0].channel
    return KEPT_FOR_ANSWER if costly else NONE


def _costly(
    db: Session, person: Reach, channel: Channel, payload: Mapping[str, Any], *, vault: Vault
) -> list[_Way]:
    """Return the phones that allow a message more than already waits for them."""
    template = subscriptions.TEMPLATES[channel]
    allowed = subscriptions.held(db, person_id=person.person_id, template=template)
    people_ids = ids_of(db, person.person_id)  # after the lock: settled is in both, or in none
    waiting = outbox.waiting(db, people_ids, purpose=PURPOSE, channel=channel)
    found = []
    for one in allowed:
        account = _in_use(db, one.account_id, vault)
        left = one.remaining - waiting[one.account_id, one.openid]
        if account is not None and template in account.templates and left > 0:
            body = {"template_id": account.templates[template], **payload}
            found.append(_Way(channel, account, one.openid, body, left))
    return found


def _free(db: Session, person: Reach, payload: Mapping[str, Any], vault: Vault) -> list[_Way]:
    """Return the template message of a follower, where there is one."""
    account = _in_use(db, person.official_account_id, vault)
    openid = person.official_openid if person.following else None
    if account is None or not openid or FREE not in account.templates:
        return []
    body = {"template_id": account.templates[FREE], **payload}
    return [_Way(Channel.TEMPLATE, account, openid, body)]


def _in_use(db: Session, account_id: int | None, vault: Vault) -> Account | None:
    if account_id is None:
        return None
    try:
        return accounts.opened_by_id(db, vault=vault, account_id=account_id)
    except NotFound:  # retired: an officer's work does not stop because of it
        return None


def _post(
    db: Session, case: Case, way: _Way, person: Reach, *, move: int, vault: Vault, now: datetime
) -> None:
    outbox.post(
        db,
        tenant_id=case.tenant_id,
        account_id=way.account.id,
        topic=f"case:{case.id}",
        purpose=PURPOSE,
        channel=way.channel,
        to=[(f"case:{case.id}:{move}", person.person_id, way.openid)],
        payload=way.payload,
        due_at=now,
        expires_at=now + KEPT,
        vault=vault,
    )


def _data(case: Case, now: datetime, zone: str) -> dict[str, dict[str, str]]:
    """Fill the fields within WeChat's limits (WECHAT §4.2): phrase ≤5 characters, thing ≤20."""
    at = now.astimezone(known_zone(zone, fallback="Asia/Shanghai"))
    return {
        "character_string1": {"value": case.number},
        "phrase2": {"value": STATE_NAMES[State(case.state)]},
        "time3": {"value": at.strftime("%Y-%m-%d %H:%M")},
        "thing4": {"value": PUSH_HINT},
    }
