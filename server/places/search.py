"""Find a place as one types it: 青田, 丽水 油竹, 丽水市青田县, 臺山, taishan, ts, an old name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import func

from server.places import codes
from server.places.codes import EVERYWHERE, NOWHERE, Scope
from server.places.models import Division, DivisionAlias, DivisionKey
from server.places.names import tidy
from server.places.service import Place, place, within

_HANZI = re.compile(r"[一-鿿]{2,}")
_WIDE = 40  # so many places may hold the one that is looked for
_DEEP = 5  # 省市县镇村


@dataclass(frozen=True, slots=True)
class Found:
    """A place, and the other name it was found by, if it was."""

    place: Place
    alias: str | None


@dataclass(frozen=True, slots=True)
class _Where:
    """Whose knowledge is searched, in which part of the country, how much is wanted."""

    tenant_id: int | None
    inside: Scope
    near: Scope
    limit: int

    def narrowed(self, holders: Sequence[Found]) -> _Where:
        return replace(self, inside=codes.scope(one.place.path for one in holders))


def search(
    db: Session,
    tenant_id: int | None,
    text: str,
    *,
    limit: int = 20,
    inside: Scope = EVERYWHERE,
    near: Scope = NOWHERE,
) -> list[Found]:
    """Return the places whose name, old name, pinyin or initials begin with what was typed.

    Exact names first, then what lies `near` (the seat of the federation), what exists, the
    larger. Words apart (丽水 青田) and names run together (丽水青田县) narrow from left to right.
    Traditional characters do as well. `inside` leaves everything else out.
    """
    where = _Where(tenant_id, inside, near, limit)
    found = _as_typed(db, where, text)
    if not found and _HANZI.search(text):
        plain = simplified(text)
        if plain != text:
            found = _as_typed(db, where, plain)
    return found


def simplified(text: str) -> str:
    """Return a text in Simplified characters, for looking it up."""
    written: str = _converter().convert(text[:100])  # type: ignore[attr-defined]
    return written


@cache
def _converter() -> object:
    from opencc import OpenCC  # here: rarely needed, and it loads dictionaries

    return OpenCC("t2s")


def _as_typed(db: Session, where: _Where, text: str) -> list[Found]:
    words = [word for word in (tidy(one) for one in text.split()) if word][:_DEEP]
    found = _beginning_with(db, where, tidy(text))
    if found or not words:
        return found
    for word in words[:-1]:
        where = where.narrowed(_run_together(db, replace(where, limit=_WIDE), word, _DEEP))
    return _run_together(db, where, words[-1], _DEEP)


def _run_together(db: Session, where: _Where, word: str, deep: int) -> list[Found]:
    """Look for the word itself, else for a place named by its end inside one named by its start."""
    found = _beginning_with(db, where, word)
    if found or deep == 0 or not _HANZI.fullmatch(word):
        return found
    for cut in range(len(word) - 1, 1, -1):
        holders = _beginning_with(db, replace(where, limit=_WIDE), word[:cut])
        if holders:
            return _run_together(db, where.narrowed(holders), word[cut:], deep - 1)
    return []


def _beginning_with(db: Session, where: _Where, key: str) -> list[Found]:
    """Search the index of keys; a place may have several that begin alike."""
    if not where.inside.paths or not key:
        return []
    query = (
        select(Division, DivisionAlias.name)
        .select_from(DivisionKey)
        .join(Division, Division.id == DivisionKey.division_id)
        .outerjoin(DivisionAlias, DivisionAlias.id == DivisionKey.alias_id)
        .where(
            DivisionKey.key >= key,
            DivisionKey.key < _end(key),
            or_(DivisionKey.tenant_id.is_(None), DivisionKey.tenant_id == where.tenant_id),
        )
        .order_by(*_order(where, key))
        .limit(where.limit * 4)
    )
    if where.inside != EVERYWHERE:
        query = query.where(within(DivisionKey.path, where.inside))
    found: dict[int, Found] = {}
    for row, alias in db.execute(query):
        found.setdefault(row.id, Found(place(row), alias))
    return list(found.values())[: where.limit]


def _order(where: _Where, key: str) -> list[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    near = [within(DivisionKey.path, where.near).desc()] if where.near.paths else []
    return [
        (DivisionKey.key == key).desc(),
        *near,
        Division.valid_to.is_not(None),
        func.length(DivisionKey.path),
        DivisionKey.path,
        DivisionKey.alias_id.is_not(None),
    ]


def _end(key: str) -> str:
    """Return the first text after all that begin with this one, by code point."""
    following = ord(key[-1]) + 1
    return key[:-1] + chr(0xE000 if 0xD800 <= following < 0xE000 else following)
