"""What officers do with greetings: propose, edit, approve, take back, cancel, look."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.greetings import calendar, customs, labels, proofreading, wording
from server.greetings.calendar import Kind, Occasion, Own
from server.greetings.hours import CIVIL_END, CIVIL_START, GRACE_DAYS
from server.greetings.models import Campaign
from server.greetings.proofreading import Finding
from server.greetings.terms import Policy, Status, Timing
from server.kernel.errors import Conflict, Invalid, NotFound, Refused
from server.kernel.upsert import insert_new
from server.outbox import service as outbox
from server.staff import audit
from server.staff.permissions import Permission
from server.staff.service import Officer

USUAL_HOUR = time(9, 0)
_MOST_TYPED = 2000  # characters kept of what an officer types; the letter itself may have 600
_SWITCHES = ("even_at_night", "by_email", "by_hand")
_EDITABLE = frozenset({"text", "timing", "at", "policy", *_SWITCHES})


@dataclass(frozen=True, slots=True)
class Choice:
    """A coming festival day an officer may write a letter for."""

    festival: str
    name: str
    day: date
    days_left: int
    kind: Kind
    kind_name: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A campaign as doors see it."""

    id: int
    tenant_id: int
    festival: str
    festival_name: str
    day: date
    kind: Kind
    status: Status
    status_name: str
    timing: Timing
    timing_name: str
    at: time
    even_at_night: bool
    by_email: bool
    by_hand: bool
    policy: Policy
    text: str
    findings: tuple[Finding, ...]  # of the proofreading, errors first
    created_by: int
    created_at: datetime
    changed_at: datetime
    changed_by: int  # who had the words, the news or the photos in hand last
    approved_by: int | None
    approved_at: datetime | None
    planned_at: datetime | None
    cancelled_by: int | None
    cancelled_at: datetime | None


def topic(campaign_id: int) -> str:
    """Return the name under which the outbox keeps a campaign."""
    return f"greeting:{campaign_id}"


def choices(db: Session, officer: Officer, *, now: datetime, days: int = 370) -> list[Choice]:
    """Return the coming festival days with a stored letter, nearest first."""
    officer.must(Permission.SEE_DELIVERIES)
    today = _today(db, officer.tenant_id, now)
    return [
        Choice(
            festival=one.code,
            name=one.name,
            day=one.day,
            days_left=(one.day - today).days,
            kind=one.kind,
            kind_name=labels.KINDS[one.kind],
        )
        for one in calendar.occasions(
            today, today + timedelta(days=days), customs.coming(db, officer.tenant_id)
        )
        if letter_for(db, officer.tenant_id, one) is not None
    ]


def propose(db: Session, officer: Officer, *, now: datetime, festival: str | None = None) -> Letter:
    """Return the draft for a coming festival, made from the stored letter if there is none yet.

    Without `festival` it is the next one greeted by everybody. A festival that falls together
    with a weightier one has that one's letter. Raise NotFound for an unknown festival, Refused
    for one that is not greeted.
    """
    officer.must(Permission.PREPARE_GREETINGS)
    occasion = _coming(db, officer.tenant_id, festival, _today(db, officer.tenant_id, now))
    return draft(db, officer, occasion, now=now)


def draft(db: Session, officer: Officer, occasion: Occasion, *, now: datetime) -> Letter:
    """Return the draft for a festival day, made from its stored letter if there is none yet.

    Raise Refused for one that is not greeted.
    """
    officer.must(Permission.PREPARE_GREETINGS)
    text = letter_for(db, officer.tenant_id, occasion)
    if text is None:
        raise Refused("not greeted", festival=occasion.code)
    values = {
        "tenant_id": officer.tenant_id,
        "festival": occasion.code,
        "day": occasion.day,
        "timing": Timing.LOCAL_MORNING,
        "at": USUAL_HOUR,
        "policy": Policy.WELCOME,
        **dict.fromkeys(_SWITCHES, False),
        "text": text,
        "status": Status.DRAFT,
        "code": secrets.token_urlsafe(9),  # 72 bits: nobody finds a letter by trying
        "news": [],
        "opened": 0,
        "created_by": officer.id,
        "created_at": now,
        "changed_at": now,
        "changed_by": officer.id,
    }
    made = insert_new(db, cast("Table", Campaign.__table__), values)
    row = db.scalars(
        select(Campaign).where(
            Campaign.tenant_id == officer.tenant_id,
            Campaign.festival == occasion.code,
            Campaign.day == occasion.day,
        )
    ).one()
    if made:
        note(db, officer, "greeting.propose", row, now=now)
    return view(db, row)


