"""A copy of everything to take along: asked for, made by a job, fetched by its owner, gone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, NotFound
from server.people.service import ids_of, resolve
from server.rights.models import DataCopy
from server.rights.terms import COPY_LIFE, CopyState
from server.staff import audit

PER_DAY = 3
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as its owner sees it."""

    id: str
    state: CopyState
    asked_at: datetime
    expires_at: datetime | None
    size: int | None


def ask(db: Session, *, person_id: int, now: datetime) -> Copy:
    """Ask for a copy; one that is being made is the answer. Raise Conflict after three a day."""
    person = resolve(db, person_id)
    recent = list(
        db.scalars(
            select(DataCopy)
            .where(DataCopy.person_id.in_(ids_of(db, person.id)), DataCopy.asked_at > now - DAY)
            .order_by(DataCopy.asked_at)
        )
    )
    for row in recent:
        if row.state == CopyState.PREPARING:
            return _copy(row)
    if len(recent) >= PER_DAY:
        raise Conflict("enough for a day")
    row = DataCopy(
        id=secrets.token_hex(16),
        tenant_id=person.tenant_id,
        person_id=person.id,
        state=CopyState.PREPARING,
        asked_at=now,
    )
    db.add(row)
    db.flush()
    _note(db, row, "right.copy", now=now)
    return _copy(row)


def latest(db: Session, *, person_id: int, now: datetime) -> Copy | None:
    """Return the last copy that can still be had."""
    row = db.scalar(
        select(DataCopy)
        .where(
            DataCopy.person_id.in_(ids_of(db, person_id)), DataCopy.asked_at > now - 2 * COPY_LIFE
        )
        .order_by(DataCopy.asked_at.desc())
        .limit(1)
    )
    return _copy(row) if row is not None and not _over(row, now) else None


def fetch(db: Session, copy_id: str, *, person_id: int, now: datetime) -> str:
    """Return the file's key for its owner and note the download. Raise NotFound."""
    row = db.get(DataCopy, copy_id)
    if row is None or row.person_id not in ids_of(db, person_id) or row.file_key is None:
        raise NotFound("copy")
    if row.state != CopyState.READY or _over(row, now):
        raise NotFound("copy")
    row.fetched_at = now
    _note(db, row, "right.copy_fetched", now=now)
    return row.file_key


def preparing(db: Session, *, limit: int) -> list[str]:
    """Return copies somebody waits for."""
    query = select(DataCopy.id).where(DataCopy.state == CopyState.PREPARING)
    return list(db.scalars(query.order_by(DataCopy.asked_at).limit(limit)))


def owner(db: Session, copy_id: str) -> int | None:
    """Return whose copy is to be made; None when it was made or its owner has gone."""
    row = db.get(DataCopy, copy_id)
    return row.person_id if row is not None and row.state == CopyState.PREPARING else None


def ready(db: Session, copy_id: str, *, key: str, size: int, now: datetime) -> bool:
    """Note where the copy lies; return False when nobody wants it any more."""
    row = db.get(DataCopy, copy_id, with_for_update=True)
    if row is None or row.state != CopyState.PREPARING:
        return False
    row.state, row.file_key, row.size = CopyState.READY, key, size
    row.ready_at, row.expires_at = now, now + COPY_LIFE
    return True


def expire(db: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Forget copies whose day is over; return their files."""
    rows = list(
        db.scalars(
            select(DataCopy)
            .where(DataCopy.state == CopyState.READY, DataCopy.asked_at < now - COPY_LIFE)
            .order_by(DataCopy.asked_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    keys = []
    for row in rows:
        if _over(row, now) and row.file_key:
            keys.append(row.file_key)
            row.state, row.file_key = CopyState.GONE, None
    return keys


def _over(row: DataCopy, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def _note(db: Session, row: DataCopy, action: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=row.tenant_id,
        staff_id=None,
        action=action,
        subject=f"person:{row.person_id}",
        now=now,
    )


def _copy(row: DataCopy) -> Copy:
    return Copy(row.id, CopyState(row.state), row.asked_at, row.expires_at, row.size)
