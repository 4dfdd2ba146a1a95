"""How many registered people come from where: one walk over an index."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.people.models import Person
from server.people.register.models import RegisterEntry


def by_path(db: Session, tenant_id: int) -> dict[str, int]:
    """Count the living of a county's register by the path of their hometown; "" is not known."""
    rows = db.execute(
        select(RegisterEntry.path, func.count().label("people"))
        .join(Person, Person.id == RegisterEntry.person_id)
        .where(
            RegisterEntry.tenant_id == tenant_id,
            RegisterEntry.merged.is_(False),
            Person.deceased_on.is_(None),
        )
        .group_by(RegisterEntry.path)
    )
    return {row.path: row.people for row in rows}
