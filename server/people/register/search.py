"""Find a person as one types: 陈丽, chenli, cl, Tan Lee, +39 333…, 陈 石桥."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from server.kernel.crypto import Vault
from server.people.register import names, phones
from server.people.register.models import NameKey, PersonContact, RegisterEntry
from server.people.register.reading import Line, lines
from server.people.register.terms import ContactKind, Facts
from server.people.register.writing import blinds
from server.places import search as places
from server.places.codes import EVERYWHERE, Scope
from server.places.codes import scope as scope_over
from server.places.service import within

_NUMBER = re.compile(r"^[+(（]?\d[\d\s()（）-]{5,}$")
_MAIL = re.compile(r"^\S+@\S+\.\S+$")
LAST = "\U0010ffff"  # sorts behind every character of a key
_FOUND_BY = frozenset({ContactKind.PHONE, ContactKind.EMAIL})
_MOST_ALIKE = 10
_PLACES = 20  # places that one word may mean


def find(
    db: Session,
    tenant_id: int,
    text: str,
    *,
    vault: Vault,
    scope: Scope = EVERYWHERE,
    country: str | None = None,
    limit: int = 20,
) -> list[Line]:
    """Return people in the order of the names that were found, at most `limit`.

    Words apart must all fit: a name, the beginning of one, its pinyin or initials, or a place of
    the hometown. A telephone number or an address of mail is compared as a whole.
    """
    words = text.split()
    if not words:
        return []
    if _NUMBER.match(text.strip()) or _MAIL.match(text.strip()):
        fits = _by_contact(tenant_id, text.strip(), country, vault)
        return _rows(db, tenant_id, fits, scope=scope, limit=limit)
    found = _by_first_name(db, tenant_id, ["".join(words)], scope=scope, limit=limit)
    if not found and len(words) > 1:
        found = _by_first_name(db, tenant_id, words, scope=scope, limit=limit)
    if found or len(words) > 1:
        return found
    return _rows(db, tenant_id, _of_place(db, tenant_id, words[0]), scope=scope, limit=limit)


def _by_first_name(
    db: Session, tenant_id: int, words: list[str], *, scope: Scope, limit: int
) -> list[Line]:
    """Walk the index of keys from the first word that is a name; the others must fit as well."""
    for at, word in enumerate(words):
        key = _key(word)
        if not key:
            continue
        others = words[:at] + words[at + 1 :]
        query = (
            select(RegisterEntry)
            .join(NameKey, NameKey.person_id == RegisterEntry.person_id)
            .where(NameKey.tenant_id == tenant_id, NameKey.key >= key, NameKey.key < key + LAST)
            .where(RegisterEntry.merged.is_(False))
            .where(*_seen(scope))
            .where(*(_fits(db, tenant_id, other) for other in others))
            .order_by(NameKey.key, NameKey.person_id)
            .limit(limit * 3)  # a person may have several keys that begin alike
        )
        rows = {row.person_id: row for row in db.scalars(query)}
        if rows:
            return lines(db, list(rows.values())[:limit])
    return []


def _fits(db: Session, tenant_id: int, word: str) -> ColumnElement[bool]:
    other, key = aliased(NameKey), _key(word)
    by_name = exists().where(
        other.tenant_id == tenant_id,
        other.person_id == RegisterEntry.person_id,
        other.key >= key,
        other.key < key + LAST,
    )
    return or_(by_name, _of_place(db, tenant_id, word))


def _of_place(db: Session, tenant_id: int, word: str) -> ColumnElement[bool]:
    """Make the condition that somebody's hometown is one of the places this word may mean."""
    found = places.search(db, tenant_id, word, limit=_PLACES)
    return within(RegisterEntry.path, scope_over(one.place.path for one in found))


