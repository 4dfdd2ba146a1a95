"""Close one entry in favour of another, and undo it: every link comes back as it was.

Rows that hang on the closed person stay where they are and are read through `merged_into`
(`people.service.ids_of`). Only what must act as one moves, and is noted in the journal: WeChat
identities, relations, what the profile says, the facts of the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, NotFound
from server.people.duplicates import combining
from server.people.duplicates.models import DuplicatePair, PersonMerge
from server.people.models import Person, WeChatIdentity
from server.people.register import reading, writing
from server.people.register.models import IdentityStatus, RegisterEntry, Relation
from server.people.register.terms import (
    EXCLUSIVE,
    ContactKind,
    Facts,
    Identity,
    NameKind,
)
from server.people.service import opened
from server.places.codes import EVERYWHERE

KEPT = timedelta(days=180)
JOURNAL = "person_merge.journal"
_READ: Mapping[str, Callable[[str], Any]] = {  # of the profile, from the journal
    "country": str,
    "zone": str,
    "hometown": str,
    "bereaved_until": datetime.fromisoformat,
    "deceased_on": date.fromisoformat,
}
_PROFILE = tuple(_READ)


class ScanState(StrEnum):
    WAITING = "waiting"  # to be done, or being done
    DONE = "done"
    CANCELLED = "cancelled"


class PairState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge as staff see it."""

    id: int
    survivor_id: int
    closed_id: int
    merged_by: int
    merged_at: datetime
    undone_at: datetime | None

    def days_left(self, now: datetime) -> int:
        """Return the whole days in which it can still be undone; negative when over."""
        return (self.merged_at + KEPT - now).days


def merge(
    db: Session,
    tenant_id: int,
    survivor_id: int,
    closed_id: int,
    *,
    take: Collection[str] = (),
    by: int,
    vault: Vault,
    now: datetime,
) -> int:
    """Close one entry in favour of another; return the merge.

    `take` names fields for which the closed one's word counts. Raise NotFound, or Conflict when
    one of them is the other, was merged already or has left.
    """
    survivor, closed = (_person(db, tenant_id, one) for one in sorted((survivor_id, closed_id)))
    if survivor.id != survivor_id:
        survivor, closed = closed, survivor
    if survivor_id == closed_id or any(
        one.merged_into or one.erased_at for one in (survivor, closed)
    ):
        raise Conflict("cannot be merged")
    mine, theirs = (
        reading.page(db, tenant_id, one.id, vault=vault, scope=EVERYWHERE)
        for one in (survivor, closed)
    )
    profile, spoken_to = _profile(survivor), survivor.salutation
    merged = combining.combine(mine.facts, theirs.facts, take=take)
    writing.change(db, tenant_id, survivor_id, merged, seen=mine.version, vault=vault, now=now)
    db.flush()
    after = reading.page(db, tenant_id, survivor_id, vault=vault, scope=EVERYWHERE).facts
    journal = {
        "before": _written(mine.facts),
        "merged": _written(after),
        "verified_on": mine.verified_on.isoformat() if mine.verified_on else None,
        "identities": _copy_identities(db, survivor_id, closed_id, mine.facts.identities),
        "wechat": _move(db, closed_id, survivor_id),
        "relations": _move_relations(db, closed_id, survivor_id),
        "profile": _fill_profile(survivor, closed, profile),
        "addressed": spoken_to is not None,
    }
    closed.merged_into = survivor_id
    db.get_one(RegisterEntry, closed_id).merged = True
    row = PersonMerge(
        tenant_id=tenant_id,
        survivor_id=survivor_id,
        closed_id=closed_id,
        merged_by=by,
        merged_at=now,
        journal=vault.seal(json.dumps(journal, ensure_ascii=False), where=JOURNAL),
    )
    db.add(row)
    db.flush()
    return row.id


def undo(
    db: Session, tenant_id: int, merge_id: int, *, by: int, vault: Vault, now: datetime
) -> PersonMerge:
    """Open the closed entry again with all its links; what was decided since stays.

    Raise NotFound, or Conflict when the time is over, it was undone already, somebody left, or a
    later merge stands on it and must be undone first.
    """
    row = db.get(PersonMerge, merge_id, with_for_update=True)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound("merge")
    survivor = _person(db, tenant_id, row.survivor_id)
    closed = _person(db, tenant_id, row.closed_id)
    if row.undone_at or row.journal is None or now > row.merged_at + KEPT:
        raise Conflict("over")
    if closed.merged_into != survivor.id or survivor.erased_at:
        raise Conflict("over")
    if survivor.merged_into is not None or _later(db, row):
        raise Conflict("another stands on it")
    journal = json.loads(vault.open(row.journal, where=JOURNAL))
    closed.merged_into = None
    db.get_one(RegisterEntry, closed.id).merged = False
    _put_back(db, WeChatIdentity, "person_id", journal["wechat"], survivor.id, closed.id)
    for column, ids in journal["relations"].items():
        _put_back(db, Relation, column, ids, survivor.id, closed.id)
    db.execute(
        delete(IdentityStatus).where(
            IdentityStatus.id.in_(journal["identities"]), IdentityStatus.until.is_(None)
        )
    )
    page = reading.page(db, tenant_id, survivor.id, vault=vault, scope=EVERYWHERE)
    before, merged = _read(journal["before"]), _read(journal["merged"])
    facts = combining.separate(before, merged, page.facts)
    writing.change(db, tenant_id, survivor.id, facts, seen=page.version, vault=vault, now=now)
    _empty_profile(survivor, journal["profile"])
    if not journal["addressed"]:
        _forget_address(survivor, closed, vault=vault)
    if journal["verified_on"] and facts == before:
        db.get_one(RegisterEntry, survivor.id).verified_on = date.fromisoformat(
            journal["verified_on"]
        )
    row.undone_at, row.undone_by, row.journal = now, by, None
    db.execute(
        update(DuplicatePair)
        .where(
            DuplicatePair.left_id == min(survivor.id, closed.id),
            DuplicatePair.right_id == max(survivor.id, closed.id),
        )
        .values(state=PairState.DIFFERENT, decided_at=now, decided_by=by)
    )
    db.flush()
    return row


