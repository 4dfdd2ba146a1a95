"""Take a person's names out of what was noted about lists brought in."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Tampered, Vault
from server.registers.imports import FINDINGS
from server.registers.models import ImportBatch


def erase(db: Session, tenant_id: int, names: Collection[str], *, vault: Vault) -> None:
    """Drop the findings that name these people; the counts of the lists stay."""
    gone = {name[:20] for name in names}
    if not gone:
        return
    rows = db.scalars(
        select(ImportBatch).where(
            ImportBatch.tenant_id == tenant_id, ImportBatch.findings.is_not(None)
        )
    )
    for row in rows:
        try:
            found = json.loads(vault.open(row.findings or b"", where=FINDINGS))
        except Tampered:  # what nobody can open names nobody
            continue
        kept = [one for one in found if one["name"] not in gone]
        if len(kept) < len(found):
            row.findings = vault.seal(json.dumps(kept, ensure_ascii=False), where=FINDINGS)
