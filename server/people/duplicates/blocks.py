"""Which entries are compared: those that share a key; nobody with everybody. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from server.people.duplicates.sketches import Sketch

LARGEST = 400  # entries under one key; a larger block says too little (a name everybody has)
Key = tuple[str, ...]


def keys(one: Sketch) -> set[Key]:
    """Return the keys under which an entry may meet its double."""
    found: set[Key] = {("phone", number.hex()) for number in one.phones}
    year, month, day = one.born
    town = one.path[:9]
    for sound in one.sounds:
        found.add(("sound", sound, f"{year}-{month}") if year and month else ("sound", sound, "?"))
        if year:
            found.add(("sound", sound, str(year)))
            found.add(("sound", sound, str(year - 1), "+"))
            found.add(("sound", sound, str(year), "+"))
        if len(town) >= 9:
            found.add(("sound", sound, town))
    for surname in _surnames(one):
        if year:
            found.add(("surname", surname, str(year), one.path[:12] or "?"))
            found.add(("surname", surname, str(year), str(month), str(day)))
    return found


def _surnames(one: Sketch) -> set[str]:
    return {surname for surname, _ in one.spoken} | {
        surname for written in one.abroad for surname in written.surnames
    }


def candidates(sketches: Iterable[Sketch]) -> Iterator[tuple[Sketch, Sketch]]:
    """Yield each pair that shares a key, once."""
    held: dict[Key, list[Sketch]] = defaultdict(list)
    for one in sketches:
        for key in keys(one):
            held[key].append(one)
    seen: set[tuple[int, int]] = set()
    while held:
        _, block = held.popitem()
        if not 2 <= len(block) <= LARGEST:
            continue
        for one, other in combinations(block, 2):
            pair = min(one.person_id, other.person_id), max(one.person_id, other.person_id)
            if pair not in seen:
                seen.add(pair)
                yield one, other
