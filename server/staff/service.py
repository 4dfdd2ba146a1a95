"""What other rooms and doors ask about staff: who is there, who is this, does the password fit."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid, NotFound, Refused
from server.staff import audit, officers, passwords, roles
from server.staff.models import StaffGrant, StaffMember
from server.staff.officers import Officer

__all__ = ["Officer"]  # what other rooms call a member of staff

_LOGIN = re.compile(r"^[a-z][a-z0-9._-]{1,39}$")


@dataclass(frozen=True, slots=True)
class Invited:
    """By whom; the password must be changed and opens nothing from `until` on."""

    by: int | None  # None: whoever has the server
    until: datetime


class PasswordExpired(Refused):
    """The temporary password was right, but too old."""

    code = "password_expired"


def create(
    db: Session,
    *,
    tenant_id: int,
    login: str,
    name: str,
    role: str,
    password: str,
    now: datetime,
    path: str = "",
    invited: Invited | None = None,
) -> Officer:
    """Add a member of staff with a role at a node ("": the whole county).

    Whether a colleague may do this is asked by `colleagues.add`; without `invited` it is a
    command or the demo. Raise Invalid naming each wrong field, Conflict for a taken login.
    """
    cards = roles.catalogue(db, tenant_id)
    wrong: dict[str, list[str]] = {}
    if not _LOGIN.match(login):
        wrong["login"] = ["登录名用小写字母开头，可含数字、点和连字符"]
    if not 1 <= len(name.strip()) <= 40:
        wrong["name"] = ["请填写姓名"]
    if role not in cards:
        wrong["role"] = ["可选：" + "、".join(cards)]
    if lines := passwords.complaints(password, login=""):
        wrong["password"] = lines
    if wrong:
        raise Invalid(fields=wrong)
    if db.scalar(select(StaffMember.id).where(StaffMember.login == login)):
        raise Conflict("login taken", login=login)
    row = StaffMember(
        tenant_id=tenant_id,
        login=login,
        name=name.strip(),
        password_hash=passwords.hashed(password),
        password_until=invited.until if invited else None,
        created_at=now,
    )
    db.add(row)
    db.flush()
    by = invited.by if invited else None
    db.add(StaffGrant(staff_id=row.id, role=role, path=path, granted_by=by, granted_at=now))
    db.flush()
    audit.note(
        db,
        tenant_id=tenant_id,
        staff_id=by,
        action="staff.add",
        subject=f"staff:{row.id}",
        now=now,
    )
    return _officer(db, row)


def password_fits(db: Session, *, login: str, password: str, now: datetime) -> Officer | None:
    """Check a password; takes as long for an unknown login. Opens no session.

    Raise PasswordExpired for a temporary one that is too old.
    """
    row = db.scalar(select(StaffMember).where(StaffMember.login == login, StaffMember.active))
    if not passwords.fits(row.password_hash if row else None, password) or row is None:
        return None
    if row.password_until is not None and row.password_until <= now:
        raise PasswordExpired(login=login)
    return _officer(db, row)


def renew_hash(db: Session, officer: Officer, password: str) -> None:
    """Hash a password that just fitted with today's parameters, if its hash has older ones."""
    row = db.get_one(StaffMember, officer.id)
    if passwords.is_dated(row.password_hash):
        row.password_hash = passwords.hashed(password)


def note_refused(db: Session, *, login: str, why: str, now: datetime) -> None:
    """Record that somebody could not sign in as this colleague; an unknown login has no record.

    `why` is "password", "code" or "expired".
    """
    row = db.scalar(select(StaffMember).where(StaffMember.login == login))
    if row is not None:
        audit.note(
            db,
            tenant_id=row.tenant_id,
            staff_id=None,
            action=f"sign_in.refused_{why}",
            subject=f"staff:{row.id}",
            now=now,
        )


def by_id(db: Session, staff_id: int) -> Officer:
    row = db.get(StaffMember, staff_id)
    if row is None:
        raise NotFound("staff")
    return _officer(db, row)


def listing(db: Session, tenant_id: int) -> list[Officer]:
    """Return who works here, without those who were disabled."""
    query = select(StaffMember).where(StaffMember.tenant_id == tenant_id, StaffMember.active)
    return officers.of(db, list(db.scalars(query.order_by(StaffMember.id))))


def names(db: Session, tenant_id: int, ids: Collection[int]) -> dict[int, str]:
    """Return names by id, also of those who left."""
    query = select(StaffMember.id, StaffMember.name).where(
        StaffMember.tenant_id == tenant_id, StaffMember.id.in_(set(ids))
    )
    return {row.id: row.name for row in db.execute(query)}


def _officer(db: Session, row: StaffMember) -> Officer:
    return officers.of(db, [row])[0]
