"""The words of a survey: states, outcomes, figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.people.register.terms import Identity


class RoundState(StrEnum):
    OPEN = "open"
    ARCHIVED = "archived"


class State(StrEnum):
    """Where a village's task is."""

    OPEN = "open"  # being filled in
    HANDED_IN = "handed_in"
    RETURNED = "returned"  # to be filled in again, with a reason
    SIGNED = "signed"


STATES: Mapping[State, str] = {
    State.OPEN: "在填",
    State.HANDED_IN: "等签收",
    State.RETURNED: "退回补填",
    State.SIGNED: "已签收",
}
FILLABLE = frozenset({State.OPEN, State.RETURNED})


class Outcome(StrEnum):
    """What the village found out about somebody."""

    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"
    DECEASED = "deceased"
    UNREACHED = "unreached"
    UNKNOWN = "unknown"


OUTCOMES: Mapping[Outcome, str] = {
    Outcome.SAME: "没变",
    Outcome.CHANGED: "有变化",
    Outcome.MOVED: "户已迁走",
    Outcome.DECEASED: "已过世",
    Outcome.UNREACHED: "联系不上",
    Outcome.UNKNOWN: "查无此人",
}
CONFIRMED = frozenset({Outcome.SAME, Outcome.CHANGED})  # the entry counts as verified
FOLLOW_UP = frozenset({Outcome.CHANGED, Outcome.MOVED, Outcome.DECEASED, Outcome.UNKNOWN})


class Change(StrEnum):
    """How somebody differs from the round before."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"


CHANGES: Mapping[Change, str] = {
    Change.NEW: "新增",
    Change.CHANGED: "更新",
    Change.SAME: "没变",
    Change.GONE: "不在册了",
}

FIGURES: Mapping[str, str] = {  # DOMAIN §9: the sentence of a yearly report counts these
    "people": "在册",
    "new": "新增",
    "changed": "更新",
    "gone": "减少",
    "abroad": "现居海外",
    Identity.HUAQIAO: "华侨",
    Identity.FOREIGN_CHINESE: "外籍华人",
    Identity.GUIQIAO: "归侨",
    Identity.QIAOJUAN: "侨眷",
    Identity.STUDENT_ABROAD: "留学生",
}
AT_HOME = "CN"


@dataclass(frozen=True, slots=True)
class Kept:
    """One person of a village as a signed round keeps them."""

    person_id: int
    name: str
    sex: str | None
    born: str | None
    country: str | None
    city: str | None
    identities: tuple[str, ...]
    version: int  # of the page in the register
    change: Change


def compared(before: Mapping[int, Kept], present: Iterable[Kept]) -> list[Kept]:
    """Set everybody against the round before: new, changed, same; then those who are gone.

    Whoever was already gone in the round before is left out.
    """
    found, seen = [], set()
    for one in present:
        seen.add(one.person_id)
        last = before.get(one.person_id)
        if last is None or last.change is Change.GONE:
            change = Change.NEW
        else:
            change = Change.SAME if last.version == one.version else Change.CHANGED
        found.append(_with(one, change))
    found += [
        _with(last, Change.GONE)
        for person_id, last in before.items()
        if person_id not in seen and last.change is not Change.GONE
    ]
    return found


def figures(kept: Iterable[Kept]) -> dict[str, int]:
    """Count a village. `people` = who is on the roll; those who are gone count only as `gone`."""
    found = dict.fromkeys((str(one) for one in FIGURES), 0)
    for one in kept:
        if one.change is Change.GONE:
            found["gone"] += 1
            continue
        found["people"] += 1
        if one.change is not Change.SAME:
            found[str(one.change)] += 1
        if one.country is not None and one.country != AT_HOME:
            found["abroad"] += 1
        for identity in one.identities:
            if identity in found:
                found[identity] += 1
    return found


def summed(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add the figures of villages up."""
    total = dict.fromkeys((str(one) for one in FIGURES), 0)
    for one in several:
        for name in total:
            total[name] += one.get(name, 0)
    return total


def _with(one: Kept, change: Change) -> Kept:
    return Kept(
        one.person_id, one.name, one.sex, one.born, one.country, one.city,
        one.identities, one.version, change,
    )  # fmt: skip
