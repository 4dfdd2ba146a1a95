"""Read the register for the comparison, a few thousand entries at a time."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.people.duplicates.sketches import Sketch, sketch
from server.people.register import reading as register
from server.people.register.models import PersonContact, PersonName, RegisterEntry
from server.people.register.reading import Line
from server.people.register.terms import ContactKind

TOGETHER = 2000


def sketches(db: Session, tenant_id: int, *, after: int) -> list[Sketch]:
    """Return the next entries by person, at most `TOGETHER`; three queries."""
    rows = db.execute(
        select(
            RegisterEntry.person_id,
            RegisterEntry.name,
            RegisterEntry.sex,
            RegisterEntry.born,
            RegisterEntry.path,
            RegisterEntry.country,
        )
        .where(
            RegisterEntry.tenant_id == tenant_id,
            RegisterEntry.merged.is_(False),
            RegisterEntry.person_id > after,
        )
        .order_by(RegisterEntry.person_id)
        .limit(TOGETHER)
    ).all()
    ids = [row.person_id for row in rows]
    all_names: dict[int, list[str]] = {}
    for person_id, text in db.execute(
        select(PersonName.person_id, PersonName.text).where(PersonName.person_id.in_(ids))
    ):
        all_names.setdefault(person_id, []).append(text)
    phones: dict[int, set[bytes]] = {}
    for person_id, blind in db.execute(
        select(PersonContact.person_id, PersonContact.blind).where(
            PersonContact.person_id.in_(ids), PersonContact.kind == str(ContactKind.PHONE)
        )
    ):
        phones.setdefault(person_id, set()).add(blind)
    return [
        sketch(
            row.person_id,
            dict.fromkeys((row.name, *all_names.get(row.person_id, ()))),
            sex=row.sex,
            born=row.born,
            path=row.path,
            phones=frozenset(phones.get(row.person_id, ())),
            country=row.country,
        )
        for row in rows
    ]


def places(db: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return where these persons come from, for who may decide about them."""
    rows = db.execute(
        select(RegisterEntry.person_id, RegisterEntry.path).where(
            RegisterEntry.person_id.in_(list(person_ids))
        )
    )
    return {row.person_id: row.path for row in rows}


def lines(db: Session, person_ids: Collection[int]) -> dict[int, Line]:
    """Return who these persons are, closed entries as well."""
    rows = db.scalars(select(RegisterEntry).where(RegisterEntry.person_id.in_(list(person_ids))))
    return {one.person_id: one for one in register.lines(db, list(rows))}
