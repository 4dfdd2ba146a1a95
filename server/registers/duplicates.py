"""重复: what staff decide about entries that may be one person; a merge is undone for 180 days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, NotFound
from server.outbox import service as outbox
from server.people.duplicates import combining, merging, pairs
from server.people.duplicates import reading as sketching
from server.people.duplicates.merging import Merge, PairState, ScanState
from server.people.duplicates.pairs import DuplicatePair, DuplicateScan, Pair, PersonMerge
from server.people.register import reading
from server.people.register.reading import Page
from server.places.codes import EVERYWHERE
from server.staff import access, audit
from server.staff.access import Record
from server.staff.permissions import Permission
from server.staff.service import Officer

P = Permission.MERGE_PEOPLE
AT_ONCE = 50  # sure pairs merged by one click


@dataclass(frozen=True, slots=True)
class Scan:
    """How far the last look through the register has come."""

    id: int
    state: ScanState
    total: int
    done: int
    found: int
    created_at: datetime
    finished_at: datetime | None


def ask_scan(db: Session, officer: Officer, *, now: datetime) -> int:
    """Order a look through the register; one that is under way is returned instead."""
    officer.must(P)
    running = latest(db, officer)
    if running is not None and running.state is ScanState.WAITING:
        return running.id
    row = DuplicateScan(
        tenant_id=officer.tenant_id, created_by=officer.id, created_at=now, state=ScanState.WAITING
    )
    db.add(row)
    db.flush()
    _note(db, officer, "duplicate.scan", f"scan:{row.id}", now=now)
    return row.id


def latest(db: Session, officer: Officer) -> Scan | None:
    officer.must(P)
    row = db.scalar(
        select(DuplicateScan)
        .where(DuplicateScan.tenant_id == officer.tenant_id)
        .order_by(DuplicateScan.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    return Scan(
        id=row.id,
        state=ScanState(row.state),
        total=row.total,
        done=row.done,
        found=row.found,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def cancel_scan(db: Session, officer: Officer, *, now: datetime) -> None:
    """Stop a look under way; what was suggested before stays. Raise Conflict."""
    scan = latest(db, officer)
    if scan is None or scan.state is not ScanState.WAITING:
        raise Conflict("not running")
    db.get_one(DuplicateScan, scan.id, with_for_update=True).state = ScanState.CANCELLED
    _note(db, officer, "duplicate.cancel", f"scan:{scan.id}", now=now)


def listing(
    db: Session, officer: Officer, *, sure: bool | None, after: tuple[float, int] | None, limit: int
) -> list[Pair]:
    """Return open pairs of which both lie within the officer's places. Raise NotAllowed."""
    officer.must(P)
    conditions = pairs.fits(officer.tenant_id, officer.scope(P), sure=sure)
    return pairs.listing(db, conditions, after=after, limit=limit)


def count(db: Session, officer: Officer, *, sure: bool | None = None) -> int:
    officer.must(P)
    return pairs.count(db, pairs.fits(officer.tenant_id, officer.scope(P), sure=sure))


def both(
    db: Session, officer: Officer, pair_id: int, *, vault: Vault, now: datetime
) -> tuple[Pair, Page, Page]:
    """Return a pair with both pages, and record the look. Raise NotAllowed, NotFound."""
    pair = pairs.view(_own(db, officer, pair_id))
    found = [
        reading.page(db, officer.tenant_id, one, vault=vault, scope=officer.scope(P))
        for one in (pair.left_id, pair.right_id)
    ]
    for one in (pair.left_id, pair.right_id):
        _note(db, officer, "person.view", f"person:{one}", now=now)
    return pair, found[0], found[1]


def may_see_hardship(officer: Officer, page: Page) -> bool:
    return access.may(officer, Permission.SEE_HARDSHIP, Record(officer.tenant_id, page.path))


