"""Enter people into the register, one or fifty thousand, and change an entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.people.models import Person, WeChatIdentity
from server.people.register import names
from server.people.register.models import (
    IdentityStatus,
    NameKey,
    PersonContact,
    PersonName,
    RegisterEntry,
)
from server.people.register.terms import (
    EXCLUSIVE,
    LEFT_HOW,
    SEXES,
    ContactKind,
    Facts,
    Identity,
    NameKind,
    Proof,
)
from server.places import codes, countries

NOTES, HARDSHIP, CONTACT = (
    "register_entry.notes",
    "register_entry.hardship",
    "person_contact.value",
)
TOGETHER = 500  # people written with one round of statements
_LIMITS = {
    "name": 60, "birthplace": 60, "education": 30, "clan": 30, "hometown": 80,
    "village_group": 30, "city": 60, "occupation": 60, "employer": 80, "position": 60,
    "skills": 200, "associations": 200, "notes": 2000, "hardship": 2000,
}  # fmt: skip
_PLAIN = (
    "sex", "born", "birthplace", "education", "nationality", "clan", "hometown",
    "village_group", "country", "city", "left_on", "left_how", "settled_on", "occupation",
    "employer", "position", "skills", "associations",
)  # fmt: skip


def complaints(facts: Facts) -> dict[str, list[str]]:
    """Return what is wrong with each field, in Chinese; empty when all is well."""
    wrong = {
        field: [f"请不要超过 {limit} 个字"]
        for field, limit in _LIMITS.items()
        if len(getattr(facts, field) or "") > limit
    }
    if not facts.name.strip():
        wrong["name"] = ["请填写姓名"]
    for field, known in (("sex", SEXES), ("left_how", LEFT_HOW)):
        if (value := getattr(facts, field)) is not None and value not in known:
            wrong[field] = ["请从列表中选择"]
    for field in ("country", "nationality"):
        if (value := getattr(facts, field)) is not None and not countries.known(value):
            wrong[field] = ["不在国家（地区）名单里"]
    if set(facts.identities) >= EXCLUSIVE:
        wrong["identities"] = ["华侨是中国公民，外籍华人是外国公民，只能选一个"]
    return wrong


def add(db: Session, tenant_id: int, facts: Facts, *, vault: Vault, now: datetime) -> int:
    """Enter one person. Raise Invalid naming each wrong field. Return the person."""
    if wrong := complaints(facts):
        raise Invalid(fields=wrong)
    return add_many(db, tenant_id, [facts], vault=vault, now=now)[0]


def add_many(
    db: Session, tenant_id: int, all_facts: Sequence[Facts], *, vault: Vault, now: datetime
) -> list[int]:
    """Enter people already checked by `complaints`; return them in the same order."""
    entered: list[int] = []
    for start in range(0, len(all_facts), TOGETHER):
        some = all_facts[start : start + TOGETHER]
        made = db.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [_person(tenant_id, facts, now) for facts in some],
        )
        ids = list(made)
        _write(db, tenant_id, list(zip(ids, some, strict=True)), vault=vault, now=now)
        entered += ids
    return entered


def register_known(
    db: Session, tenant_id: int, person_id: int, facts: Facts, *, vault: Vault, now: datetime
) -> None:
    """Open a page for somebody we know from WeChat. Raise Conflict when there is one, Invalid."""
    if wrong := complaints(facts):
        raise Invalid(fields=wrong)
    if db.get(RegisterEntry, person_id) is not None:
        raise Conflict("already registered")
    _write(db, tenant_id, [(person_id, facts)], vault=vault, now=now)


def change(
    db: Session,
    tenant_id: int,
    person_id: int,
    facts: Facts,
    *,
    seen: int,
    vault: Vault,
    now: datetime,
) -> None:
    """Replace an entry's facts. Identities that are gone get an end, new ones a beginning.

    `seen` is the version somebody looked at. Raise Conflict when it has changed since, Invalid
    naming each wrong field, NotFound.
    """
    if wrong := complaints(facts):
        raise Invalid(fields=wrong)
    row = db.get(RegisterEntry, person_id, with_for_update=True)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound("person")
    if row.version != seen:
        raise Conflict("changed meanwhile")
    facts = replace(facts, source=row.source)
    for name, value in _entry(tenant_id, person_id, facts, vault=vault, now=now).items():
        setattr(row, name, value)
    row.version = seen + 1
    for table in (PersonName, NameKey, PersonContact):
        db.execute(delete(table).where(table.person_id == person_id))
    _write_names(db, tenant_id, [(person_id, facts)])
    _write_contacts(db, tenant_id, [(person_id, facts)], vault)
    _change_identities(db, person_id, set(facts.identities), today=now.date())
    person = db.get_one(Person, person_id)
    person.country, person.hometown = facts.country, facts.hometown
    person.zone = facts.zone or person.zone or _zone(facts.country)


def _change_identities(db: Session, person_id: int, wanted: set[Identity], *, today: date) -> None:
    open_ones = db.scalars(
        select(IdentityStatus).where(
            IdentityStatus.person_id == person_id, IdentityStatus.until.is_(None)
        )
    )
    held = {row.kind: row for row in open_ones}
    for kind, row in held.items():
        if kind not in wanted:
            row.until = today
    for kind in sorted(wanted - held.keys()):
        db.add(_identity(person_id, kind, today))


def _identity(person_id: int, kind: Identity, today: date) -> IdentityStatus:
    return IdentityStatus(
        person_id=person_id, kind=kind, proof=Proof.SELF_DECLARED, since=today, until=None
    )


def _person(tenant_id: int, facts: Facts, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "created_at": now,
        "language": "zh-Hans",
        "country": facts.country,
        "zone": facts.zone or _zone(facts.country),
        "hometown": facts.hometown,
    }


def _zone(country: str | None) -> str | None:
    return countries.zone_of(country) if country else None


Pairs = Sequence[tuple[int, Facts]]


def _write(db: Session, tenant_id: int, pairs: Pairs, *, vault: Vault, now: datetime) -> None:
    _insert(
        db,
        RegisterEntry,
        (
            _entry(tenant_id, person_id, facts, vault=vault, now=now) | {"version": 1}
            for person_id, facts in pairs
        ),
    )
    _write_names(db, tenant_id, pairs)
    _write_contacts(db, tenant_id, pairs, vault)
    _insert(
        db,
        IdentityStatus,
        (
            {
                "person_id": person_id,
                "kind": kind,
                "proof": Proof.SELF_DECLARED,
                "since": now.date(),
                "until": None,
            }
            for person_id, facts in pairs
            for kind in facts.identities
        ),
    )


def _entry(
    tenant_id: int, person_id: int, facts: Facts, *, vault: Vault, now: datetime
) -> dict[str, Any]:
    return {field: getattr(facts, field) for field in _PLAIN} | {
        "person_id": person_id,
        "tenant_id": tenant_id,
        "name": facts.name.strip(),
        "sort_key": names.sorting(facts.name),
        "division": facts.division,
        "path": codes.path_of(facts.division) if facts.division else "",
        "notes": vault.seal(facts.notes, where=NOTES) if facts.notes else None,
        "hardship": vault.seal(facts.hardship, where=HARDSHIP) if facts.hardship else None,
        "source": facts.source,
        "verified_on": None,
        "changed_at": now,
    }


def _write_names(db: Session, tenant_id: int, pairs: Pairs) -> None:
    several = [(person_id, _names(facts)) for person_id, facts in pairs]
    _insert(
        db,
        PersonName,
        (
            {"person_id": person_id, "kind": kind, "text": text}
            for person_id, all_names in several
            for kind, text in all_names
        ),
    )
    _insert(
        db,
        NameKey,
        (
            {"tenant_id": tenant_id, "key": key, "person_id": person_id}
            for person_id, all_names in several
            for key in sorted(names.all_keys(text for _, text in all_names))
        ),
    )


def _names(facts: Facts) -> list[tuple[str, str]]:
    own = NameKind.HANZI if names.is_hanzi(facts.name) else NameKind.FOREIGN
    wanted = [(own, facts.name.strip()), *facts.other_names]
    return [(str(kind), text.strip()) for kind, text in dict.fromkeys(wanted) if text.strip()]


def _write_contacts(db: Session, tenant_id: int, pairs: Pairs, vault: Vault) -> None:
    _insert(
        db,
        PersonContact,
        (
            {
                "tenant_id": tenant_id,
                "person_id": person_id,
                "kind": kind,
                "value": vault.seal(value, where=CONTACT),
                "blind": blind(vault, kind, value),
            }
            for person_id, facts in pairs
            for kind, value in facts.contacts
        ),
    )


def blind(vault: Vault, kind: str, value: str) -> bytes:
    """Return the keyed hash that finds a contact exactly as it was written, case aside."""
    return vault.blind(value.strip().lower(), where=f"{CONTACT}.{kind}")


def blinds(vault: Vault, kind: ContactKind, value: str) -> list[bytes]:
    """Return the hashes to look for: one for each key, while keys are being changed."""
    return vault.blinds(value.strip().lower(), where=f"{CONTACT}.{kind}")


def rehash(row: Mapping[str, Any], vault: Vault) -> dict[str, bytes]:
    """Return the look-up hash of a contact's row under the current key."""
    return {"blind": blind(vault, row["kind"], vault.open(row["value"], where=CONTACT))}


