"""What the platform finishes later: mass jobs, publishing, receipts. Due by its own clock."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from deploy.sandbox.storage import Row, dump

if TYPE_CHECKING:
    from deploy.sandbox.world import World

Work = Callable[["World", sqlite3.Connection, dict[str, Any]], None]
WORKS: dict[str, Work] = {}
PREPARED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
LONGEST_NAP = 1.0  # seconds; a clock may jump


def job(kind: str) -> Callable[[Work], Work]:
    """Register what finishes jobs of this kind, in a transaction of its own."""

    def keep(work: Work) -> Work:
        WORKS[kind] = work
        return work

    return keep


def prepared(kind: str) -> Callable[[Callable[[dict[str, Any]], dict[str, Any]]], Any]:
    """Register what must happen first, outside any transaction; it returns the new detail."""

    def keep(work: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:  # noqa: ANN401
        PREPARED[kind] = work
        return work

    return keep


class Jobs:
    """One thread that runs due jobs in order; they survive a restart."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._alarm = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sandbox-jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._alarm.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def wake(self) -> None:
        self._alarm.set()

    def plan(
        self, db: sqlite3.Connection, kind: str, detail: Mapping[str, Any], *, after: float
    ) -> None:
        """Do it `after` seconds of platform time; counts from the transaction's commit."""
        due = self._world.clock.now() + after
        db.execute(
            "INSERT INTO jobs (due_at, kind, detail) VALUES (?, ?, ?)", (due, kind, dump(detail))
        )
        self._world.store.afterwards(self.wake)

    def _run(self) -> None:
        while not self._stopped:
            self._alarm.clear()
            nap = self._work()
            self._alarm.wait(nap)

    def _work(self) -> float:
        """Do what is due; return the seconds until the next look."""
        while not self._stopped:
            now = self._world.clock.now()
            with self._world.store.read() as db:
                row = db.execute("SELECT * FROM jobs ORDER BY due_at, id LIMIT 1").fetchone()
            if row is None:
                return 60.0
            if row["due_at"] > now:
                return float(min(LONGEST_NAP, row["due_at"] - now))
            self._one(row)
        return 0.0

    def _one(self, row: Row) -> None:
        detail = json.loads(row["detail"])
        if row["kind"] in PREPARED:
            detail = PREPARED[row["kind"]](detail)
        with self._world.store.write() as db:
            # Nothing to delete: everything was reset meanwhile.
            if db.execute("DELETE FROM jobs WHERE id = ?", (row["id"],)).rowcount:
                WORKS[row["kind"]](self._world, db, detail)
