"""What a division code means: its level, its path, and whether one place lies inside another.

Codes are digits. Six for province, prefecture and county (GB/T 2260: 330000, 331100, 331121),
nine for a town (GB/T 10114), twelve for a village (NBS). Every further level of our own
(自然村、村民小组) adds three digits, up to 24. A node added by hand that has no official number
takes 901–999 below a prefecture, county or town, where official numbers end at 599, and 001–999
below a village.

The path of a division is its code without the empty places at the end: 33, 3311, 331121,
331121001. A division lies inside another exactly when its path begins with the other's; levels
that do not exist (东莞 441900 has no counties, 仙桃 429004 no prefecture) change nothing about
that. Paths never change. They are digits only, so every database sorts them alike and "inside" is
one index range: see `bounds`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from server.kernel.errors import Invalid

LONGEST = 24
_CODE = re.compile(r"[0-9]{6}|[0-9]{9}(?:[0-9]{3}){0,5}")
_STEP = 3
_VILLAGE = 12


class Level(StrEnum):
    PROVINCE = "province"  # 省、自治区、直辖市、特别行政区
    PREFECTURE = "prefecture"  # 地级市、地区、自治州、盟
    COUNTY = "county"  # 县、区、县级市、旗
    TOWN = "town"  # 乡、镇、街道
    VILLAGE = "village"  # 村、社区
    HAMLET = "hamlet"  # 自然村、村民小组: our own


def normal(code: str) -> str:
    """Return a code as we keep it: 33 and 330000000000 are 330000. Raise Invalid(fields=code)."""
    digits = code.strip()
    if len(digits) in {2, 4}:
        digits = digits.ljust(6, "0")
    while len(digits) > 6 and len(digits) % _STEP == 0 and digits.endswith("000"):
        digits = digits[:-_STEP]
    if not _CODE.fullmatch(digits) or digits.startswith("00"):
        raise Invalid(fields={"code": ["区划代码应为 6、9 或 12 位数字"]})
    return digits


def path_of(code: str) -> str:
    """Return the path of a normal code: 330000 → 33, 441900 → 4419, 331121001 → itself."""
    if len(code) > 6:
        return code
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def code_of(path: str) -> str:
    """Return the code a path belongs to: the opposite of `path_of`."""
    return path.ljust(6, "0")


def level_of(code: str) -> Level:
    levels = {
        2: Level.PROVINCE,
        4: Level.PREFECTURE,
        6: Level.COUNTY,
        9: Level.TOWN,
        12: Level.VILLAGE,
    }
    return levels.get(len(path_of(code)), Level.HAMLET)


def above(path: str) -> tuple[str, ...]:
    """Return the paths a place may lie in, nearest first; some of them need not exist."""
    return tuple(path[:length] for length in (21, 18, 15, 12, 9, 6, 4, 2) if length < len(path))


def inside(path: str | None, scope_path: str) -> bool:
    """Whether a place is the other or lies in it. "" is everywhere; an unknown place is nowhere."""
    return path is not None and path.startswith(scope_path)


def bounds(scope_path: str) -> tuple[str, str]:
    """Return the first and last path inside, for BETWEEN on an indexed column."""
    return scope_path, scope_path.ljust(LONGEST, "9")


@dataclass(frozen=True, slots=True)
class Scope:
    """The parts of the country somebody may see, each with all that lies in it."""

    paths: tuple[str, ...]

    def covers(self, path: str | None) -> bool:
        return any(inside(path, one) for one in self.paths)

    def __or__(self, other: Scope) -> Scope:
        return scope((*self.paths, *other.paths))

    def __and__(self, other: Scope) -> Scope:
        """Return what lies in both: of two places that overlap, one holds the other."""
        mine = [path for path in self.paths if other.covers(path)]
        return scope((*mine, *(path for path in other.paths if self.covers(path))))


def scope(paths: Iterable[str]) -> Scope:
    """Make a scope, leaving out what lies inside another part. No paths: nothing is seen."""
    kept: list[str] = []
    for path in sorted(set(paths)):  # what lies inside comes right after what holds it
        if not (kept and inside(path, kept[-1])):
            kept.append(path)
    return Scope(tuple(kept))


NOWHERE = Scope(())
EVERYWHERE = Scope(("",))


def own_code(parent: str, taken: Collection[str]) -> str:
    """Return a free code for a node of our own right below `parent`. Raise Invalid when none is."""
    if level_of(parent) is Level.PROVINCE or len(parent) + _STEP > LONGEST:
        raise Invalid(fields={"parent": ["这一级下面不能自编代码"]})
    first = 901 if len(parent) < _VILLAGE else 1
    for number in range(first, 1000):
        code = f"{parent}{number:03}"
        if code not in taken:
            return code
    raise Invalid(fields={"parent": ["这一级下面的自编代码已用完"]})
