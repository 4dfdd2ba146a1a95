"""Who gets a letter at which instant, by which channel, in which script, or why not. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import ceil

from server.greetings.calendar import Audience
from server.greetings.company import MASS_MOST, Groups
from server.greetings.daily import DailyCalls
from server.greetings.hours import CIVIL_END, CIVIL_START, TOLERANCE, Hours
from server.greetings.terms import MOVED, Call, Planned, Reason, Recipient, Skipped, Wish
from server.greetings.wording import Script
from server.ports import MASSES, Channel

WINDOW = timedelta(hours=47)  # 48 h after the person's message, WECHAT §4.1, less one for delays


def plan(recipients: Iterable[Recipient], wish: Wish) -> list[Planned | Skipped]:
    """Give every recipient exactly one line, ordered by person.

    Raise ValueError when the wished hour lies outside civil hours.
    """
    if not CIVIL_START <= wish.at <= CIVIL_END:
        raise ValueError("the hour must lie between 08:30 and 20:30")
    hours = Hours(wish)
    lines: list[Planned | Skipped] = []
    mass: list[Planned] = []
    by_tag: list[Planned] = []
    for recipient in recipients:
        line = _line(recipient, wish, hours)
        if isinstance(line, Planned) and line.channel is Channel.MASS:
            mass.append(line)
        elif isinstance(line, Planned) and line.channel is Channel.MASS_BY_TAG:
            by_tag.append(line)
        else:
            lines.append(line)
    lines.extend(Groups(sorted(mass, key=_by_person), hours).settle())
    lines.extend(DailyCalls(by_tag, hours, not_before=wish.now, taken=wish.taken).settle())
    return sorted(lines, key=_by_person)


def _by_person(line: Planned | Skipped) -> int:
    return line.person_id


def calls(lines: Iterable[Planned | Skipped]) -> Iterator[Call]:
    """Put planned lines into calls: personal letters alone, mass letters 2 to 10,000 together.

    A call by tag takes any number.
    """
    groups: dict[tuple[int, datetime, Script], list[Planned]] = defaultdict(list)
    for line in lines:
        if isinstance(line, Skipped):
            continue
        if line.channel in MASSES:
            groups[line.account_id, line.instant, line.script].append(line)
        else:
            yield _call([line])
    for key in sorted(groups):
        whole = groups[key][0].channel is Channel.MASS_BY_TAG
        for chunk in [groups[key]] if whole else _chunks(groups[key]):
            yield _call(chunk)


def _chunks(lines: list[Planned]) -> Iterator[list[Planned]]:
    """Cut into even parts, so that no part is left with a single person."""
    parts = ceil(len(lines) / MASS_MOST)
    for part in range(parts):
        yield lines[part * len(lines) // parts : (part + 1) * len(lines) // parts]


def _call(lines: list[Planned]) -> Call:
    first = lines[0]
    ends = [line.expires_at for line in lines if line.note not in MOVED]
    ends = ends or [line.expires_at for line in lines]
    return Call(
        account_id=first.account_id,
        instant=first.instant,
        expires_at=max(min(ends), first.instant + TOLERANCE),
        channel=first.channel,
        script=first.script,
        lines=tuple(lines),
    )


def _line(recipient: Recipient, wish: Wish, hours: Hours) -> Planned | Skipped:
    zone = hours.zone(recipient.zone)
    reason = _unreachable(recipient, wish)
    if reason is None and hours.maybe_sent(zone):
        reason = Reason.MAYBE_SENT
    wished = hours.wished(zone, recipient.part_of_day)
    if reason is None and wished is None:
        reason = Reason.TOO_LATE
    if reason is None and wished is not None and _mourns(recipient, wish, wished[0]):
        reason = Reason.BEREAVED
    if reason is not None or wished is None:
        return Skipped(recipient.person_id, zone.key, reason or Reason.TOO_LATE)
    moment, note = wished
    channel = _channel(recipient, wish, moment)
    return Planned(
        person_id=recipient.person_id,
        account_id=recipient.account_id or wish.from_account or 0,
        address=(recipient.email if channel is Channel.EMAIL else recipient.address) or "",
        zone=zone.key,
        instant=moment,
        expires_at=hours.end(zone, moment),
        channel=channel,
        script=recipient.script,
        note=note,
    )


def _unreachable(recipient: Recipient, wish: Wish) -> Reason | None:
    if recipient.deceased:
        return Reason.DECEASED
    if recipient.declined:
        return Reason.DECLINED
    if wish.audience is not Audience.EVERYONE and wish.audience not in recipient.audiences:
        return Reason.NOT_IN_AUDIENCE
    if not recipient.following:
        return None if _beside_wechat(recipient, wish) else Reason.NOT_FOLLOWING
    if not recipient.address or recipient.account_id is None:
        return Reason.NO_CHANNEL
    return None


def _beside_wechat(recipient: Recipient, wish: Wish) -> Channel | None:
    """Return how somebody who follows no account is reached, None when not at all."""
    if wish.from_account is None:
        return None
    ways = []
    if wish.by_email and recipient.email:
        ways.append(Channel.EMAIL)
    if wish.by_hand and recipient.telephone:
        ways.append(Channel.BY_HAND)
    if recipient.reach_by == "phone":
        ways.reverse()
    return ways[0] if ways else None


def _channel(recipient: Recipient, wish: Wish, moment: datetime) -> Channel:
    if not recipient.following:
        return _beside_wechat(recipient, wish) or Channel.BY_HAND
    if _window_open(recipient, moment):
        return Channel.CUSTOMER
    return Channel.MASS_BY_TAG if recipient.by_tag else Channel.MASS


def _mourns(recipient: Recipient, wish: Wish, moment: datetime) -> bool:
    until = recipient.bereaved_until
    return not wish.mourning and until is not None and moment < until


def _window_open(recipient: Recipient, moment: datetime) -> bool:
    """Tell whether a customer-service message may reach them; only a message of theirs counts."""
    last = recipient.last_message_at
    return last is not None and moment < last + WINDOW
