"""The suggestions: written by a scan, decided by staff, never asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from server.kernel.errors import NotFound
from server.kernel.upsert import insert_new
from server.people.duplicates.merging import PairState
from server.people.duplicates.models import DuplicatePair, DuplicateScan, PersonMerge
from server.people.duplicates.scoring import Verdict
from server.people.register.models import RegisterEntry
from server.places.codes import EVERYWHERE, Scope
from server.places.service import within

__all__ = ["DuplicatePair", "DuplicateScan", "PersonMerge"]  # rows for the room that decides


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be one person."""

    id: int
    left_id: int
    right_id: int
    bits: float
    reasons: tuple[str, ...]
    sure: bool
    state: PairState


def clear_open(db: Session, tenant_id: int) -> None:
    """Drop what an earlier scan suggested and nobody decided; what was decided stays."""
    db.execute(
        delete(DuplicatePair).where(
            DuplicatePair.tenant_id == tenant_id, DuplicatePair.state == PairState.OPEN
        )
    )


def suggest(
    db: Session, tenant_id: int, found: Sequence[tuple[int, int, Verdict]], *, now: datetime
) -> None:
    """Write suggestions down; a pair that is known already stays as it is."""
    for one, other, verdict in found:
        insert_new(
            db,
            DuplicatePair.__table__,  # type: ignore[arg-type]
            {
                "tenant_id": tenant_id,
                "left_id": min(one, other),
                "right_id": max(one, other),
                "bits": verdict.bits,
                "reasons": list(verdict.reasons),
                "sure": verdict.sure,
                "state": PairState.OPEN,
                "found_at": now,
            },
        )


def fits(tenant_id: int, scope: Scope, *, sure: bool | None = None) -> list[ColumnElement[bool]]:
    """Return what an open pair must fulfil: both entries stand and lie within the scope."""
    left, right = aliased(RegisterEntry), aliased(RegisterEntry)
    conditions: list[ColumnElement[bool]] = [
        DuplicatePair.tenant_id == tenant_id,
        DuplicatePair.state == PairState.OPEN,
    ]
    for entry, column in ((left, DuplicatePair.left_id), (right, DuplicatePair.right_id)):
        seen = [] if scope == EVERYWHERE else [within(entry.path, scope)]
        conditions.append(exists().where(entry.person_id == column, entry.merged.is_(False), *seen))
    if sure is not None:
        conditions.append(DuplicatePair.sure.is_(sure))
    return conditions


def listing(
    db: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    after: tuple[float, int] | None,
    limit: int,
) -> list[Pair]:
    """Return pairs, the most alike first; `after` is the last one's (bits, id)."""
    query = select(DuplicatePair).where(*conditions)
    if after is not None:
        bits, number = after
        query = query.where(
            or_(
                DuplicatePair.bits < bits,
                and_(DuplicatePair.bits == bits, DuplicatePair.id > number),
            )
        )
    query = query.order_by(DuplicatePair.bits.desc(), DuplicatePair.id).limit(limit)
    return [_pair(row) for row in db.scalars(query)]


def count(db: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return db.scalar(select(func.count()).select_from(DuplicatePair).where(*conditions)) or 0


def one(db: Session, tenant_id: int, pair_id: int, *, lock: bool = False) -> DuplicatePair:
    """Return a row. Raise NotFound."""
    row = db.get(DuplicatePair, pair_id, with_for_update=lock)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound("pair")
    return row


def view(row: DuplicatePair) -> Pair:
    return _pair(row)


def _pair(row: DuplicatePair) -> Pair:
    return Pair(
        id=row.id,
        left_id=row.left_id,
        right_id=row.right_id,
        bits=row.bits,
        reasons=tuple(row.reasons),
        sure=row.sure,
        state=PairState(row.state),
    )
