"""Tables of tenants and accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class Tenant(Base):
    """One federation (县级侨联). Every row that belongs to one carries its id."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    home_zone: Mapped[str]  # IANA
    office: Mapped[dict[str, Any]]  # address, phone, hours: what the manual path shows
    created_at: Mapped[datetime]


class WeChatAccount(Base):
    """One official account (公众号/服务号) or mini-program (小程序)."""

    __tablename__ = "wechat_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    account_type: Mapped[str] = mapped_column(default="service", server_default="service")
    name: Mapped[str]
    appid: Mapped[str] = mapped_column(unique=True)
    original_id: Mapped[str]
    secret: Mapped[bytes]  # sealed
    token: Mapped[bytes]  # sealed
    aes_key: Mapped[bytes]  # sealed
    mode: Mapped[str]
    data_format: Mapped[str]
    templates: Mapped[dict[str, str]]  # our key -> WeChat template id
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
