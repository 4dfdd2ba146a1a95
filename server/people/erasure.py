"""Take a person out: who they were on WeChat, what they told us, their page in the register."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from server.people.agreements import ledger
from server.people.duplicates import merging
from server.people.models import ApiSession, Person, WeChatIdentity
from server.people.register import writing
from server.people.register.models import PersonName, RegisterEntry, Relation


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody was on WeChat."""

    account_id: int
    openid: str


def addresses(db: Session, person_ids: Collection[int]) -> list[Address]:
    """Return every WeChat identity of these persons."""
    rows = select(WeChatIdentity.account_id, WeChatIdentity.openid).where(
        WeChatIdentity.person_id.in_(list(person_ids))
    )
    return [Address(account_id, openid) for account_id, openid in db.execute(rows)]


def names(db: Session, person_ids: Collection[int]) -> set[str]:
    """Return every name the register knows of these persons."""
    ids = list(person_ids)
    return set(db.scalars(select(PersonName.text).where(PersonName.person_id.in_(ids)))) | set(
        db.scalars(select(RegisterEntry.name).where(RegisterEntry.person_id.in_(ids)))
    )


def erase(db: Session, person_ids: Collection[int], *, now: datetime) -> None:
    """Leave nothing of these persons but a number that cases and statistics hang on.

    Who comes back to the account is somebody new.
    """
    ids = list(person_ids)
    for table in (WeChatIdentity, ApiSession):  # consents go with the identity
        db.execute(
            delete(table)
            .where(table.person_id.in_(ids))
            .execution_options(synchronize_session="fetch")
        )
    writing.erase(db, ids)
    merging.erase(db, ids)
    db.execute(
        delete(Relation)
        .where(or_(Relation.person_id.in_(ids), Relation.other_id.in_(ids)))
        .execution_options(synchronize_session="fetch")
    )
    ledger.forget_bases(db, ids)
    wipe_profile(db, ids, now=now)


def end_sign_ins(db: Session, person_ids: Collection[int]) -> None:
    db.execute(
        delete(ApiSession)
        .where(ApiSession.person_id.in_(list(person_ids)))
        .execution_options(synchronize_session="fetch")
    )


def wipe_profile(db: Session, person_ids: Collection[int], *, now: datetime) -> None:
    db.execute(
        update(Person)
        .where(Person.id.in_(list(person_ids)))
        .values(
            salutation=None,
            country=None,
            zone=None,
            hometown=None,
            part_of_day=None,
            reach_by=None,
            language="zh-Hans",
            bereaved_until=None,
            deceased_on=None,
            erased_at=now,
        )
        .execution_options(synchronize_session="fetch")
    )


def forget_place(db: Session, person_ids: Collection[int]) -> None:
    """Drop where somebody lives and comes from; they took back ② (terms.Purpose.PROFILE)."""
    db.execute(
        update(Person)
        .where(Person.id.in_(list(person_ids)))
        .values(country=None, hometown=None)
        .execution_options(synchronize_session="fetch")
    )
