"""How a person can be reached, as plain values for the rooms that plan messages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased

from server.kernel.crypto import Vault
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose
from server.people.models import Person, WeChatIdentity
from server.people.register.models import PersonContact, RegisterEntry
from server.people.register.terms import ContactKind
from server.people.register.writing import CONTACT
from server.people.service import opened, resolve


@dataclass(frozen=True, slots=True)
class Reach:
    """What another room may know in order to plan a message to a person."""

    person_id: int
    tenant_id: int
    salutation: str | None
    zone: str | None
    country: str | None
    language: str
    following: bool  # the official account
    official_openid: str | None
    official_account_id: int | None
    last_message_at: datetime | None  # to the official account
    mini_openid: str | None
    mini_account_id: int | None
    bereaved_until: datetime | None
    deceased_on: date | None
    declined: frozenset[Purpose] = frozenset()  # what the person said no to
    email: str | None = None  # only of those who follow no account
    telephone: bool = False  # a number is known; the same people
    part_of_day: str | None = None  # when letters are welcome
    reach_by: str | None = None  # which way first, of those who follow no account
    sex: str | None = None  # of the register, as the next
    born: str | None = None  # partial date
    followed_at: datetime | None = None  # the official account


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one openid stands with its account."""

    following: bool
    last_message_at: datetime | None


STRANGER = Standing(following=False, last_message_at=None)

_PORTION = 500
_official = aliased(WeChatIdentity)
_mini = aliased(WeChatIdentity)


def _query() -> Select[Person, WeChatIdentity, WeChatIdentity, str | None, str | None]:
    # an outer join: either identity may be None, which the typing of select cannot say
    entered = and_(RegisterEntry.person_id == Person.id, RegisterEntry.merged.is_(False))
    return (
        select(Person, _official, _mini, RegisterEntry.sex, RegisterEntry.born)
        .outerjoin(_official, and_(_official.person_id == Person.id, _official.mini.is_(False)))
        .outerjoin(_mini, and_(_mini.person_id == Person.id, _mini.mini.is_(True)))
        .outerjoin(RegisterEntry, entered)
    )


def reach(db: Session, person_id: int, vault: Vault) -> Reach | None:
    """Return how a person can be reached today, or None when they are gone or erased."""
    person = resolve(db, person_id)
    rows = db.execute(
        _query()
        .where(Person.id == person.id, Person.erased_at.is_(None))
        .order_by(_official.following.desc(), _official.id, _mini.id)
        .limit(1)
    ).first()
    if rows is None:
        return None
    declined = ledger.declined(db, [person.id])
    return _with(_reach(*rows, vault), declined)


def many(db: Session, person_ids: Collection[int], vault: Vault) -> dict[int, Reach]:
    """Return how several people can be reached; those gone or erased are missing."""
    found: dict[int, Reach] = {}
    ids = sorted(person_ids)
    declined = ledger.declined(db, ids)
    for start in range(0, len(ids), _PORTION):
        rows = db.execute(
            _query()
            .where(Person.id.in_(ids[start : start + _PORTION]), Person.erased_at.is_(None))
            .order_by(Person.id, _official.following.desc(), _official.id, _mini.id)
        )
        for person, official, mini, sex, born in rows:
            if person.merged_into is not None:
                merged = reach(db, person.id, vault)
                if merged is not None:
                    found[person.id] = merged
            elif person.id not in found:
                found[person.id] = _with(_reach(person, official, mini, sex, born, vault), declined)
    return found


def standings(db: Session, account_id: int, openids: Collection[str]) -> dict[str, Standing]:
    """Return where openids of an account stand; those not known are missing."""
    ids = sorted(openids)
    found: dict[str, Standing] = {}
    for start in range(0, len(ids), _PORTION):
        rows = db.execute(
            select(
                WeChatIdentity.openid, WeChatIdentity.following, WeChatIdentity.last_message_at
            ).where(
                WeChatIdentity.account_id == account_id,
                WeChatIdentity.openid.in_(ids[start : start + _PORTION]),
            )
        )
        found.update({row.openid: Standing(row.following, row.last_message_at) for row in rows})
    return found


