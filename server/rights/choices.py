"""Say yes or no to a purpose: oneself in the mini-program, or through staff with a basis (代录)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from server.cases import archive
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid
from server.people import erasure as people
from server.people.agreements import ledger
from server.people.agreements.ledger import Entry, Standing
from server.people.agreements.terms import TERMS, Purpose, Unasked, Way
from server.people.register.reading import Page
from server.people.service import ids_of, resolve
from server.registers import access
from server.rights import requests
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

# What staff may note for somebody; ⑤ and ⑥ are asked with each case, ① ends with the account.
BY_STAFF = tuple(
    one
    for one, term in TERMS.items()
    if term.unasked is not Unasked.NEEDED and one not in {Purpose.CONSULT, Purpose.PETITION}
)


def say(
    db: Session,
    *,
    person_id: int,
    purpose: Purpose,
    given: bool,
    version: str,
    way: Way,
    vault: Vault,
    now: datetime,
) -> Standing:
    """Take a person's own word. Raise Invalid when the words they saw are not the present ones."""
    term = TERMS[purpose]
    if term.unasked is Unasked.NEEDED and not given:
        raise Invalid(fields={"purpose": [term.ending]})
    if version != term.wording.version:
        raise Invalid(fields={"version": ["说明有更新，请重新打开看一看"]})
    if ledger.record(
        db, person_id=person_id, purpose=purpose, given=given, way=way, vault=vault, now=now
    ):
        _follow_up(db, person_id, purpose, given=given, vault=vault, now=now)
    return next(one for one in ledger.standings(db, person_id) if one.purpose is purpose)


def note_for(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    purpose: Purpose,
    given: bool,
    basis: str,
    vault: Vault,
    now: datetime,
) -> None:
    """Note what somebody said at the office or by telephone. Raise NotAllowed, NotFound, Invalid.

    The basis says where the proof lies: PIPL §14 wants a clear word of the person's own.
    """
    access.page(db, officer, person_id, vault=vault, now=now, to=Permission.EDIT_PEOPLE)
    if purpose not in BY_STAFF:
        raise Invalid(fields={"purpose": ["这一项由本人在提交诉求或使用账号时决定"]})
    if not 4 <= len(basis.strip()) <= 300:
        raise Invalid(fields={"basis": ["请写明依据（4 至 300 个字）：哪天、怎么说的、凭证在哪里"]})
    person = resolve(db, person_id)
    if not ledger.record(
        db,
        person_id=person.id,
        purpose=purpose,
        given=given,
        way=Way.STAFF,
        staff_id=officer.id,
        basis=basis.strip(),
        vault=vault,
        now=now,
    ):
        raise Conflict("already so")
    _follow_up(db, person.id, purpose, given=given, vault=vault, now=now)
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="right.agree" if given else "right.withdraw",
        subject=f"person:{person.id}",
        now=now,
        detail=audit.sealed_changes({}, {"同意事项": TERMS[purpose].name}, vault=vault),
    )


def _follow_up(
    db: Session, person_id: int, purpose: Purpose, *, given: bool, vault: Vault, now: datetime
) -> None:
    """Do at once what taking back means (terms.Term.ending)."""
    if given:
        return
    ids = ids_of(db, resolve(db, person_id).id)
    if purpose is Purpose.PROFILE:
        people.forget_place(db, ids)
        requests.ask_to_erase(db, person_id=person_id, vault=vault, now=now)
    if purpose is Purpose.CONSULT:
        archive.take_back_from_lawyers(db, ids)


def of_person(
    db: Session, officer: Officer, person_id: int, *, vault: Vault, now: datetime
) -> tuple[Page, Sequence[Standing], Sequence[Entry]]:
    """Return who it is, where they stand and how it came about; the look is recorded."""
    page = access.page(db, officer, person_id, vault=vault, now=now)
    return page, ledger.standings(db, person_id), ledger.history(db, person_id, vault=vault)
