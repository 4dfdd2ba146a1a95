"""回函: taken in, counted, answered, shown to others only with consent (来函必复)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.greetings.models import Campaign, LetterReply
from server.greetings.terms import Status
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.upsert import insert_new
from server.places import countries
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

NAME, WORDS, ANSWER = "letter_reply.name", "letter_reply.words", "letter_reply.answer"
MOST_NAME, MOST_WORDS = 20, 1000
FEATURED = 20  # shown under a letter
_CODE = re.compile(r"[A-Za-z0-9_-]{16,32}")


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody typed into the form."""

    name: str
    words: str
    country: str | None
    may_feature: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, opened."""

    id: int
    letter_id: int
    person_id: int | None
    code: str
    name: str
    words: str
    country: str | None
    may_feature: bool
    at: datetime
    answer: str | None
    answered_at: datetime | None
    featured: bool


def new_code() -> str:
    """Return the code of a reply to be: 128 bits, made with the form it is written in."""
    return secrets.token_urlsafe(16)


def write(
    db: Session,
    letter_id: int,
    said: Written,
    *,
    person_id: int | None = None,
    code: str | None = None,
    vault: Vault,
    now: datetime,
) -> Reply:
    """Take a reply in. Raise Invalid by field, NotFound when the letter is not out.

    `code` comes with the form: sent twice, by an impatient thumb, it is one reply. Other
    words under the same code, typed after going back, are another reply with another code;
    and nobody is ever shown words that are not the same as their own.
    """
    letter = db.get(Campaign, letter_id)
    if letter is None or letter.status != Status.PLANNED:
        raise NotFound("letter")
    wrong = {}
    if not 1 <= len(said.name) <= MOST_NAME:
        wrong["name"] = [f"请写您的称呼，1 至 {MOST_NAME} 个字"]
    if not 1 <= len(said.words) <= MOST_WORDS:
        wrong["words"] = [f"请写几句话，不超过 {MOST_WORDS} 个字"]
    if said.country and not countries.known(said.country):
        wrong["country"] = ["不在国家（地区）名单里"]
    if wrong:
        raise Invalid(fields=wrong)
    sealed = {
        "tenant_id": letter.tenant_id, "campaign_id": letter.id, "person_id": person_id,
        "name": vault.seal(said.name, where=NAME), "words": vault.seal(said.words, where=WORDS),
        "country": said.country or None, "may_feature": said.may_feature, "at": now,
        "answer": None, "answered_by": None, "answered_at": None,
        "featured_by": None, "featured_at": None,
    }  # fmt: skip
    code = code if code and _CODE.fullmatch(code) else new_code()
    table = LetterReply.__table__
    if not insert_new(db, table, {"code": code, **sealed}):  # type: ignore[arg-type]
        known = by_code(db, code, vault=vault)
        if (known.letter_id, known.name, known.words) != (letter.id, said.name, said.words):
            code = new_code()
            insert_new(db, table, {"code": code, **sealed})  # type: ignore[arg-type]
    return by_code(db, code, vault=vault)


def by_code(db: Session, code: str, *, vault: Vault) -> Reply:
    """Return a reply by the link its writer was given. Raise NotFound."""
    query = select(LetterReply).where(LetterReply.code == code)
    row = db.scalar(query) if _CODE.fullmatch(code) else None
    if row is None or row.words is None:
        raise NotFound("reply")
    return _opened(row, vault)


def featured(db: Session, letter_id: int, *, vault: Vault) -> list[Reply]:
    """Return what may be shown under a letter, the latest first."""
    rows = db.scalars(
        select(LetterReply)
        .where(
            LetterReply.campaign_id == letter_id,
            LetterReply.featured_at.is_not(None),
            LetterReply.words.is_not(None),
        )
        .order_by(LetterReply.featured_at.desc())
        .limit(FEATURED)
    )
    return [_opened(row, vault) for row in rows]


def of_people(
    db: Session, letter_id: int, person_ids: Collection[int], *, vault: Vault
) -> list[Reply]:
    """Return what these persons wrote back to a letter, the latest first."""
    rows = db.scalars(
        select(LetterReply)
        .where(LetterReply.person_id.in_(list(person_ids)), LetterReply.campaign_id == letter_id)
        .order_by(LetterReply.id.desc())
        .limit(FEATURED)
    )
    return [_opened(row, vault) for row in rows]


def count(db: Session, letter_id: int) -> int:
    query = select(func.count()).where(LetterReply.campaign_id == letter_id)
    return db.scalar(query) or 0


def waiting(db: Session, officer: Officer) -> int:
    """Count the replies nobody has answered yet."""
    query = select(func.count()).where(
        LetterReply.tenant_id == officer.tenant_id, LetterReply.answered_at.is_(None)
    )
    return db.scalar(query) or 0


def listing(
    db: Session,
    officer: Officer,
    *,
    answered: bool,
    before: int | None,
    limit: int,
    vault: Vault,
    letter_id: int | None = None,
) -> list[Reply]:
    """Return replies, the latest first, before the id `before`. Raise NotAllowed."""
    officer.must(Permission.PREPARE_GREETINGS)
    query = select(LetterReply).where(
        LetterReply.tenant_id == officer.tenant_id,
        LetterReply.answered_at.is_not(None) if answered else LetterReply.answered_at.is_(None),
    )
    if before is not None:
        query = query.where(LetterReply.id < before)
    if letter_id is not None:
        query = query.where(LetterReply.campaign_id == letter_id)
    rows = db.scalars(query.order_by(LetterReply.id.desc()).limit(limit))
    return [_opened(row, vault) for row in rows]


def answer(
    db: Session, officer: Officer, reply_id: int, *, words: str | None, vault: Vault, now: datetime
) -> None:
    """Answer a reply; None puts it aside as needing no answer. Raise Conflict, Invalid."""
    row = _own(db, officer, reply_id)
    if row.answered_at is not None:
        raise Conflict("answered")
    if words is not None and not 1 <= len(words) <= MOST_WORDS:
        raise Invalid(
            fields={"answer": [f"请写几句话，不超过 {MOST_WORDS} 个字；或者点“不用答复”"]}
        )
    row.answer = vault.seal(words, where=ANSWER) if words else None
    row.answered_by, row.answered_at = officer.id, now
    _note(db, officer, row, "reply.answer", now=now)


def feature(db: Session, officer: Officer, reply_id: int, *, shown: bool, now: datetime) -> None:
    """Show a reply under its letter, or not any more. Raise Conflict without its writer's yes."""
    row = _own(db, officer, reply_id)
    if shown and not row.may_feature:
        raise Conflict("not allowed by its writer")
    row.featured_by, row.featured_at = (officer.id, now) if shown else (None, None)
    _note(db, officer, row, "reply.feature" if shown else "reply.unfeature", now=now)


