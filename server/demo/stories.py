"""The demo's cases with their history, as if people had brought them. Twice is harmless."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.cases import access, wording
from server.cases import service as cases
from server.cases.states import Action, Kind, State
from server.demo import county
from server.kernel.clock import instant
from server.kernel.crypto import Vault
from server.people import identities
from server.ports import Account, Identity
from server.staff import service as staff
from server.toolbox import Toolbox


def tell(tools: Toolbox, cards: Mapping[str, Mapping[str, Any]]) -> None:
    """Bring every story in, oldest first. `cards` are the sandbox's followers by nickname."""
    mini = tools.accounts.by_slug(county.ACCOUNTS[1].slug)
    now = tools.clock.now()
    for story in county.STORIES:
        with tools.sessions.begin() as db:
            _tell(db, mini, story, cards[story.follower], vault=tools.vault, now=now)


def _tell(
    db: Session,
    mini: Account,
    story: county.Story,
    card: Mapping[str, Any],
    *,
    vault: Vault,
    now: datetime,
) -> None:
    """One transaction a story: a seeding that was interrupted leaves no half of one."""
    brought = _at(now, story.days_ago, story.at)
    who = Identity(openid=card["openids"][mini.appid], unionid=card["unionid"])
    person_id = identities.sign_in(db, mini, who, now=brought)
    case = cases.submit(
        db,
        cases.Submission(
            submission_id="demo-" + hashlib.sha256(story.subject.encode()).hexdigest()[:24],
            kind=Kind(story.kind),
            topic=story.topic,
            subject=story.subject,
            body=story.body,
            country=None,
            contact=None,
            files=(),
            consent_version=wording.CONSENT_VERSION,
        ),
        tenant_id=mini.tenant_id,
        person_id=person_id,
        vault=vault,
        now=brought,
    )
    if case.state != State.REGISTERED:
        return  # told before
    officers = {officer.login: officer for officer in staff.listing(db, mini.tenant_id)}
    for move in story.moves:
        if not access.may_handle(officers[move.login], case):
            access.assign(
                db,
                case.id,
                officers[move.login].id,
                officer=officers["admin"],
                vault=vault,
                now=_at(now, move.days_ago, move.at),
            )
        cases.move(
            db,
            case,
            Action(move.action),
            officer=officers[move.login],
            told=move.told,
            note="",
            vault=vault,
            now=_at(now, move.days_ago, move.at),
        )


def _at(now: datetime, days_ago: int, at: time) -> datetime:
    home = ZoneInfo(county.HOME_ZONE)
    return instant((now.astimezone(home) - timedelta(days=days_ago)).date(), at, home)
