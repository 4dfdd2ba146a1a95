"""The second step of a sign-in: one-time codes of a phone (TOTP, RFC 6238), recovery codes."""

from __future__ import annotations

import hmac
import io
from datetime import datetime

import pyotp
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.staff import audit, passwords
from server.staff.models import RecoveryCode, StaffMember
from server.staff.officers import Officer

SECRET, CODE = "staff_member.two_step", "staff_recovery_code.code"
STEP = 30  # seconds
_AROUND = (0, -1, 1)  # steps: clocks of phones go wrong by half a minute
RECOVERY_CODES = 8


def begin(db: Session, officer: Officer, *, vault: Vault) -> str:
    """Make a new secret and keep it until it is confirmed; return it for typing by hand.

    Raise Conflict when the second step is already on.
    """
    row = _row(db, officer.id)
    if row.two_step_since is not None:
        raise Conflict("already on")
    secret = pyotp.random_base32()
    row.two_step = vault.seal(secret, where=SECRET)
    db.flush()
    return secret


def pending(db: Session, officer: Officer, *, vault: Vault) -> str | None:
    """Return the secret that waits to be confirmed, if any. A confirmed one is never shown."""
    row = _row(db, officer.id)
    if row.two_step is None or row.two_step_since is not None:
        return None
    return vault.open(row.two_step, where=SECRET)


def picture(secret: str, *, login: str, issuer: str) -> bytes:
    """Draw the secret as a QR code (SVG) for an authenticator."""
    import segno  # here: the web process starts without its tables

    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    drawn = io.BytesIO()
    segno.make(address, micro=False).save(drawn, kind="svg", scale=5, border=4, xmldecl=False)
    return drawn.getvalue()


def confirm(
    db: Session, officer: Officer, code: str, *, vault: Vault, now: datetime
) -> tuple[str, ...]:
    """Turn the second step on with a first code; return the recovery codes, shown once.

    Raise Invalid for a wrong code, Conflict when there is nothing to confirm.
    """
    row = _row(db, officer.id)
    if row.two_step is None or row.two_step_since is not None:
        raise Conflict("nothing to confirm")
    if not _fits(db, row, code, vault=vault, now=now):
        raise Invalid(fields={"code": ["验证码不对，请看手机上的最新一个"]})
    row.two_step_since = now
    codes = tuple(passwords.spelled(3) for _ in range(RECOVERY_CODES))
    db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == row.id))
    db.add_all(RecoveryCode(staff_id=row.id, code_hash=_hash(one, vault)) for one in codes)
    _note(db, officer, officer.id, "two_step.on", now=now)
    return codes


def check(db: Session, staff_id: int, code: str, *, vault: Vault, now: datetime) -> bool:
    """Tell whether a code opens the second step, and use it up: neither kind works twice."""
    row = _row(db, staff_id)
    if row.two_step_since is None:
        return False
    if _fits(db, row, code, vault=vault, now=now):
        return True
    gone = db.execute(
        delete(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.code_hash.in_(vault.blinds(_letters(code), where=CODE)),
        )
        .returning(RecoveryCode.staff_id)
    ).all()
    return bool(gone)


def turn_off(db: Session, officer: Officer, staff_id: int, *, now: datetime) -> None:
    """Take the second step away: one's own, or that of a colleague whose phone is lost."""
    remove(db, staff_id)
    _note(db, officer, staff_id, "two_step.off", now=now)


def remove(db: Session, staff_id: int) -> None:
    """Forget the secret and the recovery codes; whoever calls records it."""
    row = _row(db, staff_id)
    row.two_step = row.two_step_since = None
    db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def _fits(db: Session, row: StaffMember, code: str, *, vault: Vault, now: datetime) -> bool:
    """Compare with the codes around now; one of a step already used, or an earlier one, is old."""
    digits = "".join(code.split())
    if row.two_step is None or not (digits.isascii() and digits.isdigit()):
        return False
    totp = pyotp.TOTP(vault.open(row.two_step, where=SECRET))
    present = int(now.timestamp()) // STEP
    steps = [
        present + shift
        for shift in _AROUND
        if hmac.compare_digest(totp.generate_otp(present + shift), digits)
    ]
    return any(_use(db, row.id, step) for step in steps)


def _use(db: Session, staff_id: int, step: int) -> bool:
    """Use a step up; False when another request, or an earlier one, had it."""
    taken = db.execute(
        update(StaffMember)
        .where(StaffMember.id == staff_id, StaffMember.two_step_last < step)
        .values(two_step_last=step)
        .returning(StaffMember.id)
    ).all()
    return bool(taken)


def _row(db: Session, staff_id: int) -> StaffMember:
    row = db.get(StaffMember, staff_id)
    if row is None:
        raise NotFound("staff")
    return row


def _note(db: Session, officer: Officer, staff_id: int, action: str, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"staff:{staff_id}",
        now=now,
    )


def _hash(code: str, vault: Vault) -> bytes:
    return vault.blind(_letters(code), where=CODE)


def _letters(code: str) -> str:
    return "".join(one for one in code.lower() if one.isalnum())
