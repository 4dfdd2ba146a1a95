"""One SQLite file and one PostgreSQL database per worker, migrated once and emptied per test."""

from collections.abc import Callable
from pathlib import Path

import psycopg


class Databases:
    """Makes each database when it is first asked for."""

    def __init__(self, worker: int, folder: Path, postgres_address: Callable[[], str]):
        self._name = f"worker{worker}"
        self._folder = folder
        self._address = postgres_address
        self._urls: dict[str, str] = {}

    def clean(self, backend: str) -> str:
        """Return the URL of the empty, migrated database."""
        if backend not in self._urls:
            self._urls[backend] = self._make(backend)
        return self._urls[backend]

    def dispose(self) -> None:
        self._urls.clear()

    def _make(self, backend: str) -> str:
        if backend == "sqlite":
            return f"sqlite:///{self._folder / 'tests.db'}"
        address = self._address()
        with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as db:
            db.execute(f"CREATE DATABASE {self._name}")
        return f"postgresql+psycopg://{address}/{self._name}"