def edit(
    db: Session, officer: Officer, campaign_id: int, values: Mapping[str, Any], *, now: datetime
) -> Letter:
    """Change a draft. `values` may hold text, timing, at (a time) and even_at_night.

    Raise Invalid naming each wrong field, Conflict once the letter is approved. A text with
    proofreading errors is kept: it only cannot be approved.
    """
    officer.must(Permission.PREPARE_GREETINGS)
    wrong = _complaints(values)
    if wrong:
        raise Invalid(fields=wrong)
    row = locked(db, officer.tenant_id, campaign_id)
    _must_be(row, Status.DRAFT)
    before = row.text
    for name, value in values.items():
        setattr(row, name, value.replace("\r\n", "\n").strip() if name == "text" else value)
    row.changed_at = now
    if row.text != before:
        row.changed_by = officer.id
    note(db, officer, "greeting.edit", row, now=now)
    return view(db, row)


def approve(db: Session, officer: Officer, campaign_id: int, *, now: datetime) -> Letter:
    """Release a draft: it is planned as soon as its hour comes near.

    Raise Invalid when the proofreading finds errors, Conflict when it is no draft or the festival
    is over.
    """
    officer.must(Permission.APPROVE_GREETINGS)
    row = locked(db, officer.tenant_id, campaign_id)
    _must_be(row, Status.DRAFT)
    grave = proofreading.errors(list(findings(db, row, occasion_of(db, row))))
    if grave:
        raise Invalid(fields={"text": [one.message for one in grave]})
    if accounts.in_whose_name(db, row.tenant_id) is None:
        raise Invalid(fields={"text": ["还没有登记公众号或小程序，信寄不出去"]})
    grace = GRACE_DAYS if row.timing == Timing.NOW else 1  # west of us the day lasts longer
    if _today(db, row.tenant_id, now) > row.day + timedelta(days=grace):
        raise Conflict("the festival is over", day=str(row.day))
    row.status, row.approved_by, row.approved_at = Status.APPROVED, officer.id, now
    row.changed_at = now
    note(db, officer, "greeting.approve", row, now=now)
    return view(db, row)


def reopen(db: Session, officer: Officer, campaign_id: int, *, now: datetime) -> Letter:
    """Make an approved or cancelled letter a draft again, as long as nothing was planned."""
    officer.must(Permission.PREPARE_GREETINGS)
    row = locked(db, officer.tenant_id, campaign_id)
    if row.planned_at is not None or row.status not in {Status.APPROVED, Status.CANCELLED}:
        raise Conflict("cannot be reopened", status=row.status)
    row.status, row.changed_at = Status.DRAFT, now
    row.approved_by = row.approved_at = row.cancelled_by = row.cancelled_at = None
    note(db, officer, "greeting.reopen", row, now=now)
    return view(db, row)


def cancel(db: Session, officer: Officer, campaign_id: int, *, now: datetime) -> int:
    """Stop a letter; what has not been handed to WeChat is taken back.

    Return how many readers that spared. Cancelling twice is harmless.
    """
    officer.must(Permission.APPROVE_GREETINGS)
    row = locked(db, officer.tenant_id, campaign_id)
    if row.status == Status.CANCELLED:
        return 0
    row.status, row.changed_at = Status.CANCELLED, now
    row.cancelled_by, row.cancelled_at = officer.id, now
    note(db, officer, "greeting.cancel", row, now=now)
    return outbox.cancel(db, topic=topic(row.id), now=now)


def letter(db: Session, officer: Officer, campaign_id: int) -> Letter:
    """Return one letter of the officer's county. Raise NotFound."""
    officer.must(Permission.SEE_DELIVERIES)
    return view(db, own(db, officer.tenant_id, campaign_id))


def letters(db: Session, officer: Officer, *, limit: int = 50) -> list[Letter]:
    """Return the county's letters, the latest festival first."""
    officer.must(Permission.SEE_DELIVERIES)
    query = select(Campaign).where(Campaign.tenant_id == officer.tenant_id)
    rows = db.scalars(query.order_by(Campaign.day.desc(), Campaign.id.desc()).limit(limit))
    kept = customs.kept(db, officer.tenant_id)
    return [view(db, row, kept) for row in rows]


