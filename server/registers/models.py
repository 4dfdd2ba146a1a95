"""Tables of the registers room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class ImportBatch(Base):
    """A list somebody brings in: uploaded, checked, applied as a whole, perhaps undone."""

    __tablename__ = "import_batch"
    __table_args__ = (Index(None, "tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    filename: Mapped[str]
    file_key: Mapped[str]  # the sealed file
    state: Mapped[str]  # imports.State
    trouble: Mapped[str | None]  # why the file could not be read, in Chinese
    header_row: Mapped[int | None]  # counted from 0
    columns: Mapped[list[str]]  # our field for each column, "" for one left out
    headings: Mapped[list[str]]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)  # rows looked at so far
    good: Mapped[int] = mapped_column(default=0)
    alike: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    entered: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)  # at an undo: changed since, so left
    findings: Mapped[bytes | None]  # sealed JSON: the first rows with something to say
    finished_at: Mapped[datetime | None]


class RollExport(Base):
    """A 台账 somebody asked for: who, whom, what for. The file goes after a day, this row stays."""

    __tablename__ = "roll_export"
    __table_args__ = (
        Index(None, "tenant_id", "id"),
        Index(None, "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    purpose: Mapped[str]
    receiver: Mapped[str]
    identity: Mapped[str | None]
    country: Mapped[str | None]
    division: Mapped[str | None]
    contacts: Mapped[bool]  # with telephone numbers and addresses
    hardship: Mapped[bool]
    state: Mapped[str]  # exports.State
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    worked_at: Mapped[datetime | None]  # the last sign of life of whoever writes it
    file_key: Mapped[str | None]  # the sealed workbook
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    downloads: Mapped[int] = mapped_column(default=0)
