"""Tables of the greetings room."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class Campaign(Base):
    """One letter for one festival (一次节日问候): its words, its hour, and how far it has got.

    A festival day has at most one, so that nobody can be greeted twice for the same day.
    """

    __tablename__ = "greeting_campaign"
    __table_args__ = (
        UniqueConstraint("tenant_id", "festival", "day"),
        Index(None, "status", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    festival: Mapped[str]  # code in greetings.calendar
    day: Mapped[date]  # in China; every reader's own date
    timing: Mapped[str]  # terms.Timing
    at: Mapped[time]  # the readers' wall clock
    even_at_night: Mapped[bool] = mapped_column(default=False)  # only with timing "now"
    by_email: Mapped[bool] = mapped_column(default=False)  # also who follows no account
    by_hand: Mapped[bool] = mapped_column(default=False)  # also who left a number only
    policy: Mapped[str] = mapped_column(default="welcome")  # terms.Policy
    text: Mapped[str]  # Simplified, with placeholders
    code: Mapped[str] = mapped_column(unique=True)  # of the letter's page, by chance
    news: Mapped[list[dict[str, str]]]  # of the hometown: title, url
    opened: Mapped[int] = mapped_column(default=0)  # how often the page was looked at
    status: Mapped[str] = mapped_column(default="draft")  # terms.Status
    created_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))  # words, news, photos
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    approved_at: Mapped[datetime | None]
    planned_at: Mapped[datetime | None]  # the outbox holds the rest: topic "greeting:<id>"
    late_settled_at: Mapped[datetime | None]  # latecomers without a letter have their reason
    written_on: Mapped[date | None]  # the date under the letter, fixed when it is planned
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    cancelled_at: Mapped[datetime | None]


class LetterPhoto(Base):
    """A photo of the hometown in a letter, in its order."""

    __tablename__ = "letter_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("greeting_campaign.id"), index=True)
    file_key: Mapped[str]  # of the file store
    caption: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]


class LetterReply(Base):
    """回函: what somebody wrote back. Sealed; shown to others only with their consent."""

    __tablename__ = "letter_reply"
    __table_args__ = (
        Index(None, "tenant_id", "answered_at", "id"),
        Index(None, "campaign_id", "featured_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("greeting_campaign.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)  # opens the reply with its answer
    name: Mapped[bytes | None]  # sealed
    words: Mapped[bytes | None]  # sealed; None when the person was erased
    country: Mapped[str | None]
    may_feature: Mapped[bool]
    at: Mapped[datetime]
    answer: Mapped[bytes | None]  # sealed
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    answered_at: Mapped[datetime | None]  # also when no answer is needed
    featured_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    featured_at: Mapped[datetime | None]


class LocalFestival(Base):
    """A festival a county keeps of its own (庙会, 祭祖, 侨乡文化节), with its letter."""

    __tablename__ = "local_festival"
    __table_args__ = (Index(None, "tenant_id", "retired_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str]
    kind: Mapped[str]  # calendar.Kind: greet, memorial, optional
    rule: Mapped[str]  # solar, lunar, weekday
    month: Mapped[int]
    day: Mapped[int]  # of "weekday": the nth
    weekday: Mapped[int | None]  # Monday 0
    letter: Mapped[str]
    retired_at: Mapped[datetime | None]


class FestivalLeftOut(Base):
    """A festival of the catalogue not kept here (小年 has two days, a county keeps one)."""

    __tablename__ = "festival_left_out"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class FestivalMoved(Base):
    """A festival kept on another day in one year: by custom, or where almanacs disagree."""

    __tablename__ = "festival_moved"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    because: Mapped[str]
