"""Passwords: what is good enough, Argon2id, and those we make for somebody else to change."""

from __future__ import annotations

import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200  # more is not worth hashing
TEMPORARY = timedelta(days=7)  # how long a password made by somebody else opens the door
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike: read out and copied by hand
_hasher = PasswordHasher()  # Argon2id
# Nobody's: the hash of a random word thrown away, so that an unknown login takes as long.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$EYjAaOX8PEt20U32Ate5h"
    "A$abI2LCYBw65QytYibZsZbRM0eYfP4L05Mn54ZPwmof4"
)


def complaints(password: str, *, login: str) -> list[str]:
    """Return in Chinese what is wrong with a new password; an empty list when nothing is."""
    found = []
    if len(password) < SHORTEST:
        found.append(f"密码至少 {SHORTEST} 位")
    if len(password) > LONGEST:
        found.append(f"密码最多 {LONGEST} 位")
    if len(set(password)) < 5:
        found.append("密码太简单，请不要重复几个字符")
    if login and login in password.lower():
        found.append("密码里不要包含登录名")
    return found


def hashed(password: str) -> str:
    return _hasher.hash(password)


def fits(password_hash: str | None, password: str) -> bool:
    """Tell whether this is the password; takes as long for nobody (None)."""
    try:
        _hasher.verify(password_hash or _NOBODY, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


def is_dated(password_hash: str) -> bool:
    """Tell whether it was hashed with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def temporary() -> str:
    """Make a password that can be read out on the telephone: kpmw-4dzt-xr7e (59 bits)."""
    return spelled(3)


def spelled(groups: int) -> str:
    """Return groups of four random letters that do not look alike."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))
