"""Take a person out of every survey: what was counted stays counted, by whom it was does not."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.surveys.models import SurveyAnswer, SurveyLine


def erase(db: Session, person_ids: Collection[int]) -> None:
    for table in (SurveyAnswer, SurveyLine):
        db.execute(delete(table).where(table.person_id.in_(list(person_ids))))
