"""The look through the register for people who stand twice: read in parts, compared by blocks."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.people.duplicates import blocks, pairs
from server.people.duplicates import reading as sketching
from server.people.duplicates.merging import ScanState
from server.people.duplicates.pairs import DuplicateScan
from server.people.duplicates.scoring import Register, Verdict
from server.people.duplicates.sketches import Sketch
from server.people.register import reading
from server.toolbox import Toolbox

SILENCE = timedelta(minutes=3)  # after so long somebody else goes on
TOGETHER = 2000  # suggestions written at once


def scan_duplicates(tools: Toolbox, scan_id: int) -> int:
    """Compare everybody who shares a key with somebody; return how many pairs were suggested."""
    tenant_id = _claim(tools, scan_id)
    if tenant_id is None:
        return 0
    everybody = _read(tools, scan_id, tenant_id)
    if everybody is None:
        return 0
    register = Register()
    register.count(everybody)
    found = [
        (one.person_id, other.person_id, verdict)
        for one, other in blocks.candidates(everybody)
        if (verdict := register.judge(one, other)) is not None
    ]
    return _write(tools, scan_id, tenant_id, found)


def _claim(tools: Toolbox, scan_id: int) -> int | None:
    with tools.sessions.begin() as db:
        row = db.get(DuplicateScan, scan_id, with_for_update=True)
        now = tools.clock.now()
        if row is None or row.state != ScanState.WAITING:
            return None
        if row.worked_at is not None and row.worked_at > now - SILENCE:
            return None
        row.worked_at, row.done = now, 0
        row.total = reading.count(db, row.tenant_id)
        return row.tenant_id


def _read(tools: Toolbox, scan_id: int, tenant_id: int) -> list[Sketch] | None:
    """Read everybody, noting progress; None when it was cancelled."""
    everybody: list[Sketch] = []
    after = 0
    while True:
        with tools.sessions.read() as db:
            some = sketching.sketches(db, tenant_id, after=after)
        if not some:
            return everybody
        everybody += some
        after = some[-1].person_id
        with tools.sessions.begin() as db:
            if not _goes_on(db, tools, scan_id, done=len(everybody)):
                return None


def _write(
    tools: Toolbox, scan_id: int, tenant_id: int, found: list[tuple[int, int, Verdict]]
) -> int:
    with tools.sessions.begin() as db:
        if not _goes_on(db, tools, scan_id):
            return 0
        pairs.clear_open(db, tenant_id)
    for start in range(0, len(found), TOGETHER):
        with tools.sessions.begin() as db:
            if not _goes_on(db, tools, scan_id):
                return start
            some = found[start : start + TOGETHER]
            pairs.suggest(db, tenant_id, some, now=tools.clock.now())
    with tools.sessions.begin() as db:
        row = db.get_one(DuplicateScan, scan_id, with_for_update=True)
        row.state, row.found, row.finished_at = ScanState.DONE, len(found), tools.clock.now()
    return len(found)


def _goes_on(db: Session, tools: Toolbox, scan_id: int, *, done: int | None = None) -> bool:
    row = db.get_one(DuplicateScan, scan_id, with_for_update=True)
    if row.state != ScanState.WAITING:
        return False
    row.worked_at = tools.clock.now()
    row.done = row.done if done is None else done
    return True


def resume_scans(tools: Toolbox) -> int:
    """Go on with a look whose worker died."""
    with tools.sessions.read() as db:
        waiting = select(DuplicateScan.id).where(DuplicateScan.state == ScanState.WAITING)
        left = list(db.scalars(waiting.order_by(DuplicateScan.id).limit(5)))
    return sum(scan_duplicates(tools, scan_id) for scan_id in left)
