"""The work on a list brought in: check every cell, enter it as a whole, take it out as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.people.register import parsing, search, writing
from server.people.register.terms import Facts
from server.places import gazetteer
from server.places.gazetteer import Gazetteer
from server.registers import columns, sheets
from server.registers.imports import FINDINGS, Finding, State
from server.registers.models import ImportBatch
from server.toolbox import Toolbox

MOST_SHOWN = 300  # rows with something to say
TOGETHER = 500  # rows looked at between two notes of progress

Read = tuple[int, Facts, dict[str, list[str]]]  # row of the spreadsheet, facts, what is wrong


def check_import(tools: Toolbox, batch_id: int) -> int:
    """Read and check a list, noting progress; stops when it is cancelled. Return rows checked."""
    with tools.sessions.read() as db:
        row = db.get(ImportBatch, batch_id)
        if row is None or row.state != State.UPLOADED:
            return 0
        tenant_id, key, filename = row.tenant_id, row.file_key, row.filename
        chosen = list(row.columns)
    try:
        cells = sheets.rows(tools.files.get(key), filename)
        header_row, fields = columns.header(cells)
    except sheets.Unreadable as error:
        with tools.sessions.begin() as db:
            _settle(db, batch_id, {"state": State.UNREADABLE, "trouble": str(error)})
        return 0
    fields = chosen or fields
    with tools.sessions.begin() as db:
        headings = cells[header_row][: columns.width(cells[header_row])]
        start = {"header_row": header_row, "columns": fields, "headings": headings}
        if not _settle(db, batch_id, {**start, "total": len(cells) - header_row - 1}):
            return 0
    return _check_rows(
        tools,
        batch_id,
        tenant_id,
        _read(tools, batch_id, cells, header_row=header_row, fields=fields),
    )


def _check_rows(tools: Toolbox, batch_id: int, tenant_id: int, read: list[Read]) -> int:
    findings: list[Finding] = []
    counts = {"good": 0, "alike": 0, "bad": 0}
    seen: set[str] = set()
    for start in range(0, len(read), TOGETHER):
        some = read[start : start + TOGETHER]
        with tools.sessions.read() as db:
            alike = _alike(db, tools, tenant_id, [facts for _, facts, _ in some], seen=seen)
        for (number, facts, wrong), same in zip(some, alike, strict=True):
            counts["bad" if wrong else "alike" if same else "good"] += 1
            if (wrong or same) and len(findings) < MOST_SHOWN:
                findings.append(Finding(number, facts.name[:20], wrong, same))
        with tools.sessions.begin() as db:
            if not _settle(db, batch_id, {"done": start + len(some)}):
                return start  # cancelled meanwhile
    told = json.dumps([asdict(one) for one in findings], ensure_ascii=False)
    with tools.sessions.begin() as db:
        sealed = tools.vault.seal(told, where=FINDINGS)
        _settle(db, batch_id, {**counts, "findings": sealed, "state": State.CHECKED})
    return len(read)


def _alike(
    db: Session, tools: Toolbox, tenant_id: int, some: Sequence[Facts], *, seen: set[str]
) -> list[bool]:
    """Tell who seems to be in the register, or further up in the list (`seen`, which grows)."""
    found = search.alike_many(db, tenant_id, some, vault=tools.vault)
    for at, facts in enumerate(some):
        marks = search.marks(facts)
        found[at] = found[at] or not seen.isdisjoint(marks)
        seen |= marks
    return found


def apply_import(tools: Toolbox, batch_id: int) -> int:
    """Enter every row that is neither wrong nor already there, all in one transaction."""
    with tools.sessions.read() as db:
        row = db.get(ImportBatch, batch_id)
        if row is None or row.state != State.APPLYING:
            return 0
        tenant_id, header_row, fields = row.tenant_id, row.header_row or 0, list(row.columns)
        key, filename = row.file_key, row.filename
    cells = sheets.rows(tools.files.get(key), filename)
    read = _read(tools, batch_id, cells, header_row=header_row, fields=fields)
    good = [facts for _, facts, wrong in read if not wrong]
    with tools.sessions.begin() as db:
        row = db.get_one(ImportBatch, batch_id, with_for_update=True)
        if row.state != State.APPLYING:
            return 0
        fresh: list[Facts] = []
        seen: set[str] = set()
        for start in range(0, len(good), TOGETHER):
            some = good[start : start + TOGETHER]
            alike = _alike(db, tools, tenant_id, some, seen=seen)
            fresh += [facts for facts, same in zip(some, alike, strict=True) if not same]
        now = tools.clock.now()
        writing.add_many(db, tenant_id, fresh, vault=tools.vault, now=now)
        row.state, row.entered, row.finished_at = State.APPLIED, len(fresh), now
    return len(fresh)


def undo_import(tools: Toolbox, batch_id: int) -> int:
    """Take a list out again, all but pages changed since, in one transaction."""
    with tools.sessions.begin() as db:
        row = db.get(ImportBatch, batch_id, with_for_update=True)
        if row is None or row.state != State.UNDOING:
            return 0
        gone, kept = writing.withdraw(db, row.tenant_id, source=_source(batch_id))
        row.state, row.kept, row.finished_at = State.UNDONE, kept, tools.clock.now()
    return gone


_JOBS = {
    State.UPLOADED: check_import,
    State.APPLYING: apply_import,
    State.UNDOING: undo_import,
}


def resume_imports(tools: Toolbox) -> int:
    """Go on with what a lost job left lying. Each job takes up only what is in its state."""
    with tools.sessions.read() as db:
        rows = select(ImportBatch.state, ImportBatch.id).where(ImportBatch.state.in_(list(_JOBS)))
        left = list(db.execute(rows.order_by(ImportBatch.id).limit(5)))
    return sum(_JOBS[State(state)](tools, batch_id) for state, batch_id in left)


def _read(
    tools: Toolbox, batch_id: int, cells: list[list[str]], *, header_row: int, fields: list[str]
) -> list[Read]:
    """Read every row below the headings that holds anything."""
    today = tools.clock.now().date()
    with tools.sessions.read() as db:
        tenant_id = db.get_one(ImportBatch, batch_id).tenant_id
        land = gazetteer.load(db, tenant_id)
    read = []
    for number, row in enumerate(cells[header_row + 1 :], header_row + 2):
        if not any(row):
            continue
        values = {field: cell for field, cell in zip(fields, row, strict=False) if field}
        _place(values, land)
        facts, wrong = parsing.read(values, today=today, source=_source(batch_id))
        read.append((number, facts, {**writing.complaints(facts), **wrong}))
    return read


def _place(values: dict[str, str], land: Gazetteer) -> None:
    """Put the code of the place into `division` where what was written means one place."""
    written = values.get("division", "") or values.get("hometown", "")
    found = land.place(written) if written and not written.isdigit() else None
    if found is not None:
        values["division"] = found.code
    elif values.get("division") and not values["division"].isdigit():
        values["hometown"] = values.get("hometown") or values["division"]  # kept as it was said
        values["division"] = ""


def _source(batch_id: int) -> str:
    return f"import:{batch_id}"


def _settle(db: Session, batch_id: int, values: dict[str, Any]) -> bool:
    """Note progress of a check; return False when it was cancelled meanwhile."""
    row = db.get_one(ImportBatch, batch_id, with_for_update=True)
    if row.state != State.UPLOADED:
        return False
    for name, value in values.items():
        setattr(row, name, value)
    return True
