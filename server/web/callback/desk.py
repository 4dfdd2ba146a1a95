"""What the callback door needs to know of a county, looked up again every few seconds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.accounts import service as accounts
from server.inbox import keywords
from server.inbox.keywords import Keyword
from server.ports import Account, AccountKind
from server.toolbox import Toolbox

FRESH = timedelta(seconds=5)  # an edited keyword answers everywhere after this


@dataclass(frozen=True, slots=True)
class Desk:
    county: accounts.County
    keywords: tuple[Keyword, ...]
    mini_appid: str | None
    base_url: str

    def link(self, words: str, page: str) -> str:
        """Return a link that opens a page of the mini-program, or of the site without one."""
        href = f"{self.base_url}/"
        if self.mini_appid is None:
            return f'<a href="{href}">{words}</a>'
        return (
            f'<a href="{href}" data-miniprogram-appid="{self.mini_appid}" '
            f'data-miniprogram-path="{page}">{words}</a>'
        )


class Desks:
    """Keeps one desk per tenant for a few seconds. Safe for threads."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools
        self._held: dict[int, tuple[datetime, Desk]] = {}
        self._lock = threading.Lock()

    def of(self, account: Account) -> Desk:
        now = self._tools.clock.now()
        held = self._held.get(account.tenant_id)
        if held is not None and now - held[0] < FRESH:
            return held[1]
        desk = self._load(account.tenant_id)
        with self._lock:
            self._held[account.tenant_id] = (now, desk)
        return desk

    def _load(self, tenant_id: int) -> Desk:
        with self._tools.sessions.read() as db:
            all_accounts = accounts.of_tenant(db, tenant_id, vault=self._tools.vault)
            minis = [one.appid for one in all_accounts if one.kind is AccountKind.MINI]
            return Desk(
                county=accounts.tenant(db, tenant_id),
                keywords=tuple(keywords.listing(db, tenant_id)),
                mini_appid=minis[0] if minis else None,
                base_url=self._tools.settings.base_url,
            )
