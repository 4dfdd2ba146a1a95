"""Sign-ins of the console: opened, recognised, listed, ended one by one or all."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.kernel.errors import NotFound, NotSignedIn
from server.staff import audit, officers
from server.staff.models import StaffMember, StaffSession
from server.staff.officers import Officer

LIFETIME = timedelta(hours=10)  # a working day
IDLE = timedelta(hours=2)  # an afternoon's meeting; then somebody else may sit at the desk
_FRESH = timedelta(minutes=5)  # how exactly we know when somebody was last here


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who holds a token; `stale` when `seen` should be told that they are still here."""

    officer: Officer
    stale: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One sign-in as its owner sees it."""

    ref: str  # names it in a form; of no use as a token
    device: str
    created_at: datetime
    last_seen_at: datetime
    this: bool


def open_session(db: Session, officer: Officer, *, now: datetime, device: str = "") -> str:
    """Start a sign-in and record it; return the token for the cookie, shown once."""
    token = secrets.token_urlsafe(32)
    db.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    db.add(
        StaffSession(
            token_hash=_hash(token),
            staff_id=officer.id,
            device=device[:80],
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    _note(db, officer, "sign_in", now=now)
    return token


def signed_in(db: Session, token: str, *, now: datetime) -> SignedIn:
    """Return who holds this token. Raise NotSignedIn when unknown, ended, expired or idle."""
    found = db.execute(
        select(StaffMember, StaffSession.last_seen_at)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .where(
            StaffSession.token_hash == _hash(token),
            StaffSession.expires_at > now,
            StaffSession.last_seen_at > now - IDLE,
            StaffMember.active,
        )
    ).first()
    if found is None:
        raise NotSignedIn
    row, last_seen_at = found
    return SignedIn(officers.of(db, [row])[0], stale=now - last_seen_at > _FRESH)


def seen(db: Session, token: str, *, now: datetime) -> None:
    """Note that whoever holds this token is still here."""
    db.execute(
        update(StaffSession).where(StaffSession.token_hash == _hash(token)).values(last_seen_at=now)
    )


def end_session(db: Session, token: str) -> None:
    db.execute(delete(StaffSession).where(StaffSession.token_hash == _hash(token)))


def listing(db: Session, officer: Officer, *, token: str, now: datetime) -> list[Place]:
    """Return where an officer is signed in, the latest first; `token` is the one who asks."""
    rows = db.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_id == officer.id,
            StaffSession.expires_at > now,
            StaffSession.last_seen_at > now - IDLE,
        )
        .order_by(StaffSession.created_at.desc())
    )
    return [
        Place(
            ref=row.token_hash.hex()[:16],
            device=row.device,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            this=row.token_hash == _hash(token),
        )
        for row in rows
    ]


def end_one(db: Session, officer: Officer, ref: str, *, now: datetime) -> None:
    """End one of the officer's own sign-ins. Raise NotFound."""
    rows = db.scalars(select(StaffSession).where(StaffSession.staff_id == officer.id))
    row = next((one for one in rows if one.token_hash.hex()[:16] == ref), None)
    if row is None:
        raise NotFound("session")
    db.delete(row)
    _note(db, officer, "sign_out.elsewhere", now=now)


def end_others(db: Session, officer: Officer, *, token: str | None, now: datetime) -> int:
    """End all sign-ins of an officer but the one of `token`; return how many there were."""
    mine = (
        StaffSession.token_hash != _hash(token) if token else StaffSession.token_hash.is_not(None)
    )
    ended = db.execute(
        delete(StaffSession)
        .where(StaffSession.staff_id == officer.id, mine)
        .returning(StaffSession.token_hash)
    ).all()
    if ended:
        _note(db, officer, "sign_out.elsewhere", now=now)
    return len(ended)


def _note(db: Session, officer: Officer, action: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"staff:{officer.id}",
        now=now,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
