"""Tables of the people room."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class Person(Base):
    """A compatriot (乡亲): a follower, a mini-program user, or both. Name and place are theirs."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    salutation: Mapped[bytes | None]  # 尊称, sealed
    country: Mapped[str | None]  # code of the curated 国家（地区） list
    zone: Mapped[str | None]  # IANA, never an offset
    language: Mapped[str] = mapped_column(default="zh-Hans")
    hometown: Mapped[str | None]  # as the person says it
    part_of_day: Mapped[str | None]  # service.PARTS_OF_DAY: when letters are welcome
    reach_by: Mapped[str | None]  # service.REACH_BY: who follows no account, which way first
    bereaved_until: Mapped[datetime | None]  # 近期有丧: no festive letters until then
    deceased_on: Mapped[date | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WeChatIdentity(Base):
    """One openid of one account. Two identities with the same unionid are one person."""

    __tablename__ = "wechat_identity"
    __table_args__ = (
        UniqueConstraint("account_id", "openid"),
        Index(None, "tenant_id", "unionid"),
        Index(None, "tenant_id", "following", "person_id"),
        Index(None, "learned_at", "following"),
        Index(None, "tenant_id", "followed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"))
    openid: Mapped[str]
    unionid: Mapped[str | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    mini: Mapped[bool]  # of a mini-program, not an official account
    following: Mapped[bool] = mapped_column(default=False)
    followed_at: Mapped[datetime | None]
    unfollowed_at: Mapped[datetime | None]
    scene: Mapped[str | None]  # the parametric QR code they came by
    learned_at: Mapped[datetime | None]  # when user/info was last asked
    last_message_at: Mapped[datetime | None]  # opens the 48-hour window of custom messages


class SubscriptionConsent(Base):
    """How many subscription messages of one template a phone still allows (一次点击一条)."""

    __tablename__ = "subscription_consent"
    __table_args__ = (UniqueConstraint("identity_id", "template"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("wechat_identity.id", ondelete="CASCADE"))
    template: Mapped[str]  # our key
    remaining: Mapped[int] = mapped_column(default=0)


class ApiSession(Base):
    """A sign-in of the mini-program. Only the hash of the token is kept."""

    __tablename__ = "api_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ConsentReport(Base):
    """A consent already counted, so that the phone's word and WeChat's event count once."""

    __tablename__ = "consent_report"
    __table_args__ = (Index(None, "identity_id", "template", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("wechat_identity.id", ondelete="CASCADE"))
    template: Mapped[str]
    witness: Mapped[str]  # "phone" or "event"
    at: Mapped[datetime]
    paired: Mapped[bool] = mapped_column(default=False)
