"""For whom a letter to some only is meant, by what the register knows of a person. Pure."""

from __future__ import annotations

from datetime import date

from server.greetings.calendar import Audience

_AGES = {  # years
    Audience.YOUTH: range(14, 29),  # 全国年节及纪念日放假办法: 青年节 is theirs from 14 to 28
    Audience.ELDERS: range(60, 150),  # 老年人权益保障法 第二条
}


def belonging(*, sex: str | None, born: str | None, day: date) -> frozenset[Audience]:
    """Return to whom somebody belongs on a day; whoever told nothing belongs to nobody.

    `born` is a partial date: a year, a month or a day. Families are told by no one: the register
    keeps nothing of children.
    """
    found: set[Audience] = set()
    if sex == "f":
        found.add(Audience.WOMEN)
    if born is not None:
        found |= {audience for audience, years in _AGES.items() if _age(born, day) in years}
    return frozenset(found)


def _age(born: str, day: date) -> int:
    year, rest = int(born[:4]), born[5:]
    yet_to_come = bool(rest) and rest > day.isoformat()[5 : 5 + len(rest)]
    return day.year - year - yet_to_come
