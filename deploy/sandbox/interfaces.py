"""The table of the platform's interfaces, and what one call brings along."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.datastructures import FileStorage

from deploy.sandbox.accounts import Account, Need
from deploy.sandbox.errors import WeChatError

if TYPE_CHECKING:
    from deploy.sandbox.world import World

Answer = Mapping[str, Any] | Response
OK: Mapping[str, Any] = {"errcode": 0, "errmsg": "ok"}


def _lone(character: str) -> bool:
    """Tell whether a character is half of a pair: such text cannot be kept."""
    return "\ud800" <= character <= "\udfff"


@dataclass(slots=True)
class Call:
    """One request to an interface, inside its transaction."""

    world: World
    db: sqlite3.Connection
    interface: Interface
    query: Mapping[str, str]
    raw: bytes
    form: Mapping[str, str]
    files: Mapping[str, FileStorage]
    address: str  # of the caller
    base: str  # how the caller reached us: http://host:port
    now: float = 0.0
    rid: str = ""
    account_or_none: Account | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """The account whose token was used."""
        if self.account_or_none is None:
            raise WeChatError(41001)
        return self.account_or_none

    @property
    def appid(self) -> str:
        return self.account.appid

    def text(self, name: str, errcode: int = 40097) -> str:
        """Return a non-empty text of the body; refuse with errcode when it is none."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise WeChatError(errcode)
        return value

    def number(self, name: str, default: int | None = None, errcode: int = 40097) -> int:
        """Return a whole number of the body; text with digits counts, as on the platform."""
        value = self.body.get(name, default)
        try:
            if isinstance(value, bool):
                raise WeChatError(errcode)
            return int(value)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise WeChatError(errcode) from error

    def list_of(self, name: str, errcode: int = 40097) -> list[Any]:
        value = self.body.get(name)
        if not isinstance(value, list):
            raise WeChatError(errcode)
        return value

    def part(self, name: str, errcode: int = 40097) -> dict[str, Any]:
        value = self.body.get(name)
        if not isinstance(value, dict):
            raise WeChatError(errcode)
        return value

    def parse(self) -> None:
        """Read the JSON body whatever its Content-Type says (WECHAT §8.3)."""
        if self.interface.body == "form" or self.interface.method == "GET":
            return
        if not self.raw.strip():
            if self.interface.body == "optional":
                return
            raise WeChatError(44002)
        try:
            body = json.loads(self.raw)
        except ValueError as error:
            raise WeChatError(47001) from error
        if not isinstance(body, dict):
            raise WeChatError(47001)
        if b"\\ud" in self.raw.lower() and any(map(_lone, json.dumps(body, ensure_ascii=False))):
            raise WeChatError(40033)
        self.body = body


Run = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Interface:
    """One path of the platform."""

    method: str
    path: str
    run: Run
    only: str = ""  # official | mini
    need: Need = ""
    token: bool = True
    daily: int = 500_000  # calls per account and day
    body: str = "json"  # json | optional | form


INTERFACES: dict[str, Interface] = {}


def interface(
    method: str,
    path: str,
    *,
    only: str = "",
    need: Need = "",
    token: bool = True,
    daily: int = 500_000,
    body: str = "json",
) -> Callable[[Run], Run]:
    """Register what answers a path."""

    def keep(run: Run) -> Run:
        INTERFACES[path] = Interface(method, path, run, only, need, token, daily, body)
        return run

    return keep


def counted(db: sqlite3.Connection, appid: str, name: str, period: str, *, by: int = 1) -> int:
    """Add to a counter; return its new value."""
    row = db.execute(
        "INSERT INTO counters VALUES (?, ?, ?, ?) ON CONFLICT (appid, name, period)"
        " DO UPDATE SET used = used + ? RETURNING used",
        (appid, name, period, by, by),
    ).fetchone()
    return int(row["used"])


def used(db: sqlite3.Connection, appid: str, name: str, period: str) -> int:
    row = db.execute(
        "SELECT used FROM counters WHERE appid = ? AND name = ? AND period = ?",
        (appid, name, period),
    ).fetchone()
    return int(row["used"]) if row else 0
