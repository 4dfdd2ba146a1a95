"""How much speaks for two entries being one person, in bits, with the reasons in words. Pure.

Weights after Fellegi and Sunter (1969): what two strangers seldom share counts much. A name
counts by how rare it is in this register. Whoever contradicts in sex or birth is somebody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2

from server.people.duplicates import sounds
from server.people.duplicates.sketches import Sketch

_RARE = 14.0  # no name says more
_SOUND = 0.85  # of what the signs say
_ABROAD = 6.5
_BORN = {"day": 14.5, "month": 9.5, "year": 6.0}
_PHONE = 12.0
_VILLAGE, _TOWN = 4.5, 2.0
SURE = 6.0  # bits above the first threshold from which nobody needs to look


@dataclass(frozen=True, slots=True)
class Verdict:
    """How alike two entries are."""

    bits: float
    reasons: tuple[str, ...]
    sure: bool


@dataclass(slots=True)
class Register:
    """How common each name is, and from where on a pair is worth a look."""

    size: int = 0
    signs: Counter[str] = field(default_factory=Counter)
    sounds: Counter[str] = field(default_factory=Counter)

    def count(self, sketches: Iterable[Sketch]) -> None:
        for one in sketches:
            self.size += 1
            self.signs.update(one.signs)
            self.sounds.update(one.sounds)

    @property
    def worth_a_look(self) -> float:
        return log2(max(self.size, 64)) - 2.0

    def _rarity(self, count: int) -> float:
        return min(_RARE, log2(max(self.size, 64) / max(count, 1)))

    def judge(self, one: Sketch, other: Sketch) -> Verdict | None:
        """Compare two entries; None when they are not worth a look."""
        if one.sex and other.sex and one.sex != other.sex:
            return None
        reasons: list[str] = []
        name = self._name(one, other, reasons)
        if name is None:
            return None
        born = _birth(one, other, reasons)
        phone = _phone(one, other, reasons)
        home = _home(one, other, reasons)
        bits = name[0] + born + phone + home + _country(one, other)
        if bits < self.worth_a_look:
            return None
        known = born >= _BORN["month"] or phone > 0
        exact = name[1] or born >= _BORN["day"]
        sure = bits >= self.worth_a_look + SURE and known and exact and born >= 0 and home >= 0
        return Verdict(round(bits, 1), tuple(reasons), sure)

    def _name(self, one: Sketch, other: Sketch, reasons: list[str]) -> tuple[float, bool] | None:
        """Return what the names say and whether they are the same letter by letter."""
        if shared := one.signs & other.signs:
            reasons.append("同名")
            return max(self._rarity(self.signs[name]) for name in shared), True
        if shared := one.sounds & other.sounds:
            both = bool(one.signs) and bool(other.signs)
            reasons.append("读音相同" if both else "拼音与汉字相符")
            return max(self._rarity(self.sounds[name]) for name in shared) * _SOUND, False
        if _abroad(one, other) or _abroad(other, one):
            reasons.append("方言、外文拼写相符")
            return _ABROAD, False
        return None


def _abroad(here: Sketch, there: Sketch) -> bool:
    """Tell whether a spelling of one may be a Mandarin name of the other."""
    return any(
        surname in written.surnames
        and len(given) == len(written.given)
        and all(map(sounds.may_be, given, written.given))
        for written in there.abroad
        for surname, given in here.spoken
    )


def _birth(one: Sketch, other: Sketch, reasons: list[str]) -> float:
    (year, month, day), (year2, month2, day2) = one.born, other.born
    if not year or not year2:
        return 0.0
    if year != year2:
        if abs(year - year2) > 1:
            return -12.0
        reasons.append("出生差一年（可能是农历、虚岁）")
        return 1.0 if (month, day) == (month2, day2) or not (month and month2) else -2.5
    return _birthday((month, day), (month2, day2), reasons)


def _birthday(one: tuple[int, int], other: tuple[int, int], reasons: list[str]) -> float:
    """Compare month and day of those born in the same year."""
    (month, day), (month2, day2) = one, other
    if not month or not month2:
        reasons.append("出生年份相同")
        return _BORN["year"]
    if month != month2:
        return -3.0
    if not day or not day2:
        reasons.append("出生年月相同")
        return _BORN["month"]
    if day == day2:
        reasons.append("出生日期相同")
        return _BORN["day"]
    return -2.0


def _phone(one: Sketch, other: Sketch, reasons: list[str]) -> float:
    if not one.phones or not other.phones:
        return 0.0
    if one.phones & other.phones:
        reasons.append("电话相同")
        return _PHONE
    return -1.5


def _home(one: Sketch, other: Sketch, reasons: list[str]) -> float:
    if not one.path or not other.path:
        return 0.0
    if one.path == other.path:
        reasons.append("同村" if len(one.path) >= 12 else "同镇" if len(one.path) >= 9 else "同县")
        return _VILLAGE if len(one.path) >= 12 else _TOWN if len(one.path) >= 9 else 0.0
    if one.path.startswith(other.path) or other.path.startswith(one.path):
        reasons.append("祖籍一处写到村，一处写到镇")
        return _TOWN
    return -3.0 if one.path[:9] == other.path[:9] else -5.0


def _country(one: Sketch, other: Sketch) -> float:
    if not one.country or not other.country:
        return 0.0
    return 1.5 if one.country == other.country else -1.5
