"""Write down who did what, in the same transaction as the deed; and prove nothing was changed."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from server.kernel.crypto import Tampered, Vault
from server.kernel.upsert import insert_new
from server.staff.models import AuditDetail, AuditEntry, AuditHead, StaffMember

DETAIL = "audit_detail.content"
START = bytes(32)
DIGEST = 32  # bytes
TOGETHER = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One deed as the page of the audit shows it."""

    number: int
    at: datetime
    staff_name: str | None
    action: str
    subject: str
    changes: Mapping[str, list[str]]  # field -> [before, after]


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the chain does not hold."""

    number: int
    what: str  # "missing", "changed", "end"


def note(
    db: Session,
    *,
    tenant_id: int,
    staff_id: int | None,
    action: str,
    subject: str,
    now: datetime,
    detail: bytes | None = None,
) -> None:
    """Add a link to the tenant's chain. `detail` comes from `sealed_changes`.

    The chain holds the digest of the detail only: the rest may be sealed anew or erased.
    """
    head = _head(db, tenant_id)
    entry = AuditEntry(
        tenant_id=tenant_id,
        number=head.number + 1,
        at=now,
        staff_id=staff_id,
        action=action,
        subject=subject,
        digest=detail[:DIGEST] if detail else None,
    )
    entry.hash = chained(head.hash, entry)
    head.number, head.hash = entry.number, entry.hash
    db.add(entry)
    db.flush()
    if detail:
        db.add(AuditDetail(entry_id=entry.id, content=detail[DIGEST:]))
        db.flush()


def _head(db: Session, tenant_id: int) -> AuditHead:
    query = select(AuditHead).where(AuditHead.tenant_id == tenant_id).with_for_update()
    head = db.scalar(query.execution_options(populate_existing=True))
    if head is not None:
        return head
    table = cast("Table", AuditHead.__table__)
    insert_new(db, table, {"tenant_id": tenant_id, "number": 0, "hash": START})
    return db.scalars(query.execution_options(populate_existing=True)).one()


def chained(before: bytes, entry: AuditEntry) -> bytes:
    """Return the hash of an entry: SHA-256 over the hash before it and all it says."""
    says = [
        entry.tenant_id,
        entry.number,
        entry.at.isoformat(),
        entry.staff_id,
        entry.action,
        entry.subject,
        entry.digest.hex() if entry.digest else None,
    ]
    return hashlib.sha256(before + json.dumps(says).encode()).digest()


def sealed_changes(
    before: Mapping[str, str], after: Mapping[str, str], *, vault: Vault
) -> bytes | None:
    """Seal what a change changed, by field, behind its digest; None when nothing did."""
    changed = {
        field: [before.get(field, ""), after.get(field, "")]
        for field in {**before, **after}
        if before.get(field, "") != after.get(field, "")
    }
    if not changed:
        return None
    salted = f"{secrets.token_hex(16)}\n{json.dumps(changed, ensure_ascii=False)}"
    return hashlib.sha256(salted.encode()).digest() + vault.seal(salted, where=DETAIL)


def erase_details(db: Session, tenant_id: int, subjects: Iterable[str]) -> None:
    """Forget what was changed on these records; that it was, when and by whom stays."""
    about = select(AuditEntry.id).where(
        AuditEntry.tenant_id == tenant_id, AuditEntry.subject.in_(list(subjects))
    )
    db.execute(
        delete(AuditDetail)
        .where(AuditDetail.entry_id.in_(about))
        .execution_options(synchronize_session=False)
    )


def listing(
    db: Session,
    tenant_id: int,
    *,
    vault: Vault,
    staff_id: int | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Line]:
    """Return deeds, the latest first; `before` is the last number already seen."""
    query = (
        select(AuditEntry, StaffMember.name, AuditDetail.content)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.staff_id)
        .outerjoin(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
        .where(AuditEntry.tenant_id == tenant_id)
        .order_by(AuditEntry.number.desc())
        .limit(limit)
    )
    if staff_id is not None:
        query = query.where(AuditEntry.staff_id == staff_id)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    return [
        Line(
            number=row.number,
            at=row.at,
            staff_name=name,
            action=row.action,
            subject=row.subject,
            changes=_opened(content, vault),
        )
        for row, name, content in db.execute(query)
    ]


def _opened(content: bytes | None, vault: Vault) -> Mapping[str, list[str]]:
    if content is None:
        return {}
    changes: dict[str, list[str]] = json.loads(vault.open(content, where=DETAIL).partition("\n")[2])
    return changes


def verify(db: Session, tenant_id: int, *, vault: Vault | None = None) -> Iterator[Fault]:
    """Walk the whole chain and yield every place where it does not hold.

    With a vault the details are opened, too, and held against their digests. One that was
    erased is no fault.
    """
    expected, last = 1, START
    while True:
        rows = list(
            db.scalars(
                select(AuditEntry)
                .where(AuditEntry.tenant_id == tenant_id, AuditEntry.number >= expected)
                .order_by(AuditEntry.number)
                .limit(TOGETHER)
            )
        )
        false = _false_details(db, rows, vault) if vault is not None else frozenset()
        for row in rows:
            if row.number != expected:
                yield Fault(expected, "missing")
            elif row.hash != chained(last, row) or row.id in false:
                yield Fault(row.number, "changed")
            expected, last = row.number + 1, row.hash
        if len(rows) < TOGETHER:
            break
    head = db.get(AuditHead, tenant_id)
    if (head.number, head.hash) != (expected - 1, last) if head else expected > 1:
        yield Fault(expected, "end")


def _false_details(db: Session, rows: list[AuditEntry], vault: Vault) -> frozenset[int]:
    """Return the entries whose details are not what was chained."""
    digests = {row.id: row.digest for row in rows}
    held = db.execute(
        select(AuditDetail.entry_id, AuditDetail.content).where(
            AuditDetail.entry_id.in_(list(digests))
        )
    )
    return frozenset(
        entry_id for entry_id, content in held if digests[entry_id] != _digest(content, vault)
    )


def _digest(content: bytes, vault: Vault) -> bytes | None:
    try:
        return hashlib.sha256(vault.open_bytes(content, where=DETAIL)).digest()
    except Tampered:
        return None


def head(db: Session, tenant_id: int) -> tuple[int, str]:
    """Return the last number and its hash: written down elsewhere, they prove the whole chain."""
    found = db.get(AuditHead, tenant_id)
    return (found.number, found.hash.hex()) if found else (0, START.hex())
