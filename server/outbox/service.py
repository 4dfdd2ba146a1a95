"""Put messages into the outbox and read what became of them. Nothing is sent here."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    Update,
    and_,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from server.kernel.crypto import Vault
from server.outbox import rules
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.people.agreements.terms import MESSAGES
from server.ports import Trouble

PAYLOAD = "envelope.payload"
TOGETHER = 500  # calls written with one round of statements


@dataclass(frozen=True, slots=True)
class Letter:
    """One call to be made: to whom, what, when, how long it is welcome."""

    account_id: int
    channel: str
    to: Sequence[tuple[str, int, str]]  # (delivery key, person id, address)
    payload: Mapping[str, Any]
    due_at: datetime
    expires_at: datetime
    any_hour: bool = False


def post(  # noqa: PLR0913 (one for each fact of the call)
    db: Session,
    *,
    tenant_id: int,
    account_id: int,
    topic: str,
    purpose: str,
    channel: str,
    to: Sequence[tuple[str, int, str]],
    payload: Mapping[str, Any],
    due_at: datetime,
    expires_at: datetime,
    vault: Vault,
) -> str | None:
    """Queue one call for `to`, a list of (delivery key, person id, openid).

    A key that is already in the outbox is left out, so posting twice is harmless; None when
    nobody is left. Two transactions posting the same key at once: the second one fails and
    changes nothing.
    """
    made = _post(
        db,
        [Letter(account_id, channel, to, payload, due_at, expires_at)],
        known=_known(db, [key for key, _, _ in to]),
        tenant_id=tenant_id,
        topic=topic,
        purpose=purpose,
        vault=vault,
    )
    return made[0] if made else None


def post_all(
    db: Session,
    letters: Iterable[Letter],
    *,
    tenant_id: int,
    topic: str,
    purpose: str,
    vault: Vault,
) -> int:
    """Queue the calls of a whole campaign; return how many. Twice is harmless, as with `post`."""
    known = set(db.scalars(select(Delivery.key).join(Envelope).where(Envelope.topic == topic)))
    made = 0
    waiting = iter(letters)
    while some := list(islice(waiting, TOGETHER)):
        made += len(
            _post(
                db, some, known=known,
                tenant_id=tenant_id, topic=topic, purpose=purpose, vault=vault,
            )
        )  # fmt: skip
    return made


def _post(
    db: Session,
    letters: Iterable[Letter],
    *,
    known: Collection[str],
    tenant_id: int,
    topic: str,
    purpose: str,
    vault: Vault,
) -> list[str]:
    if purpose not in MESSAGES:
        raise ValueError(purpose)  # whether people allow it could not be asked
    envelopes: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for letter in letters:
        fresh = [line for line in letter.to if line[0] not in known]
        if not fresh:
            continue
        envelope_id = uuid.uuid4().hex
        envelopes.append(
            {
                "id": envelope_id,
                "tenant_id": tenant_id,
                "account_id": letter.account_id,
                "topic": topic,
                "purpose": purpose,
                "channel": str(letter.channel),
                "payload": vault.seal(
                    json.dumps(letter.payload, ensure_ascii=False), where=PAYLOAD
                ),
                "due_at": letter.due_at,
                "expires_at": letter.expires_at,
                "any_hour": letter.any_hour,
            }
        )
        lines += [
            {
                "key": key,
                "envelope_id": envelope_id,
                "person_id": person_id,
                "purpose": purpose,
                "address": address,
                "status": str(Status.QUEUED),
            }
            for key, person_id, address in fresh
        ]
    if envelopes:
        db.execute(insert(cast("Table", Envelope.__table__)), envelopes)
        db.execute(insert(cast("Table", Delivery.__table__)), lines)
    return [one["id"] for one in envelopes]


def note_skipped(
    db: Session,
    *,
    tenant_id: int,
    account_id: int,
    topic: str,
    purpose: str,
    channel: str,
    people: Sequence[tuple[str, int, str]],
    now: datetime,
    vault: Vault,
) -> None:
    """Write down who gets nothing and why: `people` is a list of (key, person id, reason)."""
    known = _known(db, [key for key, _, _ in people])
    fresh = [line for line in people if line[0] not in known]
    if not fresh:
        return
    envelope = Envelope(
        id=uuid.uuid4().hex,
        tenant_id=tenant_id,
        account_id=account_id,
        topic=topic,
        purpose=purpose,
        channel=channel,
        payload=vault.seal("{}", where=PAYLOAD),
        due_at=now,
        expires_at=now,
        status=Status.SKIPPED,
        settled_at=now,
    )
    db.add(envelope)
    db.flush()
    db.execute(
        insert(Delivery),
        [
            {
                "key": key,
                "envelope_id": envelope.id,
                "person_id": person_id,
                "purpose": purpose,
                "address": "",
                "status": Status.SKIPPED,
                "reason": reason,
                "settled_at": now,
            }
            for key, person_id, reason in fresh
        ],
    )


def _known(db: Session, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        found |= set(
            db.scalars(select(Delivery.key).where(Delivery.key.in_(keys[start : start + 500])))
        )
    return found


def cancel(db: Session, *, topic: str, now: datetime) -> int:
    """Take back what has not been handed over; return how many persons that concerns.

    What is on its way is not called back, but there is no second try (`outcomes` ends it). A mass
    send that waits to be repeated may be on the phones already: its end is unknown.
    """
    mine = Envelope.topic == topic
    under_way = Envelope.status.in_([str(Status.QUEUED), str(Status.SENDING)])
    # Locked in the order of `outcomes.record`; a call taken in this moment is waited for and seen.
    db.execute(
        select(Envelope.id).where(mine, under_way).order_by(Envelope.id).with_for_update()
    ).all()
    _write(db, update(Envelope).where(mine, Envelope.status == Status.SENDING), cancelled_at=now)
    waits = and_(mine, Envelope.status == Status.QUEUED)
    doubt = and_(
        Envelope.channel.in_([str(one) for one in rules.REPEATABLE]),
        Envelope.trouble.is_not_distinct_from(str(Trouble.LOST)),
    )
    _end(db, and_(waits, doubt), Status.UNKNOWN, reason=None, now=now)
    return _end(db, waits, Status.SKIPPED, reason="cancelled", now=now)


def _end(
    db: Session, which: ColumnElement[bool], status: Status, *, reason: str | None, now: datetime
) -> int:
    """End envelopes and their open lines; return how many lines."""
    lines = update(Delivery).where(
        Delivery.envelope_id.in_(select(Envelope.id).where(which)),
        Delivery.status == Status.QUEUED,
    )
    ended = _write(db, lines, status=str(status), reason=reason, settled_at=now)
    _write(db, update(Envelope).where(which), status=str(status), settled_at=now)
    return ended


def _write(db: Session, change: Update, **values: object) -> int:
    quietly = change.values(**values).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", db.execute(quietly)).rowcount


def spare(db: Session, *, closed_id: int, survivor_id: int, now: datetime) -> int:
    """Skip what waits for an entry closed in favour of another who gets the same; count it.

    Two entries of one person stood in the same letter: one letter goes. What has left stays.
    """
    theirs = aliased(Delivery)
    topics = (
        select(Envelope.topic)
        .join(theirs, theirs.envelope_id == Envelope.id)
        .where(theirs.person_id == survivor_id, theirs.status != Status.SKIPPED)
    )
    lines = db.scalars(
        select(Delivery)
        .join(Envelope)
        .where(
            Delivery.person_id == closed_id,
            Delivery.status == Status.QUEUED,
            Envelope.status == Status.QUEUED,
            Envelope.attempts == 0,
            Envelope.topic.in_(topics),
        )
    ).all()
    for line in lines:
        line.status, line.reason, line.settled_at = Status.SKIPPED, "merged", now
    db.flush()
    return len(lines)


def tally(db: Session, *, topic: str) -> dict[str, int]:
    """Count the deliveries of a topic by status. The parts add up to everyone who was planned."""
    rows = db.execute(
        select(Delivery.status, func.count())
        .join(Envelope)
        .where(Envelope.topic == topic)
        .group_by(Delivery.status)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Line:
    """One person's delivery, for the page "who did not get it, and why"."""

    key: str
    person_id: int
    channel: str
    status: str
    reason: str | None
    code: int | None
    due_at: datetime
    settled_at: datetime | None
    settled_by: int | None  # the colleague who told them, or did not reach them


