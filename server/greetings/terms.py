"""The words of planning: what is wished, who is written to, and the lines that come of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from server.greetings.calendar import Audience
from server.greetings.wording import Script
from server.ports import Channel


class Timing(StrEnum):
    LOCAL_MORNING = "local_morning"  # 各地当日早上
    NOW = "now"  # 立即寄出


class Policy(StrEnum):
    """What holds for those the plan did not foresee; chosen before a letter is approved.

    Whoever moved to another zone since is never woken, whatever the policy: a letter that would
    come at their night is left out (outbox.rules).
    """

    WELCOME = "welcome"  # past the hour, or a follower only since: the same day, by daylight
    STRICT = "strict"  # only who was there, only at their hour


class Status(StrEnum):
    """How far a campaign has got."""

    DRAFT = "draft"
    APPROVED = "approved"
    PLANNED = "planned"  # every reader has a line in the outbox
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why somebody gets nothing."""

    NOT_FOLLOWING = "not_following"
    DECLINED = "declined"  # said no to letters
    BEREAVED = "bereaved"
    DECEASED = "deceased"
    NO_CHANNEL = "no_channel"
    TOO_LATE = "too_late"
    NOT_IN_AUDIENCE = "not_in_audience"
    MASS_NEEDS_TWO = "mass_needs_two"
    MAYBE_SENT = "maybe_sent"  # before the database was restored
    ONE_CALL_A_DAY = "one_call_a_day"  # a 订阅号, and no call of it comes by their daylight


class Note(StrEnum):
    """How somebody's instant came about; all but the first are shown to the officer."""

    AS_WISHED = "as_wished"
    LATE = "late"  # the wished hour was over, the day not yet
    AFTER_NIGHT = "after_night"  # it is night there: next morning
    JOINED = "joined"  # alone at their hour: goes with another group, the same day, by daylight
    COMPANION = "companion"  # moved to another hour of their day so that one alone gets the letter
    EVE = "eve"  # alone: goes with a group that is in their evening before
    OTHER_SCRIPT = "other_script"  # alone with their script: gets the other one
    SHARED_HOUR = "shared_hour"  # a 订阅号 has one call a day for everybody


MOVED = frozenset({Note.JOINED, Note.COMPANION, Note.EVE, Note.OTHER_SCRIPT, Note.SHARED_HOUR})


@dataclass(frozen=True, slots=True)
class Wish:
    """What the officer approved. `at` is the recipients' wall clock, inside civil hours."""

    day: date
    timing: Timing
    at: time
    now: datetime  # UTC
    home_zone: str  # for people whose zone is not known
    audience: Audience = Audience.EVERYONE
    mourning: bool = False  # a letter of remembrance is also for the bereaved
    even_at_night: bool = False  # only with Timing.NOW
    by_email: bool = False  # also those who follow no account and left an address
    by_hand: bool = False  # also those of whom only a number is known: a colleague tells them
    policy: Policy = Policy.WELCOME
    from_account: int | None = None  # in whose name such letters stand in the ledger
    doubt_before: datetime | None = None  # what was due earlier may have left: see MAYBE_SENT
    taken: Mapping[int, Collection[date]] = field(default_factory=dict)  # of 订阅号: days used


@dataclass(frozen=True, slots=True)
class Recipient:
    person_id: int
    account_id: int | None  # the official account they follow
    address: str | None  # their openid there
    zone: str | None
    script: Script
    following: bool = True
    by_tag: bool = False  # the account is a 订阅号
    last_message_at: datetime | None = None
    bereaved_until: datetime | None = None
    deceased: bool = False
    declined: bool = False  # said no to letters
    email: str | None = None
    telephone: bool = False
    part_of_day: str | None = None  # morning, evening: asked for; None: as the officer wished
    reach_by: str | None = None  # email, phone: asked for
    audiences: frozenset[Audience] = frozenset()  # to whom they belong


@dataclass(frozen=True, slots=True)
class Planned:
    person_id: int
    account_id: int
    address: str
    zone: str  # the one reckoned with
    instant: datetime  # UTC
    expires_at: datetime  # UTC; later than this it is not sent any more
    channel: Channel
    script: Script
    note: Note = Note.AS_WISHED


@dataclass(frozen=True, slots=True)
class Skipped:
    person_id: int
    zone: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Call:
    """One call to WeChat: everybody in it gets the same words at the same instant."""

    account_id: int
    instant: datetime
    expires_at: datetime
    channel: Channel
    script: Script
    lines: tuple[Planned, ...]
