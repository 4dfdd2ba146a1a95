"""Bring a list in: what staff decide about it. The work itself is `import_jobs`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.registers import columns
from server.registers.models import ImportBatch
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

FINDINGS = "import_batch.findings"
MOST_BYTES = 11 * 1024 * 1024


class State(StrEnum):
    UPLOADED = "uploaded"  # waits to be checked, or is being checked
    CHECKED = "checked"
    UNREADABLE = "unreadable"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Finding:
    """A row with something to say: what is wrong by field, or that the person seems to be there."""

    row: int  # as the spreadsheet counts, from 1
    name: str
    wrong: dict[str, list[str]]
    alike: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """A list and how far it has come."""

    id: int
    filename: str
    state: State
    trouble: str | None
    created_at: datetime
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    total: int
    done: int
    good: int
    alike: int
    bad: int
    entered: int
    kept: int
    findings: tuple[Finding, ...]


def upload(db: Session, officer: Officer, *, filename: str, file_key: str, now: datetime) -> int:
    """Note an uploaded list; the job `check_import` reads it. Raise NotAllowed."""
    officer.must(Permission.IMPORT_PEOPLE)
    row = ImportBatch(
        tenant_id=officer.tenant_id,
        created_by=officer.id,
        created_at=now,
        filename=filename[-80:],
        file_key=file_key,
        state=State.UPLOADED,
        columns=[],
        headings=[],
    )
    db.add(row)
    db.flush()
    _note(db, officer, "import.upload", row.id, now=now)
    return row.id


def listing(db: Session, officer: Officer, *, limit: int, before: int | None) -> list[Batch]:
    officer.must(Permission.IMPORT_PEOPLE)
    query = select(ImportBatch).where(ImportBatch.tenant_id == officer.tenant_id)
    if before is not None:
        query = query.where(ImportBatch.id < before)
    return [
        _batch(row, ()) for row in db.scalars(query.order_by(ImportBatch.id.desc()).limit(limit))
    ]


def show(db: Session, officer: Officer, batch_id: int, *, vault: Vault) -> Batch:
    """Return a list with its findings. Raise NotAllowed, NotFound."""
    officer.must(Permission.IMPORT_PEOPLE)
    row = _row(db, officer, batch_id)
    findings = json.loads(vault.open(row.findings, where=FINDINGS)) if row.findings else []
    return _batch(row, tuple(Finding(**one) for one in findings))


def remap(db: Session, officer: Officer, batch_id: int, fields: Sequence[str]) -> None:
    """Say what each column means and have the list checked again. Raise Invalid, Conflict."""
    officer.must(Permission.IMPORT_PEOPLE)
    row = _row(db, officer, batch_id, State.CHECKED)
    wanted = columns.once(fields)[: len(row.headings)]
    if "name" not in wanted:
        raise Invalid(fields={"columns": ["要有一列是姓名"]})
    row.columns, row.state, row.done = wanted, State.UPLOADED, 0


def apply(db: Session, officer: Officer, batch_id: int, *, now: datetime) -> None:
    """Release a checked list; the job `apply_import` enters it. Raise Conflict."""
    officer.must(Permission.IMPORT_PEOPLE)
    _row(db, officer, batch_id, State.CHECKED).state = State.APPLYING
    _note(db, officer, "import.apply", batch_id, now=now)


def undo(db: Session, officer: Officer, batch_id: int, *, now: datetime) -> None:
    """Have an applied list taken out again by the job `undo_import`. Raise Conflict."""
    officer.must(Permission.IMPORT_PEOPLE)
    _row(db, officer, batch_id, State.APPLIED).state = State.UNDOING
    _note(db, officer, "import.undo", batch_id, now=now)


def cancel(db: Session, officer: Officer, batch_id: int, *, now: datetime) -> None:
    """Give a list up before it is applied; a check under way stops. Raise Conflict."""
    officer.must(Permission.IMPORT_PEOPLE)
    row = _row(db, officer, batch_id, State.UPLOADED, State.CHECKED, State.UNREADABLE)
    row.state = State.CANCELLED
    _note(db, officer, "import.cancel", batch_id, now=now)


def _row(db: Session, officer: Officer, batch_id: int, *states: State) -> ImportBatch:
    row = db.get(ImportBatch, batch_id, with_for_update=bool(states))
    if row is None or row.tenant_id != officer.tenant_id:
        raise NotFound("import")
    if states and row.state not in states:
        raise Conflict("not in that state", state=row.state)
    return row


def _batch(row: ImportBatch, findings: tuple[Finding, ...]) -> Batch:
    return Batch(
        id=row.id,
        filename=row.filename,
        state=State(row.state),
        trouble=row.trouble,
        created_at=row.created_at,
        headings=tuple(row.headings),
        columns=tuple(row.columns),
        total=row.total,
        done=row.done,
        good=row.good,
        alike=row.alike,
        bad=row.bad,
        entered=row.entered,
        kept=row.kept,
        findings=findings,
    )


def _note(db: Session, officer: Officer, action: str, batch_id: int, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"import:{batch_id}",
        now=now,
    )