def closed_into(db: Session, person_ids: Collection[int]) -> dict[int, int]:
    """Return every entry closed in favour of these people, and of whom."""
    found: dict[int, int] = {}
    fresh = {one: one for one in person_ids}
    while fresh:
        ids, below = sorted(fresh), {}
        for start in range(0, len(ids), _PORTION):
            rows = db.execute(
                select(Person.id, Person.merged_into).where(
                    Person.merged_into.in_(ids[start : start + _PORTION])
                )
            )
            below.update({closed: fresh[into] for closed, into in rows if into is not None})
        found |= below
        fresh = below
    return found


def followers(
    db: Session, tenant_id: int, vault: Vault, *, since: datetime | None = None
) -> Iterator[Reach]:
    """Yield every person who follows an official account of the tenant, each once, by id.

    Or only those who began to follow after `since`.
    """
    began = [_official.followed_at > since] if since is not None else []
    declined = ledger.declined_in(db, tenant_id)
    rows = db.execute(
        _query()
        .where(
            Person.tenant_id == tenant_id,
            Person.erased_at.is_(None),
            _official.following.is_(True),
            *began,
        )
        .order_by(Person.id, _official.id, _mini.id)
        .execution_options(yield_per=1000)
    )
    last = None
    for person, official, mini, sex, born in rows:
        if person.id != last:  # several identities of a kind: the first is theirs
            yield _with(_reach(person, official, mini, sex, born, vault), declined)
        last = person.id


def others(db: Session, tenant_id: int, vault: Vault) -> Iterator[Reach]:
    """Yield the registered people who follow no account and left an address or a number, by id."""
    follows = (
        select(WeChatIdentity.id)
        .where(
            WeChatIdentity.person_id == Person.id,
            WeChatIdentity.mini.is_(False),
            WeChatIdentity.following.is_(True),
        )
        .exists()
    )
    kinds = [str(ContactKind.EMAIL), str(ContactKind.PHONE)]
    rows = db.execute(
        select(
            Person,
            RegisterEntry.name,
            RegisterEntry.sex,
            RegisterEntry.born,
            PersonContact.kind,
            PersonContact.value,
        )
        .join(RegisterEntry, RegisterEntry.person_id == Person.id)
        .join(PersonContact, PersonContact.person_id == Person.id)
        .where(
            Person.tenant_id == tenant_id,
            Person.erased_at.is_(None),
            Person.merged_into.is_(None),
            RegisterEntry.merged.is_(False),
            PersonContact.kind.in_(kinds),
            ~follows,
        )
        .order_by(Person.id, PersonContact.id)
        .execution_options(yield_per=1000)
    )
    declined = ledger.declined_in(db, tenant_id)
    for _, group in groupby(rows, key=lambda row: row.Person.id):
        some = list(group)
        mails = [
            vault.open(row.value, where=CONTACT) for row in some if row.kind == ContactKind.EMAIL
        ]
        first = some[0]
        known = _reach(first.Person, None, None, first.sex, first.born, vault)
        yield _with(
            replace(
                known,
                salutation=known.salutation or _politely(first.name, first.sex),
                email=mails[0] if mails else None,
                telephone=any(row.kind == ContactKind.PHONE for row in some),
            ),
            declined,
        )


def _politely(name: str, sex: str | None) -> str:
    return name + {"m": "先生", "f": "女士"}.get(sex or "", "")


def _with(one: Reach, declined: Mapping[int, frozenset[Purpose]]) -> Reach:
    found = declined.get(one.person_id)
    return replace(one, declined=found) if found else one


def _reach(  # noqa: PLR0917 (the columns of a row)
    person: Person,
    official: WeChatIdentity | None,
    mini: WeChatIdentity | None,
    sex: str | None,
    born: str | None,
    vault: Vault,
) -> Reach:
    return Reach(
        person_id=person.id,
        tenant_id=person.tenant_id,
        salutation=opened(vault, person.salutation),
        zone=person.zone,
        country=person.country,
        language=person.language,
        following=official is not None and official.following,
        official_openid=official.openid if official else None,
        official_account_id=official.account_id if official else None,
        last_message_at=official.last_message_at if official else None,
        mini_openid=mini.openid if mini else None,
        mini_account_id=mini.account_id if mini else None,
        bereaved_until=person.bereaved_until,
        deceased_on=person.deceased_on,
        part_of_day=person.part_of_day,
        reach_by=person.reach_by,
        sex=sex,
        born=born,
        followed_at=official.followed_at if official else None,
    )
