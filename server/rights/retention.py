"""How long closed cases stay in the restricted archive: the tenant's own table (DOMAIN §6).

档案法实施条例 §20: a 群团 fixes its own 归档范围和保管期限, approved by the archive office of its
level. Nothing is destroyed by itself: that needs an appraisal on record (§24).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.cases.states import Kind
from server.cases.wording import KIND_NAMES
from server.kernel.crypto import Vault
from server.kernel.errors import Invalid
from server.rights.models import RetentionRule
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

CHOICES: Mapping[str, int | None] = {"10": 10, "30": 30, "forever": None}
CHOICE_NAMES: Mapping[str, str] = {"10": "10 年", "30": "30 年", "forever": "永久"}
USUAL: Mapping[Kind, int | None] = {Kind.PETITION: 30, Kind.CONSULTATION: 10}


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one kind of case is kept."""

    kind: Kind
    name: str
    years: int | None  # None: for ever
    changed_at: datetime | None  # None: as it is usual, nobody has fixed it yet

    @property
    def choice(self) -> str:
        return "forever" if self.years is None else str(self.years)

    @property
    def words(self) -> str:
        return CHOICE_NAMES.get(self.choice, f"{self.years} 年")


def table(db: Session, tenant_id: int) -> list[Rule]:
    """Return the tenant's table; what nobody fixed is as usual."""
    rows = {
        row.kind: row
        for row in db.scalars(select(RetentionRule).where(RetentionRule.tenant_id == tenant_id))
    }
    return [
        Rule(
            kind,
            KIND_NAMES[kind],
            rows[kind].years if kind in rows else usual,
            rows[kind].changed_at if kind in rows else None,
        )
        for kind, usual in USUAL.items()
    ]


def words_for(db: Session, tenant_id: int, kind: Kind) -> str:
    """Say how long a kind of case is kept."""
    return next(rule.words for rule in table(db, tenant_id) if rule.kind is kind)


def change(
    db: Session, officer: Officer, chosen: Mapping[str, str], *, vault: Vault, now: datetime
) -> None:
    """Fix the table. Raise NotAllowed, Invalid."""
    officer.must(Permission.ERASE_PEOPLE)
    wrong = {
        str(kind): ["请选择保管期限"] for kind in USUAL if chosen.get(str(kind)) not in CHOICES
    }
    if wrong:
        raise Invalid(fields=wrong)
    before = {rule.name: rule.words for rule in table(db, officer.tenant_id)}
    for kind in USUAL:
        db.merge(
            RetentionRule(
                tenant_id=officer.tenant_id,
                kind=kind,
                years=CHOICES[chosen[kind]],
                changed_at=now,
                changed_by=officer.id,
            )
        )
    db.flush()
    after = {rule.name: rule.words for rule in table(db, officer.tenant_id)}
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="right.retention",
        subject="retention",
        now=now,
        detail=audit.sealed_changes(before, after, vault=vault),
    )
