"""Tables of the organisations room."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class Organisation(Base):
    """One organisation (组织) as it is now; what happened to it stands in `OrganisationEvent`."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "credit_code"),
        Index(None, "tenant_id", "path", "id"),
        Index(None, "tenant_id", "kind", "name"),
        Index(None, "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str]  # terms.Kind
    name: Mapped[str]
    former_names: Mapped[str | None]  # 、 between them
    credit_code: Mapped[str | None] = mapped_column(String(18))
    path: Mapped[str] = mapped_column(String(24))  # of its division; "": the whole county's
    country: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    address: Mapped[str | None]
    phone: Mapped[str | None]  # of the office
    members: Mapped[int | None]
    built: Mapped[str | None]  # terms.BUILT
    home_type: Mapped[str | None]  # terms.HOME_TYPES
    contact_staff: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    notes: Mapped[str | None]
    exists: Mapped[bool] = mapped_column(default=True)  # as the last event says
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class OrganisationEvent(Base):
    """新建、重组、恢复、撤销: when, by which document. Only ever added."""

    __tablename__ = "organisation_event"
    __table_args__ = (Index(None, "organisation_id", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    on: Mapped[date]
    document: Mapped[str | None]
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    noted_at: Mapped[datetime]


class OrganisationLink(Base):
    """1+N, 1+Y: from when to when. Ended, never removed."""

    __tablename__ = "organisation_link"
    __table_args__ = (Index(None, "organisation_id"), Index(None, "other_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]


class OrganisationOfficer(Base):
    """Who holds a post, in which term of office (届次). Ended, never removed."""

    __tablename__ = "organisation_officer"
    __table_args__ = (Index(None, "organisation_id", "until"), Index(None, "term_ends"))

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    post: Mapped[str]
    term: Mapped[str | None]  # 第八届
    since: Mapped[date]
    term_ends: Mapped[date | None]
    until: Mapped[date | None]


class SelfCheck(Base):
    """五有 of a year, as the organisation answered it itself."""

    __tablename__ = "organisation_self_check"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, str]]
    note: Mapped[str | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    checked_at: Mapped[datetime]
