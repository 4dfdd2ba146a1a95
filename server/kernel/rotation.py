"""Seal every kept value anew under the current key, in small steps, while the system runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from server.kernel.crypto import Tampered, Vault

AT_ONCE = 500  # rows per transaction: writers of the running system wait no longer than that
Row = Mapping[str, Any]
Rehash = Callable[[Row, Vault], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Place:
    """A table with sealed columns. `rehash` makes the look-up hashes of an opened row anew."""

    table: Table
    sealed: tuple[str, ...]
    hashes: tuple[str, ...] = ()
    rehash: Rehash | None = None

    def where(self, column: str) -> str:
        """Return the place a value of this column is sealed for."""
        return f"{self.table.name}.{column}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction did."""

    done: int
    stuck: int  # values that cannot be opened: tampered with, or their key is gone
    last: tuple[Any, ...] | None  # primary key of the last row looked at; None: the table is done


def held_under(db: Session, place: Place) -> Counter[int]:
    """Count the values of a table by the id of the key they need."""
    found: Counter[int] = Counter()
    for name in (*place.sealed, *place.hashes):
        column = place.table.c[name]
        first = _first_byte(column)
        rows = db.execute(
            select(first, func.count()).where(func.length(column) > 0).group_by(first)
        )
        for byte, count in rows:
            found[byte[0]] += count
    return found


def step(db: Session, place: Place, *, after: tuple[Any, ...] | None, vault: Vault) -> Step:
    """Seal the next rows that need it. A row somebody changes meanwhile is left to them."""
    keys = list(place.table.primary_key.columns)
    columns = [place.table.c[name] for name in (*place.sealed, *place.hashes)]
    query = select(place.table).where(or_(*(_old(one, vault) for one in columns)))
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*(literal(value) for value in after)))
    rows = db.execute(query.order_by(*keys).limit(AT_ONCE)).mappings().all()
    done = stuck = 0
    for row in rows:
        try:
            values = _anew(place, dict(row), vault)
        except Tampered:
            stuck += 1
            continue
        done += _write(db, place.table, dict(row), values)
    last = tuple(rows[-1][key.name] for key in keys) if len(rows) == AT_ONCE else None
    return Step(done, stuck, last)


def _anew(place: Place, row: Row, vault: Vault) -> dict[str, bytes]:
    values = {
        name: vault.resealed(row[name], where=place.where(name))
        for name in place.sealed
        if row[name]
    }
    if place.rehash is not None:
        values |= place.rehash(row, vault)
    return values


def _write(db: Session, table: Table, row: Row, values: Mapping[str, bytes]) -> int:
    unchanged = [table.c[name] == row[name] for name in values]
    same_row = [key == row[key.name] for key in table.primary_key.columns]
    done = db.connection().execute(update(table).where(*same_row, *unchanged).values(dict(values)))
    return done.rowcount


def _first_byte(column: Column[Any]) -> ColumnElement[bytes]:
    return func.substr(column, 1, 1, type_=LargeBinary())


def _old(column: Column[Any], vault: Vault) -> ColumnElement[bool]:
    """Make the condition that a value needs another key than the current one."""
    return (func.length(column) > 0) & (_first_byte(column) != bytes([vault.current]))
