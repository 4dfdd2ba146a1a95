"""Change what a role allows in this county: recorded, and never by more than one has oneself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Invalid, NotFound
from server.places.codes import EVERYWHERE
from server.staff import audit, roles
from server.staff.colleagues import TOO_MUCH, must_leave_an_administrator
from server.staff.models import StaffGrant, StaffMember, StaffRole
from server.staff.officers import Officer
from server.staff.permissions import Permission
from server.staff.roles import SHIPPED, RoleCard

OWN = "own-"


def card(db: Session, officer: Officer, key: str) -> RoleCard:
    """Return a role to look at. Raise NotAllowed, NotFound."""
    officer.must(Permission.MANAGE_STAFF)
    found = roles.catalogue(db, officer.tenant_id).get(key)
    if found is None:
        raise NotFound("role")
    return found


def may_change(officer: Officer, permission: Permission) -> bool:
    """Tell whether the officer may put this right into a role, or take it out."""
    return officer.scope(permission) == EVERYWHERE


def add(
    db: Session,
    officer: Officer,
    *,
    name: str,
    permissions: Collection[Permission],
    vault: Vault,
    now: datetime,
) -> str:
    """Add a role of the county's own; return its key. Raise Invalid, NotAllowed."""
    officer.must(Permission.MANAGE_STAFF)
    taken = [
        int(key.removeprefix(OWN))
        for key in roles.catalogue(db, officer.tenant_id)
        if key.startswith(OWN)
    ]
    new = RoleCard(f"{OWN}{max(taken, default=0) + 1}", "", frozenset())
    _write(db, officer, new, name=name, permissions=frozenset(permissions), vault=vault, now=now)
    return new.key


def save(
    db: Session,
    officer: Officer,
    key: str,
    *,
    name: str,
    permissions: Collection[Permission],
    vault: Vault,
    now: datetime,
) -> None:
    """Change a role; everybody who holds it has the new rights at once.

    Rights the officer may not change stay as they are. Raise Invalid (also when nobody would be
    left to manage staff), NotAllowed, NotFound.
    """
    before = card(db, officer, key)
    kept = {one for one in before.permissions if not may_change(officer, one)}
    wanted = frozenset(permissions) | kept
    _write(db, officer, before, name=name, permissions=wanted, vault=vault, now=now)
    must_leave_an_administrator(db, officer.tenant_id)


def reset(db: Session, officer: Officer, key: str, *, vault: Vault, now: datetime) -> None:
    """Make a role what the product ships; remove one of the county's own that nobody holds.

    Raise Invalid, NotAllowed, NotFound.
    """
    before = card(db, officer, key)
    row = db.get(StaffRole, (officer.tenant_id, key))
    if row is None:
        raise NotFound("role")
    after = SHIPPED.get(key)
    if after is None and _holders(db, officer.tenant_id, key):
        raise Invalid(fields={"name": ["还有同事担任这个角色，先取消他们的，再删除"]})
    _check(officer, before, after.permissions if after else frozenset())
    _note(db, officer, before, after, vault=vault, now=now)
    db.delete(row)
    db.flush()
    must_leave_an_administrator(db, officer.tenant_id)


def _write(
    db: Session,
    officer: Officer,
    before: RoleCard,
    *,
    name: str,
    permissions: frozenset[Permission],
    vault: Vault,
    now: datetime,
) -> None:
    if before.fixed:
        raise Invalid(fields={"name": ["超级管理员总是什么都能做，不能修改"]})
    others = roles.catalogue(db, officer.tenant_id).values()
    if not 1 <= len(name.strip()) <= 20:
        raise Invalid(fields={"name": ["请用 1 至 20 个字写角色的名称"]})
    if any(one.name == name.strip() and one.key != before.key for one in others):
        raise Invalid(fields={"name": ["已经有叫这个名称的角色"]})
    _check(officer, before, permissions)
    after = RoleCard(before.key, name.strip(), permissions, changed=True)
    _note(db, officer, before, after, vault=vault, now=now)
    row = db.get(StaffRole, (officer.tenant_id, before.key))
    if row is None:
        row = StaffRole(tenant_id=officer.tenant_id, key=before.key)
        db.add(row)
    row.name, row.permissions = after.name, sorted(permissions)
    db.flush()


def _check(officer: Officer, before: RoleCard, permissions: frozenset[Permission]) -> None:
    if not all(may_change(officer, one) for one in before.permissions ^ permissions):
        raise Invalid(fields={"permissions": [TOO_MUCH]})


def _holders(db: Session, tenant_id: int, key: str) -> bool:
    query = (
        select(StaffGrant.id)
        .join(StaffMember, StaffMember.id == StaffGrant.staff_id)
        .where(
            StaffMember.tenant_id == tenant_id,
            StaffGrant.role == key,
            StaffGrant.ended_at.is_(None),
        )
        .limit(1)
    )
    return db.scalar(query) is not None


def _note(
    db: Session,
    officer: Officer,
    before: RoleCard,
    after: RoleCard | None,
    *,
    vault: Vault,
    now: datetime,
) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="role.change" if after else "role.remove",
        subject=f"role:{before.key}",
        now=now,
        detail=audit.sealed_changes(_told(before), _told(after), vault=vault),
    )


def _told(one: RoleCard | None) -> dict[str, str]:
    if one is None:
        return {}
    return {"name": one.name} | dict.fromkeys(one.permissions, "✓")
