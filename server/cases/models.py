"""Tables of the cases room. Whatever a person wrote is sealed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.kernel.db import Base


class Case(Base):
    """A petition (信访诉求) or a consultation (法律咨询)."""

    __tablename__ = "case_file"  # "case" is a word of SQL
    __table_args__ = (
        UniqueConstraint("person_id", "submission_id"),
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "state", "answer_by", "id"),
        Index(None, "tenant_id", "kind", "state", "id"),
        Index(None, "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    number: Mapped[str]
    kind: Mapped[str]
    topic: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submission_id: Mapped[str]  # made on the phone; a second tap repeats it
    subject: Mapped[bytes]  # sealed
    body: Mapped[bytes]  # sealed
    contact: Mapped[bytes | None]  # sealed
    country: Mapped[str | None]
    consent_version: Mapped[str]
    state: Mapped[str]
    answer_by: Mapped[date]
    first_officer_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff_member.id")
    )  # 首问责任人
    assigned_to: Mapped[int | None] = mapped_column(  # the lawyer a consultation was given to
        ForeignKey("staff_member.id"), index=True
    )
    submitted_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # when the person last looked
    archived_at: Mapped[datetime | None]  # 封存: the person has gone; only for those with the right

    events: Mapped[list[CaseEvent]] = relationship(order_by="CaseEvent.id")
    files: Mapped[list[CaseFile]] = relationship(order_by="CaseFile.id")

    @property
    def path(self) -> str:
        """The division a case lies in: none, it is the whole county's (staff.access.Located)."""
        return ""


class CaseEvent(Base):
    """One move in the life of a case. Never changed, never deleted."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # you, office, system
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    action: Mapped[str]
    state: Mapped[str]
    told: Mapped[bytes]  # sealed: what the person reads
    note: Mapped[bytes | None]  # sealed: what stays inside
    notice: Mapped[str]  # how the phone was told: a channel, "none" or "not_needed"


class CaseFile(Base):
    """A photo somebody sent. Without a case it is an upload not yet used, and is swept."""

    __tablename__ = "case_photo"
    __table_args__ = (Index(None, "case_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)  # opaque
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("case_event.id"))
    key: Mapped[str]  # in the file store
    content_type: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[datetime]


class CaseCounter(Base):
    """The last number given, per county, kind and year."""

    __tablename__ = "case_counter"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)  # "XF2026"
    last: Mapped[int]
