"""From an approved letter to lines in the outbox, and what became of them. Nothing leaves here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.accounts.service import County
from server.greetings import audiences, labels, refusing, service, wording
from server.greetings.models import Campaign
from server.greetings.planner import calls, plan
from server.greetings.terms import (
    Call,
    Planned,
    Policy,
    Recipient,
    Skipped,
    Status,
    Timing,
    Wish,
)
from server.greetings.wording import Letterhead
from server.kernel.crypto import Vault
from server.outbox import allowances, holds
from server.outbox import service as outbox
from server.people import reach as people
from server.people.agreements.terms import Purpose
from server.people.reach import Reach
from server.ports import MASSES, Channel
from server.staff.permissions import Permission
from server.staff.service import Officer

# Planned when the festival morning is this near: east of the date line it begins 14 hours before
# UTC, and one day more leaves time to look and to cancel.
AHEAD = timedelta(hours=38)


@dataclass(frozen=True, slots=True)
class Plan:
    """A letter reckoned through for everybody, not yet written down."""

    county: County
    readers: dict[int, Reach]
    lines: list[Planned | Skipped]
    head: Letterhead
    text: str
    written_on: date
    from_account: int | None  # in whose name stands what does not go by WeChat

    def words(self, line: Planned) -> str:
        """Return exactly what this person will read."""
        by_name = line.channel not in MASSES
        salutation = self.readers[line.person_id].salutation if by_name else None
        return wording.render(self.text, self.head, script=line.script, salutation=salutation)


@dataclass(frozen=True, slots=True)
class Fate:
    status: str
    name: str
    count: int


def anything_due(db: Session, *, now: datetime) -> bool:
    """Tell whether `plan_due` would find work, without taking the write lock."""
    return db.scalar(_due(now).limit(1)) is not None


def plan_due(
    db: Session, *, now: datetime, vault: Vault, base_url: str, most: int | None = None
) -> int:
    """Plan every approved letter whose hour is near, or the first `most`; return how many.

    Idempotent: a planned letter is not planned again, and a reader's key in the outbox is unique
    for county, festival and day whatever happens.
    """
    rows = list(db.scalars(_due(now).limit(most).with_for_update(skip_locked=True)))
    for row in rows:
        made = reckon(db, row, now=now, vault=vault)
        _write_down(db, row, made, link=link(row, base_url), now=now, vault=vault)
        row.status, row.planned_at, row.changed_at = Status.PLANNED, now, now
    return len(rows)


def _due(now: datetime) -> Select[Campaign]:
    near = or_(Campaign.timing == Timing.NOW, Campaign.day <= (now + AHEAD).date())
    return select(Campaign).where(Campaign.status == Status.APPROVED, near).order_by(Campaign.id)


def reckon(
    db: Session,
    row: Campaign,
    *,
    now: datetime,
    vault: Vault,
    readers: Iterable[Reach] | None = None,
) -> Plan:
    """Give every follower of the county a line, as if the letter were planned at `now`.

    Or only these `readers`.
    """
    occasion = service.occasion_of(db, row)
    chosen = people.followers(db, row.tenant_id, vault) if readers is None else readers
    known = {one.person_id: one for one in chosen}
    if readers is None and (row.by_email or row.by_hand):
        known |= {one.person_id: one for one in people.others(db, row.tenant_id, vault)}
    county = accounts.tenant(db, row.tenant_id)
    reckoned = wish(db, row, now=now)
    by_tag = accounts.reached_by_tag(db, row.tenant_id)
    at_once = row.timing == Timing.NOW
    written_on = now.astimezone(ZoneInfo(county.home_zone)).date() if at_once else row.day
    return Plan(
        county=county,
        readers=known,
        lines=plan((recipient(one, by_tag, row.day) for one in known.values()), reckoned),
        head=wording.letterhead(occasion, tenant=county.name, written_on=written_on),
        text=row.text,
        written_on=written_on,
        from_account=reckoned.from_account,
    )


def wish(db: Session, row: Campaign, *, now: datetime) -> Wish:
    """Return what is wished for a letter, as seen at `now`."""
    occasion = service.occasion_of(db, row)
    by_tag = accounts.reached_by_tag(db, row.tenant_id)
    return Wish(
        day=row.day,
        timing=Timing(row.timing),
        at=row.at,
        now=now,
        home_zone=accounts.tenant(db, row.tenant_id).home_zone,
        audience=occasion.festivals[0].audience,
        mourning=occasion.mourning,
        even_at_night=row.even_at_night and row.timing == Timing.NOW,
        by_email=row.by_email,
        by_hand=row.by_hand,
        policy=Policy(row.policy),
        from_account=accounts.in_whose_name(db, row.tenant_id),
        doubt_before=_doubt_before(db, row),
        taken=allowances.days_taken(db, by_tag, now=now) if by_tag else {},
    )


def _doubt_before(db: Session, row: Campaign) -> datetime | None:
    """Return until when a letter may have left unknown to a restored ledger."""
    noticed = holds.restored_at(db)
    known = noticed is not None and row.approved_at is not None and row.approved_at < noticed
    return noticed if known else None


def progress(db: Session, officer: Officer, campaign_id: int) -> list[Fate]:
    """Count the readers by what became of their letter; the parts add up to everybody planned."""
    officer.must(Permission.SEE_DELIVERIES)
    found = service.letter(db, officer, campaign_id)
    counts = outbox.tally(db, topic=service.topic(found.id))
    return [
        Fate(status, name, counts[status])
        for status, name in labels.FATES.items()
        if counts.get(status)
    ]


def _write_down(
    db: Session, row: Campaign, made: Plan, *, link: str, now: datetime, vault: Vault
) -> None:
    row.written_on = made.written_on
    shared = common(db, row, vault=vault)
    letters = (letter(row, made, call, link=link, vault=vault) for call in calls(made.lines))
    outbox.post_all(db, letters, **shared)
    for account_id, skipped in _by_account(made).items():
        outbox.note_skipped(
            db,
            account_id=account_id,
            channel=Channel.MASS,
            people=[(key(row, one.person_id), one.person_id, one.reason) for one in skipped],
            now=now,
            **shared,
        )


def common(db: Session, row: Campaign, *, vault: Vault) -> dict[str, Any]:
    """Return what the outbox is told with all lines of a letter."""
    return {
        "tenant_id": row.tenant_id,
        "topic": service.topic(row.id),
        "purpose": "memorial" if service.occasion_of(db, row).mourning else "greeting",
        "vault": vault,
    }


def link(row: Campaign, base_url: str) -> str:
    return f"{base_url}/letters/{row.code}"


def letter(row: Campaign, made: Plan, call: Call, *, link: str, vault: Vault) -> outbox.Letter:
    return outbox.Letter(
        account_id=call.account_id,
        channel=call.channel,
        to=[(key(row, one.person_id), one.person_id, one.address) for one in call.lines],
        payload=_payload(made, call, link, vault),
        due_at=call.instant,
        expires_at=call.expires_at,
        any_hour=row.even_at_night and row.timing == Timing.NOW,
    )


def _payload(made: Plan, call: Call, link: str, vault: Vault) -> dict[str, Any]:
    first = call.lines[0]
    if call.channel is Channel.EMAIL:
        home = link.partition("/letters/")[0]
        turned = wording.traditional if call.script is wording.Script.HANT else str
        return {
            "subject": turned(f"{made.county.name}的{made.head.festival}家书"),
            "text": made.words(first),
            "page": link,
            "page_words": turned(wording.PAGE),
            "unsubscribe": f"{home}/letters/stop/{refusing.token(first.person_id, vault=vault)}",
            "unsubscribe_words": turned("以后不再收到这样的信"),
        }
    words = wording.with_page(made.words(first), link, script=call.script)
    return {"msgtype": "text", "text": {"content": words}}


def _by_account(made: Plan) -> dict[int, list[Skipped]]:
    grouped: dict[int, list[Skipped]] = defaultdict(list)
    for line in made.lines:
        account_id = made.readers[line.person_id].official_account_id or made.from_account
        if isinstance(line, Skipped) and account_id is not None:
            grouped[account_id].append(line)
    return grouped


def key(row: Campaign, person_id: int) -> str:
    return f"greeting:{row.tenant_id}:{row.festival}:{row.day}:{person_id}"


def recipient(reach: Reach, by_tag: Collection[int], day: date) -> Recipient:
    return Recipient(
        person_id=reach.person_id,
        account_id=reach.official_account_id,
        address=reach.official_openid,
        zone=reach.zone,
        script=wording.script_for(reach.language),
        following=reach.following,
        by_tag=reach.official_account_id in by_tag,
        last_message_at=reach.last_message_at,
        bereaved_until=reach.bereaved_until,
        deceased=reach.deceased_on is not None,
        declined=Purpose.GREETINGS in reach.declined,
        email=reach.email,
        telephone=reach.telephone,
        part_of_day=reach.part_of_day,
        reach_by=reach.reach_by,
        audiences=audiences.belonging(sex=reach.sex, born=reach.born, day=day),
    )


def planned_lines(lines: Iterable[Planned | Skipped]) -> list[Planned]:
    return [line for line in lines if isinstance(line, Planned)]
