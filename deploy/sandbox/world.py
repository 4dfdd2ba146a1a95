"""Everything the stand-in consists of, tied together once per state file."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from deploy.sandbox import clock as clocks
from deploy.sandbox.accounts import Accounts
from deploy.sandbox.faults import Faults
from deploy.sandbox.jobs import Jobs
from deploy.sandbox.pusher import Pusher
from deploy.sandbox.storage import Store


class World:
    """The platform's state: accounts, faults, clock, pending pushes and jobs."""

    def __init__(self, state_path: str | Path, miniprogram: str | Path | None = None) -> None:
        self.store = Store(state_path)
        self.miniprogram = Path(miniprogram).resolve() if miniprogram else None
        self.accounts = Accounts(self.store)
        self.faults = Faults(self.store)
        self.clock = clocks.Clock()
        self.seed = ""
        self._remember()
        self.pusher = Pusher(self)
        self.jobs = Jobs(self)
        self.pusher.resume()
        self.jobs.start()

    def _remember(self) -> None:
        with self.store.write() as db:
            self.clock.offset = float(meta(db, "clock_offset", "0"))
            self.seed = meta(db, "seed", secrets.token_hex(16))

    def advance(self, seconds: float) -> None:
        """Move the platform's clock; what is due by then happens at once."""
        with self.store.write() as db:
            self.clock.offset += seconds
            row = ("clock_offset", str(self.clock.offset))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)
        self.jobs.wake()

    def reset(self, *, keep_accounts: bool = False) -> None:
        """Forget everybody and everything; optionally keep the accounts."""
        with self.store.write() as db:
            kept = db.execute("SELECT appid, settings FROM accounts").fetchall()
            self.store.erase()
            if keep_accounts:
                rows = [tuple(row) for row in kept]
                db.executemany("INSERT INTO accounts VALUES (?, ?)", rows)
        self.accounts.load()
        self.faults.load()
        self._remember()

    def close(self) -> None:
        """Stop working. Pushes under way are taken up again at the next start."""
        self.jobs.stop()
        self.pusher.stop()
        self.store.close()


def meta(db: sqlite3.Connection, name: str, default: str) -> str:
    """Return a remembered value; remember the default when there is none."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if row:
        return str(row["value"])
    db.execute("INSERT INTO meta VALUES (?, ?)", (name, default))
    return default
