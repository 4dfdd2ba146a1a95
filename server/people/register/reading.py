"""Look a person's page up, whole; and pages of the list. Plain values, never rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, tuple_
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


def page(db: Session, tenant_id: int, person_id: int, *, vault: Vault, scope: Scope) -> Page:
    """Return a page; what lies outside the scope is not found, like what does not exist."""
    row = db.scalar(
        select(RegisterEntry).where(
            RegisterEntry.person_id == person_id,
            RegisterEntry.tenant_id == tenant_id,
            within(RegisterEntry.path, scope),
        )
    )
    if row is None:
        raise NotFound("person")
    person = db.get_one(Person, person_id)
    held = tuple(
        Held(Identity(one.kind), Proof(one.proof), one.since, one.until)
        for one in db.scalars(
            select(IdentityStatus)
            .where(IdentityStatus.person_id == person_id)
            .order_by(IdentityStatus.since, IdentityStatus.id)
        )
    )
    return Page(
        person_id=person_id,
        facts=_facts(db, row, zone=person.zone, held=held, vault=vault),
        path=row.path,
        identities=held,
        deceased_on=person.deceased_on,
        bereaved_until=person.bereaved_until,
        verified_on=row.verified_on,
        changed_at=row.changed_at,
        version=row.version,
    )


def _facts(
    db: Session, row: RegisterEntry, *, zone: str | None, held: tuple[Held, ...], vault: Vault
) -> Facts:
    all_names = db.scalars(
        select(PersonName).where(PersonName.person_id == row.person_id).order_by(PersonName.id)
    )
    contacts = db.scalars(
        select(PersonContact)
        .where(PersonContact.person_id == row.person_id)
        .order_by(PersonContact.id)
    )
    return Facts(
        name=row.name,
        other_names=tuple(
            (NameKind(one.kind), one.text) for one in all_names if one.text != row.name
        ),
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


def listing(
    db: Session,
    tenant_id: int,
    *,
    scope: Scope = EVERYWHERE,
    identity: Identity | None = None,
    country: str | None = None,
    after: tuple[str, int] | None = None,
    limit: int,
) -> list[Line]:
    """Return people by the sound of their names; `after` is the last one's (sort key, id)."""
    query = select(RegisterEntry).where(RegisterEntry.tenant_id == tenant_id)
    if scope != EVERYWHERE:
        query = query.where(within(RegisterEntry.path, scope))
    if country is not None:
        query = query.where(RegisterEntry.country == country)
    if identity is not None:
        query = query.where(
            RegisterEntry.person_id.in_(
                select(IdentityStatus.person_id).where(
                    IdentityStatus.kind == identity, IdentityStatus.until.is_(None)
                )
            )
        )
    if after is not None:
        query = query.where(tuple_(RegisterEntry.sort_key, RegisterEntry.person_id) > after)
    query = query.order_by(RegisterEntry.sort_key, RegisterEntry.person_id).limit(limit)
    return lines(db, list(db.scalars(query)))


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