def merge(
    db: Session,
    officer: Officer,
    pair_id: int,
    *,
    keep: int,
    take: Collection[str],
    vault: Vault,
    now: datetime,
) -> int:
    """Close one of a pair in favour of `keep`; return the merge. Raise Conflict, NotFound."""
    row = _own(db, officer, pair_id, lock=True)
    if row.state != PairState.OPEN or keep not in {row.left_id, row.right_id}:
        raise Conflict("decided")
    closed = row.right_id if keep == row.left_id else row.left_id
    merge_id = merging.merge(
        db, officer.tenant_id, keep, closed, take=take, by=officer.id, vault=vault, now=now
    )
    outbox.spare(db, closed_id=closed, survivor_id=keep, now=now)
    row.state, row.decided_by, row.decided_at = PairState.MERGED, officer.id, now
    _note(db, officer, "person.merge", f"person:{keep}", now=now)
    _note(db, officer, "person.merge", f"person:{closed}", now=now)
    return merge_id


def merge_sure(db: Session, officer: Officer, *, vault: Vault, now: datetime) -> int:
    """Merge the surest pairs, each to be undone by itself; the older entry stays. Return how many.

    A person who stands in two pairs is merged once; the next click takes the rest.
    """
    merged: set[int] = set()
    done = 0
    for pair in listing(db, officer, sure=True, after=None, limit=AT_ONCE):
        if pair.left_id in merged or pair.right_id in merged:
            continue
        left, right = (
            reading.page(db, officer.tenant_id, one, vault=vault, scope=EVERYWHERE).facts
            for one in (pair.left_id, pair.right_id)
        )
        take = combining.finer(left, right)
        merge(db, officer, pair.id, keep=pair.left_id, take=take, vault=vault, now=now)
        merged |= {pair.left_id, pair.right_id}
        done += 1
    return done


def differ(db: Session, officer: Officer, pair_id: int, *, now: datetime) -> None:
    """Remember that these are two people; nobody is asked again. Raise Conflict, NotFound."""
    row = _own(db, officer, pair_id, lock=True)
    if row.state != PairState.OPEN:
        raise Conflict("decided")
    row.state, row.decided_by, row.decided_at = PairState.DIFFERENT, officer.id, now
    _note(db, officer, "duplicate.differ", f"person:{row.left_id}", now=now)


def merges(db: Session, officer: Officer, *, limit: int, before: int | None) -> list[Merge]:
    """Return what was merged, the latest first, within the officer's places."""
    officer.must(P)
    query = select(PersonMerge).where(PersonMerge.tenant_id == officer.tenant_id)
    if before is not None:
        query = query.where(PersonMerge.id < before)
    rows = list(db.scalars(query.order_by(PersonMerge.id.desc()).limit(limit)))
    scope = officer.scope(P)
    where = sketching.places(db, {row.survivor_id for row in rows})
    return [
        _merge(row)
        for row in rows
        if scope == EVERYWHERE or scope.covers(where.get(row.survivor_id, "-"))
    ]


def undo(db: Session, officer: Officer, merge_id: int, *, vault: Vault, now: datetime) -> Merge:
    """Take a merge back. Raise NotAllowed, NotFound, Conflict (`merging.undo`)."""
    officer.must(P)
    row = db.get(PersonMerge, merge_id)
    if row is None or row.tenant_id != officer.tenant_id:
        raise NotFound("merge")
    where = sketching.places(db, {row.survivor_id, row.closed_id})
    if not all(officer.scope(P).covers(path) for path in where.values()):
        raise NotFound("merge")
    undone = merging.undo(db, officer.tenant_id, merge_id, by=officer.id, vault=vault, now=now)
    for one in (undone.survivor_id, undone.closed_id):
        _note(db, officer, "person.unmerge", f"person:{one}", now=now)
    return _merge(undone)


def _own(db: Session, officer: Officer, pair_id: int, *, lock: bool = False) -> DuplicatePair:
    """Return a pair of which both lie within the officer's places. Raise NotAllowed, NotFound."""
    officer.must(P)
    row = pairs.one(db, officer.tenant_id, pair_id, lock=lock)
    where = sketching.places(db, {row.left_id, row.right_id})
    if len(where) < 2 or not all(officer.scope(P).covers(path) for path in where.values()):
        raise NotFound("pair")
    return row


def _merge(row: PersonMerge) -> Merge:
    return Merge(
        id=row.id,
        survivor_id=row.survivor_id,
        closed_id=row.closed_id,
        merged_by=row.merged_by,
        merged_at=row.merged_at,
        undone_at=row.undone_at,
    )


def _note(db: Session, officer: Officer, action: str, subject: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=subject,
        now=now,
    )
