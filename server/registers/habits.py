"""收信习惯: when letters are welcome and which way first, as somebody told the office."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.people import service as people
from server.people.register import reading
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer


def change(
    db: Session,
    officer: Officer,
    person_id: int,
    *,
    part_of_day: str | None,
    reach_by: str | None,
    vault: Vault,
    now: datetime,
) -> None:
    """Note what suits somebody; None is "as you like". Raise Invalid, NotAllowed, NotFound."""
    officer.must(Permission.EDIT_PEOPLE)
    scope = officer.scope(Permission.EDIT_PEOPLE)
    page = reading.page(db, officer.tenant_id, person_id, vault=vault, scope=scope)
    wanted = {"part_of_day": part_of_day, "reach_by": reach_by}
    people.update_profile(db, person_id, wanted, vault=vault)
    before = {name: str(getattr(page, name) or "") for name in wanted}
    after = {name: value or "" for name, value in wanted.items()}
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action="person.habits",
        subject=f"person:{person_id}",
        now=now,
        detail=audit.sealed_changes(before, after, vault=vault),
    )
