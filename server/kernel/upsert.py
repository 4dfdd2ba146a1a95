"""Insert unless the key is there, in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.kernel.prepared import Prepared


def insert_new(db: Session | Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row, every column but a generated id given; return False when its key is there.

    On PostgreSQL a second insert of the same key waits for the first transaction to end: it
    returns False when that commits and inserts when that rolls back. On SQLite writers queue up
    before they begin, which comes to the same.
    """
    connection = db.connection() if isinstance(db, Session) else db
    return _insert(table).run(connection, values).rowcount == 1


@cache
def _insert(table: Table) -> Prepared:
    def make(dialect: Dialect) -> Insert:
        insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        return insert(table).on_conflict_do_nothing()

    return Prepared(make)
