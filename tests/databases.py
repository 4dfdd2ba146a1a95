"""One SQLite file and one PostgreSQL database per worker, migrated once and emptied per test."""

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import text

from server import migrate, tables
from server.kernel.db import make_engine


class Databases:
    """Makes each database when it is first asked for, by the migrations and nothing else."""

    def __init__(self, worker: int, folder: Path, postgres_address: Callable[[], str]):
        self._name = f"worker{worker}"
        self._folder = folder
        self._address = postgres_address
        self._engines = {}

    def clean(self, backend: str) -> str:
        """Return the URL of the database, migrated and without rows."""
        if backend not in self._engines:
            self._engines[backend] = make_engine(self._make(backend))
            migrate.upgrade(self._engines[backend])
        engine = self._engines[backend]
        with engine.begin() as db:
            if backend == "postgresql":
                db.execute(text("SET LOCAL lock_timeout = '20s'"))
                db.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
            with _without_triggers(db):
                for table in reversed(tables.METADATA.sorted_tables):
                    db.execute(table.delete())
        return engine.url.render_as_string(hide_password=False)

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()

    def _make(self, backend: str) -> str:
        if backend == "sqlite":
            return f"sqlite:///{self._folder / 'tests.db'}"
        address = self._address()
        with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as db:
            db.execute(f"CREATE DATABASE {self._name}")
        return f"postgresql+psycopg://{address}/{self._name}"


@contextmanager
def _without_triggers(db):
    """Take SQLite's triggers away for a moment; they came with the migrations."""
    held = []
    if db.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        held = list(db.execute(text(query)))
    for name, _ in held:
        db.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, made in held:
        db.exec_driver_sql(made)
