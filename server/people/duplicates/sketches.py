"""What is compared of an entry: names by sign and sound, birth, home, numbers. Plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.people.duplicates import sounds
from server.people.register import names

_DOUBLE = frozenset(
    {"欧阳", "司徒", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "夏侯", "慕容", "端木", "令狐"}
)


@dataclass(frozen=True, slots=True)
class Abroad:
    """A name in Latin letters: the surnames it may stand for, the syllables of the rest."""

    surnames: frozenset[str]
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """One entry as the comparison sees it."""

    person_id: int
    signs: frozenset[str]  # names in simplified characters
    sounds: frozenset[str]  # names by sound, surname first
    spoken: tuple[tuple[str, tuple[str, ...]], ...]  # (surname, given syllables) in Mandarin
    abroad: tuple[Abroad, ...]
    sex: str | None
    born: tuple[int, int, int]  # year, month, day; 0 is not known
    path: str
    phones: frozenset[bytes]
    country: str | None


def sketch(
    person_id: int,
    all_names: Iterable[str],
    *,
    sex: str | None,
    born: str | None,
    path: str,
    phones: frozenset[bytes],
    country: str | None,
) -> Sketch:
    signs: set[str] = set()
    said: set[str] = set()
    spoken: list[tuple[str, tuple[str, ...]]] = []
    abroad: list[Abroad] = []
    for name in all_names:
        if names.is_hanzi(name):
            plain = names.simplified(name)
            read = tuple(names.syllables(plain))
            cut = 2 if plain[:2] in _DOUBLE else 1
            signs.add(plain)
            said.add("".join(read))
            spoken.append(("".join(read[:cut]), read[cut:]))
        else:
            parts = sounds.tokens(name)
            said |= sounds.orders(parts)
            abroad += _abroad(parts)
    return Sketch(
        person_id=person_id,
        signs=frozenset(signs),
        sounds=frozenset(said),
        spoken=tuple(spoken),
        abroad=tuple(abroad),
        sex=sex,
        born=_born(born),
        path=path,
        phones=phones,
        country=country,
    )


def _abroad(parts: tuple[str, ...]) -> list[Abroad]:
    """Read a name with the surname at either end."""
    found = []
    for at in {0, len(parts) - 1} if parts else ():
        surnames = sounds.surnames(parts[at])
        rest = parts[:at] + parts[at + 1 :]
        given = tuple(one for token in rest for one in sounds.syllables(token))
        if surnames and given:
            found.append(Abroad(surnames, given))
    return found


def _born(text: str | None) -> tuple[int, int, int]:
    parts = [int(one) for one in (text or "").split("-") if one]
    year, month, day = (*parts, 0, 0, 0)[:3]
    return year, month, day
