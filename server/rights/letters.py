"""What went to a person and what they said in the chat, as they would tell it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.greetings import service as greetings
from server.inbox import questions
from server.kernel.crypto import Vault
from server.kernel.errors import NotFound
from server.outbox import service as outbox
from server.outbox.rules import Status

_FATES = {
    Status.QUEUED: "待寄",
    Status.ACCEPTED: "已寄出",
    Status.DELIVERED: "已送达",
    Status.UNKNOWN: "结果不明",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to the person's phone."""

    at: datetime
    title: str
    fate: str


def received(db: Session, person_ids: Collection[int], *, limit: int) -> list[Letter]:
    """Return what was sent to these persons, the latest first."""
    return [
        Letter(one.at, _title(db, one.topic, one.purpose), _FATES.get(Status(one.status), "未寄到"))
        for one in outbox.of_people(db, person_ids, limit=limit)
    ]


def _title(db: Session, topic: str, purpose: str) -> str:
    if purpose in {"greeting", "memorial"}:
        try:
            return f"{greetings.festival_of(db, topic)}家书"
        except NotFound:
            return "节日家书"
    return {"case": "诉求办理通知", "answer": "对留言的答复"}.get(purpose, "消息")


def said(
    db: Session, person_ids: Collection[int], *, vault: Vault, limit: int
) -> list[questions.Said]:
    """Return what these persons wrote in the chat that staff read, the latest first."""
    return questions.of_people(db, person_ids, vault=vault, limit=limit)
