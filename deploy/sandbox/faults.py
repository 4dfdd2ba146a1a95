"""Faults on request: what the platform or the network does wrong, how often, and where."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from deploy.sandbox.storage import Store, dump

API_KINDS = {
    "latency", "errcode", "reset_before", "reset_after", "garbled", "truncated", "empty",
}  # fmt: skip
CALLBACK_KINDS = {
    "latency", "reset_before", "reset_after", "garbled", "truncated",
    "duplicate", "duplicate_concurrent", "wrong_signature",
}  # fmt: skip
NUMBERED = {"latency", "errcode"}


class BadRule(ValueError):
    """A fault rule that makes no sense; the text says why."""


@dataclass(slots=True)
class Rule:
    """One fault.

    `value` is seconds for latency and the code for errcode. `times` counts down; 0 at creation
    means until removed. `path` is an exact path, a prefix ending in *, or for callbacks also the
    message type or event name.
    """

    id: int
    where: str
    path: str
    kind: str
    value: float
    times: int
    probability: float
    applied: int = 0

    def fits(self, where: str, names: tuple[str, ...]) -> bool:
        if self.where != where:
            return False
        if self.path.endswith("*"):
            return any(name.startswith(self.path[:-1]) for name in names)
        return any(name.lower() == self.path.lower() for name in names)


def _number(given: Mapping[str, Any], name: str, default: float) -> float:
    value = given.get(name, default)
    if value is None or value == "":
        value = default
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadRule(f"{name} must be a number") from error


class Faults:
    """All rules, kept in memory and in the file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self.load()

    def load(self) -> None:
        with self._store.read() as db:
            rows = db.execute("SELECT id, rule FROM faults ORDER BY id").fetchall()
        with self._lock:
            self._rules = [Rule(**{**json.loads(row["rule"]), "id": row["id"]}) for row in rows]

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def add(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a new rule; raise BadRule."""
        where, kind = given.get("where", "api"), given.get("kind", "")
        kinds = {"api": API_KINDS, "callback": CALLBACK_KINDS}.get(str(where))
        if kinds is None:
            raise BadRule("where must be api or callback")
        if kind not in kinds:
            raise BadRule(f"kind must be one of {sorted(kinds)} for {where}")
        if kind in NUMBERED and given.get("value") in (None, ""):
            raise BadRule(f"{kind} needs a value")
        rule = Rule(
            id=0,
            where=str(where),
            path=str(given.get("path") or "*"),
            kind=str(kind),
            value=_number(given, "value", 0),
            times=int(_number(given, "times", 0)),
            probability=_number(given, "probability", 1),
        )
        if (rule.value < 0 and kind == "latency") or rule.times < 0:
            raise BadRule("value and times must not be negative")
        if not 0 <= rule.probability <= 1:
            raise BadRule("probability must lie between 0 and 1")
        with self._store.write() as db:
            done = db.execute("INSERT INTO faults (rule) VALUES (?)", (dump(asdict(rule)),))
            rule.id = int(done.lastrowid or 0)
        with self._lock:
            self._rules.append(rule)
        return asdict(rule)

    def remove(self, rule_id: int | None = None) -> int:
        """Remove one rule, or all; return how many went."""
        with self._lock:
            gone = [rule for rule in self._rules if rule_id in (None, rule.id)]
            self._rules = [rule for rule in self._rules if rule not in gone]
        with self._store.write() as db:
            db.executemany("DELETE FROM faults WHERE id = ?", [(rule.id,) for rule in gone])
        return len(gone)

    def take(self, where: str, *names: str) -> dict[str, Rule]:
        """Return the rules that strike this time, by kind, and count them."""
        if not self._rules:
            return {}
        with self._lock:
            struck = [
                rule
                for rule in self._rules
                if rule.fits(where, names) and random.random() < rule.probability  # noqa: S311
            ]
            by_kind: dict[str, Rule] = {}
            for rule in struck:
                by_kind.setdefault(rule.kind, rule)
            for rule in by_kind.values():
                rule.applied += 1
                if rule.times:
                    rule.times -= 1
                    if not rule.times:
                        self._rules.remove(rule)
        if by_kind:
            with self._store.write() as db:
                self._note(db, list(by_kind.values()))
        return by_kind

    def _note(self, db: sqlite3.Connection, rules: list[Rule]) -> None:
        for rule in rules:
            if rule in self._rules:
                db.execute("UPDATE faults SET rule = ? WHERE id = ?", (dump(asdict(rule)), rule.id))
            else:
                db.execute("DELETE FROM faults WHERE id = ?", (rule.id,))
