"""Write down what people allow and ask it, for one or for everybody who follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict
from server.kernel.upsert import insert_new
from server.people.agreements.models import Agreement, AgreementText
from server.people.agreements.terms import TERMS, Purpose, Unasked, Way, Wording
from server.people.models import Person
from server.people.service import ids_of, resolve

BASIS = "agreement.basis"
TOGETHER = 500


class State(StrEnum):
    """How a person stands to a purpose."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    PRESUMED = "presumed"  # nothing said; it holds unasked (terms.Unasked)
    NOT_ASKED = "not_asked"  # nothing said, so no


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands now."""

    purpose: Purpose
    state: State
    since: datetime | None
    way: Way | None
    version: str | None  # of the words agreed to


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    purpose: Purpose
    given: bool
    at: datetime
    way: Way
    version: str
    text: str
    about: str
    staff_id: int | None
    basis: str | None


def record(  # noqa: PLR0913 (one for each thing the law wants known)
    db: Session,
    *,
    person_id: int,
    purpose: Purpose,
    given: bool,
    way: Way,
    vault: Vault,
    now: datetime,
    wording: Wording | None = None,
    about: str = "",
    staff_id: int | None = None,
    basis: str = "",
) -> bool:
    """Add a line; return False when it would only repeat the last one.

    `wording` is what the person had before them, the purpose's present words when left out.
    Raise Conflict for the account's own purpose: that ends with the account.
    """
    term = TERMS[purpose]
    if term.unasked is Unasked.NEEDED and not given:
        raise Conflict("ends with the account")
    wording = wording or term.wording
    person = resolve(db, person_id)
    last = _last(db, ids_of(db, person.id), purpose)
    same = last is not None and (last.given, last.text_digest) == (given, wording.digest)
    if same and not about:
        return False
    insert_new(
        db,
        cast("Table", AgreementText.__table__),
        {
            "digest": wording.digest,
            "version": wording.version,
            "text": wording.text,
            "first_used_at": now,
        },
    )
    db.add(
        Agreement(
            tenant_id=person.tenant_id,
            person_id=person.id,
            purpose=purpose,
            given=given,
            at=now,
            way=way,
            text_digest=wording.digest,
            about=about,
            staff_id=staff_id,
            basis=vault.seal(basis, where=BASIS) if basis else None,
        )
    )
    db.flush()
    return True


def _last(db: Session, ids: Collection[int], purpose: Purpose) -> Agreement | None:
    query = select(Agreement).where(Agreement.person_id.in_(ids), Agreement.purpose == purpose)
    return db.scalar(query.order_by(Agreement.at.desc(), Agreement.id.desc()).limit(1))


def standings(db: Session, person_id: int) -> list[Standing]:
    """Return where a person stands to each purpose, in the order of the law's list."""
    query = (
        select(Agreement, AgreementText.version)
        .join(AgreementText, AgreementText.digest == Agreement.text_digest)
        .where(Agreement.person_id.in_(ids_of(db, resolve(db, person_id).id)))
        .order_by(Agreement.at, Agreement.id)
    )
    last = {row.purpose: (row, version) for row, version in db.execute(query)}
    return [_standing(purpose, last.get(purpose)) for purpose in TERMS]


def _standing(purpose: Purpose, last: tuple[Agreement, str] | None) -> Standing:
    if last is None:
        asked = TERMS[purpose].unasked is Unasked.NO
        state = State.NOT_ASKED if asked else State.PRESUMED
        return Standing(purpose, state, None, None, None)
    row, version = last
    state = State.GIVEN if row.given else State.WITHDRAWN
    return Standing(purpose, state, row.at, Way(row.way), version)


def allows(db: Session, person_id: int, purpose: Purpose) -> bool:
    """Tell whether a person's data may be used for a purpose now."""
    last = _last(db, ids_of(db, resolve(db, person_id).id), purpose)
    return last.given if last is not None else TERMS[purpose].unasked is not Unasked.NO


def withdrew(db: Session, person_id: int, purpose: Purpose) -> bool:
    """Tell whether a person said no; somebody never asked did not."""
    last = _last(db, ids_of(db, resolve(db, person_id).id), purpose)
    return last is not None and not last.given


def history(db: Session, person_id: int, *, vault: Vault) -> list[Entry]:
    """Return all that was ever said, the latest first."""
    query = (
        select(Agreement, AgreementText)
        .join(AgreementText, AgreementText.digest == Agreement.text_digest)
        .where(Agreement.person_id.in_(ids_of(db, resolve(db, person_id).id)))
        .order_by(Agreement.at.desc(), Agreement.id.desc())
    )
    return [
        Entry(
            purpose=Purpose(row.purpose),
            given=row.given,
            at=row.at,
            way=Way(row.way),
            version=words.version,
            text=words.text,
            about=row.about,
            staff_id=row.staff_id,
            basis=vault.open(row.basis, where=BASIS) if row.basis else None,
        )
        for row, words in db.execute(query)
    ]


def declined(db: Session, person_ids: Iterable[int]) -> dict[int, frozenset[Purpose]]:
    """Return what these (living) persons said no to; whoever declined nothing is missing."""
    ids = sorted(set(person_ids))
    found: dict[int, frozenset[Purpose]] = {}
    for start in range(0, len(ids), TOGETHER):
        found |= _declined(db, _families(db, ids[start : start + TOGETHER]))
    return found


def declined_in(db: Session, tenant_id: int) -> dict[int, frozenset[Purpose]]:
    """Return everybody of a tenant who declined anything: few, however many follow."""
    rows = db.scalars(
        select(Agreement.person_id)
        .where(
            Agreement.tenant_id == tenant_id,
            Agreement.purpose.in_([str(purpose) for purpose in TERMS]),
            Agreement.given.is_(False),
        )
        .distinct()
    )
    return declined(db, {resolve(db, person_id).id for person_id in rows})


def _families(db: Session, ids: Collection[int]) -> dict[int, int]:
    """Return these persons and everybody merged into them, each with the living one."""
    living = {one: one for one in ids}
    fresh = list(ids)
    while fresh:
        rows = db.execute(
            select(Person.id, Person.merged_into).where(Person.merged_into.in_(fresh))
        )
        merged = {person_id: living[heir] for person_id, heir in rows if heir is not None}
        living |= merged
        fresh = list(merged)
    return living


def _declined(db: Session, living: dict[int, int]) -> dict[int, frozenset[Purpose]]:
    rows = db.execute(
        select(Agreement.person_id, Agreement.purpose, Agreement.given)
        .where(Agreement.person_id.in_(list(living)))
        .order_by(Agreement.at, Agreement.id)
    )
    last = {(living[person_id], purpose): given for person_id, purpose, given in rows}
    found: dict[int, frozenset[Purpose]] = {}
    for (person_id, purpose), given in last.items():
        if not given:
            found[person_id] = found.get(person_id, frozenset()) | {Purpose(purpose)}
    return found


def forget_bases(db: Session, person_ids: Collection[int]) -> None:
    """Drop the words staff wrote beside these persons' lines; the lines stay as proof."""
    db.execute(
        update(Agreement)
        .where(Agreement.person_id.in_(list(person_ids)))
        .values(basis=None)
        .execution_options(synchronize_session="fetch")
    )
