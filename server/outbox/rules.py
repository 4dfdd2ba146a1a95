"""Whether and when to send. Pure: values in, value out; every path uses the same functions."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from server.kernel.clock import known_zone
from server.people.agreements.terms import Purpose, refuses
from server.ports import MASSES, Channel, Outcome, Result, Trouble

MAX_ATTEMPTS = 5
_DELAYS = (1, 4, 15, 60)  # seconds, WECHAT §7
SPREAD = 0.2  # of a delay, either way: back-off with jitter
_NOT_BEFORE = frozenset({Trouble.RATE, Trouble.QUOTA})  # too early costs the lane more
QUIET_BEGINS, QUIET_ENDS = time(21, 30), time(8, 0)  # DOMAIN §5.3, with half an hour's grace
DAYTIME = frozenset({"greeting", "memorial", "newsletter"})
WINDOW = timedelta(hours=48)  # custom messages after a message of the person, WECHAT §4.1


class Status(StrEnum):
    """Where an envelope or a delivery stands. "Sent" is never one word."""

    QUEUED = "queued"
    SENDING = "sending"  # envelope only: taken and handed over, the answer is awaited
    ACCEPTED = "accepted"  # WeChat took it
    DELIVERED = "delivered"  # WeChat's receipt says it arrived
    REFUSED = "refused"
    FAILED = "failed"  # our side or the account; a person must look
    UNKNOWN = "unknown"  # the answer was lost; never repeated by machine
    EXPIRED = "expired"
    SKIPPED = "skipped"  # with a reason, before anything left


NEEDS_FOLLOWING = MASSES | {Channel.CUSTOMER, Channel.TEMPLATE}
FINAL = frozenset(Status) - {Status.QUEUED, Status.SENDING}
REPEAT_WITHIN = timedelta(hours=23)  # WeChat remembers a clientmsgid for 24 h (WECHAT §4.5)
REPEATABLE = MASSES  # clientmsgid: WeChat itself drops the repeat


def why_not(
    *,
    purpose: str,
    channel: str,
    following: bool,
    bereaved_until: datetime | None,
    deceased_on: date | None,
    last_message_at: datetime | None,
    declined: frozenset[Purpose] = frozenset(),
    now: datetime,
) -> str | None:
    """Return the reason not to send to this person now, or None."""
    if deceased_on is not None:
        return "deceased"
    if channel in NEEDS_FOLLOWING and not following:
        return "not_following"
    if refuses(declined, purpose):
        return "declined"
    if purpose == "greeting" and bereaved_until is not None and now < bereaved_until:
        return "bereaved"
    if channel == Channel.CUSTOMER and (last_message_at is None or now >= last_message_at + WINDOW):
        return "window_closed"
    return None


def too_early_or_late(
    purpose: str, zone: str | None, *, any_hour: bool, now: datetime
) -> str | None:
    """Return "quiet_hours" when a letter would ring at somebody's night (DOMAIN §5.3).

    The plan keeps to the day; this catches who moved to another zone since, and delays. Whose
    zone is not known is not judged.
    """
    if purpose not in DAYTIME or any_hour or zone is None:
        return None
    local = now.astimezone(known_zone(zone, fallback="Asia/Shanghai")).time()
    return None if QUIET_ENDS <= local < QUIET_BEGINS else "quiet_hours"


def next_status(outcome: Outcome, *, attempts: int) -> Status:
    match outcome.result:
        case Result.ACCEPTED:
            return Status.ACCEPTED
        case Result.REFUSED:
            return Status.REFUSED
        case Result.UNKNOWN:
            return Status.UNKNOWN
        case Result.HALT:
            return Status.FAILED
        case Result.RETRY:
            return Status.QUEUED if attempts < MAX_ATTEMPTS else Status.FAILED


def in_doubt(*, channel: str, trouble: str | None) -> bool:
    """Tell whether an earlier call of a repeatable envelope may have arrived unheard.

    Only WeChat's yes to a repeat ends the doubt: its no, our giving up, an hour too late or a
    cancellation say nothing about the first call, so the end is UNKNOWN.
    """
    return channel in REPEATABLE and trouble == Trouble.LOST


def forgotten(first_left_at: datetime | None, *, now: datetime) -> bool:
    """Tell whether WeChat would take a repeat of a call for a new one."""
    return first_left_at is not None and now >= first_left_at + REPEAT_WITHIN


def after_doubt(status: Status) -> Status:
    """Return the truth about an envelope in doubt whose repeat alone would mean `status`."""
    return status if status in {Status.ACCEPTED, Status.QUEUED} else Status.UNKNOWN


def delay(outcome: Outcome, *, attempts: int) -> timedelta:
    """Return how long to wait before the next try: longer each time, and hardly two alike.

    What failed together does not come back together: the wait is spread by the call's id and the
    try, the same for whoever asks again. One that WeChat or a class of trouble asks for is only
    ever made longer.
    """
    asked_for = outcome.retry_after
    share = _share(outcome.envelope_id, attempts)
    if asked_for is not None or outcome.trouble in _NOT_BEFORE:
        share = abs(share)
    step = timedelta(seconds=_DELAYS[min(max(attempts, 1), len(_DELAYS)) - 1])
    return (step if asked_for is None else asked_for) * (1 + SPREAD * share)


def _share(envelope_id: str, attempts: int) -> float:
    """Return a number from -1 to 1 that looks like chance."""
    drawn = hashlib.blake2b(f"{envelope_id}:{attempts}".encode(), digest_size=6).digest()
    return int.from_bytes(drawn, "big") / (2**47) - 1
