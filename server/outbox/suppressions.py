"""Who must not get now what was taken, and why: asked in the transaction that claims it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.outbox import allowances, rules
from server.outbox.allowances import Had
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.people import reach as people
from server.people.reach import Reach, Standing

_PORTION = 500
_HAS_IT = frozenset({Status.ACCEPTED, Status.DELIVERED, Status.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of everybody in what was taken."""

    reaches: Mapping[int, Reach]
    standings: Mapping[tuple[int, str], Standing]  # by account and openid
    twins: Collection[str]  # lines whose person gets the same under another entry


def look_up(
    db: Session, taken: Sequence[Envelope], lines: Mapping[str, list[Delivery]], vault: Vault
) -> Known:
    reaches = people.many(db, {one.person_id for some in lines.values() for one in some}, vault)
    addresses: dict[int, set[str]] = defaultdict(set)
    for envelope in taken:
        if envelope.channel in rules.NEEDS_FOLLOWING:
            addresses[envelope.account_id] |= {one.address for one in lines.get(envelope.id, [])}
    standings = {
        (account_id, openid): standing
        for account_id, openids in addresses.items()
        for openid, standing in people.standings(db, account_id, openids).items()
    }
    letters = [one for one in taken if one.purpose in allowances.LETTERS]
    return Known(reaches, standings, _twins(db, letters, lines, reaches))


def sort_out(
    envelope: Envelope,
    lines: list[Delivery],
    known: Known,
    *,
    had: Mapping[int, Had],
    now: datetime,
) -> list[Delivery]:
    """Skip, with a reason, whoever must not get this now; return the others."""
    if rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble):
        return lines  # WeChat drops a repeat only when it is the same call
    going = []
    for line in lines:
        reason = (
            _why_not(envelope, line, known, now)
            or _wrong_hour(envelope, line, known, now)
            or allowances.why_not(had.get(line.person_id), channel=envelope.channel)
        )
        if reason is None:
            going.append(line)
        else:
            line.status, line.reason, line.settled_at = Status.SKIPPED, reason, now
    return going


def why_not(
    db: Session, waiting: Sequence[tuple[Delivery, Envelope]], *, vault: Vault, now: datetime
) -> dict[str, str]:
    """Return by key why these people must not get what waits for them, whatever the hour."""
    lines: dict[str, list[Delivery]] = defaultdict(list)
    for line, envelope in waiting:
        lines[envelope.id].append(line)
    known = look_up(db, [envelope for _, envelope in waiting], lines, vault)
    found = {line.key: _why_not(envelope, line, known, now) for line, envelope in waiting}
    return {key: reason for key, reason in found.items() if reason is not None}


def _why_not(envelope: Envelope, line: Delivery, known: Known, now: datetime) -> str | None:
    person = known.reaches.get(line.person_id)
    if person is None:
        return "gone"
    here = known.standings.get((envelope.account_id, line.address), people.STRANGER)
    reason = rules.why_not(
        purpose=envelope.purpose,
        channel=envelope.channel,
        following=here.following,
        bereaved_until=person.bereaved_until,
        deceased_on=person.deceased_on,
        last_message_at=here.last_message_at,
        declined=person.declined,
        now=now,
    )
    return reason or ("merged" if line.key in known.twins else None)


def _wrong_hour(envelope: Envelope, line: Delivery, known: Known, now: datetime) -> str | None:
    zone = known.reaches[line.person_id].zone
    return rules.too_early_or_late(envelope.purpose, zone, any_hour=envelope.any_hour, now=now)


def _twins(
    db: Session,
    letters: Sequence[Envelope],
    lines: Mapping[str, list[Delivery]],
    reaches: Mapping[int, Reach],
) -> set[str]:
    """Return the lines of people who stand in a letter twice, all but the one that counts.

    WeChat may tell, after a letter was planned, that two entries are one person. What has left
    counts; of what waits, the line of the entry that goes on.
    """
    ids = {line.person_id for one in letters for line in lines.get(one.id, [])}
    survivors = {reaches[one].person_id for one in ids if one in reaches}
    closed = people.closed_into(db, survivors)
    if not closed:
        return set()
    family = {**closed, **{one: one for one in closed.values()}}
    found: dict[tuple[str, int], list[_Twin]] = defaultdict(list)
    for topic in {one.topic for one in letters}:
        for twin in _entries(db, topic, sorted(family)):
            found[topic, family[twin.person_id]].append(twin)
    return {
        twin.key for (_, survivor), twins in found.items() for twin in _giving_way(twins, survivor)
    }


@dataclass(frozen=True, slots=True)
class _Twin:
    key: str
    person_id: int
    has_it: bool  # or may have, or is about to
    waits: bool


def _entries(db: Session, topic: str, person_ids: Sequence[int]) -> Iterator[_Twin]:
    for start in range(0, len(person_ids), _PORTION):
        rows = db.execute(
            select(Delivery.key, Delivery.person_id, Delivery.status, Envelope.status)
            .join(Envelope)
            .where(
                Delivery.person_id.in_(person_ids[start : start + _PORTION]),
                Envelope.topic == topic,
            )
        )
        for key, person_id, line, envelope in rows:
            waits = line == Status.QUEUED
            has_it = line in _HAS_IT or (waits and envelope == Status.SENDING)
            yield _Twin(key, person_id, has_it, waits)


def _giving_way(twins: Sequence[_Twin], survivor: int) -> list[_Twin]:
    waiting = [one for one in twins if one.waits and not one.has_it]
    waiting.sort(key=lambda one: (one.person_id != survivor, one.key))
    return waiting if any(one.has_it for one in twins) else waiting[1:]
