"""Who works here and who may what, changed by those who may: nobody gives more than they have.

Everything here is recorded. A county is never left without an administrator.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from server.staff import audit, officers, passwords, roles, service, sessions, two_step
from server.staff.models import StaffGrant, StaffMember
from server.staff.officers import Officer
from server.staff.permissions import LOCAL, Permission

TOO_MUCH = "这个角色能做的事超出您自己的权限，请找超级管理员"
LAST = "这是最后一位管理员：先让别的同事管理同事和角色，再改这里"


def everyone(
    db: Session, officer: Officer, *, text: str = "", after: int = 0, limit: int
) -> list[Officer]:
    """Return colleagues, also disabled ones, by number; `after` is the last one already seen."""
    officer.must(Permission.MANAGE_STAFF)
    query = select(StaffMember).where(
        StaffMember.tenant_id == officer.tenant_id, StaffMember.id > after
    )
    if text:
        query = query.where(
            or_(
                StaffMember.name.contains(text, autoescape=True),
                StaffMember.login.contains(text.lower(), autoescape=True),
            )
        )
    return officers.of(db, list(db.scalars(query.order_by(StaffMember.id).limit(limit))))


def colleague(db: Session, officer: Officer, staff_id: int) -> Officer:
    """Return one colleague. Raise NotAllowed, NotFound (also for another county's)."""
    officer.must(Permission.MANAGE_STAFF)
    return officers.of(db, [_row(db, officer, staff_id)])[0]


def outranks(officer: Officer, other: Officer) -> bool:
    """Tell whether the officer has every right the other has, wherever they have it."""
    return all(
        officer.scope(permission).covers(path)
        for permission, scope in other.rights.items()
        for path in scope.paths
    )


def add(
    db: Session,
    officer: Officer,
    values: Mapping[str, str],
    *,
    vault: Vault,
    now: datetime,
) -> tuple[Officer, str]:
    """Add a colleague (login, name, role, path); return them and a temporary password.

    Raise Invalid naming each wrong field, NotAllowed.
    """
    officer.must(Permission.MANAGE_STAFF)
    _must_be_able_to_give(db, officer, values["role"], values["path"])
    password = passwords.temporary()
    try:
        made = service.create(
            db,
            tenant_id=officer.tenant_id,
            login=values["login"],
            name=values["name"],
            role=values["role"],
            path=values["path"],
            password=password,
            invited=service.Invited(officer.id, now + passwords.TEMPORARY),
            now=now,
        )
    except Conflict:
        raise Invalid(fields={"login": ["已经有人用这个登录名，请换一个"]}) from None
    said = {"role": _said(values["role"], values["path"])}
    detail = audit.sealed_changes({}, said, vault=vault)
    _note(db, officer, made.id, "staff.grant", now=now, detail=detail)
    return made, password


def grant(
    db: Session,
    officer: Officer,
    staff_id: int,
    *,
    role: str,
    path: str,
    vault: Vault,
    now: datetime,
) -> None:
    """Give a role at a node; twice is harmless. Raise Invalid, NotAllowed, NotFound."""
    officer.must(Permission.MANAGE_STAFF)
    row = _row(db, officer, staff_id)
    _must_be_able_to_give(db, officer, role, path)
    held = select(StaffGrant.id).where(
        StaffGrant.staff_id == row.id,
        StaffGrant.role == role,
        StaffGrant.path == path,
        StaffGrant.ended_at.is_(None),
    )
    if db.scalar(held) is not None:
        return
    detail = audit.sealed_changes({}, {"role": _said(role, path)}, vault=vault)
    _note(db, officer, staff_id, "staff.grant", now=now, detail=detail)
    db.add(StaffGrant(staff_id=row.id, role=role, path=path, granted_by=officer.id, granted_at=now))
    db.flush()


def end_grant(
    db: Session, officer: Officer, staff_id: int, grant_id: int, *, vault: Vault, now: datetime
) -> None:
    """Take a role away. Raise Invalid for the last administrator, NotAllowed, NotFound."""
    _must_outrank(db, officer, staff_id)
    held = db.get(StaffGrant, grant_id)
    if held is None or held.staff_id != staff_id or held.ended_at is not None:
        raise NotFound("grant")
    detail = audit.sealed_changes({"role": _said(held.role, held.path)}, {}, vault=vault)
    _note(db, officer, staff_id, "staff.revoke", now=now, detail=detail)
    held.ended_at, held.ended_by = now, officer.id
    db.flush()
    must_leave_an_administrator(db, officer.tenant_id)


def disable(db: Session, officer: Officer, staff_id: int, *, now: datetime) -> None:
    """Let somebody in no more, from this moment. Raise Invalid for the last administrator."""
    other = _must_outrank(db, officer, staff_id)
    _note(db, officer, staff_id, "staff.disable", now=now)
    _row(db, officer, staff_id).active = False
    sessions.end_others(db, other, token=None, now=now)
    db.flush()
    must_leave_an_administrator(db, officer.tenant_id)


def enable(db: Session, officer: Officer, staff_id: int, *, now: datetime) -> None:
    """Let somebody in again, with the roles they had."""
    _must_outrank(db, officer, staff_id)
    _note(db, officer, staff_id, "staff.enable", now=now)
    _row(db, officer, staff_id).active = True


def reset_password(db: Session, officer: Officer, staff_id: int, *, now: datetime) -> str:
    """Give a colleague a temporary password, end their sign-ins; return it, shown once."""
    other = _must_outrank(db, officer, staff_id)
    row, password = _row(db, officer, staff_id), passwords.temporary()
    row.password_hash = passwords.hashed(password)
    row.password_until = now + passwords.TEMPORARY
    _note(db, officer, staff_id, "staff.password_reset", now=now)
    sessions.end_others(db, other, token=None, now=now)
    return password


def turn_off_two_step(db: Session, officer: Officer, staff_id: int, *, now: datetime) -> None:
    """Take the second step away from a colleague whose phone and recovery codes are lost."""
    _must_outrank(db, officer, staff_id)
    two_step.turn_off(db, officer, staff_id, now=now)


def change_own_password(
    db: Session, officer: Officer, *, old: str, new: str, again: str, token: str, now: datetime
) -> None:
    """Change one's own password; all other sign-ins end. Raise Invalid naming each field."""
    row = db.get_one(StaffMember, officer.id)
    wrong: dict[str, list[str]] = {}
    if not passwords.fits(row.password_hash, old):
        wrong["old"] = ["现在的密码不对"]
    if lines := passwords.complaints(new, login=row.login):
        wrong["new"] = lines
    elif new == old:
        wrong["new"] = ["新密码和现在的一样"]
    if new != again:
        wrong["again"] = ["两次写的不一样"]
    if wrong:
        raise Invalid(fields=wrong)
    row.password_hash, row.password_until = passwords.hashed(new), None
    _note(db, officer, officer.id, "staff.password", now=now)
    sessions.end_others(db, officer, token=token, now=now)


def password_is(db: Session, officer: Officer, password: str) -> bool:
    """Tell whether this is the officer's password: asked again before something that matters."""
    return passwords.fits(db.get_one(StaffMember, officer.id).password_hash, password)


def must_leave_an_administrator(db: Session, tenant_id: int) -> None:
    """Raise Invalid when nobody could mend the roles any more.

    Call it after a record was noted: the head of the record is locked, so two administrators
    who take each other's right away come one after the other.
    """
    if not any(one.may(Permission.MANAGE_STAFF) for one in service.listing(db, tenant_id)):
        raise Invalid(fields={"role": [LAST]})


def _must_outrank(db: Session, officer: Officer, staff_id: int) -> Officer:
    other = colleague(db, officer, staff_id)
    if not outranks(officer, other):
        raise NotAllowed("outranked")
    return other


def _must_be_able_to_give(db: Session, officer: Officer, role: str, path: str) -> None:
    card = roles.catalogue(db, officer.tenant_id).get(role)
    if card is None:
        raise Invalid(fields={"role": ["请选择一个角色"]})
    given = card.permissions & LOCAL if path else card.permissions
    if path and not given:
        raise Invalid(fields={"path": [f"{card.name}管的是全县的事，不能只给一个地方"]})
    if not all(officer.scope(one).covers(path) for one in given):
        raise Invalid(fields={"role": [TOO_MUCH]})


def _row(db: Session, officer: Officer, staff_id: int) -> StaffMember:
    row = db.get(StaffMember, staff_id)
    if row is None or row.tenant_id != officer.tenant_id:
        raise NotFound("staff")
    return row


def _said(role: str, path: str) -> str:
    return f"{role} {path or '*'}"


def _note(
    db: Session,
    officer: Officer,
    staff_id: int,
    action: str,
    *,
    now: datetime,
    detail: bytes | None = None,
) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"staff:{staff_id}",
        now=now,
        detail=detail,
    )
