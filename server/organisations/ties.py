"""What an organisation is tied to: others (1+N, 1+Y), who holds office, its 五有 of a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.kernel.errors import Invalid
from server.organisations import reading
from server.organisations.models import OrganisationLink, OrganisationOfficer, SelfCheck
from server.organisations.service import LONGEST, note, own
from server.organisations.terms import ANSWERS, FIVE, OTHER_END, Kind, LinkKind
from server.staff.permissions import Permission
from server.staff.service import Officer


def link(
    db: Session,
    officer: Officer,
    organisation_id: int,
    other_id: int,
    *,
    kind: LinkKind,
    since: date,
    vault: Vault,
    now: datetime,
) -> None:
    """Pair two organisations (1+N, 1+Y); twice is harmless. Raise Invalid, NotFound."""
    row = own(db, officer, organisation_id)
    other = reading.one(db, officer, other_id, to=Permission.SEE_ORGANISATIONS)
    if other.id == row.id or Kind(other.kind) not in OTHER_END[kind]:
        raise Invalid(fields={"other": ["这种联系的另一头不是这一类组织"]})
    held = select(OrganisationLink.id).where(
        OrganisationLink.organisation_id == row.id,
        OrganisationLink.other_id == other.id,
        OrganisationLink.kind == str(kind),
        OrganisationLink.until.is_(None),
    )
    if db.scalar(held) is not None:
        return
    db.add(OrganisationLink(organisation_id=row.id, other_id=other.id, kind=str(kind), since=since))
    after = {"link": f"{kind} {other.name}"}
    note(db, officer, row.id, "organisation.link", vault=vault, now=now, after=after)


def end_link(
    db: Session,
    officer: Officer,
    organisation_id: int,
    link_id: int,
    *,
    on: date,
    vault: Vault,
    now: datetime,
) -> None:
    """End a link; it stays in the history. Raise Invalid, NotFound."""
    row = own(db, officer, organisation_id)
    held = db.get(OrganisationLink, link_id)
    if held is None or row.id not in {held.organisation_id, held.other_id} or held.until:
        raise Invalid(fields={"other": ["这个联系已经结束了"]})
    held.until = max(on, held.since)
    before = {"link": held.kind}
    note(db, officer, row.id, "organisation.unlink", vault=vault, now=now, before=before)


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody takes office."""

    name: str
    post: str
    since: date
    term: str | None = None
    term_ends: date | None = None
    person_id: int | None = None  # when they are in the register


def appoint(
    db: Session,
    officer: Officer,
    organisation_id: int,
    who: Appointment,
    *,
    vault: Vault,
    now: datetime,
) -> None:
    """Note who takes office. Raise Invalid, NotAllowed, NotFound."""
    row = own(db, officer, organisation_id)
    wrong = {}
    if not 1 <= len(who.name.strip()) <= LONGEST:
        wrong["officer"] = ["请填写姓名"]
    if not 1 <= len(who.post.strip()) <= LONGEST:
        wrong["post"] = ["请填写职务"]
    if who.term_ends is not None and who.term_ends <= who.since:
        wrong["term_ends"] = ["任期要在任职以后结束"]
    if wrong:
        raise Invalid(fields=wrong)
    db.add(
        OrganisationOfficer(
            organisation_id=row.id,
            person_id=who.person_id,
            name=who.name.strip(),
            post=who.post.strip(),
            term=who.term,
            since=who.since,
            term_ends=who.term_ends,
        )
    )
    after = {"post": who.post}
    note(db, officer, row.id, "organisation.appoint", vault=vault, now=now, after=after)


def leave(
    db: Session,
    officer: Officer,
    organisation_id: int,
    post_id: int,
    *,
    on: date,
    vault: Vault,
    now: datetime,
) -> None:
    """Note that somebody left office; they stay in the history. Raise Invalid, NotFound."""
    row = own(db, officer, organisation_id)
    held = db.get(OrganisationOfficer, post_id)
    if held is None or held.organisation_id != row.id or held.until is not None:
        raise Invalid(fields={"officer": ["已经离任了"]})
    held.until = max(on, held.since)
    before = {"post": held.post}
    note(db, officer, row.id, "organisation.leave", vault=vault, now=now, before=before)


def check(
    db: Session,
    officer: Officer,
    organisation_id: int,
    *,
    year: int,
    answers: Mapping[str, str],
    remark: str | None,
    vault: Vault,
    now: datetime,
) -> None:
    """Keep the 五有 of a year; a second time replaces the first. Raise Invalid, NotFound."""
    row = own(db, officer, organisation_id)
    if not 2000 <= year <= now.year + 1 or any(answers.get(one) not in ANSWERS for one in FIVE):
        raise Invalid(fields={"five": ["五项都要选一个"]})
    held = db.get(SelfCheck, (row.id, year))
    before = dict(held.answers) if held else {}
    if held is None:
        held = SelfCheck(organisation_id=row.id, year=year)
        db.add(held)
    held.answers = {one: answers[one] for one in FIVE}
    held.note, held.checked_by, held.checked_at = remark, officer.id, now
    note(
        db, officer, row.id, "organisation.check",
        vault=vault, now=now, before=before, after=held.answers,
    )  # fmt: skip
