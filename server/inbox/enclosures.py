"""Photos, voices and films that came with messages: fetched from WeChat while it still has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.inbox.models import Enclosure, Question
from server.kernel.errors import NotFound
from server.ports import Account

LIFE = timedelta(days=3)  # WeChat keeps temporary media so long (WECHAT §1.4)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)


class State(StrEnum):
    WANTED = "wanted"
    KEPT = "kept"
    GONE = "gone"  # WeChat no longer has it, or it is not what it should be


@dataclass(frozen=True, slots=True)
class Wanted:
    account_id: int
    kind: str
    media_id: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What staff see beside a message."""

    kind: str
    state: State
    content_type: str | None


def note(
    db: Session, account: Account, *, question_id: int, kind: str, media_id: str, now: datetime
) -> None:
    """Write down that something is to be fetched."""
    db.add(
        Enclosure(
            question_id=question_id,
            account_id=account.id,
            kind=kind,
            media_id=media_id,
            state=State.WANTED,
            sent_at=now,
            next_try_at=now + FIRST_PAUSE,  # the job asked for at once comes before that
        )
    )


def due(db: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the questions whose enclosure should be tried (again) now."""
    query = select(Enclosure.question_id).where(
        Enclosure.state == State.WANTED, Enclosure.next_try_at <= now
    )
    return list(db.scalars(query.order_by(Enclosure.next_try_at).limit(limit)))


def wanted(db: Session, question_id: int) -> Wanted | None:
    """Return what to fetch, or None when that is done or hopeless."""
    row = db.get(Enclosure, question_id)
    if row is None or row.state != State.WANTED:
        return None
    return Wanted(row.account_id, row.kind, row.media_id)


def keep(db: Session, question_id: int, *, key: str, content_type: str) -> bool:
    """Note where the content lies; return False when somebody else was faster."""
    row = db.get_one(Enclosure, question_id, with_for_update=True)
    if row.state != State.WANTED:
        return False
    row.state, row.key, row.content_type = State.KEPT, key, content_type
    return True


def give_up(db: Session, question_id: int) -> None:
    row = db.get_one(Enclosure, question_id, with_for_update=True)
    if row.state == State.WANTED:
        row.state = State.GONE


def put_off(db: Session, question_id: int, *, now: datetime) -> None:
    """Try again later, with growing pauses; give up when WeChat has forgotten it."""
    row = db.get_one(Enclosure, question_id, with_for_update=True)
    if row.state != State.WANTED:
        return
    row.tries += 1
    row.next_try_at = now + min(FIRST_PAUSE * 2**row.tries, LONGEST_PAUSE)
    if now >= row.sent_at + LIFE:
        row.state = State.GONE


def of_questions(db: Session, question_ids: Iterable[int]) -> dict[int, Enclosed]:
    query = select(Enclosure).where(Enclosure.question_id.in_(list(question_ids)))
    return {
        row.question_id: Enclosed(row.kind, State(row.state), row.content_type)
        for row in db.scalars(query)
    }


def file_of(db: Session, tenant_id: int, question_id: int) -> tuple[str, str]:
    """Return (key, content type) of a fetched enclosure of this county; raise NotFound."""
    row = db.scalar(
        select(Enclosure)
        .join(Question)
        .where(Enclosure.question_id == question_id, Question.tenant_id == tenant_id)
    )
    if row is None or row.key is None or row.content_type is None:
        raise NotFound("enclosure")
    return row.key, row.content_type
