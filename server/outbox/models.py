"""Tables of the outbox: the delivery ledger."""

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
        Index(None, "status", "expires_at"),
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
    cancelled_at: Mapped[datetime | None]  # while it was on its way: there is no second try
    code: Mapped[int | None]  # errcode
    trouble: Mapped[str | None]
    reference: Mapped[str | None]  # msgid
    rid: Mapped[str | None]
    counts: Mapped[dict[str, Any] | None]  # of a mass send: WeChat reports numbers, not persons
    first_left_at: Mapped[datetime | None]  # of tries that may have arrived; never taken back
    any_hour: Mapped[bool] = mapped_column(default=False)  # wished even at night

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
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # a colleague
    read_at: Mapped[datetime | None]  # opened in the mini-program: nothing else tells us

    envelope: Mapped[Envelope] = relationship(back_populates="deliveries")


class SendHold(Base):
    """Nothing leaves in these lanes until it is over or somebody lifts it. The rows wait.

    Without county and account it holds everything on this machine.
    """

    __tablename__ = "send_hold"
    __table_args__ = (Index(None, "lifted_at", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))  # a county's brake
    account_id: Mapped[int | None] = mapped_column(ForeignKey("wechat_account.id"))
    channel: Mapped[str | None]  # None: every channel of the account
    reason: Mapped[str]  # holds.Reason
    code: Mapped[int | None]  # errcode
    mark: Mapped[str | None]  # of a restored database: what gave it away
    since: Mapped[datetime]
    until: Mapped[datetime | None]  # None: until somebody lifts it
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    lifted_at: Mapped[datetime | None]


class Receipt(Base):
    """What WeChat reported later about a call. It may come before we recorded the call."""

    __tablename__ = "receipt"
    __table_args__ = (Index(None, "applied_at", "at"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    delivered: Mapped[bool]
    detail: Mapped[str]
    applied_at: Mapped[datetime | None]  # to the call it speaks of
    counts: Mapped[dict[str, Any] | None]
