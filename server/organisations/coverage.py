"""Who should have a federation: from 100 people a town, from 30 a village (S004:L39–43)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.organisations.models import Organisation
from server.organisations.terms import Kind
from server.people.register import counts
from server.places import codes, gazetteer
from server.places.codes import Level, Scope
from server.staff.permissions import Permission
from server.staff.service import Officer

TOWN = 100  # registered people from which a town (乡镇、街道) should have its 侨联
VILLAGE = 30  # from which a village, 30 included, should have a 基层侨联 or a body for it
_LENGTH = {Level.TOWN: 9, Level.VILLAGE: 12}
_ENOUGH = {  # a 侨联小组 is what fewer people have
    Level.TOWN: frozenset({Kind.FEDERATION}),
    Level.VILLAGE: frozenset({Kind.FEDERATION, Kind.BASE}),
}
_SHOWN = (Kind.FEDERATION, Kind.BASE, Kind.GROUP, Kind.HOME)


class Verdict(StrEnum):
    EXISTS = "exists"
    MISSING = "missing"
    SMALL = "small"  # fewer: a 侨联小组, a neighbour's activity, or online (S004:L43)
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Line:
    """One town or village of the report; every figure opens its records."""

    path: str
    name: str
    level: Level
    people: int
    verdict: Verdict
    organisations: tuple[tuple[int, str], ...]  # (id, name) of what exists there


@dataclass(frozen=True, slots=True)
class Report:
    """All lines of the county that the officer sees, with their sums."""

    lines: tuple[Line, ...]
    unplaced: int  # registered people of whom no town is known

    def count(self, level: Level, verdict: Verdict) -> int:
        return sum(one.level is level and one.verdict is verdict for one in self.lines)

    def chosen(self, level: Level | None, verdict: Verdict | None) -> list[Line]:
        return [
            one
            for one in self.lines
            if (level is None or one.level is level) and (verdict is None or one.verdict is verdict)
        ]


def judge(level: Level, people: int, *, exists: bool) -> Verdict:
    """Say whether a town or village has what it should have."""
    if exists:
        return Verdict.EXISTS
    if people >= (TOWN if level is Level.TOWN else VILLAGE):
        return Verdict.MISSING
    return Verdict.SMALL if people else Verdict.NOBODY


def report(db: Session, officer: Officer) -> Report:
    """Apply the thresholds to the registered people; four queries however large the county.

    Raise NotAllowed.
    """
    officer.must(Permission.SEE_ORGANISATIONS)
    scope = officer.scope(Permission.SEE_ORGANISATIONS)
    land = gazetteer.load(db, officer.tenant_id)
    seat = land.seat.path if land.seat else ""
    registered = counts.by_path(db, officer.tenant_id)
    people = _summed(registered)
    here = _organisations(db, officer.tenant_id)
    lines = []
    for path, place in land.by_path.items():
        length = _LENGTH.get(place.level)
        if length is None or not codes.inside(path, seat) or not scope.covers(path):
            continue
        if not place.exists and not here.get(path):
            continue
        number, found = people.get(path, 0), here.get(path, [])
        exists = any(kind in _ENOUGH[place.level] for _, _, kind in found)
        lines.append(
            Line(
                path=path,
                name=land.said(path),
                level=place.level,
                people=number,
                verdict=judge(place.level, number, exists=exists),
                organisations=tuple((number, name) for number, name, _ in found),
            )
        )
    return Report(tuple(lines), unplaced=_unplaced(registered, seat, scope))


def _summed(registered: Mapping[str, int]) -> dict[str, int]:
    """Add everybody up to their village and their town."""
    found: dict[str, int] = {}
    for path, number in registered.items():
        for length in _LENGTH.values():
            if len(path) >= length:
                found[path[:length]] = found.get(path[:length], 0) + number
    return found


def _unplaced(people: Mapping[str, int], seat: str, scope: Scope) -> int:
    """Count those who count for no town: nobody knows theirs, or it lies elsewhere."""
    return sum(
        number
        for path, number in people.items()
        if scope.covers(path) and (len(path) < _LENGTH[Level.TOWN] or not codes.inside(path, seat))
    )


def _organisations(db: Session, tenant_id: int) -> dict[str, list[tuple[int, str, Kind]]]:
    """Return what exists at the base by the path of the division where it lies."""
    rows = db.execute(
        select(Organisation.id, Organisation.name, Organisation.kind, Organisation.path).where(
            Organisation.tenant_id == tenant_id,
            Organisation.kind.in_([str(one) for one in _SHOWN]),
            Organisation.exists,
        )
    )
    found: dict[str, list[tuple[int, str, Kind]]] = {}
    for row in rows:
        found.setdefault(row.path, []).append((row.id, row.name, Kind(row.kind)))
    return found
