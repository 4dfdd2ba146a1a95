"""Tables of the outbox: the delivery ledger, first cut."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.kernel.db import Base


class Envelope(Base):
    """One call to WeChat: what, when, how often tried, what came of it."""

    __tablename__ = "envelope"
    __table_args__ = (
        Index(None, "status", "account_id", "channel", "due_at"),
        Index(None, "status", "lease_until"),
        Index(None, "account_id", "reference"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)  # 32 hex characters: also clientmsgid
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"))
    topic: Mapped[str] = mapped_column(index=True)  # "case:7", "greeting:3"
    purpose: Mapped[str]  # decides which suppressions apply: greeting, case, answer
    channel: Mapped[str]
    payload: Mapped[bytes]  # sealed JSON: letters and answers name people
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    code: Mapped[int | None]  # errcode
    trouble: Mapped[str | None]
    reference: Mapped[str | None]  # msgid
    rid: Mapped[str | None]
    counts: Mapped[dict[str, Any] | None]  # of a mass send: WeChat reports numbers, not persons

    deliveries: Mapped[list[Delivery]] = relationship(back_populates="envelope")


class Delivery(Base):
    """One person's line on an envelope. The key makes planning twice harmless."""

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "person_id", "purpose"),)

    key: Mapped[str] = mapped_column(primary_key=True)  # "greeting:1:spring:2027-02-06:9"
    envelope_id: Mapped[str] = mapped_column(ForeignKey("envelope.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    address: Mapped[str]
    status: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None]

    envelope: Mapped[Envelope] = relationship(back_populates="deliveries")


class Receipt(Base):
    """What WeChat reported later about a call. It may come before we recorded the call."""

    __tablename__ = "receipt"

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    delivered: Mapped[bool]
    detail: Mapped[str]
    counts: Mapped[dict[str, Any] | None]
