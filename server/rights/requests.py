"""Requests to correct the register: people ask, staff accept or refuse with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.kernel.clock import known_zone
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.people.register import parsing, reading
from server.people.service import ids_of, resolve
from server.places.codes import EVERYWHERE
from server.registers import access
from server.rights import erasure
from server.rights.models import RightsRequest
from server.rights.terms import WANTED, Kind, State, last_day
from server.staff import audit
from server.staff.access import must, within
from server.staff.permissions import Permission
from server.staff.service import Officer

REASON = "rights_request.reason"
MOST_OPEN = 5  # requests of one person that wait
# What somebody may ask to have corrected; where they belong in our list of places is staff's.
FIELDS = tuple(field for field in parsing.LABELS if field not in {"division", "notes", "hardship"})
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Request:
    """A request as both sides see it."""

    id: int
    person_id: int
    kind: Kind
    state: State
    fields: Mapping[str, tuple[str, str]]  # field -> (as it was then, as it should be)
    words: str
    asked_at: datetime
    answer_by: date
    decided_at: datetime | None
    decided_by: int | None
    reason: str | None
    unread: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: Kind
    fields: Mapping[str, tuple[str, str]]
    words: str


def ask(
    db: Session,
    *,
    person_id: int,
    fields: Mapping[str, str],
    words: str,
    vault: Vault,
    now: datetime,
) -> Request:
    """Ask for a correction. Raise Invalid naming each wrong field, Conflict when many wait."""
    person = resolve(db, person_id)
    page = register_page(db, person.tenant_id, person.id, vault=vault)
    known = parsing.written(page.facts) if page else {}
    changed = {
        field: (known.get(field, ""), value.strip())
        for field, value in fields.items()
        if value.strip() != known.get(field, "")
    }
    wrong = _complaints(changed, words, known, today=now.date())
    if wrong:
        raise Invalid(fields=wrong)
    waiting = select(func.count()).where(
        RightsRequest.person_id.in_(ids_of(db, person.id)), RightsRequest.state == State.OPEN
    )
    if (db.scalar(waiting) or 0) >= MOST_OPEN:
        raise Conflict("many wait")
    wanted = _Wanted(Kind.CORRECT, changed, words.strip())
    path = page.path if page else ""
    return _request(_new(db, person.id, wanted, path=path, vault=vault, now=now), vault)


def _complaints(
    changed: Mapping[str, tuple[str, str]], words: str, known: Mapping[str, str], *, today: date
) -> dict[str, list[str]]:
    wrong = {
        field: ["不能修改这一项"] for field in changed if field not in FIELDS or field not in known
    }
    wrong |= {
        field: [f"请不要超过 {_LONGEST} 个字"]
        for field, (_, value) in changed.items()
        if len(value) > _LONGEST
    }
    if len(words) > 500:
        wrong["words"] = ["请不要超过 500 个字"]
    if not changed and not words.strip():
        wrong["words"] = ["请改一改要更正的内容，或者写一写要更正什么"]
    if not wrong and changed:
        values = {**known, **{field: value for field, (_, value) in changed.items()}}
        _, unread = parsing.read(values, today=today, source="self")
        wrong |= {field: lines for field, lines in unread.items() if field in changed}
    return wrong


def ask_to_erase(
    db: Session, *, person_id: int, vault: Vault, now: datetime, words: str = ""
) -> None:
    """Ask staff to take a page out of the register; twice is one request, no page is none."""
    ids = ids_of(db, person_id)
    page = register_page(db, resolve(db, person_id).tenant_id, person_id, vault=vault)
    if page is None:
        return
    open_one = select(RightsRequest.id).where(
        RightsRequest.person_id.in_(ids),
        RightsRequest.kind == Kind.ERASE,
        RightsRequest.state == State.OPEN,
    )
    if db.scalar(open_one) is None:
        wanted = _Wanted(Kind.ERASE, {}, words.strip())
        _new(db, person_id, wanted, path=page.path, vault=vault, now=now)


def _new(
    db: Session, person_id: int, wanted: _Wanted, *, path: str, vault: Vault, now: datetime
) -> RightsRequest:
    tenant_id = resolve(db, person_id).tenant_id
    zone = known_zone(accounts.tenant(db, tenant_id).home_zone, fallback="Asia/Shanghai")
    said = {
        "fields": {name: list(pair) for name, pair in wanted.fields.items()},
        "words": wanted.words,
    }
    row = RightsRequest(
        tenant_id=tenant_id,
        person_id=person_id,
        path=path,
        kind=wanted.kind,
        state=State.OPEN,
        wanted=vault.seal(json.dumps(said, ensure_ascii=False), where=WANTED),
        asked_at=now,
        answer_by=last_day(now.astimezone(zone).date()),
    )
    db.add(row)
    db.flush()
    return row


def take_back(db: Session, request_id: int, *, person_id: int, now: datetime) -> None:
    """The person no longer wants it. Raise NotFound, Conflict once it is decided."""
    row = db.get(RightsRequest, request_id, with_for_update=True)
    if row is None or row.person_id not in ids_of(db, person_id):
        raise NotFound("request")
    if row.state != State.OPEN:
        raise Conflict("decided")
    row.state, row.decided_at = State.TAKEN_BACK, now


def of_person(db: Session, person_id: int, *, vault: Vault, limit: int = 50) -> list[Request]:
    """Return a person's requests, the latest first."""
    query = select(RightsRequest).where(RightsRequest.person_id.in_(ids_of(db, person_id)))
    rows = db.scalars(query.order_by(RightsRequest.id.desc()).limit(limit))
    return [_request(row, vault) for row in rows]


