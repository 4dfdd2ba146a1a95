"""Look up divisions: by code, by parent, as one types them; say where a place is.

`tenant_id` throughout: None sees the nation's divisions, a tenant sees its own beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.kernel.errors import NotFound
from server.places import codes
from server.places.codes import Level, Scope
from server.places.models import Division, DivisionAlias, TenantSeat
from server.places.names import LABELS, AliasKind


@dataclass(frozen=True, slots=True)
class Place:
    """A division as other rooms see it."""

    id: int
    tenant_id: int | None
    code: str
    path: str
    level: Level
    name: str
    full_name: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None
    replaced_by: str | None
    source: str

    @property
    def exists(self) -> bool:
        """Whether it has not been ended; people may still come from one that has."""
        return self.valid_to is None


@dataclass(frozen=True, slots=True)
class Alias:
    name: str
    kind: AliasKind


@dataclass(frozen=True, slots=True)
class Children:
    """One page of what lies right below a division; `after` asks for the next, None is the end."""

    items: tuple[Place, ...]
    after: str | None


def place(row: Division) -> Place:
    return Place(
        id=row.id,
        tenant_id=row.tenant_id,
        code=row.code,
        path=row.path,
        level=Level(row.level),
        name=row.name,
        full_name=row.full_name,
        parent_code=row.parent_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        replaced_by=row.replaced_by,
        source=row.source,
    )


def seen_by(tenant_id: int | None) -> ColumnElement[bool]:
    """Make the condition that a row of `Division` is the nation's or the tenant's own."""
    return or_(Division.tenant_id.is_(None), Division.tenant_id == tenant_id)


def within(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], scope: Scope
) -> ColumnElement[bool]:
    """Make the condition that a column holding paths lies in the scope: one index range a part.

    A row without a path (NULL) lies nowhere, not even in EVERYWHERE.
    """
    parts = [column.between(*codes.bounds(path)) for path in scope.paths]
    return or_(*parts) if parts else false()


def find(db: Session, code: str, *, tenant_id: int | None = None) -> Place:
    """Return a division, ended or not. Raise NotFound; Invalid when it is no code at all."""
    path = codes.path_of(codes.normal(code))
    found = by_paths(db, [path], tenant_id=tenant_id).get(path)
    if found is None:
        raise NotFound("division", code=code)
    return found


def by_paths(
    db: Session, paths: Collection[str], *, tenant_id: int | None = None
) -> dict[str, Place]:
    """Return the divisions of these paths in one query, for lists; unknown paths are left out.

    Where the nation has since got a code that the tenant had entered, the tenant's row counts.
    """
    query = select(Division).where(Division.path.in_(set(paths)), seen_by(tenant_id))
    rows = db.scalars(query.order_by(Division.tenant_id.is_not(None)))
    return {row.path: place(row) for row in rows}


def children(
    db: Session,
    code: str | None,
    *,
    tenant_id: int | None = None,
    after: str | None = None,
    limit: int = 100,
    ended: bool = False,
) -> Children:
    """Return what lies right below a division, by code; None gives what lies below nothing.

    `ended` includes those that no longer exist.
    """
    parent = Division.parent_code.is_(None) if code is None else Division.parent_code == code
    query = select(Division).where(parent, seen_by(tenant_id)).order_by(Division.code)
    if after is not None:
        query = query.where(Division.code > after)
    if not ended:
        query = query.where(Division.valid_to.is_(None))
    rows = list(db.scalars(query.limit(limit + 1)))
    items = tuple(place(row) for row in rows[:limit])
    return Children(items, items[-1].code if len(rows) > limit else None)


def lineage(db: Session, code: str, *, tenant_id: int | None = None) -> tuple[Place, ...]:
    """Return a division and all it lies in, the largest first. Raise NotFound."""
    this = find(db, code, tenant_id=tenant_id)
    holders = by_paths(db, codes.above(this.path), tenant_id=tenant_id)
    return (*sorted(holders.values(), key=lambda one: one.path), this)


def aliases(db: Session, place_id: int, *, tenant_id: int | None = None) -> tuple[Alias, ...]:
    """Return the other names of a division in the order they were noted."""
    return aliases_of(db, [place_id], tenant_id=tenant_id).get(place_id, ())


def aliases_of(
    db: Session, place_ids: Iterable[int], *, tenant_id: int | None = None
) -> dict[int, tuple[Alias, ...]]:
    rows = db.scalars(
        select(DivisionAlias)
        .where(
            DivisionAlias.division_id.in_(set(place_ids)),
            or_(DivisionAlias.tenant_id.is_(None), DivisionAlias.tenant_id == tenant_id),
        )
        .order_by(DivisionAlias.id)
    )
    found: dict[int, tuple[Alias, ...]] = {}
    for row in rows:
        alias = Alias(row.name, AliasKind(row.kind))
        found[row.division_id] = (*found.get(row.division_id, ()), alias)
    return found


def describe(db: Session, code: str, *, tenant_id: int | None = None) -> str:
    """Say a place in full: 广东省江门市台山市（曾称新宁县、台山县）. Raise NotFound."""
    this = find(db, code, tenant_id=tenant_id)
    notes = []
    others = aliases(db, this.id, tenant_id=tenant_id)
    for kind, label in LABELS.items():
        called = [alias.name for alias in others if alias.kind is kind]
        if called:
            notes.append(label + "、".join(called))
    if this.valid_to is not None:
        notes.append(_end(db, this, tenant_id))
    return this.full_name + (f"（{'；'.join(notes)}）" if notes else "")


def _end(db: Session, ended: Place, tenant_id: int | None) -> str:
    year = f"{ended.valid_to.year} 年" if ended.valid_to else ""
    if ended.replaced_by is None:
        return f"{year}撤销"
    return f"{year}改为{find(db, ended.replaced_by, tenant_id=tenant_id).full_name}"


def scope_of(db: Session, code: str, *, tenant_id: int | None = None) -> Scope:
    """Return a division with all in it, and with the ended ones it or its parts replaced.

    A record of 1985 that names an old county is seen by those who look after its successor.
    Raise NotFound.
    """
    whole = Scope((find(db, code, tenant_id=tenant_id).path,))
    while True:
        heirs = and_(Division.replaced_by.is_not(None), seen_by(tenant_id))
        rows = db.execute(select(Division.path, Division.replaced_by).where(heirs))
        found = [path for path, heir in rows if heir and whole.covers(codes.path_of(heir))]
        wider = whole | codes.scope(found)
        if wider == whole:
            return whole
        whole = wider


def seat(db: Session, tenant_id: int) -> Place | None:
    """Return the division a federation works for, None when it was never told."""
    row = db.get(TenantSeat, tenant_id)
    return find(db, row.code, tenant_id=tenant_id) if row else None