def lines(
    db: Session, *, tenant_id: int, topic: str, status: str | None, after: str, limit: int
) -> list[Line]:
    """Return deliveries of a topic by key, at most `limit`, after the key `after`."""
    query = (
        select(Delivery, Envelope)
        .join(Envelope)
        .where(Envelope.tenant_id == tenant_id, Envelope.topic == topic, Delivery.key > after)
        .order_by(Delivery.key)
        .limit(limit)
    )
    if status is not None:
        query = query.where(Delivery.status == status)
    return [
        Line(
            key=line.key,
            person_id=line.person_id,
            channel=envelope.channel,
            status=line.status,
            reason=line.reason,
            code=envelope.code,
            due_at=envelope.due_at,
            settled_at=line.settled_at or envelope.settled_at,
            settled_by=line.settled_by,
        )
        for line, envelope in db.execute(query)
    ]


def waiting(
    db: Session, person_ids: Collection[int], *, purpose: str, channel: str
) -> Counter[tuple[int, str]]:
    """Count what has not been settled yet of what is meant for these persons.

    By account and address.
    """
    query = (
        select(Envelope.account_id, Delivery.address)
        .join(Envelope)
        .where(
            Delivery.person_id.in_(list(person_ids)),
            Delivery.purpose == purpose,
            Delivery.status == Status.QUEUED,
            Envelope.channel == channel,
        )
    )
    return Counter((row.account_id, row.address) for row in db.execute(query))


def note_read(db: Session, *, topic: str, person_ids: Collection[int], now: datetime) -> None:
    """Note that somebody opened what was sent to them; the first time counts."""
    db.execute(
        update(Delivery)
        .where(
            Delivery.envelope_id.in_(select(Envelope.id).where(Envelope.topic == topic)),
            Delivery.person_id.in_(list(person_ids)),
            Delivery.read_at.is_(None),
        )
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )


def read_count(db: Session, *, topic: str) -> int:
    """Count who is known to have opened what was sent."""
    query = select(func.count()).select_from(Delivery).join(Envelope)
    return db.scalar(query.where(Envelope.topic == topic, Delivery.read_at.is_not(None))) or 0


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery, for the person it was meant for."""

    topic: str
    purpose: str
    status: str
    at: datetime


def of_people(db: Session, person_ids: Collection[int], *, limit: int) -> list[Sent]:
    """Return what was or will be sent to these persons, the latest first."""
    query = (
        select(Envelope.topic, Delivery.purpose, Delivery.status, Envelope.due_at)
        .join(Envelope)
        .where(Delivery.person_id.in_(list(person_ids)))
        .order_by(Envelope.due_at.desc(), Delivery.key)
        .limit(limit)
    )
    return [Sent(*row) for row in db.execute(query)]
