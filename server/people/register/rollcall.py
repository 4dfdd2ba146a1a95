"""Who is on the roll of one village: for a survey, without telephone numbers or addresses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.orm import Session

from server.people.models import Person
from server.people.register.models import IdentityStatus, RegisterEntry
from server.places import codes
from server.places.codes import Level
from server.places.service import within


@dataclass(frozen=True, slots=True)
class Present:
    """A living person of a place."""

    person_id: int
    name: str
    sort_key: str
    sex: str | None
    born: str | None
    country: str | None
    city: str | None
    identities: tuple[str, ...]
    version: int


def _of(tenant_id: int, path: str) -> list[ColumnElement[bool]]:
    """Choose the living of a village with its hamlets; of a town, those of no known village."""
    is_town = codes.level_of(codes.code_of(path)) is Level.TOWN
    there = RegisterEntry.path == path
    if not is_town:
        there = within(RegisterEntry.path, codes.scope([path]))
    return [
        RegisterEntry.tenant_id == tenant_id,
        RegisterEntry.merged.is_(False),
        there,
        Person.deceased_on.is_(None),
    ]


def count(db: Session, tenant_id: int, path: str) -> int:
    query = select(func.count()).select_from(RegisterEntry).join(Person)
    return db.scalar(query.where(*_of(tenant_id, path))) or 0


def roll(
    db: Session,
    tenant_id: int,
    path: str,
    *,
    after: tuple[str, int] | None = None,
    limit: int | None = None,
) -> list[Present]:
    """Return people by the sound of their names; `after` is the last one's (sort key, id)."""
    query = select(RegisterEntry).join(Person).where(*_of(tenant_id, path))
    if after is not None:
        query = query.where(tuple_(RegisterEntry.sort_key, RegisterEntry.person_id) > after)
    query = query.order_by(RegisterEntry.sort_key, RegisterEntry.person_id).limit(limit)
    rows = list(db.scalars(query))
    held: dict[int, list[str]] = {row.person_id: [] for row in rows}
    ids = list(held)
    for start in range(0, len(ids), 500):
        kinds = select(IdentityStatus.person_id, IdentityStatus.kind).where(
            IdentityStatus.person_id.in_(ids[start : start + 500]), IdentityStatus.until.is_(None)
        )
        for person_id, kind in db.execute(kinds.order_by(IdentityStatus.id)):
            held[person_id].append(kind)
    return [
        Present(
            row.person_id, row.name, row.sort_key, row.sex, row.born, row.country, row.city,
            tuple(held[row.person_id]), row.version,
        )
        for row in rows
    ]  # fmt: skip


def belongs(db: Session, tenant_id: int, path: str, person_ids: Collection[int]) -> set[int]:
    """Return which of these people are on the roll of the place."""
    query = select(RegisterEntry.person_id).join(Person).where(*_of(tenant_id, path))
    return set(db.scalars(query.where(RegisterEntry.person_id.in_(list(person_ids)))))


def verify(db: Session, tenant_id: int, person_ids: Collection[int], *, on: date) -> None:
    """Note that somebody checked these pages on a day; no page changes by it."""
    db.execute(
        update(RegisterEntry)
        .where(RegisterEntry.tenant_id == tenant_id, RegisterEntry.person_id.in_(list(person_ids)))
        .values(verified_on=on)
    )
