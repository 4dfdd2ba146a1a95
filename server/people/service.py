"""What can be done with people. Other rooms get plain values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Invalid, NotFound
from server.people.models import Person

SALUTATION = "person.salutation"
LANGUAGES = ("zh-Hans", "zh-Hant")
PARTS_OF_DAY = ("morning", "evening")
REACH_BY = ("email", "phone")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person has told us about themselves."""

    person_id: int
    tenant_id: int
    salutation: str | None
    country: str | None
    zone: str | None
    language: str
    hometown: str | None
    part_of_day: str | None = None
    reach_by: str | None = None


def new_person(db: Session, *, tenant_id: int, now: datetime) -> Person:
    person = Person(tenant_id=tenant_id, created_at=now, language="zh-Hans")
    db.add(person)
    db.flush()
    return person


def resolve(db: Session, person_id: int) -> Person:
    """Return the living row of a person, following merges. Raise NotFound."""
    person = db.get(Person, person_id)
    while person is not None and person.merged_into is not None:
        person = db.get(Person, person.merged_into)
    if person is None:
        raise NotFound("person")
    return person


def ids_of(db: Session, person_id: int) -> list[int]:
    """Return the id and those of everybody merged into it: what they left stays theirs."""
    found, fresh = [person_id], [person_id]
    while fresh:
        fresh = list(db.scalars(select(Person.id).where(Person.merged_into.in_(fresh))))
        found += fresh
    return found


def profile(db: Session, person_id: int, vault: Vault) -> Profile:
    return _profile(resolve(db, person_id), vault)


def update_profile(
    db: Session, person_id: int, values: Mapping[str, Any], *, vault: Vault
) -> Profile:
    """Change what the person told us. Raise Invalid naming each wrong field; then nothing changes.

    `values` may hold salutation, country, zone, language, hometown, part_of_day and reach_by;
    None clears one.
    """
    wrong = _complaints(values)
    if wrong:
        raise Invalid(fields=wrong)
    person = resolve(db, person_id)
    for name, value in values.items():
        if name == "salutation":
            person.salutation = vault.seal(value.strip(), where=SALUTATION) if value else None
        elif name == "language":
            person.language = value or "zh-Hans"
        else:
            setattr(person, name, value or None)
    return _profile(person, vault)


_TOLD = frozenset(
    {"salutation", "country", "zone", "language", "hometown", "part_of_day", "reach_by"}
)


def _complaints(values: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    limits = {"salutation": 20, "hometown": 60, "country": 8}
    for name, value in values.items():
        if name not in _TOLD:
            wrong[name] = ["不能修改这一项"]
        elif value is not None and len(value.strip()) > limits.get(name, 64):
            wrong[name] = [f"请不要超过 {limits.get(name, 64)} 个字"]
    if (zone := values.get("zone")) and zone not in available_timezones():
        wrong["zone"] = ["没有这个时区，请从列表中选择"]
    if (language := values.get("language")) and language not in LANGUAGES:
        wrong["language"] = ["请选择简体中文或繁体中文"]
    for name, known in (("part_of_day", PARTS_OF_DAY), ("reach_by", REACH_BY)):
        if (value := values.get(name)) and value not in known:
            wrong[name] = ["请从列表中选择"]
    return wrong


def mark_deceased(db: Session, person_id: int, *, on: date | None) -> None:
    """已故: nothing is sent to them any more (None takes it back)."""
    resolve(db, person_id).deceased_on = on


def mark_bereaved(db: Session, person_id: int, *, until: datetime | None) -> None:
    """近期有丧: hold festive letters back until this instant (None lifts it)."""
    resolve(db, person_id).bereaved_until = until


def _profile(person: Person, vault: Vault) -> Profile:
    return Profile(
        person_id=person.id,
        tenant_id=person.tenant_id,
        salutation=opened(vault, person.salutation),
        country=person.country,
        zone=person.zone,
        language=person.language,
        hometown=person.hometown,
        part_of_day=person.part_of_day,
        reach_by=person.reach_by,
    )


def opened(vault: Vault, salutation: bytes | None) -> str | None:
    return vault.open(salutation, where=SALUTATION) if salutation is not None else None


def known(db: Session, *, tenant_id: int) -> int:
    """Count the people of a tenant that were neither merged nor erased."""
    query = select(Person.id).where(
        Person.tenant_id == tenant_id, Person.merged_into.is_(None), Person.erased_at.is_(None)
    )
    return len(list(db.scalars(query)))
