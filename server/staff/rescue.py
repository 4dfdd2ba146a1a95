"""For whoever has the server: let somebody in again when no colleague can. Recorded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.errors import NotFound
from server.staff import audit, passwords, sessions, two_step
from server.staff.models import StaffMember
from server.staff.service import by_id


def new_password(db: Session, *, login: str, now: datetime) -> str:
    """Return a temporary password, shown once; all sign-ins end. Raise NotFound."""
    row = _row(db, login)
    password = passwords.temporary()
    row.password_hash = passwords.hashed(password)
    row.password_until = now + passwords.TEMPORARY
    _note(db, row, "staff.password_reset", now=now)
    sessions.end_others(db, by_id(db, row.id), token=None, now=now)
    return password


def no_two_step(db: Session, *, login: str, now: datetime) -> None:
    """Take the second step away. Raise NotFound."""
    row = _row(db, login)
    two_step.remove(db, row.id)
    _note(db, row, "two_step.off", now=now)


def _row(db: Session, login: str) -> StaffMember:
    row = db.scalar(select(StaffMember).where(StaffMember.login == login))
    if row is None:
        raise NotFound("staff", login=login)
    return row


def _note(db: Session, row: StaffMember, action: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=row.tenant_id,
        staff_id=None,
        action=action,
        subject=f"staff:{row.id}",
        now=now,
    )