def _person(db: Session, tenant_id: int, person_id: int) -> Person:
    row = db.get(Person, person_id, with_for_update=True)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound("person")
    return row


def _later(db: Session, row: PersonMerge) -> bool:
    """Tell whether a later merge into the same person still stands."""
    query = select(PersonMerge.id).where(
        PersonMerge.survivor_id == row.survivor_id,
        PersonMerge.id > row.id,
        PersonMerge.undone_at.is_(None),
    )
    return db.scalar(query.limit(1)) is not None


def _copy_identities(
    db: Session, survivor_id: int, closed_id: int, held: Collection[Identity]
) -> list[int]:
    """Give the survivor the identities only the other had, as they were known; return the rows."""
    kinds = set(held)
    rows = db.scalars(
        select(IdentityStatus)
        .where(IdentityStatus.person_id == closed_id, IdentityStatus.until.is_(None))
        .order_by(IdentityStatus.id)
    )
    copies = []
    for row in rows:
        kind = Identity(row.kind)
        if kind in kinds or (kind in EXCLUSIVE and kinds & EXCLUSIVE):
            continue
        kinds.add(kind)
        copies.append(
            IdentityStatus(person_id=survivor_id, kind=row.kind, proof=row.proof, since=row.since)
        )
    db.add_all(copies)
    db.flush()
    return [one.id for one in copies]


def _move(db: Session, closed_id: int, survivor_id: int) -> list[int]:
    ids = list(db.scalars(select(WeChatIdentity.id).where(WeChatIdentity.person_id == closed_id)))
    db.execute(
        update(WeChatIdentity)
        .where(WeChatIdentity.id.in_(ids))
        .values(person_id=survivor_id)
        .execution_options(synchronize_session="fetch")
    )
    return ids


def _move_relations(db: Session, closed_id: int, survivor_id: int) -> dict[str, list[int]]:
    """Point relations at the survivor; one between the two stays with the closed one."""
    found: dict[str, list[int]] = {"person_id": [], "other_id": []}
    rows = db.scalars(
        select(Relation).where(or_(Relation.person_id == closed_id, Relation.other_id == closed_id))
    )
    for row in rows:
        if survivor_id in {row.person_id, row.other_id}:
            continue
        for column, ids in found.items():
            if getattr(row, column) == closed_id:
                setattr(row, column, survivor_id)
                ids.append(row.id)
    db.flush()
    return found


def _put_back(db: Session, table: type[Any], column: str, ids: list[int], *persons: int) -> None:
    survivor_id, closed_id = persons
    db.execute(
        update(table)
        .where(table.id.in_(ids), getattr(table, column) == survivor_id)
        .values({column: closed_id})
        .execution_options(synchronize_session="fetch")
    )


def _profile(person: Person) -> dict[str, Any]:
    return {field: getattr(person, field) for field in _PROFILE}


def _fill_profile(
    survivor: Person, closed: Person, before: dict[str, Any]
) -> dict[str, list[str | None]]:
    """Give the survivor what only the other told us; return what each field was and is now."""
    for field in (*_PROFILE, "salutation"):
        if getattr(survivor, field) is None:
            setattr(survivor, field, getattr(closed, field))
    return {
        field: [_plain(before[field]), _plain(value)]
        for field, value in _profile(survivor).items()
        if value != before[field]
    }


def _empty_profile(survivor: Person, journal: dict[str, list[str | None]]) -> None:
    """Put back what is as the merge left it; what was told since stays."""
    for field, (before, after) in journal.items():
        if _plain(getattr(survivor, field)) == after:
            setattr(survivor, field, _READ[field](before) if before else None)


def _forget_address(survivor: Person, closed: Person, *, vault: Vault) -> None:
    """Take back the salutation the merge brought, unless they gave another one since."""
    mine, theirs = opened(vault, survivor.salutation), opened(vault, closed.salutation)
    if mine == theirs:
        survivor.salutation = None


def _plain(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else str(value) if value else None


def _written(facts: Facts) -> dict[str, Any]:
    return asdict(facts)


def _read(values: dict[str, Any]) -> Facts:
    """Read facts back from the journal."""
    return Facts(
        **{
            **values,
            "other_names": tuple((NameKind(kind), text) for kind, text in values["other_names"]),
            "contacts": tuple((ContactKind(kind), text) for kind, text in values["contacts"]),
            "identities": tuple(Identity(kind) for kind in values["identities"]),
        }
    )


def erase(db: Session, person_ids: Collection[int]) -> None:
    """Forget suggestions about these persons, and what merges knew of them."""
    ids = list(person_ids)
    db.execute(
        delete(DuplicatePair).where(
            or_(DuplicatePair.left_id.in_(ids), DuplicatePair.right_id.in_(ids))
        )
    )
    db.execute(
        update(PersonMerge)
        .where(or_(PersonMerge.survivor_id.in_(ids), PersonMerge.closed_id.in_(ids)))
        .values(journal=None)
    )
