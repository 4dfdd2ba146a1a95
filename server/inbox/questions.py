"""Questions no keyword answered: they wait for a member of staff, who answers on the phone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.orm import Session

from server.inbox.models import Question
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.prepared import Prepared
from server.outbox import service as outbox
from server.people import reach as people
from server.ports import Account, Channel

TEXT, ANSWER = "question.text", "question.answer"
_ASK = Prepared(
    lambda _: insert(cast("Table", Question.__table__)).returning(Question.__table__.c.id)
)
WINDOW = timedelta(hours=48)  # custom messages after a message of the person (WECHAT §4.1)
MAX_ANSWER = 600  # characters; WeChat takes 2,048 bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the console shows it."""

    id: int
    person_id: int
    salutation: str | None
    country: str | None
    kind: str
    text: str
    asked_at: datetime
    answered_at: datetime | None
    answer: str | None
    answer_before: datetime  # afterwards WeChat lets nothing through


def ask(
    connection: Connection,
    account: Account,
    *,
    person_id: int,
    kind: str,
    text: str,
    vault: Vault,
    now: datetime,
) -> int:
    """Put a message into the inbox; return its id."""
    asked = _ASK.run(
        connection,
        {
            "tenant_id": account.tenant_id,
            "account_id": account.id,
            "person_id": person_id,
            "kind": kind,
            "text": vault.seal(text, where=TEXT),
            "asked_at": now,
        },
    ).fetchone()
    question_id: int = asked[0]  # type: ignore[index]  # an insert without conflict returns a row
    return question_id


def waiting(db: Session, tenant_id: int) -> int:
    query = select(func.count()).select_from(Question)
    found = db.scalar(query.where(Question.tenant_id == tenant_id, Question.answered_at.is_(None)))
    return found or 0


def listing(
    db: Session, tenant_id: int, *, vault: Vault, answered: bool, limit: int, before: int | None
) -> list[Asked]:
    """Return questions, newest first, at most `limit`; `before` is the last id already seen."""
    query = select(Question).where(
        Question.tenant_id == tenant_id,
        Question.answered_at.is_not(None) if answered else Question.answered_at.is_(None),
    )
    if before is not None:
        query = query.where(Question.id < before)
    rows = list(db.scalars(query.order_by(Question.id.desc()).limit(limit)))
    reaches = people.many(db, {row.person_id for row in rows}, vault)
    return [_asked(row, reaches.get(row.person_id), vault) for row in rows]


@dataclass(frozen=True, slots=True)
class Said:
    """A question as the person who asked it sees it."""

    at: datetime
    kind: str
    text: str
    answer: str | None


def of_people(db: Session, person_ids: Collection[int], *, vault: Vault, limit: int) -> list[Said]:
    """Return what these persons asked, the latest first."""
    query = select(Question).where(Question.person_id.in_(list(person_ids)))
    return [
        Said(
            at=row.asked_at,
            kind=row.kind,
            text=vault.open(row.text, where=TEXT),
            answer=vault.open(row.answer, where=ANSWER) if row.answer is not None else None,
        )
        for row in db.scalars(query.order_by(Question.id.desc()).limit(limit))
    ]


def answer(
    db: Session,
    tenant_id: int,
    question_id: int,
    *,
    text: str,
    staff_id: int,
    vault: Vault,
    now: datetime,
) -> None:
    """Answer by custom message. Raise Invalid, NotFound, or Conflict (answered, window closed)."""
    row = db.scalar(
        select(Question)
        .where(Question.id == question_id, Question.tenant_id == tenant_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("question")
    words = text.strip()
    if not words or len(words) > MAX_ANSWER:
        raise Invalid(fields={"answer": [f"请写 1 至 {MAX_ANSWER} 个字"]})
    if row.answered_at is not None:
        raise Conflict("already answered")
    reach = people.reach(db, row.person_id, vault)
    spoke = reach.last_message_at if reach else None
    if reach is None or not reach.official_openid or spoke is None or now >= spoke + WINDOW:
        raise Conflict("window closed")
    row.answered_at, row.answered_by = now, staff_id
    row.answer = vault.seal(words, where=ANSWER)
    outbox.post(
        db,
        tenant_id=tenant_id,
        account_id=row.account_id,
        topic=f"question:{row.id}",
        purpose="answer",
        channel=Channel.CUSTOMER,
        to=[(f"question:{row.id}", reach.person_id, reach.official_openid)],
        payload={"msgtype": "text", "text": {"content": words}},
        due_at=now,
        expires_at=spoke + WINDOW,
        vault=vault,
    )


def _asked(row: Question, reach: people.Reach | None, vault: Vault) -> Asked:
    spoke = reach.last_message_at if reach and reach.last_message_at else row.asked_at
    return Asked(
        id=row.id,
        person_id=row.person_id,
        salutation=reach.salutation if reach else None,
        country=reach.country if reach else None,
        kind=row.kind,
        text=vault.open(row.text, where=TEXT),
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        answer=vault.open(row.answer, where=ANSWER) if row.answer is not None else None,
        answer_before=spoke + WINDOW,
    )
