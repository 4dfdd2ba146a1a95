"""Take a 台账 out of the register: who may, whom it holds, what for; every step is recorded.

The work itself is `export_jobs`. A file can be fetched for one day by whoever asked for it; the
record of it stays (DOMAIN §6: contract and export log with receiver, 条例 §12).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from server.people.register import reading
from server.people.register.reading import Which
from server.people.register.terms import Identity
from server.registers import access
from server.registers.models import RollExport
from server.staff import audit
from server.staff import service as staff
from server.staff.permissions import Permission
from server.staff.service import Officer

KEPT = timedelta(hours=24)
MOST_WORDS = 60


class State(StrEnum):
    WAITING = "waiting"  # to be written, or being written
    READY = "ready"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # the file is gone


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: which people, which columns, what for, who gets it."""

    purpose: str
    receiver: str
    identity: Identity | None = None
    country: str | None = None
    division: str | None = None
    contacts: bool = False
    hardship: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A 台账 and how far it has come."""

    id: int
    created_by: int
    created_by_name: str
    created_at: datetime
    wish: Wish
    state: State
    total: int
    done: int
    expires_at: datetime | None
    downloads: int

    @property
    def number(self) -> str:
        return number(self.id)


def which(db: Session, officer: Officer, wish: Wish) -> Which:
    """Return whom a wish means, within the places where the officer may export.

    Raise NotAllowed; NotFound for a division nobody knows.
    """
    found = access.which(
        db,
        officer,
        Permission.EXPORT_PEOPLE,
        identity=wish.identity,
        country=wish.country,
        division=wish.division,
    )
    if wish.hardship:
        officer.must(Permission.SEE_HARDSHIP)
        scope = found.scope & officer.scope(Permission.SEE_HARDSHIP)
        if scope != found.scope:
            raise NotAllowed(Permission.SEE_HARDSHIP)
    return found


def ask(db: Session, officer: Officer, wish: Wish, *, now: datetime) -> int:
    """Order a 台账; the job `write_export` makes it. Raise Invalid, NotAllowed, NotFound."""
    chosen = which(db, officer, wish)
    wrong = {
        field: [words]
        for field, value, words in (
            ("purpose", wish.purpose, "请写明做什么用"),
            ("receiver", wish.receiver, "请写明给谁，自己用就写本单位"),
        )
        if not value.strip()
    }
    total = reading.count(db, officer.tenant_id, chosen)
    if not total and not wrong:
        wrong["which"] = ["没有符合条件的人，不用导出"]
    if wrong:
        raise Invalid(fields=wrong)
    row = RollExport(
        tenant_id=officer.tenant_id,
        created_by=officer.id,
        created_at=now,
        purpose=wish.purpose.strip()[:MOST_WORDS],
        receiver=wish.receiver.strip()[:MOST_WORDS],
        identity=wish.identity,
        country=wish.country,
        division=wish.division,
        contacts=wish.contacts,
        hardship=wish.hardship,
        state=State.WAITING,
        total=total,
    )
    db.add(row)
    db.flush()
    note(db, row, officer.id, "export.ask", now=now)
    return row.id


def listing(db: Session, officer: Officer, *, limit: int, before: int | None) -> list[Export]:
    """Return what was exported, the latest first: one's own, or all for those who see the audit."""
    officer.must(Permission.EXPORT_PEOPLE)
    query = select(RollExport).where(RollExport.tenant_id == officer.tenant_id)
    if not officer.may(Permission.READ_AUDIT):
        query = query.where(RollExport.created_by == officer.id)
    if before is not None:
        query = query.where(RollExport.id < before)
    return _dressed(db, list(db.scalars(query.order_by(RollExport.id.desc()).limit(limit))))


def show(db: Session, officer: Officer, export_id: int) -> Export:
    """Return one. Raise NotAllowed, NotFound."""
    officer.must(Permission.EXPORT_PEOPLE)
    return _dressed(db, [_row(db, officer, export_id, others=True)])[0]


def fetch(db: Session, officer: Officer, export_id: int, *, now: datetime) -> tuple[Export, str]:
    """Let the one who asked for it take the file; record it. Return also the file's key.

    Raise NotAllowed, NotFound, Conflict when there is no file (yet, or any more), or when the
    officer may no longer export these people.
    """
    officer.must(Permission.EXPORT_PEOPLE)
    row = _row(db, officer, export_id, others=False)
    if row.file_key is None or not row.expires_at or row.expires_at < now:
        raise Conflict("no file")
    which(db, officer, wish(row))
    row.downloads += 1
    note(db, row, officer.id, "export.fetch", now=now)
    return _dressed(db, [row])[0], row.file_key


def cancel(db: Session, officer: Officer, export_id: int, *, now: datetime) -> str | None:
    """Give one up, or remove its file before its day is over; return the file's key to remove.

    Raise NotAllowed, NotFound, Conflict.
    """
    officer.must(Permission.EXPORT_PEOPLE)
    row = _row(db, officer, export_id, others=False)
    if row.state not in {State.WAITING, State.READY}:
        raise Conflict("over")
    note(db, row, officer.id, "export.cancel", now=now)
    key, row.file_key = row.file_key, None
    row.state = State.EXPIRED if row.state == State.READY else State.CANCELLED
    return key


def wish(row: RollExport) -> Wish:
    return Wish(
        purpose=row.purpose,
        receiver=row.receiver,
        identity=Identity(row.identity) if row.identity else None,
        country=row.country,
        division=row.division,
        contacts=row.contacts,
        hardship=row.hardship,
    )


def number(export_id: int) -> str:
    """Return what stands on every page of the file."""
    return f"TZ-{export_id:05}"


def note(db: Session, row: RollExport, staff_id: int, action: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=row.tenant_id,
        staff_id=staff_id,
        action=action,
        subject=f"export:{row.id}",
        now=now,
    )


def _row(db: Session, officer: Officer, export_id: int, *, others: bool) -> RollExport:
    row = db.get(RollExport, export_id, with_for_update=not others)
    if row is None or row.tenant_id != officer.tenant_id:
        raise NotFound("export")
    if row.created_by != officer.id and not (others and officer.may(Permission.READ_AUDIT)):
        raise NotFound("export")
    return row


def _dressed(db: Session, rows: list[RollExport]) -> list[Export]:
    colleagues = staff.listing(db, rows[0].tenant_id) if rows else []
    names = {one.id: one.name for one in colleagues}

    return [
        Export(
            id=row.id,
            created_by=row.created_by,
            created_by_name=names.get(row.created_by, ""),
            created_at=row.created_at,
            wish=wish(row),
            state=State(row.state),
            total=row.total,
            done=row.done,
            expires_at=row.expires_at,
            downloads=row.downloads,
        )
        for row in rows
    ]
