"""The accounts that the platform knows, and what each may call (WECHAT §0)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from deploy.sandbox.storage import Store, dump

Need = Literal["", "menu", "certified", "service"]


@dataclass(frozen=True, slots=True)
class Account:
    """One official account (公众号/服务号) or mini-program, as set up in the consoles."""

    appid: str
    kind: str = "official"  # official | mini
    name: str = ""
    secret: str = ""
    original_id: str = ""  # gh_…
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""
    mode: str = "plain"  # plain | compatible | safe
    format: str = "xml"  # xml | json
    account_type: str = "service"  # service | subscription
    certified: bool = True
    linked_mini: tuple[str, ...] = ()
    api_base: str = ""  # where the mini-program's wx.request goes
    templates: Mapping[str, Any] = field(default_factory=dict)
    # beyond the usual: switches for tests
    ip_whitelist: tuple[str, ...] | None = None  # None: every address may fetch a token
    deadline_seconds: float = 5.0  # for the answer to a callback
    job_seconds: float = 2.0  # from a submission to its job's end
    sent_events: bool = True  # push subscribe_msg_sent_event
    pages: tuple[str, ...] | None = None  # mini: pages that exist; None: any
    mass_protection: bool = False  # API 群发保护: is_to_all waits for an administrator
    mass_verdict: str = ""  # forces the status of the next mass jobs, e.g. err(20001)
    publish_status: int = 0  # forces the status of publishing: 0 ok, 2 … 4 failed
    open_platform: bool = True  # bound to the one open-platform account: unionid exists

    @property
    def official(self) -> bool:
        return self.kind == "official"

    def may(self, need: Need) -> bool:
        """Tell whether the account's type and certification allow it."""
        if need == "service":
            return self.certified and self.account_type == "service"
        if need == "certified":
            return self.certified
        if need == "menu":
            return self.certified or self.account_type == "service"
        return True

    def shown(self) -> dict[str, Any]:
        """Return every setting as JSON would have it."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
        }


_TUPLES = {"linked_mini", "ip_whitelist", "pages"}
_CHOICES: dict[str, set[str]] = {
    "kind": {"official", "mini"},
    "mode": {"plain", "compatible", "safe"},
    "format": {"xml", "json"},
    "account_type": {"service", "subscription"},
}
_DEFAULTS = Account("wx")


class BadSettings(ValueError):
    """Account settings that make no sense; the text says which one."""


def _setting(name: str, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise BadSettings(f"{name} must be one of {sorted(_CHOICES[name])}")
    if name in _TUPLES:
        if value is None and name != "linked_mini":
            return None
        if not isinstance(value, list | tuple):
            raise BadSettings(f"{name} must be a list")
        return tuple(str(one) for one in value)
    default = getattr(_DEFAULTS, name)
    if isinstance(default, bool | str) and not isinstance(value, type(default)):
        raise BadSettings(f"{name} must be {type(default).__name__}")
    if isinstance(default, int | float) and not isinstance(value, int | float):
        raise BadSettings(f"{name} must be a number")
    if name == "templates" and not isinstance(value, Mapping):
        raise BadSettings("templates must be an object")
    return value


class Accounts:
    """All accounts, kept in memory and in the file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all: dict[str, Account] = {}
        self.load()

    def load(self) -> None:
        with self._store.read() as db:
            rows = db.execute("SELECT appid, settings FROM accounts").fetchall()
        self._all = {row["appid"]: _made(row["appid"], json.loads(row["settings"])) for row in rows}

    def __iter__(self) -> Any:  # noqa: ANN401
        return iter(sorted(self._all.values(), key=lambda one: (one.kind != "official", one.appid)))

    def get(self, appid: str) -> Account | None:
        return self._all.get(appid)

    def put(self, db: sqlite3.Connection, appid: str, given: Mapping[str, Any]) -> Account:
        """Create the account or change the given settings; raise BadSettings."""
        known = {one.name for one in fields(Account)} - {"appid"}
        if unknown := set(given) - known - {"appid"}:
            raise BadSettings(f"unknown settings: {', '.join(sorted(unknown))}")
        old = self._all.get(appid, Account(appid)).shown()
        new = {**old, **{name: value for name, value in given.items() if name in known}}
        account = _made(appid, new)
        settings = account.shown()
        del settings["appid"]
        db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?)", (appid, dump(settings)))
        self._all[appid] = account
        return account


def _made(appid: str, settings: Mapping[str, Any]) -> Account:
    known = {one.name for one in fields(Account)} - {"appid"}
    values = {name: _setting(name, value) for name, value in settings.items() if name in known}
    return Account(appid=appid, **values)
