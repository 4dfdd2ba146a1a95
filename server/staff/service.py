"""What can be done with staff: create, sign in, recognise, end."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid, NotFound, NotSignedIn
from server.staff import audit, officers, roles
from server.staff.models import StaffGrant, StaffMember, StaffSession
from server.staff.officers import Officer

__all__ = ["Officer"]  # what other rooms call a member of staff

LIFETIME = timedelta(hours=10)  # a working day
MIN_PASSWORD = 10
_LOGIN = re.compile(r"^[a-z][a-z0-9._-]{1,39}$")
_hasher = PasswordHasher()  # Argon2id
_NOBODY = _hasher.hash(secrets.token_hex(16))  # so that an unknown login takes as long


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
) -> Officer:
    """Add a member of staff with a role at a node ("": the whole county).

    Raise Invalid naming each wrong field, Conflict for a taken login.
    """
    wrong: dict[str, list[str]] = {}
    if not _LOGIN.match(login):
        wrong["login"] = ["登录名用小写字母开头，可含数字、点和连字符"]
    if not name.strip():
        wrong["name"] = ["请填写姓名"]
    cards = roles.catalogue(db, tenant_id)
    if role not in cards:
        wrong["role"] = ["可选：" + "、".join(cards)]
    if len(password) < MIN_PASSWORD:
        wrong["password"] = [f"密码至少 {MIN_PASSWORD} 位"]
    if wrong:
        raise Invalid(fields=wrong)
    if db.scalar(select(StaffMember.id).where(StaffMember.login == login)):
        raise Conflict("login taken", login=login)
    row = StaffMember(
        tenant_id=tenant_id,
        login=login,
        name=name,
        password_hash=_hasher.hash(password),
        created_at=now,
    )
    db.add(row)
    db.flush()
    db.add(StaffGrant(staff_id=row.id, role=role, path=path, granted_at=now))
    db.flush()
    return _officer(db, row)


def password_fits(db: Session, *, login: str, password: str) -> Officer | None:
    """Check a password; takes as long for an unknown login. Opens no session."""
    row = db.scalar(select(StaffMember).where(StaffMember.login == login, StaffMember.active))
    try:
        _hasher.verify(row.password_hash if row else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return _officer(db, row) if row else None


def open_session(db: Session, officer: Officer, *, now: datetime) -> str:
    """Start a sign-in and record it; return the token for the cookie, shown once."""
    token = secrets.token_urlsafe(32)
    db.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    db.add(
        StaffSession(
            token_hash=_hash(token),
            staff_id=officer.id,
            device="",
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="sign_in",
        subject=f"staff:{officer.id}",
        now=now,
    )
    return token


def signed_in(db: Session, token: str, *, now: datetime) -> Officer:
    """Return who holds this token. Raise NotSignedIn when it is unknown, ended or expired."""
    row = db.scalar(
        select(StaffMember)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .where(
            StaffSession.token_hash == _hash(token),
            StaffSession.expires_at > now,
            StaffMember.active,
        )
    )
    if row is None:
        raise NotSignedIn
    return _officer(db, row)


def end_session(db: Session, token: str) -> None:
    db.execute(delete(StaffSession).where(StaffSession.token_hash == _hash(token)))


def by_id(db: Session, staff_id: int) -> Officer:
    row = db.get(StaffMember, staff_id)
    if row is None:
        raise NotFound("staff")
    return _officer(db, row)


def listing(db: Session, tenant_id: int) -> list[Officer]:
    query = select(StaffMember).where(StaffMember.tenant_id == tenant_id, StaffMember.active)
    return officers.of(db, list(db.scalars(query.order_by(StaffMember.id))))


def _officer(db: Session, row: StaffMember) -> Officer:
    return officers.of(db, [row])[0]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
