"""Write down who did what. In the same transaction as the deed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.staff.models import AuditEntry


def note(
    db: Session,
    *,
    tenant_id: int,
    staff_id: int | None,
    action: str,
    subject: str,
    now: datetime,
) -> None:
    db.add(
        AuditEntry(tenant_id=tenant_id, at=now, staff_id=staff_id, action=action, subject=subject)
    )
