"""A member of staff as doors and rooms see them: who they are, what they may do where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.errors import NotAllowed, NotFound
from server.places import codes
from server.places import service as places
from server.places.codes import EVERYWHERE, NOWHERE, Scope
from server.staff import roles
from server.staff.models import StaffGrant, StaffMember
from server.staff.permissions import LOCAL, Permission
from server.staff.roles import RoleCard


@dataclass(frozen=True, slots=True)
class Holding:
    """A role held at a node; "" is the whole county."""

    grant_id: int
    role: str
    role_name: str
    path: str


@dataclass(frozen=True, slots=True)
class Officer:
    """A member of staff with what they may do where, as of now."""

    id: int
    tenant_id: int
    login: str
    name: str
    active: bool = True
    must_change_password: bool = False
    two_step: bool = False
    holdings: tuple[Holding, ...] = ()
    rights: Mapping[Permission, Scope] = field(default_factory=dict, compare=False, repr=False)

    def may(self, permission: Permission) -> bool:
        """Tell whether the officer holds the right at all: it opens a page, not every record.

        For a right that concerns the whole county (all but permissions.LOCAL) that is the answer;
        for a record with a division ask `access.may`, for a list `access.within`.
        """
        return permission in self.rights

    def must(self, permission: Permission) -> None:
        """Raise NotAllowed unless this officer holds the permission."""
        if not self.may(permission):
            raise NotAllowed(permission)

    def scope(self, permission: Permission) -> Scope:
        """Return where the officer holds the right."""
        return self.rights.get(permission, NOWHERE)


def of(db: Session, rows: Sequence[StaffMember]) -> list[Officer]:
    """Dress rows of one tenant with their roles, in two queries."""
    if not rows:
        return []
    tenant_id = rows[0].tenant_id
    cards = roles.catalogue(db, tenant_id)
    held: dict[int, list[StaffGrant]] = {row.id: [] for row in rows}
    grants = select(StaffGrant).where(StaffGrant.staff_id.in_(held), StaffGrant.ended_at.is_(None))
    for grant in db.scalars(grants.order_by(StaffGrant.id)):
        held[grant.staff_id].append(grant)
    scopes = _scopes(db, tenant_id, {grant.path for all_of in held.values() for grant in all_of})
    return [_officer(row, held[row.id], cards, scopes) for row in rows]


def _scopes(db: Session, tenant_id: int, paths: Iterable[str]) -> dict[str, Scope]:
    """Return what lies in each node, also ended divisions it took over."""
    found = {"": EVERYWHERE}
    for path in set(paths) - {""}:
        try:
            found[path] = places.scope_of(db, codes.code_of(path), tenant_id=tenant_id)
        except NotFound:  # the list of divisions was never loaded: the path itself still holds
            found[path] = Scope((path,))
    return found


def _officer(
    row: StaffMember,
    grants: Sequence[StaffGrant],
    cards: Mapping[str, RoleCard],
    scopes: Mapping[str, Scope],
) -> Officer:
    held = [(grant, cards[grant.role]) for grant in grants if grant.role in cards]
    rights: dict[Permission, Scope] = {}
    for grant, card in held:
        given = card.permissions & LOCAL if grant.path else card.permissions
        for permission in given:
            rights[permission] = rights.get(permission, NOWHERE) | scopes[grant.path]
    return Officer(
        id=row.id,
        tenant_id=row.tenant_id,
        login=row.login,
        name=row.name,
        active=row.active,
        must_change_password=row.password_until is not None,
        two_step=row.two_step_since is not None,
        holdings=tuple(Holding(grant.id, card.key, card.name, grant.path) for grant, card in held),
        rights=rights,
    )
