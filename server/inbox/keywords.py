"""Keyword replies: what people type and what they get, edited as data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.inbox.models import KeywordReply
from server.kernel.errors import Invalid

MAX_KEYWORD, MAX_ANSWER = 20, 600


@dataclass(frozen=True, slots=True)
class Keyword:
    keyword: str
    answer: str
    exact: bool = True


def fold(text: str) -> str:
    """Bring what somebody typed to the form keywords are compared in.

    Full-width letters become half-width, case, spaces and closing punctuation do not matter.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(plain.split()).strip("。.!?？！,，~、;；:：")


def find(keywords: Iterable[Keyword], text: str) -> Keyword | None:
    """Return the keyword that fits: an exact one first, else the longest contained one."""
    typed = fold(text)
    inside: Keyword | None = None
    for one in keywords:
        key = fold(one.keyword)
        if key == typed:
            return one
        if not one.exact and key in typed and (inside is None or len(key) > len(inside.keyword)):
            inside = one
    return inside


def listing(db: Session, tenant_id: int) -> list[Keyword]:
    rows = db.scalars(
        select(KeywordReply)
        .where(KeywordReply.tenant_id == tenant_id)
        .order_by(KeywordReply.keyword)
    )
    return [Keyword(row.keyword, row.answer, row.exact) for row in rows]


def save(db: Session, tenant_id: int, keyword: Keyword) -> None:
    """Add a keyword or change its answer. Raise Invalid naming each wrong field."""
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(fold(keyword.keyword)) <= MAX_KEYWORD:
        wrong["keyword"] = [f"请写 1 至 {MAX_KEYWORD} 个字"]
    if not 1 <= len(keyword.answer.strip()) <= MAX_ANSWER:
        wrong["answer"] = [f"请写 1 至 {MAX_ANSWER} 个字"]
    if wrong:
        raise Invalid(fields=wrong)
    row = db.scalar(
        select(KeywordReply).where(
            KeywordReply.tenant_id == tenant_id, KeywordReply.keyword == keyword.keyword.strip()
        )
    )
    if row is None:
        row = KeywordReply(tenant_id=tenant_id, keyword=keyword.keyword.strip())
        db.add(row)
    row.answer, row.exact = keyword.answer.strip(), keyword.exact
    db.flush()


def remove(db: Session, tenant_id: int, keyword: str) -> None:
    db.execute(
        delete(KeywordReply).where(
            KeywordReply.tenant_id == tenant_id, KeywordReply.keyword == keyword
        )
    )
