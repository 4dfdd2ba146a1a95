"""A mass call needs two: whoever would be alone at their hour is brought together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from server.greetings.hours import Hours
from server.greetings.terms import MOVED, Note, Planned, Reason, Skipped
from server.greetings.wording import Script

MASS_LEAST, MASS_MOST = 2, 10_000  # openids in one mass call, WECHAT §4.5
Key = tuple[int, Script, datetime]  # account, script, instant


class Groups:
    """Mass letters by account, script and instant; whoever is alone is brought together."""

    def __init__(self, lines: Iterable[Planned], hours: Hours) -> None:
        self._hours = hours
        self._groups: dict[Key, list[Planned]] = defaultdict(list)
        for line in lines:
            self._groups[line.account_id, line.script, line.instant].append(line)

    def settle(self) -> Iterator[Planned | Skipped]:
        """Yield every line once: in a group of two or more, or skipped."""
        while sum(self._bring_together(key) for key in self._alone()):
            pass  # each round leaves fewer people alone; one may open a way for another
        for key in self._alone():
            (line,) = self._groups.pop(key)
            yield Skipped(line.person_id, line.zone, Reason.MASS_NEEDS_TWO)
        for lines in self._groups.values():
            yield from lines

    def _alone(self) -> list[Key]:
        return sorted(key for key, lines in self._groups.items() if len(lines) == 1)

    def _bring_together(self, key: Key) -> bool:
        """Find company, always by daylight; tell whether there was any.

        In this order: a group of the same script the same day; a companion out of a larger
        group; a group in the person's evening before; the same with the other script.
        """
        if len(self._groups[key]) != 1:
            return False  # somebody came or went in the meantime
        (line,) = self._groups[key]
        return (
            self._join(line, Note.JOINED)
            or self._borrow_for(line)
            or self._join(line, Note.EVE, days_before=1)
            or self._join(line, Note.OTHER_SCRIPT, same_script=False)
            or self._join(line, Note.OTHER_SCRIPT, same_script=False, days_before=1)
        )

    def _join(
        self, line: Planned, note: Note, *, same_script: bool = True, days_before: int = 0
    ) -> bool:
        own = line.account_id, line.script, line.instant
        found = [
            key
            for key, lines in self._groups.items()
            if key != own
            and lines
            and key[0] == line.account_id
            and (key[1] is line.script) == same_script
            and self._hours.in_daylight(line, key[2], days_before=days_before)
        ]
        if not found:
            return False
        nearest = min(found, key=lambda key: (abs(key[2] - line.instant), -len(self._groups[key])))
        self._groups[own] = []
        self._move(line, nearest, note)
        return True

    def _borrow_for(self, line: Planned) -> bool:
        larger = sorted(
            (abs(key[2] - line.instant), key)
            for key, lines in self._groups.items()
            if key[:2] == (line.account_id, line.script) and len(lines) > MASS_LEAST
        )
        for _, key in larger:
            for place, one in enumerate(self._groups[key]):
                if one.note not in MOVED and self._hours.in_daylight(one, line.instant):
                    del self._groups[key][place]
                    target = line.account_id, line.script, line.instant
                    self._move(one, target, Note.COMPANION)
                    return True
        return False

    def _move(self, line: Planned, key: Key, note: Note) -> None:
        zone = self._hours.zone(line.zone)
        self._groups[key].append(
            replace(
                line,
                script=key[1],
                instant=key[2],
                expires_at=self._hours.end(zone, key[2]),
                note=note,
            )
        )
