"""Tables of the places room."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base

# Sorted by code point in every database, so that "begins with" is an index range.
_Sorted = String().with_variant(String(collation="C"), "postgresql")
_NATIONAL = text("tenant_id IS NULL")


class Division(Base):
    """A division (区划): the nation's, or one that a county keeps for itself. Never deleted."""

    __tablename__ = "division"
    __table_args__ = (
        Index("uq_division_tenant_id_code", "tenant_id", "code", unique=True),
        Index(  # NULLs are not equal to each other: the nation's need a rule of their own
            "uq_division_code_national",
            "code",
            unique=True,
            sqlite_where=_NATIONAL,
            postgresql_where=_NATIONAL,
        ),
        Index(None, "path"),
        Index(None, "parent_code", "code"),
        Index(None, "replaced_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))  # None: the nation's
    code: Mapped[str] = mapped_column(String(24))  # see codes
    path: Mapped[str] = mapped_column(String(24))  # codes.path_of(code); never changes
    level: Mapped[str]
    name: Mapped[str]
    full_name: Mapped[str]  # 浙江省丽水市青田县
    parent_code: Mapped[str | None] = mapped_column(String(24))
    valid_from: Mapped[date | None]  # None: longer than we know
    valid_to: Mapped[date | None]  # the day it ended; None: it exists
    replaced_by: Mapped[str | None] = mapped_column(String(24))  # code of its successor
    source: Mapped[str]


class DivisionAlias(Base):
    """Another name people use for a division: one it had, a commune (公社), an old county."""

    __tablename__ = "division_alias"
    __table_args__ = (Index(None, "division_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))  # None: for everybody
    name: Mapped[str]
    kind: Mapped[str]  # names.AliasKind


class DivisionKey(Base):
    """What somebody may type to find a division: a name, its pinyin, its initials."""

    __tablename__ = "division_key"
    __table_args__ = (Index(None, "key", "division_id"), Index(None, "division_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(_Sorted)
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    alias_id: Mapped[int | None] = mapped_column(ForeignKey("division_alias.id"))
    path: Mapped[str] = mapped_column(String(24))  # of the division


class TenantSeat(Base):
    """The division a federation works for (属地): a county's own subtree."""

    __tablename__ = "tenant_seat"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(24))
