"""Tables of the staff room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class StaffMember(Base):
    """Somebody who may sign in. Nobody is ever deleted: what they did keeps their name."""

    __tablename__ = "staff_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]  # Argon2id
    # A password somebody else made: it must be changed, and is good until then.
    password_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    two_step: Mapped[bytes | None]  # sealed: the secret of the one-time codes
    two_step_since: Mapped[datetime | None]  # None: not confirmed, not asked for
    two_step_last: Mapped[int] = mapped_column(default=0)  # the last time step that was used


class RecoveryCode(Base):
    """Opens the second step once when the phone is lost. Keyed hashes only; gone when used."""

    __tablename__ = "staff_recovery_code"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)


class StaffRole(Base):
    """A role as this tenant has it. What has no row here is as the product ships it."""

    __tablename__ = "staff_role"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # permissions.Role, or "own-1", "own-2" …
    name: Mapped[str]
    permissions: Mapped[list[str]]


class StaffGrant(Base):
    """Who holds which role where, from when to when, and who gave it. Ended, never deleted."""

    __tablename__ = "staff_grant"
    __table_args__ = (Index(None, "staff_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    role: Mapped[str]
    path: Mapped[str] = mapped_column(String(24))  # of the division; "": the whole county
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    granted_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]


class StaffSession(Base):
    """A sign-in of the console. Only the hash of the cookie's token is kept."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    device: Mapped[str]  # as people would say it: Windows 电脑 · Chrome
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """Who did what to which record, and when: a chain in which every row names the one before.

    Rows are only ever added; the database refuses anything else (migrations/triggers).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "subject", "number"),
        Index(None, "tenant_id", "staff_id", "number"),
        Index(None, "tenant_id", "action", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    number: Mapped[int]  # within the tenant, without gaps
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    action: Mapped[str]  # "case.view", "case.reply", "sign_in.refused", …
    subject: Mapped[str]  # "case:12", "staff:3"; never contents
    digest: Mapped[bytes | None]  # of what a change changed, see AuditDetail
    hash: Mapped[bytes]  # audit.chained


class AuditDetail(Base):
    """Before and after of a change. Apart from the chain, which holds only its digest.

    So it can be sealed anew under another key, and be erased with the person it tells of,
    without a link of the chain being touched.
    """

    __tablename__ = "audit_detail"

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    content: Mapped[bytes]  # sealed


class AuditHead(Base):
    """The last link of each tenant's chain. Locked while one is added."""

    __tablename__ = "audit_head"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    number: Mapped[int]
    hash: Mapped[bytes]