def view(db: Session, row: Campaign, kept: Own | None = None) -> Letter:
    """Return a letter; `kept` is the county's calendar for who has it already."""
    occasion = occasion_of(db, row, kept)
    return Letter(
        id=row.id,
        tenant_id=row.tenant_id,
        festival=row.festival,
        festival_name=occasion.name,
        day=row.day,
        kind=occasion.kind,
        status=Status(row.status),
        status_name=labels.STATUSES[row.status],
        timing=Timing(row.timing),
        timing_name=labels.TIMINGS[row.timing],
        at=row.at,
        even_at_night=row.even_at_night,
        by_email=row.by_email,
        by_hand=row.by_hand,
        policy=Policy(row.policy),
        text=row.text,
        findings=findings(db, row, occasion),
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        planned_at=row.planned_at,
        cancelled_by=row.cancelled_by,
        cancelled_at=row.cancelled_at,
    )


def findings(db: Session, row: Campaign, occasion: Occasion) -> tuple[Finding, ...]:
    name = accounts.tenant(db, row.tenant_id).name
    head = wording.letterhead(occasion, tenant=name, written_on=row.day)
    return tuple(proofreading.lint(row.text, occasion, head))


def occasion_of(db: Session, row: Campaign, kept: Own | None = None) -> Occasion:
    """Return the festival day of a campaign as the county's calendar knows it."""
    occasion = calendar.occasion_on(row.day, kept or customs.kept(db, row.tenant_id))
    if occasion is None or not occasion.has(row.festival):
        raise NotFound("festival", festival=row.festival)
    return occasion


def locked(db: Session, tenant_id: int, campaign_id: int) -> Campaign:
    return own(db, tenant_id, campaign_id, lock=True)


def own(db: Session, tenant_id: int, campaign_id: int, *, lock: bool = False) -> Campaign:
    query = select(Campaign).where(Campaign.id == campaign_id, Campaign.tenant_id == tenant_id)
    row = db.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("greeting")
    return row


def festival_names(db: Session, tenant_id: int, ids: Collection[int]) -> dict[int, str]:
    """Return the names of the festivals of several letters by letter."""
    kept = customs.kept(db, tenant_id)
    rows = select(Campaign).where(Campaign.tenant_id == tenant_id, Campaign.id.in_(list(ids)))
    return {row.id: occasion_of(db, row, kept).name for row in db.scalars(rows)}


def festival_of(db: Session, topic: str) -> str:
    """Return the name of the festival of a topic in the outbox. Raise NotFound."""
    kind, _, number = topic.partition(":")
    row = db.get(Campaign, int(number)) if kind == "greeting" and number.isdigit() else None
    if row is None:
        raise NotFound("greeting")
    return occasion_of(db, row).name


def letter_for(db: Session, tenant_id: int, occasion: Occasion) -> str | None:
    """Return the stored letter of a festival day, None when it is not greeted."""
    if occasion.kind is Kind.NEVER:
        return None
    return customs.letter_of(db, tenant_id, occasion.code) or wording.letter_for(occasion)


def _coming(db: Session, tenant_id: int, festival: str | None, today: date) -> Occasion:
    kept = customs.coming(db, tenant_id)
    if festival is None:
        found = calendar.next_festival(today, kept)
    else:
        coming = calendar.occasions(today, today + timedelta(days=400), kept)
        found = next((one for one in coming if one.has(festival)), None)
    if found is None:
        raise NotFound("festival", festival=festival)
    return found


def _today(db: Session, tenant_id: int, now: datetime) -> date:
    return now.astimezone(ZoneInfo(accounts.tenant(db, tenant_id).home_zone)).date()


def _must_be(row: Campaign, status: Status) -> None:
    if row.status != status:
        raise Conflict(f"not {status}", status=row.status)


def _complaints(values: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong = {name: ["不能修改这一项"] for name in sorted(set(values) - _EDITABLE)}
    text = values.get("text", "")
    if not isinstance(text, str) or len(text) > _MOST_TYPED:
        wrong["text"] = [f"请不要超过 {_MOST_TYPED} 个字"]
    if "timing" in values and values["timing"] not in set(Timing):
        wrong["timing"] = ["请选择寄出方式"]
    if "policy" in values and values["policy"] not in set(Policy):
        wrong["policy"] = ["请选择补寄还是不补寄"]
    at = values.get("at", USUAL_HOUR)
    if not isinstance(at, time) or not CIVIL_START <= at <= CIVIL_END:
        wrong["at"] = ["请选择 8:30 至 20:30 之间的时刻"]
    for name in _SWITCHES:
        if not isinstance(values.get(name, False), bool):
            wrong[name] = ["请选择是否"]
    return wrong


def note(db: Session, officer: Officer, action: str, row: Campaign, *, now: datetime) -> None:
    audit.note(
        db,
        tenant_id=row.tenant_id,
        staff_id=officer.id,
        action=action,
        subject=topic(row.id),
        now=now,
    )
