"""One SQLite file behind one lock: every change is a transaction, and wakes whoever waits."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from deploy.sandbox.schema import SCHEMA, TABLES

Row = sqlite3.Row
T = TypeVar("T")
FEW, RUSH = 4, 0.001  # more waiting ones than FEW pause RUSH seconds for each of them
KEPT_LOG_LINES = 20_000


class Store:
    """The file. `write` for every unit of work; `wait_for` for long polls."""

    def __init__(self, path: str | Path) -> None:
        """Open or create the file; raise sqlite3.DatabaseError when it is not one of ours."""
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self._version = 0
        self._waiting = 0
        self._after: list[Callable[[], None]] = []
        self.closed = False
        # WAL with NORMAL: a killed process loses nothing that was committed.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction alone; commit at the end, roll back on any error. May nest."""
        with self._lock:
            if self._db.in_transaction:
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._after.clear()
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            after, self._after = self._after, []
        for action in after:
            action()
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Look without changing anything."""
        with self._lock:
            yield self._db

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what the block wrote when it raises; the transaction around it goes on."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            self._db.execute("RELEASE attempt")
            raise
        self._db.execute("RELEASE attempt")

    def afterwards(self, action: Callable[[], None]) -> None:
        """Call something once the running transaction is committed, outside the lock."""
        self._after.append(action)

    def wait_for(self, look: Callable[[], T], seconds: float) -> T:
        """Return look() as soon as it is truthy, else its last value when the time is over."""
        end = time.monotonic() + seconds
        while True:
            with self._changed:
                version = self._version
            found = look()
            left = end - time.monotonic()
            if found or left <= 0 or self.closed:
                return found
            with self._changed:
                self._waiting += 1
                crowd = self._waiting
                if version == self._version:
                    self._changed.wait(left)
                self._waiting -= 1
            if crowd > FEW:  # many who wait must not all look after every commit
                threading.Event().wait(min(left, RUSH * crowd))

    def erase(self) -> None:
        """Forget everything. Numbers go on, so that nothing old is taken for something new."""
        with self.write() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 (names from our own list)

    def close(self) -> None:
        self.closed = True
        with self._changed:
            self._changed.notify_all()
        with self._lock:
            self._db.close()


def dump(value: Any) -> str:  # noqa: ANN401 (any JSON)
    """Return compact JSON that keeps Chinese readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def trim(db: sqlite3.Connection, table: str, newest: int) -> None:
    """Keep a log finite; acts at every thousandth line."""
    if newest % 1000 == 0:
        db.execute(f"DELETE FROM {table} WHERE seq <= ?", (newest - KEPT_LOG_LINES,))  # noqa: S608