def seen(db: Session, person_id: int, *, now: datetime) -> None:
    """The person has looked: decisions are no news any more."""
    for row in db.scalars(
        select(RightsRequest).where(
            RightsRequest.person_id.in_(ids_of(db, person_id)),
            RightsRequest.decided_at.is_not(None),
            RightsRequest.read_at.is_(None),
        )
    ):
        row.read_at = now


def register_page(
    db: Session, tenant_id: int, person_id: int, *, vault: Vault
) -> reading.Page | None:
    """Return the register's page of somebody, None for one who is not in it."""
    for one in ids_of(db, resolve(db, person_id).id):
        try:
            return reading.page(db, tenant_id, one, vault=vault, scope=EVERYWHERE)
        except NotFound:
            continue
    return None


def of_desk(
    db: Session,
    officer: Officer,
    *,
    waiting: bool,
    after: tuple[date, int] | None,
    limit: int,
    vault: Vault,
) -> list[Request]:
    """Return requests of the county, those due first. Raise NotAllowed.

    `after` is (answer_by, id) of the last one already seen.
    """
    officer.must(Permission.EDIT_PEOPLE)
    query = select(RightsRequest).where(_seen_by(officer), _state(waiting=waiting))
    if after is not None:
        day, last = after
        query = query.where(
            or_(
                RightsRequest.answer_by > day,
                and_(RightsRequest.answer_by == day, RightsRequest.id > last),
            )
        )
    rows = db.scalars(query.order_by(RightsRequest.answer_by, RightsRequest.id).limit(limit))
    return [_request(row, vault) for row in rows]


def _seen_by(officer: Officer) -> ColumnElement[bool]:
    return within(officer, Permission.EDIT_PEOPLE, RightsRequest.tenant_id, RightsRequest.path)


def _state(*, waiting: bool) -> ColumnElement[bool]:
    states = {State.OPEN} if waiting else set(State) - {State.OPEN}
    return RightsRequest.state.in_([str(state) for state in states])


def waiting_count(db: Session, officer: Officer) -> int:
    """Count what waits; 0 for whoever may not decide."""
    query = select(func.count()).where(_seen_by(officer), RightsRequest.state == State.OPEN)
    return db.scalar(query) or 0


