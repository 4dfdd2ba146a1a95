"""Tables of the agreements: rows are only added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class AgreementText(Base):
    """Words somebody agreed to, kept once under their digest."""

    __tablename__ = "agreement_text"

    digest: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    text: Mapped[str]
    first_used_at: Mapped[datetime]


class Agreement(Base):
    """Somebody said yes or no to one purpose: when, how, to which words, noted by whom."""

    __tablename__ = "agreement"
    __table_args__ = (
        Index(None, "person_id", "purpose", "id"),
        Index(None, "tenant_id", "purpose", "given", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    given: Mapped[bool]
    at: Mapped[datetime]
    way: Mapped[str]
    text_digest: Mapped[str] = mapped_column(ForeignKey("agreement_text.digest"))
    about: Mapped[str]  # "case:7" when it was said for one thing only, else ""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # 代录
    basis: Mapped[bytes | None]  # sealed: on what a member of staff relied
