"""Tables of duplicates and merges."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class DuplicateScan(Base):
    """One look through a county's whole register."""

    __tablename__ = "duplicate_scan"
    __table_args__ = (Index(None, "tenant_id", "id"), Index(None, "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    state: Mapped[str]  # merging.ScanState
    total: Mapped[int] = mapped_column(default=0)  # entries
    done: Mapped[int] = mapped_column(default=0)  # entries read so far
    found: Mapped[int] = mapped_column(default=0)  # pairs worth a look
    worked_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class DuplicatePair(Base):
    """Two entries that may be one person. "Somebody else" is remembered for good."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        Index(None, "tenant_id", "state", "bits", "id"),
        Index(None, "right_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    left_id: Mapped[int] = mapped_column(ForeignKey("person.id"))  # the smaller number
    right_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bits: Mapped[float]  # scoring: how much speaks for it
    reasons: Mapped[list[str]]
    sure: Mapped[bool]
    state: Mapped[str]  # merging.PairState
    found_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]


class PersonMerge(Base):
    """One entry closed in favour of another; can be undone for 180 days."""

    __tablename__ = "person_merge"
    __table_args__ = (
        Index(None, "tenant_id", "id"),
        Index(None, "survivor_id"),
        Index(None, "closed_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    survivor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    merged_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    merged_at: Mapped[datetime]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    undone_at: Mapped[datetime | None]
    journal: Mapped[bytes | None]  # sealed: what was before, what was moved