def show(db: Session, officer: Officer, request_id: int, *, vault: Vault, now: datetime) -> Request:
    """Open one request and record the look. Raise NotAllowed, NotFound."""
    row = _own(db, officer, request_id)
    _note(db, officer, "right.view", row, now=now)
    return _request(row, vault)


def refuse(
    db: Session, officer: Officer, request_id: int, *, reason: str, vault: Vault, now: datetime
) -> None:
    """Say no, and why. Raise Invalid without a reason, Conflict when it is decided."""
    row = _own(db, officer, request_id, lock=True)
    if not 2 <= len(reason.strip()) <= 500:
        raise Invalid(fields={"reason": ["请写明理由（2 至 500 个字），对方会看到"]})
    _decide(db, officer, row, State.REFUSED, reason=reason, vault=vault, now=now)


def accept(
    db: Session, officer: Officer, request_id: int, *, reason: str, vault: Vault, now: datetime
) -> None:
    """Make the change in the register and say so; a request in words only is noted as done.

    Raise Invalid when the page does not take it, Conflict when it is decided or changed meanwhile.
    """
    row = _own(db, officer, request_id, lock=True)
    wanted = _request(row, vault)
    if row.state != State.OPEN:
        raise Conflict("decided")
    if row.kind == Kind.ERASE:
        officer.must(Permission.ERASE_PEOPLE)
        erasure.out_of_the_register(db, row.tenant_id, row.person_id, vault=vault)
    elif wanted.fields:
        _change(db, officer, wanted, vault=vault, now=now)
    _decide(db, officer, row, State.ACCEPTED, reason=reason, vault=vault, now=now)


def _change(db: Session, officer: Officer, wanted: Request, *, vault: Vault, now: datetime) -> None:
    page = register_page(db, officer.tenant_id, wanted.person_id, vault=vault)
    if page is None:
        raise Conflict("taken out of the register meanwhile")
    values = {
        **parsing.written(page.facts),
        **{field: value for field, (_, value) in wanted.fields.items()},
    }
    facts, wrong = parsing.read(values, today=now.date(), source="self")
    if wrong:
        raise Invalid(fields=wrong)
    facts = replace(facts, zone=page.facts.zone)
    access.change(db, officer, page.person_id, facts, seen=page.version, vault=vault, now=now)


def _decide(
    db: Session,
    officer: Officer,
    row: RightsRequest,
    state: State,
    *,
    reason: str,
    vault: Vault,
    now: datetime,
) -> None:
    if row.state != State.OPEN:
        raise Conflict("decided")
    row.state, row.decided_at, row.decided_by = state, now, officer.id
    row.reason = vault.seal(reason.strip(), where=REASON) if reason.strip() else None
    _note(db, officer, f"right.{state}", row, now=now)


def _own(db: Session, officer: Officer, request_id: int, *, lock: bool = False) -> RightsRequest:
    officer.must(Permission.EDIT_PEOPLE)
    row = db.get(RightsRequest, request_id, with_for_update=lock or None)
    if row is None:
        raise NotFound("request")
    must(officer, Permission.EDIT_PEOPLE, row)
    return row


def _note(db: Session, officer: Officer, action: str, row: RightsRequest, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=officer.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=f"person:{row.person_id}",
        now=now,
    )


def _request(row: RightsRequest, vault: Vault) -> Request:
    wanted = json.loads(vault.open(row.wanted, where=WANTED))
    return Request(
        id=row.id,
        person_id=row.person_id,
        kind=Kind(row.kind),
        state=State(row.state),
        fields={name: (pair[0], pair[1]) for name, pair in wanted["fields"].items()},
        words=wanted["words"],
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=vault.open(row.reason, where=REASON) if row.reason else None,
        unread=row.decided_by is not None and row.read_at is None,
    )
