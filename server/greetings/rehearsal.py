"""Before anything is approved: who would read what, when, by which channel, and who would not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.greetings import labels, sending, service, wording
from server.greetings.planner import calls
from server.greetings.sending import Plan
from server.greetings.terms import Note, Planned, Skipped
from server.greetings.wording import Script
from server.kernel.crypto import Vault
from server.kernel.errors import NotAllowed, NotFound
from server.places import countries
from server.ports import MASSES
from server.staff.permissions import Permission
from server.staff.service import Officer


@dataclass(frozen=True, slots=True)
class ZoneCount:
    """Readers of one zone who get the letter at one instant."""

    zone: str  # IANA
    instant: datetime  # UTC
    local: datetime  # the same on their wall clock
    count: int


@dataclass(frozen=True, slots=True)
class Count:
    code: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What one person would receive, or why nothing."""

    person_id: int
    salutation: str | None
    country: str | None
    zone: str
    instant: datetime | None
    local: datetime | None
    channel: str | None
    channel_name: str | None
    note: str  # in Chinese: how the hour came about, or the reason for nothing
    text: str | None
    page_words: str | None  # the line under it that leads to the letter's page
    by_name: bool  # the salutation is their own: a mass message has one for all


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole letter at a glance, reckoned at the moment of asking."""

    audience: int  # all who were thought of; planned + skipped
    planned: int
    skipped: int
    calls: int  # to WeChat
    zones: tuple[ZoneCount, ...]  # in order of time
    channels: tuple[Count, ...]
    notes: tuple[Count, ...]  # hours other than the wished one
    reasons: tuple[Count, ...]
    simplified: str  # as a reader without a name sees it
    traditional: str
    readers: tuple[Rehearsed, ...]  # the first of those looked for, without the text
    rehearsed: Rehearsed | None  # the one person asked for


def may_see(officer: Officer) -> bool:
    """Tell whether somebody may see who would get what: who writes it, who answers for it."""
    return officer.may(Permission.PREPARE_GREETINGS) or officer.may(Permission.APPROVE_GREETINGS)


def preview(
    db: Session,
    officer: Officer,
    campaign_id: int,
    *,
    now: datetime,
    vault: Vault,
    named: str = "",
    person_id: int | None = None,
    readers: int = 50,
) -> Preview:
    """Reckon a letter through without writing anything down.

    `named` looks among all readers, by salutation, country or zone ("王阿姨 马来西亚");
    `person_id` asks for one: when, by which channel, which words. Raise NotFound when that
    person is no reader.
    """
    if not may_see(officer):
        raise NotAllowed(str(Permission.PREPARE_GREETINGS))
    row = service.own(db, officer.tenant_id, campaign_id)
    made = sending.reckon(db, row, now=now, vault=vault)
    planned = sending.planned_lines(made.lines)
    zones = Counter((one.instant, one.zone) for one in planned)
    return Preview(
        audience=len(made.lines),
        planned=len(planned),
        skipped=len(made.lines) - len(planned),
        calls=sum(1 for _ in calls(made.lines)),
        zones=tuple(
            ZoneCount(zone, moment, moment.astimezone(ZoneInfo(zone)), count)
            for (moment, zone), count in sorted(zones.items())
        ),
        channels=_counts((one.channel for one in planned), labels.CHANNELS),
        notes=_counts(
            (one.note for one in planned if one.note is not Note.AS_WISHED), labels.NOTES
        ),
        reasons=_counts(
            (one.reason for one in made.lines if isinstance(one, Skipped)), labels.REASONS
        ),
        simplified=wording.render(made.text, made.head, script=Script.HANS, salutation=None),
        traditional=wording.render(made.text, made.head, script=Script.HANT, salutation=None),
        readers=tuple(
            _rehearsed(made, one, text=False)
            for one in islice(_looked_for(made, named.split()), readers)
        ),
        rehearsed=_asked_for(made, person_id) if person_id is not None else None,
    )


def _looked_for(made: Plan, words: Sequence[str]) -> Iterator[Planned | Skipped]:
    for line in made.lines:
        reader = made.readers[line.person_id]
        country = countries.name_of(reader.country) if reader.country else ""
        known = f"{reader.salutation or ''} {country} {line.zone}"
        if all(word in known for word in words):
            yield line


def _asked_for(made: Plan, person_id: int) -> Rehearsed:
    for line in made.lines:
        if line.person_id == person_id:
            return _rehearsed(made, line, text=True)
    raise NotFound("person")


def _rehearsed(made: Plan, line: Planned | Skipped, *, text: bool) -> Rehearsed:
    reader = made.readers[line.person_id]
    planned = line if isinstance(line, Planned) else None
    return Rehearsed(
        person_id=line.person_id,
        salutation=reader.salutation,
        country=reader.country,
        zone=line.zone,
        instant=planned.instant if planned else None,
        local=planned.instant.astimezone(ZoneInfo(line.zone)) if planned else None,
        channel=planned.channel if planned else None,
        channel_name=labels.CHANNELS[planned.channel] if planned else None,
        note=_why(line),
        text=made.words(planned) if planned and text else None,
        page_words=wording.page_words(planned.script) if planned and text else None,
        by_name=planned is not None and planned.channel not in MASSES,
    )


def _why(line: Planned | Skipped) -> str:
    return labels.NOTES[line.note] if isinstance(line, Planned) else labels.REASONS[line.reason]


def _counts(codes: Iterable[str], names: labels.Names) -> tuple[Count, ...]:
    counted = Counter(codes).most_common()
    return tuple(Count(code, names[code], count) for code, count in counted)