def _by_contact(
    tenant_id: int, text: str, country: str | None, vault: Vault
) -> ColumnElement[bool]:
    if _MAIL.match(text):
        wanted = blinds(vault, ContactKind.EMAIL, text)
    else:
        numbers, _ = phones.parse(text, country=country)
        wanted = [one for number in numbers for one in blinds(vault, ContactKind.PHONE, number)]
    return RegisterEntry.person_id.in_(
        select(PersonContact.person_id).where(
            and_(PersonContact.tenant_id == tenant_id, PersonContact.blind.in_(wanted))
        )
    )


def _rows(
    db: Session, tenant_id: int, fits: ColumnElement[bool], *, scope: Scope, limit: int
) -> list[Line]:
    query = (
        select(RegisterEntry)
        .where(RegisterEntry.tenant_id == tenant_id, RegisterEntry.merged.is_(False))
        .where(fits, *_seen(scope))
        .order_by(RegisterEntry.sort_key, RegisterEntry.person_id)
        .limit(limit)
    )
    return lines(db, list(db.scalars(query)))


def _seen(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope == EVERYWHERE else [within(RegisterEntry.path, scope)]


def _key(word: str) -> str:
    return names.tidy(names.simplified(word) if names.is_hanzi(word) else word)


def alike(db: Session, tenant_id: int, facts: Facts, *, vault: Vault) -> list[Line]:
    """Return who seems to be the same person: a shared number or mail, or name and birth."""
    wanted = _blinds(facts, vault)
    same_contact = RegisterEntry.person_id.in_(
        select(PersonContact.person_id).where(
            PersonContact.tenant_id == tenant_id, PersonContact.blind.in_(wanted)
        )
    )
    rows = _rows(db, tenant_id, same_contact, scope=EVERYWHERE, limit=_MOST_ALIKE) if wanted else []
    named = _rows(
        db,
        tenant_id,
        RegisterEntry.sort_key == names.sorting(facts.name),
        scope=EVERYWHERE,
        limit=200,
    )
    known = {one.person_id for one in rows}
    rows += [
        one for one in named if one.person_id not in known and _same_birth(one.born, facts.born)
    ]
    return rows[:_MOST_ALIKE]


def _same_birth(one: str | None, other: str | None) -> bool:
    """Tell whether two partial dates, both known, do not contradict each other."""
    return bool(one and other) and (
        str(one).startswith(str(other)) or str(other).startswith(str(one))
    )


def alike_many(
    db: Session, tenant_id: int, all_facts: Sequence[Facts], *, vault: Vault
) -> list[bool]:
    """Tell for each whether `alike` would find somebody. A few hundred at a time."""
    hashes = [_blinds(facts, vault) for facts in all_facts]
    held = set(
        db.scalars(
            select(PersonContact.blind).where(
                PersonContact.tenant_id == tenant_id,
                PersonContact.blind.in_(set().union(*hashes)),
            )
        )
    )
    sounds = [names.sorting(facts.name) for facts in all_facts]
    births: dict[str, list[str]] = {}
    named = select(RegisterEntry.sort_key, RegisterEntry.born).where(
        RegisterEntry.tenant_id == tenant_id,
        RegisterEntry.sort_key.in_(set(sounds)),
        RegisterEntry.merged.is_(False),
        RegisterEntry.born.is_not(None),
    )
    for sound, born in db.execute(named):
        births.setdefault(sound, []).append(born or "")
    return [
        bool(mine & held) or any(_same_birth(born, facts.born) for born in births.get(sound, ()))
        for facts, mine, sound in zip(all_facts, hashes, sounds, strict=True)
    ]


def _blinds(facts: Facts, vault: Vault) -> set[bytes]:
    """Return the hashes under which somebody's numbers and mail may be kept."""
    return {
        one
        for kind, value in facts.contacts
        if kind in _FOUND_BY
        for one in blinds(vault, kind, value)
    }


def marks(facts: Facts) -> set[str]:
    """Return what two entries of one list share when they seem to be the same person."""
    found = {f"{kind}:{value.lower()}" for kind, value in facts.contacts if kind in _FOUND_BY}
    if facts.born:
        found.add(f"name:{names.sorting(facts.name)}:{facts.born}")
    return found
