"""Insert unless the key is there, in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_new(db: Session | Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; return False when its key is already there.

    On PostgreSQL a second insert of the same key waits for the first transaction to end: it
    returns False when that commits and inserts when that rolls back. On SQLite writers queue up
    before they begin, which comes to the same.
    """
    connection = db.connection() if isinstance(db, Session) else db
    statement = _statement(table, connection.dialect.name)
    done = cast("CursorResult[Any]", connection.execute(statement, dict(values)))
    return done.rowcount == 1


@cache
def _statement(table: Table, dialect: str) -> Executable:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # SQLAlchemy keeps the row count of an INSERT only when told to
    return make(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
