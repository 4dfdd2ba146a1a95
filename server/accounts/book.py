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
AGAIN = FRESH / 2  # when the first who asks looks it up again, while others use what is held


class Book:
    """Implements AccountBook over the database. Safe for threads."""

    def __init__(self, sessions: Sessions, vault: Vault, clock: Clock) -> None:
        self._sessions, self._vault, self._clock = sessions, vault, clock
        self._held: dict[int | str, tuple[datetime, Account]] = {}
        self._looking = threading.Lock()

    def by_id(self, account_id: int) -> Account:
        """Return the account; raise NotFound when there is none in use."""
        return self._get(account_id)

    def by_slug(self, slug: str) -> Account:
        """Return the account; raise NotFound when there is none in use."""
        return self._get(slug)

    def _get(self, name: int | str) -> Account:
        now = self._clock.now()
        held = self._held.get(name)
        if held is None or now - held[0] >= FRESH:
            return self._look(name, now)
        if now - held[0] < AGAIN or not self._looking.acquire(blocking=False):
            return held[1]
        try:
            return self._look(name, now)
        finally:
            self._looking.release()

    def _look(self, name: int | str, now: datetime) -> Account:
        with self._sessions.read() as db:
            if isinstance(name, int):
                account = service.opened_by_id(db, vault=self._vault, account_id=name)
            else:
                account = service.opened(db, vault=self._vault, slug=name)
        self._held[name] = (now, account)
        return account
