"""Statements that every callback runs, compiled once per database and run on the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError


class _Compiled(NamedTuple):
    sql: str
    positional: bool
    binds: tuple[tuple[str, Callable[[Any], Any] | None], ...]  # name, what makes it storable


class Prepared:
    """A Core statement whose values are given by name, all of them, each time it runs.

    For a statement of a few microseconds the way through `Connection.execute` costs five times
    as much as the statement. Column defaults made in Python are not applied, and returned values
    come as the driver gives them.
    """

    def __init__(self, make: Callable[[Dialect], Insert | Update]) -> None:
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> DBAPICursor:
        """Run in the connection's transaction. Raise DBAPIError as SQLAlchemy would."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect, list(values))
        given = {
            name: values[name] if store is None else store(values[name])
            for name, store in compiled.binds
        }
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, tuple(given.values()) if compiled.positional else given)
        except Exception as error:
            raise _translated(connection, error, compiled.sql) from error
        return cursor

    def _compile(self, dialect: Dialect, names: list[str]) -> _Compiled:
        made = self._make(dialect).compile(dialect=dialect, column_keys=names)
        order = made.positiontup if made.positional else list(made.binds)
        stores = [
            made.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in order or ()
        ]
        return _Compiled(
            str(made), bool(made.positional), tuple(zip(order or (), stores, strict=True))
        )


def _translated(connection: Connection, error: Exception, sql: str) -> BaseException:
    dialect = connection.dialect
    driver = dialect.loaded_dbapi.Error
    if not isinstance(error, driver):
        return error
    gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if gone:
        connection.invalidate(error)
    # Without the values: they are somebody's words.
    return DBAPIError.instance(
        sql, None, error, driver, connection_invalidated=gone, dialect=dialect
    )
