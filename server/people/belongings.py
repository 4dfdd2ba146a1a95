"""What hangs on a person, as plain values for the person themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.people.models import WeChatIdentity
from server.people.register.models import Relation


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


def relation_kinds(db: Session, person_ids: Collection[int]) -> list[tuple[str, int]]:
    """Count what is noted about whom these persons belong to, by kind; never who it is."""
    kinds = db.scalars(select(Relation.kind).where(Relation.person_id.in_(list(person_ids))))
    return sorted(Counter(kinds).items())
