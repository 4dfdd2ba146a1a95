"""What the phone is told at each move: number and state, never contents (DOMAIN §2.5)."""

from __future__ import annotations

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
from server.ports import Account, Channel

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
    data = _data(case, now, accounts.tenant(db, case.tenant_id).home_zone)
    page = f"pages/case/case?number={case.number}"
    costly, free = _ways(db, person, page=page, data=data, vault=vault)
    left = {
        way.channel: subscriptions.remaining(
            db, person_id=person.person_id, template=subscriptions.TEMPLATES[way.channel]
        )
        for way in costly
    }
    spare = [way for way in costly if left[way.channel] > 1]
    for way in [*costly, *free] if action in MUST_TELL else [*free, *spare]:
        if _allowed(db, way, person.person_id):
            _post(db, case, way, person, move=move, vault=vault, now=now)
            return way.channel
    return KEPT_FOR_ANSWER if any(left.values()) and action not in MUST_TELL else NONE


def _allowed(db: Session, way: _Way, person_id: int) -> bool:
    """Use up a consent where the way costs one; False when none is left."""
    template = subscriptions.TEMPLATES.get(way.channel)
    return template is None or subscriptions.spend(db, person_id=person_id, template=template)


def _ways(
    db: Session, person: Reach, *, page: str, data: Mapping[str, Any], vault: Vault
) -> tuple[list[_Way], list[_Way]]:
    """Return the ways that cost a consent and those that cost nothing, the better ones first."""
    mini = _in_use(db, person.mini_account_id, vault)
    official = _in_use(db, person.official_account_id, vault)
    # A tap opens the case; WeChat wants the two accounts linked.
    jump = {"miniprogram": {"appid": mini.appid, "pagepath": page}} if mini else {}
    costly = [
        _way(Channel.MINI_SUBSCRIPTION, mini, person.mini_openid, {"page": page, "data": data}),
        _way(
            Channel.OFFICIAL_SUBSCRIPTION, official, person.official_openid, {"data": data, **jump}
        ),
    ]
    openid = person.official_openid if person.following else None
    free = [_way(Channel.TEMPLATE, official, openid, {"data": data, **jump})]
    return [way for way in costly if way], [way for way in free if way]


def _way(
    channel: Channel, account: Account | None, openid: str | None, payload: Mapping[str, Any]
) -> _Way | None:
    """Return a way to the phone when account, person and template are there for it."""
    template = (
        account.templates.get(subscriptions.TEMPLATES.get(channel, FREE)) if account else None
    )
    if account is None or not openid or not template:
        return None
    return _Way(channel, account, openid, {"template_id": template, **payload})


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
        purpose="case",
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
