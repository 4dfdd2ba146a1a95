"""Look a person's page up, whole; and pages of the list. Plain values, never rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import NotFound
from server.people.models import Person
from server.people.register.models import (
    IdentityStatus,
    PersonContact,
    PersonName,
    RegisterEntry,
)
from server.people.register.terms import ContactKind, Facts, Identity, NameKind, Proof
from server.people.register.writing import CONTACT, HARDSHIP, NOTES
from server.places.codes import EVERYWHERE, Scope
from server.places.service import within


@dataclass(frozen=True, slots=True)
class Held:
    """An identity over time."""

    kind: Identity
    proof: Proof
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the register knows of one person."""

    person_id: int
    facts: Facts
    path: str
    identities: tuple[Held, ...]  # also those that ended
    deceased_on: date | None
    bereaved_until: datetime | None
    verified_on: date | None
    changed_at: datetime
    version: int
    part_of_day: str | None = None
    reach_by: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A person in a list."""

    person_id: int
    name: str
    sort_key: str
    sex: str | None
    born: str | None
    country: str | None
    hometown: str | None
    division: str | None
    identities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Which:
    """Which people of the register: all that lie in the scope and fit what is asked."""

    scope: Scope = EVERYWHERE
    identity: Identity | None = None
    country: str | None = None

    def conditions(self, tenant_id: int) -> list[ColumnElement[bool]]:
        """Return what an entry must fulfil."""
        fits = [RegisterEntry.tenant_id == tenant_id, RegisterEntry.merged.is_(False)]
        if self.scope != EVERYWHERE:
            fits.append(within(RegisterEntry.path, self.scope))
        if self.country is not None:
            fits.append(RegisterEntry.country == self.country)
        if self.identity is not None:
            holders = select(IdentityStatus.person_id).where(
                IdentityStatus.kind == self.identity, IdentityStatus.until.is_(None)
            )
            fits.append(RegisterEntry.person_id.in_(holders))
        return fits


ALL = Which()


@dataclass(frozen=True, slots=True)
class Entry:
    """A person on a roll: who, where in its order, what is known."""

    person_id: int
    sort_key: str
    path: str
    facts: Facts
    verified_on: date | None


def page(db: Session, tenant_id: int, person_id: int, *, vault: Vault, scope: Scope) -> Page:
    """Return a page; what lies outside the scope is not found, like what does not exist."""
    row = db.scalar(
        select(RegisterEntry).where(
            RegisterEntry.person_id == person_id,
            RegisterEntry.tenant_id == tenant_id,
            RegisterEntry.merged.is_(False),
            within(RegisterEntry.path, scope),
        )
    )
    if row is None:
        raise NotFound("person")
    person = db.get_one(Person, person_id)
    held = tuple(_held(db, [person_id])[person_id])
    return Page(
        person_id=person_id,
        facts=_facts(
            row,
            zone=person.zone,
            held=held,
            names=_names(db, [person_id])[person_id],
            contacts=_contacts(db, [person_id])[person_id],
            vault=vault,
        ),
        path=row.path,
        identities=held,
        deceased_on=person.deceased_on,
        bereaved_until=person.bereaved_until,
        verified_on=row.verified_on,
        changed_at=row.changed_at,
        version=row.version,
        part_of_day=person.part_of_day,
        reach_by=person.reach_by,
    )


def _facts(
    row: RegisterEntry,
    *,
    zone: str | None,
    held: Iterable[Held],
    names: Iterable[PersonName],
    contacts: Iterable[PersonContact],
    vault: Vault,
) -> Facts:
    return Facts(
        name=row.name,
        other_names=tuple((NameKind(one.kind), one.text) for one in names if one.text != row.name),
        sex=row.sex,
        born=row.born,
        birthplace=row.birthplace,
        education=row.education,
        nationality=row.nationality,
        clan=row.clan,
        hometown=row.hometown,
        division=row.division,
        village_group=row.village_group,
        country=row.country,
        city=row.city,
        zone=zone,
        left_on=row.left_on,
        left_how=row.left_how,
        settled_on=row.settled_on,
        occupation=row.occupation,
        employer=row.employer,
        position=row.position,
        skills=row.skills,
        associations=row.associations,
        identities=tuple(one.kind for one in held if one.until is None),
        contacts=tuple(
            (ContactKind(one.kind), vault.open(one.value, where=CONTACT)) for one in contacts
        ),
        notes=vault.open(row.notes, where=NOTES) if row.notes else None,
        hardship=vault.open(row.hardship, where=HARDSHIP) if row.hardship else None,
        source=row.source,
    )


def count(db: Session, tenant_id: int, which: Which = ALL) -> int:
    return db.scalar(select(func.count()).where(*which.conditions(tenant_id))) or 0


def roll(
    db: Session,
    tenant_id: int,
    which: Which = ALL,
    *,
    after: tuple[str, int] | None,
    limit: int,
    vault: Vault,
) -> list[Entry]:
    """Return people with all that is known of them, in the order of `listing`; five queries."""
    rows = _rows(db, tenant_id, which, after=after, limit=limit)
    ids = [row.person_id for row in rows]
    people = db.execute(select(Person.id, Person.zone).where(Person.id.in_(ids)))
    zones = {row.id: row.zone for row in people}
    held = _held(db, ids)
    names, contacts = _names(db, ids), _contacts(db, ids)
    return [
        Entry(
            person_id=row.person_id,
            sort_key=row.sort_key,
            path=row.path,
            facts=_facts(
                row,
                zone=zones[row.person_id],
                held=held[row.person_id],
                names=names[row.person_id],
                contacts=contacts[row.person_id],
                vault=vault,
            ),
            verified_on=row.verified_on,
        )
        for row in rows
    ]


def _held(db: Session, ids: Sequence[int]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {one: [] for one in ids}
    rows = select(IdentityStatus).where(IdentityStatus.person_id.in_(ids))
    for row in db.scalars(rows.order_by(IdentityStatus.since, IdentityStatus.id)):
        held = Held(Identity(row.kind), Proof(row.proof), row.since, row.until)
        found[row.person_id].append(held)
    return found


def _names(db: Session, ids: Sequence[int]) -> dict[int, list[PersonName]]:
    found: dict[int, list[PersonName]] = {one: [] for one in ids}
    rows = select(PersonName).where(PersonName.person_id.in_(ids)).order_by(PersonName.id)
    for row in db.scalars(rows):
        found[row.person_id].append(row)
    return found


def _contacts(db: Session, ids: Sequence[int]) -> dict[int, list[PersonContact]]:
    found: dict[int, list[PersonContact]] = {one: [] for one in ids}
    rows = select(PersonContact).where(PersonContact.person_id.in_(ids))
    for row in db.scalars(rows.order_by(PersonContact.id)):
        found[row.person_id].append(row)
    return found


def listing(
    db: Session,
    tenant_id: int,
    which: Which = ALL,
    *,
    after: tuple[str, int] | None = None,
    limit: int,
) -> list[Line]:
    """Return people by the sound of their names; `after` is the last one's (sort key, id)."""
    return lines(db, _rows(db, tenant_id, which, after=after, limit=limit))


def _rows(
    db: Session, tenant_id: int, which: Which, *, after: tuple[str, int] | None, limit: int
) -> list[RegisterEntry]:
    query = select(RegisterEntry).where(*which.conditions(tenant_id))
    if after is not None:
        query = query.where(tuple_(RegisterEntry.sort_key, RegisterEntry.person_id) > after)
    query = query.order_by(RegisterEntry.sort_key, RegisterEntry.person_id).limit(limit)
    return list(db.scalars(query))


def lines(db: Session, rows: Collection[RegisterEntry]) -> list[Line]:
    """Dress entries for a list, with their present identities in one query."""
    held: dict[int, list[str]] = {row.person_id: [] for row in rows}
    found = db.execute(
        select(IdentityStatus.person_id, IdentityStatus.kind).where(
            IdentityStatus.person_id.in_(list(held)), IdentityStatus.until.is_(None)
        )
    )
    for person_id, kind in found:
        held[person_id].append(kind)
    return [
        Line(
            person_id=row.person_id,
            name=row.name,
            sort_key=row.sort_key,
            sex=row.sex,
            born=row.born,
            country=row.country,
            hometown=row.hometown,
            division=row.division,
            identities=tuple(held[row.person_id]),
        )
        for row in rows
    ]
