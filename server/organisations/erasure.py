"""Take a person out of the lists of officers: that the post was held stays, by whom does not."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from server.organisations.models import OrganisationOfficer

SOMEBODY = "（已注销）"


def erase(db: Session, person_ids: Collection[int]) -> None:
    db.execute(
        update(OrganisationOfficer)
        .where(OrganisationOfficer.person_id.in_(list(person_ids)))
        .values(person_id=None, name=SOMEBODY)
    )
