"""Tables of the rights room."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class RightsRequest(Base):
    """Somebody asks for a change in the register that staff decide on, with reasons."""

    __tablename__ = "rights_request"
    __table_args__ = (
        Index(None, "tenant_id", "state", "answer_by", "id"),
        Index(None, "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str] = mapped_column(String(24))  # of the hometown when it was asked
    kind: Mapped[str]  # terms.Kind
    state: Mapped[str]  # terms.State
    wanted: Mapped[bytes]  # sealed JSON: {"fields": {field: [now, wanted]}, "words": …}
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]  # the last of fifteen working days, our own promise
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    reason: Mapped[bytes | None]  # sealed: what the person is told
    read_at: Mapped[datetime | None]  # when the person saw the decision


class Closure(Base):
    """Somebody closes their account: seven days to think, then it is done and cannot be undone."""

    __tablename__ = "account_closure"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "person_id", "id"),
        Index(None, "tenant_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]  # terms.ClosureState
    open_cases: Mapped[str]  # terms.OpenCases: what becomes of those not answered yet
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # None: themselves
    basis: Mapped[bytes | None]  # sealed: on what a member of staff acted
    ended_at: Mapped[datetime | None]


class DataCopy(Base):
    """A copy of all we hold, made for the person to take along; gone after a day."""

    __tablename__ = "data_copy"
    __table_args__ = (Index(None, "state", "asked_at"), Index(None, "person_id", "asked_at"))

    id: Mapped[str] = mapped_column(primary_key=True)  # opaque
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]  # terms.CopyState
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    file_key: Mapped[str | None]
    size: Mapped[int | None]
    fetched_at: Mapped[datetime | None]  # the last time it was downloaded


class RetentionRule(Base):
    """How long this tenant keeps a kind of file (归档范围和保管期限, approved by its archive)."""

    __tablename__ = "retention_rule"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # retention.KINDS
    years: Mapped[int | None]  # None: 永久
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