def _insert(db: Session, model: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    if made := list(rows):
        db.execute(insert(cast("Table", model.__table__)), made)


def erase(db: Session, person_ids: Sequence[int]) -> None:
    """Take these persons' pages out of the register for good."""
    for table in (NameKey, PersonName, PersonContact, IdentityStatus, RegisterEntry):
        db.execute(
            delete(table)
            .where(table.person_id.in_(list(person_ids)))
            .execution_options(synchronize_session="fetch")
        )


def withdraw(db: Session, tenant_id: int, *, source: str) -> tuple[int, int]:
    """Take out everybody who was entered from a source and not touched since.

    Return (taken out, left because somebody changed the page or they came to us on WeChat).
    """
    entered = select(RegisterEntry.person_id).where(
        RegisterEntry.tenant_id == tenant_id, RegisterEntry.source == source
    )
    every = set(db.scalars(entered))
    on_wechat = select(WeChatIdentity.person_id).where(
        WeChatIdentity.person_id == RegisterEntry.person_id
    )
    untouched = list(db.scalars(entered.where(RegisterEntry.version == 1, ~on_wechat.exists())))
    for start in range(0, len(untouched), TOGETHER):
        ids = untouched[start : start + TOGETHER]
        for table in (NameKey, PersonName, PersonContact, IdentityStatus, RegisterEntry):
            db.execute(delete(table).where(table.person_id.in_(ids)))
        db.execute(delete(Person).where(Person.id.in_(ids)))
    return len(untouched), len(every) - len(untouched)
