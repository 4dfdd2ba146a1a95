"""The account book of a process: opened accounts, looked up again every few seconds."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from server.accounts import service
from server.kernel.clock import Clock
from server.kernel.crypto import Vault
from server.kernel.db import Sessions
from server.ports import Account

FRESH = timedelta(seconds=10)  # a rotated secret is in use everywhere after this


class Book:
    """Implements AccountBook over the database. Safe for threads."""

    def __init__(self, sessions: Sessions, vault: Vault, clock: Clock) -> None:
        self._sessions, self._vault, self._clock = sessions, vault, clock
        self._held: dict[int | str, tuple[datetime, Account]] = {}
        self._lock = threading.Lock()

    def by_id(self, account_id: int) -> Account:
        """Return the account; raise NotFound when there is none in use."""
        return self._get(account_id)

    def by_slug(self, slug: str) -> Account:
        """Return the account; raise NotFound when there is none in use."""
        return self._get(slug)

    def _get(self, name: int | str) -> Account:
        now = self._clock.now()
        held = self._held.get(name)
        if held is not None and now - held[0] < FRESH:
            return held[1]
        with self._sessions.read() as db:
            if isinstance(name, int):
                account = service.opened_by_id(db, vault=self._vault, account_id=name)
            else:
                account = service.opened(db, vault=self._vault, slug=name)
        with self._lock:
            self._held[name] = (now, account)
        return account
