"""Sign-ins of the mini-program: opaque tokens, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.people.models import ApiSession
from server.people.service import resolve

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    person_id: int
    tenant_id: int
    account_id: int


def open_session(
    db: Session, *, person_id: int, account_id: int, now: datetime
) -> tuple[str, datetime]:
    """Start a sign-in; return the token, which is shown once, and when it ends (UTC)."""
    token = secrets.token_urlsafe(32)
    ends = now + LIFETIME
    db.execute(delete(ApiSession).where(ApiSession.expires_at < now))
    db.add(
        ApiSession(
            token_hash=_hash(token),
            person_id=person_id,
            account_id=account_id,
            created_at=now,
            expires_at=ends,
        )
    )
    return token, ends


def signed_in(db: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Return who holds this token, or None when it is unknown, ended or expired."""
    row = db.scalar(
        select(ApiSession).where(ApiSession.token_hash == _hash(token), ApiSession.expires_at > now)
    )
    if row is None:
        return None
    person = resolve(db, row.person_id)
    return SignedIn(person.id, person.tenant_id, row.account_id)


def end_session(db: Session, token: str) -> None:
    db.execute(delete(ApiSession).where(ApiSession.token_hash == _hash(token)))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
