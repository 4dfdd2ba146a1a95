"""What hangs on a person, as plain values for the person themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.people.models import WeChatIdentity
from server.people.register.models import RegisterEntry, Relation
from server.people.service import resolve


@dataclass(frozen=True, slots=True)
class OnWeChat:
    """One identity on WeChat."""

    openid: str
    mini: bool
    followed_at: datetime | None
    unfollowed_at: datetime | None
    scene: str | None


def identities(db: Session, person_ids: Collection[int]) -> list[OnWeChat]:
    rows = select(WeChatIdentity).where(WeChatIdentity.person_id.in_(list(person_ids)))
    return [
        OnWeChat(row.openid, row.mini, row.followed_at, row.unfollowed_at, row.scene)
        for row in db.scalars(rows.order_by(WeChatIdentity.id))
    ]


def register_names(db: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of those of these persons who are in the register."""
    rows = select(RegisterEntry.person_id, RegisterEntry.name).where(
        RegisterEntry.person_id.in_(list(person_ids))
    )
    found = {row.person_id: row.name for row in db.execute(rows)}
    for person_id in set(person_ids) - found.keys():  # few: merged meanwhile, or not registered
        living = resolve(db, person_id).id
        if living != person_id:
            for name in register_names(db, [living]).values():
                found[person_id] = name
    return found


def relation_kinds(db: Session, person_ids: Collection[int]) -> list[tuple[str, int]]:
    """Count what is noted about whom these persons belong to, by kind; never who it is."""
    kinds = db.scalars(select(Relation.kind).where(Relation.person_id.in_(list(person_ids))))
    return sorted(Counter(kinds).items())
