"""The roles of a tenant: those the product ships, changed where the tenant changed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.staff.models import StaffRole
from server.staff.permissions import GRANTS, ROLE_NAMES, Permission, Role


@dataclass(frozen=True, slots=True)
class RoleCard:
    """A role as a tenant has it."""

    key: str
    name: str
    permissions: frozenset[Permission]
    changed: bool = False  # not as the product ships it, or the tenant's own

    @property
    def fixed(self) -> bool:
        """Whether nobody can change it: somebody must be able to mend the others."""
        return self.key == Role.SUPER

    @property
    def own(self) -> bool:
        """Whether the tenant added it."""
        return self.key not in set(Role)


SHIPPED: Mapping[str, RoleCard] = {
    str(role): RoleCard(str(role), ROLE_NAMES[role], GRANTS[role]) for role in Role
}


def catalogue(db: Session, tenant_id: int) -> dict[str, RoleCard]:
    """Return the roles of a tenant by key, the shipped ones first."""
    rows = db.scalars(
        select(StaffRole).where(StaffRole.tenant_id == tenant_id).order_by(StaffRole.key)
    )
    cards = dict(SHIPPED)
    for row in rows:
        if row.key != Role.SUPER:
            cards[row.key] = RoleCard(row.key, row.name, known(row.permissions), changed=True)
    return cards


def known(names: list[str]) -> frozenset[Permission]:
    """Read permissions as they are kept; one that no longer exists allows nothing."""
    return frozenset(Permission(name) for name in names if name in set(Permission))
