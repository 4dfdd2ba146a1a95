"""Tables of the register."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base

# Sorted by code point in every database, so that "begins with" is an index range.
_Sorted = String().with_variant(String(collation="C"), "postgresql")


class RegisterEntry(Base):
    """One person's page in the 侨情库. A follower without one is not registered."""

    __tablename__ = "register_entry"
    __table_args__ = (
        Index(None, "tenant_id", "sort_key", "person_id"),
        Index(None, "tenant_id", "path", "person_id"),
        Index(None, "source", "person_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(_Sorted)  # names.sorting
    sex: Mapped[str | None]
    born: Mapped[str | None]  # partial date
    birthplace: Mapped[str | None]
    education: Mapped[str | None]
    nationality: Mapped[str | None]
    clan: Mapped[str | None]
    hometown: Mapped[str | None]  # the free text, whatever the division says
    division: Mapped[str | None] = mapped_column(String(24))
    path: Mapped[str] = mapped_column(String(24))  # of the division; "" when not known
    village_group: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    left_on: Mapped[str | None]
    left_how: Mapped[str | None]
    settled_on: Mapped[str | None]
    occupation: Mapped[str | None]
    employer: Mapped[str | None]
    position: Mapped[str | None]
    skills: Mapped[str | None]
    associations: Mapped[str | None]
    notes: Mapped[bytes | None]  # sealed
    hardship: Mapped[bytes | None]  # sealed
    source: Mapped[str]
    verified_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    merged: Mapped[bool] = mapped_column(default=False)  # closed: another entry is this person's
    version: Mapped[int]  # grows with every change: nobody overwrites what they have not seen


class PersonName(Base):
    """One of several names; the first Hanzi one is also the entry's."""

    __tablename__ = "person_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    text: Mapped[str]


class NameKey(Base):
    """What somebody may type to find a person; "begins with" is an index range."""

    __tablename__ = "name_key"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    key: Mapped[str] = mapped_column(_Sorted, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class PersonContact(Base):
    """A telephone number, an address. Sealed; numbers and mail are found by keyed hash."""

    __tablename__ = "person_contact"
    __table_args__ = (Index(None, "tenant_id", "blind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    value: Mapped[bytes]  # sealed
    blind: Mapped[bytes]


class IdentityStatus(Base):
    """From when to when somebody is known as 华侨, 归侨, 侨眷 … Ended, never overwritten."""

    __tablename__ = "identity_status"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    proof: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]


class Relation(Base):
    """Who belongs to whom: 侨眷 of whom, household. Read in both directions."""

    __tablename__ = "relation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]  # relations.Kin: what `other` is to the person
    since: Mapped[date | None]
    until: Mapped[date | None]
