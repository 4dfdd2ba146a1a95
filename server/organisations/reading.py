"""Look organisations up within an officer's places. Plain values, never rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from server.kernel.errors import NotFound
from server.organisations.models import (
    Organisation,
    OrganisationEvent,
    OrganisationLink,
    OrganisationOfficer,
    SelfCheck,
)
from server.organisations.terms import Happened, Kind, LinkKind
from server.places import service as places
from server.places.codes import EVERYWHERE, Scope
from server.staff import access
from server.staff.permissions import Permission
from server.staff.service import Officer

SOON = timedelta(days=90)  # before its end, a term of office is somebody's business


@dataclass(frozen=True, slots=True)
class Card:
    """An organisation as it is now."""

    id: int
    tenant_id: int
    kind: Kind
    name: str
    former_names: str | None
    credit_code: str | None
    path: str
    country: str | None
    parent_id: int | None
    address: str | None
    phone: str | None
    members: int | None
    built: str | None
    home_type: str | None
    contact_staff: int | None
    notes: str | None
    exists: bool
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Event:
    kind: Happened
    on: date
    document: str | None


@dataclass(frozen=True, slots=True)
class Link:
    id: int
    kind: LinkKind
    other_id: int
    other_name: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody in office."""

    id: int
    organisation_id: int
    organisation_name: str
    person_id: int | None
    name: str
    post: str
    term: str | None
    since: date
    term_ends: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Check:
    year: int
    answers: dict[str, str]
    note: str | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Everything of one organisation."""

    card: Card
    parent: Card | None
    below: tuple[Card, ...]
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    posts: tuple[Post, ...]
    checks: tuple[Check, ...]


def card(row: Organisation) -> Card:
    values = {name: getattr(row, name) for name in Card.__slots__ if name != "kind"}
    return Card(kind=Kind(row.kind), **values)


def seen_by(officer: Officer, permission: Permission) -> ColumnElement[bool]:
    """Make the condition for the organisations an officer may see or edit."""
    return access.within(officer, permission, Organisation.tenant_id, Organisation.path)


def listing(
    db: Session,
    officer: Officer,
    *,
    text: str = "",
    kind: Kind | None = None,
    dissolved: bool = False,
    within: Scope = EVERYWHERE,
    after: tuple[str, int] | None = None,
    limit: int,
) -> list[Card]:
    """Return organisations by place, then number; `after` is the last one's (path, id).

    Raise NotAllowed.
    """
    officer.must(Permission.SEE_ORGANISATIONS)
    query = select(Organisation).where(
        seen_by(officer, Permission.SEE_ORGANISATIONS), Organisation.exists.is_(not dissolved)
    )
    if text:
        query = query.where(
            or_(
                Organisation.name.contains(text, autoescape=True),
                Organisation.former_names.contains(text, autoescape=True),
                Organisation.credit_code == text.upper(),
            )
        )
    if kind is not None:
        query = query.where(Organisation.kind == str(kind))
    if within != EVERYWHERE:
        query = query.where(places.within(Organisation.path, within))
    if after is not None:
        path, number = after
        query = query.where(
            or_(
                Organisation.path > path,
                and_(Organisation.path == path, Organisation.id > number),
            )
        )
    query = query.order_by(Organisation.path, Organisation.id).limit(limit)
    return [card(row) for row in db.scalars(query)]


def one(
    db: Session, officer: Officer, organisation_id: int, *, to: Permission, lock: bool = False
) -> Organisation:
    """Return a row. Raise NotAllowed; NotFound also for one outside the officer's places."""
    officer.must(to)
    query = select(Organisation).where(Organisation.id == organisation_id, seen_by(officer, to))
    row = db.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("organisation")
    return row


