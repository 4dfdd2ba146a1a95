"""Tables of the surveys room."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base


class SurveyRound(Base):
    """The survey of a year."""

    __tablename__ = "survey_round"
    __table_args__ = (UniqueConstraint("tenant_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    year: Mapped[int]
    words: Mapped[str | None]  # what those who fill it in should mind
    due_on: Mapped[date]
    state: Mapped[str]  # terms.RoundState
    opened_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]
    archived_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    archived_at: Mapped[datetime | None]
    figures: Mapped[dict[str, int] | None]  # of all villages, when archived
    remark: Mapped[str | None]  # why it was archived with villages missing


class SurveyTask(Base):
    """One village of a round; or the people of a town of whom no village is known."""

    __tablename__ = "survey_task"
    __table_args__ = (
        UniqueConstraint("round_id", "path"),
        Index(None, "round_id", "state", "path"),
        Index(None, "assigned_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    path: Mapped[str] = mapped_column(String(24))
    state: Mapped[str]  # terms.State
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    expected: Mapped[int]  # on the roll when the round was opened
    remark: Mapped[str | None]  # what the village adds: who is new, what was hard
    returned_because: Mapped[str | None]
    handed_in_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    handed_in_at: Mapped[datetime | None]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    signed_at: Mapped[datetime | None]
    figures: Mapped[dict[str, int] | None]  # when signed


class SurveyAnswer(Base):
    """What a village found out about one person in one round."""

    __tablename__ = "survey_answer"

    task_id: Mapped[int] = mapped_column(ForeignKey("survey_task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    outcome: Mapped[str]  # terms.Outcome
    note: Mapped[bytes | None]  # sealed
    noted_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    noted_at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    settled_at: Mapped[datetime | None]  # somebody did in the register what follows from it


class SurveyLine(Base):
    """One person as a signed village keeps them. Never changed; gone when the person is erased."""

    __tablename__ = "survey_line"
    __table_args__ = (Index(None, "task_id", "change", "person_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("survey_task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    name: Mapped[str]
    sex: Mapped[str | None]
    born: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    identities: Mapped[str]
    version: Mapped[int]
    change: Mapped[str]  # terms.Change
