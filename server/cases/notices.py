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

TEMPLATE = "case_progress"
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

    The mini-program's subscription message costs a consent (one tap = one message), the 服务号
    template message of a follower costs nothing. Words that matter take the first that works;
    a mere change of state does not use up the last consent, which belongs to the answer.
    """
    person = people.reach(db, case.person_id, vault)
    if person is None:
        return NONE
    mini = _in_use(db, person.mini_account_id, vault)
    data = _data(case, now, accounts.tenant(db, case.tenant_id).home_zone)
    page = f"pages/case/case?number={case.number}"
    free = _template(db, person, mini, page=page, data=data, vault=vault)
    costly = _subscription(person, mini, page=page, data=data)
    left = (
        subscriptions.remaining(db, person_id=person.person_id, template=TEMPLATE) if costly else 0
    )
    ways = [costly, free] if action in MUST_TELL else [free, costly if left > 1 else None]
    for way in ways:
        if way is None or (
            way is costly
            and not subscriptions.spend(db, person_id=person.person_id, template=TEMPLATE)
        ):
            continue
        _post(db, case, way, person, move=move, vault=vault, now=now)
        return way.channel
    return KEPT_FOR_ANSWER if left and action not in MUST_TELL else NONE


def _in_use(db: Session, account_id: int | None, vault: Vault) -> Account | None:
    if account_id is None:
        return None
    try:
        return accounts.opened_by_id(db, vault=vault, account_id=account_id)
    except NotFound:  # retired: an officer's work does not stop because of it
        return None


def _subscription(
    person: Reach, mini: Account | None, *, page: str, data: Mapping[str, Any]
) -> _Way | None:
    if mini is None or not person.mini_openid or TEMPLATE not in mini.templates:
        return None
    payload = {"template_id": mini.templates[TEMPLATE], "page": page, "data": data}
    return _Way(Channel.MINI_SUBSCRIPTION, mini, person.mini_openid, payload)


def _template(
    db: Session,
    person: Reach,
    mini: Account | None,
    *,
    page: str,
    data: Mapping[str, Any],
    vault: Vault,
) -> _Way | None:
    official = _in_use(db, person.official_account_id, vault)
    if official is None or not person.following or not person.official_openid:
        return None
    if TEMPLATE not in official.templates:
        return None
    payload: dict[str, Any] = {"template_id": official.templates[TEMPLATE], "data": data}
    if mini is not None:  # a tap opens the case; WeChat wants the two accounts linked
        payload["miniprogram"] = {"appid": mini.appid, "pagepath": page}
    return _Way(Channel.TEMPLATE, official, person.official_openid, payload)


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
