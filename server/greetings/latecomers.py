"""Who began to follow after a letter was planned: written to on the day, or told apart with why.

Nothing leaves here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.greetings import sending
from server.greetings.models import Campaign
from server.greetings.planner import calls, plan
from server.greetings.terms import Planned, Policy, Reason, Status, Timing
from server.kernel.crypto import Vault
from server.outbox import service as outbox
from server.people import reach as people
from server.people.reach import Reach
from server.ports import Channel

_FIRST, _LAST = timedelta(hours=14), timedelta(hours=12)  # how far the earth's clocks are from UTC


def anybody_late(db: Session, *, now: datetime) -> bool:
    """Tell whether `welcome` or `settle` may find work, without taking the write lock."""
    return any(db.scalar(some.limit(1)) is not None for some in (_on_their_way(now), _over(now)))


def welcome(db: Session, *, now: datetime, vault: Vault, base_url: str) -> int:
    """Write to those who began to follow after the plan, while it is still their festival.

    Return how many. Somebody alone waits for a companion: a mass call needs two. The one call
    a day of a 订阅号 is not spent on them. Twice is harmless: keys are unique.
    """
    found = 0
    for row in db.scalars(_on_their_way(now).with_for_update(skip_locked=True)):
        made = sending.reckon(db, row, now=now, vault=vault, readers=_late(db, row, vault))
        link = sending.link(row, base_url)
        late = [
            sending.letter(row, made, call, link=link, vault=vault)
            for call in calls(made.lines)
            if call.channel is not Channel.MASS_BY_TAG
        ]
        found += outbox.post_all(db, late, **sending.common(db, row, vault=vault))
    return found


def settle(db: Session, *, now: datetime, vault: Vault) -> None:
    """Write down, when the day is over everywhere, who followed in time and got nothing, and why.

    Once for every letter. Who is in the ledger already stays as they are.
    """
    for row in db.scalars(_over(now).with_for_update(skip_locked=True)):
        over = datetime.combine(row.day, time(), UTC) + timedelta(days=1) + _LAST
        readers = [
            one
            for one in _late(db, row, vault)
            if one.followed_at is not None and one.followed_at < over
        ]
        skipped: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
        for one, why in _reasons(db, row, readers):
            if one.official_account_id is not None:
                line = sending.key(row, one.person_id), one.person_id, why
                skipped[one.official_account_id].append(line)
        for account_id, lines in skipped.items():
            outbox.note_skipped(
                db,
                account_id=account_id,
                channel=Channel.MASS,
                people=lines,
                now=now,
                **sending.common(db, row, vault=vault),
            )
        row.late_settled_at = now


def _reasons(
    db: Session, row: Campaign, readers: Iterable[Reach]
) -> Iterable[tuple[Reach, Reason]]:
    """Yield why each got nothing: as things stood when they began to follow."""
    by_tag = accounts.reached_by_tag(db, row.tenant_id)
    for one in readers:
        wish = sending.wish(db, row, now=one.followed_at or row.changed_at)
        recipient = sending.recipient(one, by_tag, row.day)
        (line,) = plan([recipient], wish)
        if not isinstance(line, Planned):
            yield one, line.reason
        elif line.channel is Channel.MASS_BY_TAG:
            yield one, Reason.ONE_CALL_A_DAY
        else:
            yield one, Reason.TOO_LATE


def _late(db: Session, row: Campaign, vault: Vault) -> list[Reach]:
    since = row.planned_at or row.changed_at
    return list(people.followers(db, row.tenant_id, vault, since=since))


def _letters() -> Select[Campaign]:
    return select(Campaign).where(
        Campaign.status == Status.PLANNED,
        Campaign.policy == Policy.WELCOME,
        Campaign.timing == Timing.LOCAL_MORNING,
    )


def _on_their_way(now: datetime) -> Select[Campaign]:
    """Choose the letters whose festival is today somewhere on earth."""
    return _letters().where(Campaign.day.between((now - _LAST).date(), (now + _FIRST).date()))


def _over(now: datetime) -> Select[Campaign]:
    """Choose the letters whose festival is over everywhere, and whose latecomers wait."""
    return _letters().where(Campaign.day < (now - _LAST).date(), Campaign.late_settled_at.is_(None))
