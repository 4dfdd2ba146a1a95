"""Tables of the inbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class InboundMessage(Base):
    """A message or event as it came, sealed, with its fate."""

    __tablename__ = "inbound_message"
    __table_args__ = (Index(None, "account_id", "sender", "received_at"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # equal for a retry (WECHAT §1.3)
    sender: Mapped[str]
    kind: Mapped[str]
    received_at: Mapped[datetime]
    fields: Mapped[bytes]  # sealed JSON
    fate: Mapped[str]  # inbox.fates.Fate
    attempts: Mapped[int] = mapped_column(default=1)
    reply: Mapped[bytes | None]  # sealed JSON; what a retry gets again


class Question(Base):
    """A message nobody's keyword answered: it waits for a member of staff (人工)."""

    __tablename__ = "question"
    __table_args__ = (Index(None, "tenant_id", "answered_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]  # text, image, voice, …
    text: Mapped[bytes]  # sealed
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    answer: Mapped[bytes | None]  # sealed


class Enclosure(Base):
    """A photo, voice or film somebody sent with a message. WeChat forgets it after three days."""

    __tablename__ = "enclosure"
    __table_args__ = (Index(None, "state", "next_try_at"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"))
    kind: Mapped[str]  # image, voice, video, shortvideo
    media_id: Mapped[str]  # WeChat's, useless after three days
    state: Mapped[str]  # inbox.enclosures.State
    sent_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None]  # of the sealed file
    content_type: Mapped[str | None]


class KeywordReply(Base):
    """An answer the office edits as data: what people type, and what they get."""

    __tablename__ = "keyword_reply"
    __table_args__ = (Index(None, "tenant_id", "keyword", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    keyword: Mapped[str]  # compared folded: no spaces, half-width, simplified
    exact: Mapped[bool] = mapped_column(default=True)  # else: anywhere in the message
    answer: Mapped[str]


class IdempotentRequest(Base):
    """A creating request of the API that was answered; its repeat gets the same answer."""

    __tablename__ = "idempotent_request"
    __table_args__ = (Index(None, "at"),)

    scope: Mapped[str] = mapped_column(primary_key=True)  # who asked: "person:7"
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]  # of method, path and body
    at: Mapped[datetime]
    status: Mapped[int]
    body: Mapped[bytes]  # sealed JSON
