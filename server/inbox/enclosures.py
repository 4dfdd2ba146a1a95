"""Photos, voices and films that came with messages: fetched from WeChat while it still has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.inbox.models import Enclosure, Question
from server.kernel.errors import NotFound
from server.ports import Account

LIFE = timedelta(days=3)  # WeChat keeps temporary media so long (WECHAT §1.4)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
LOOKS = 3  # what cannot be opened is fetched so often: an answer may arrive broken


class State(StrEnum):
    WANTED = "wanted"
    KEPT = "kept"
    GONE = "gone"  # WeChat no longer has it
    UNFIT = "unfit"  # too large, or not what it calls itself
    ERASED = "erased"  # the person withdrew; the file goes, too


@dataclass(frozen=True, slots=True)
class Wanted:
    account_id: int
    kind: str
    media_id: str
    tries: int  # this one included


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What staff see beside a message."""

    kind: str
    state: State
    content_type: str | None


def note(
    db: Session, account: Account, *, question_id: int, kind: str, media_id: str, now: datetime
) -> bool:
    """Write down that something is to be fetched; return False when there is nothing."""
    if not media_id:
        return False
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
    return True


def due(db: Session, *, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Return (question, account) of what should be tried (again) now."""
    query = select(Enclosure.question_id, Enclosure.account_id).where(
        Enclosure.state == State.WANTED, Enclosure.next_try_at <= now
    )
    found = db.execute(query.order_by(Enclosure.next_try_at).limit(limit))
    return [(question_id, account_id) for question_id, account_id in found]


def begin(db: Session, question_id: int, *, now: datetime) -> Wanted | None:
    """Return what to fetch, or None when that is done or hopeless.

    The next try is put off at once, longer each time: whatever happens to this one, the tick
    neither comes in between nor hangs on something that always breaks.
    """
    row = db.get(Enclosure, question_id, with_for_update=True)
    if row is None or row.state != State.WANTED:
        return None
    row.tries += 1
    row.next_try_at = now + min(FIRST_PAUSE * 2 ** min(row.tries, 10), LONGEST_PAUSE)
    return Wanted(row.account_id, row.kind, row.media_id, row.tries)


def keep(db: Session, question_id: int, *, key: str, content_type: str) -> bool:
    """Note where the content lies; return False when it is no longer wanted.

    Then somebody else was faster, or the person withdrew while it was on its way.
    """
    row = db.get_one(Enclosure, question_id, with_for_update=True)
    if row.state != State.WANTED:
        return False
    row.state, row.key, row.content_type = State.KEPT, key, content_type
    return True


def not_fetched(db: Session, question_id: int, *, why: State | None, now: datetime) -> State:
    """Give up for a reason, or (None) when WeChat has forgotten it; return what it is now."""
    row = db.get_one(Enclosure, question_id, with_for_update=True)
    if row.state == State.WANTED:
        if why is not None:
            row.state = why
        elif now >= row.sent_at + LIFE:
            row.state = State.GONE
    return State(row.state)


def erase(db: Session, person_ids: Iterable[int]) -> None:
    """Withdraw what these people sent; the files are found by `withdrawn` afterwards."""
    theirs = select(Question.id).where(Question.person_id.in_(list(person_ids)))
    db.execute(
        update(Enclosure)
        .where(Enclosure.question_id.in_(theirs))
        .values(state=State.ERASED)
        .execution_options(synchronize_session="fetch")
    )


def withdrawn(db: Session, *, limit: int) -> dict[int, str]:
    """Return {question: key} of files that must go."""
    query = select(Enclosure.question_id, Enclosure.key).where(
        Enclosure.state == State.ERASED, Enclosure.key.is_not(None)
    )
    found = db.execute(query.limit(limit))
    return {question_id: key for question_id, key in found if key is not None}


def removed(db: Session, question_ids: Iterable[int]) -> None:
    """Note that their files are gone from the disk."""
    db.execute(
        update(Enclosure)
        .where(Enclosure.question_id.in_(list(question_ids)))
        .values(key=None)
        .execution_options(synchronize_session="fetch")
    )


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
        .where(
            Enclosure.question_id == question_id,
            Enclosure.state == State.KEPT,
            Question.tenant_id == tenant_id,
        )
    )
    if row is None or row.key is None or row.content_type is None:
        raise NotFound("enclosure")
    return row.key, row.content_type