def take_back(db: Session, code: str, *, vault: Vault) -> None:
    """The writer does not want it to stand under the letter any more. Raise NotFound."""
    found = by_code(db, code, vault=vault)
    row = db.get_one(LetterReply, found.id)
    row.may_feature, row.featured_by, row.featured_at = False, None, None


def erase(db: Session, person_ids: Collection[int]) -> None:
    """Drop the words of these persons: that a letter was answered stays counted."""
    db.execute(
        update(LetterReply)
        .where(LetterReply.person_id.in_(list(person_ids)))
        .values(
            person_id=None, name=None, words=None, answer=None, country=None,
            may_feature=False, featured_by=None, featured_at=None,
        )
    )  # fmt: skip


def _own(db: Session, officer: Officer, reply_id: int) -> LetterReply:
    officer.must(Permission.PREPARE_GREETINGS)
    row = db.get(LetterReply, reply_id, with_for_update=True)
    if row is None or row.tenant_id != officer.tenant_id or row.words is None:
        raise NotFound("reply")
    return row


def _opened(row: LetterReply, vault: Vault) -> Reply:
    return Reply(
        id=row.id, letter_id=row.campaign_id, person_id=row.person_id, code=row.code,
        name=vault.open(row.name, where=NAME) if row.name else "（已注销）",
        words=vault.open(row.words, where=WORDS) if row.words else "",
        country=row.country, may_feature=row.may_feature, at=row.at,
        answer=vault.open(row.answer, where=ANSWER) if row.answer else None,
        answered_at=row.answered_at, featured=row.featured_at is not None,
    )  # fmt: skip


def _note(db: Session, officer: Officer, row: LetterReply, action: str, *, now: datetime) -> None:
    audit.note(
        db, tenant_id=row.tenant_id, staff_id=officer.id, action=action,
        subject=f"reply:{row.id}", now=now,
    )  # fmt: skip