def page(db: Session, officer: Officer, organisation_id: int) -> Page:
    """Return everything of one organisation. Raise NotAllowed, NotFound."""
    row = one(db, officer, organisation_id, to=Permission.SEE_ORGANISATIONS)
    below = select(Organisation).where(
        Organisation.parent_id == row.id, seen_by(officer, Permission.SEE_ORGANISATIONS)
    )
    parent = db.get(Organisation, row.parent_id) if row.parent_id else None
    events = db.scalars(
        select(OrganisationEvent)
        .where(OrganisationEvent.organisation_id == row.id)
        .order_by(OrganisationEvent.on, OrganisationEvent.id)
    )
    posts = db.scalars(
        select(OrganisationOfficer)
        .where(OrganisationOfficer.organisation_id == row.id)
        .order_by(OrganisationOfficer.until.is_not(None), OrganisationOfficer.id)
    )
    checks = db.scalars(
        select(SelfCheck).where(SelfCheck.organisation_id == row.id).order_by(SelfCheck.year.desc())
    )
    return Page(
        card=card(row),
        parent=card(parent) if parent else None,
        below=tuple(card(one) for one in db.scalars(below.order_by(Organisation.id).limit(200))),
        events=tuple(Event(Happened(one.kind), one.on, one.document) for one in events),
        links=tuple(_links(db, row.id)),
        posts=tuple(_post(one, row.name) for one in posts),
        checks=tuple(Check(one.year, one.answers, one.note, one.checked_at) for one in checks),
    )


def _links(db: Session, organisation_id: int) -> list[Link]:
    """Return links in both directions; those that ended last."""
    rows = db.scalars(
        select(OrganisationLink)
        .where(
            or_(
                OrganisationLink.organisation_id == organisation_id,
                OrganisationLink.other_id == organisation_id,
            )
        )
        .order_by(OrganisationLink.until.is_not(None), OrganisationLink.id)
    ).all()
    others = {one.id: _other(one, organisation_id) for one in rows}
    names = names_of(db, others.values())
    return [
        Link(
            id=one.id,
            kind=LinkKind(one.kind),
            other_id=others[one.id],
            other_name=names[others[one.id]],
            since=one.since,
            until=one.until,
        )
        for one in rows
    ]


def _other(link: OrganisationLink, organisation_id: int) -> int:
    return link.other_id if link.organisation_id == organisation_id else link.organisation_id


def names_of(db: Session, ids: Collection[int]) -> dict[int, str]:
    rows = db.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(list(ids)))
    )
    return {row.id: row.name for row in rows}


def _post(row: OrganisationOfficer, organisation: str) -> Post:
    return Post(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=organisation,
        person_id=row.person_id,
        name=row.name,
        post=row.post,
        term=row.term,
        since=row.since,
        term_ends=row.term_ends,
        until=row.until,
    )


def terms_ending(db: Session, officer: Officer, *, today: date, limit: int) -> list[Post]:
    """Return posts whose term is over or ends soon, the oldest first (换届)."""
    officer.must(Permission.SEE_ORGANISATIONS)
    rows = db.execute(
        select(OrganisationOfficer, Organisation.name)
        .join(Organisation, Organisation.id == OrganisationOfficer.organisation_id)
        .where(
            OrganisationOfficer.until.is_(None),
            OrganisationOfficer.term_ends <= today + SOON,
            Organisation.exists,
            seen_by(officer, Permission.SEE_ORGANISATIONS),
        )
        .order_by(OrganisationOfficer.term_ends, OrganisationOfficer.id)
        .limit(limit)
    )
    return [_post(row, name) for row, name in rows]


def checked(db: Session, officer: Officer, *, year: int) -> dict[int, dict[str, str]]:
    """Return the 五有 answers of a year by organisation."""
    officer.must(Permission.SEE_ORGANISATIONS)
    rows = db.execute(
        select(SelfCheck.organisation_id, SelfCheck.answers)
        .join(Organisation, Organisation.id == SelfCheck.organisation_id)
        .where(SelfCheck.year == year, seen_by(officer, Permission.SEE_ORGANISATIONS))
    )
    return {row.organisation_id: row.answers for row in rows}
