"""Say no to letters from a mail, with one click and without signing in (RFC 8058)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime

from sqlalchemy.orm import Session

from server.kernel.crypto import Tampered, Vault
from server.kernel.errors import NotFound
from server.people import service as people
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose, Way

WHERE = "letter.stop"


def token(person_id: int, *, vault: Vault) -> str:
    """Return what stands in the link of a mail: it names one person and nobody else can make it."""
    sealed = vault.seal_bytes(str(person_id).encode(), where=WHERE)
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def person_of(db: Session, text: str, *, vault: Vault) -> int:
    """Return whom a link names. Raise NotFound for one we did not make."""
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        person_id = int(vault.open_bytes(sealed, where=WHERE))
    except (NotBase64, ValueError, Tampered):
        raise NotFound("link") from None
    return people.resolve(db, person_id).id


def refuse(db: Session, text: str, *, vault: Vault, now: datetime) -> None:
    """Note that somebody wants no letters any more; twice is harmless. Raise NotFound."""
    ledger.record(
        db, person_id=person_of(db, text, vault=vault), purpose=Purpose.GREETINGS,
        given=False, way=Way.EMAIL, vault=vault, now=now,
    )  # fmt: skip
