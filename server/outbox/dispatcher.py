"""Send what is due. Three short transactions per envelope; none is open while WeChat answers."""

from __future__ import annotations

import json
import logging
import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.outbox import receipts, rules
from server.outbox.models import Delivery, Envelope
from server.outbox.rules import Status
from server.outbox.service import PAYLOAD
from server.people import reach as people
from server.people import subscriptions
from server.ports import Channel, Outcome, Outgoing, Result, Trouble
from server.toolbox import Toolbox

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)  # longer than the slowest call (time-outs 3 + 10 s, one token retry)


def run_once(tools: Toolbox, *, batch: int = 10) -> int:
    """Claim and send up to `batch` due envelopes; return how many were claimed."""
    me = uuid.uuid4().hex
    with tools.sessions.read() as db:
        if not _due(db, now=tools.clock.now(), limit=1):
            return 0
    with tools.sessions.begin() as db:
        claimed = claim(db, me=me, now=tools.clock.now(), batch=batch)
    for envelope_id in claimed:
        send_one(tools, envelope_id, me=me)
    return len(claimed)


def send_one(tools: Toolbox, envelope_id: str, *, me: str) -> None:
    with tools.sessions.begin() as db:
        message = hand_over(db, envelope_id, tools, me=me)
    if message is None:
        return
    outcome = tools.messenger.send(message)  # no transaction is open here
    with tools.sessions.begin() as db:
        record(db, envelope_id, outcome, me=me, now=tools.clock.now())


def _due(db: Session, *, now: datetime, limit: int, lock: bool = False) -> list[Envelope]:
    query = (
        select(Envelope)
        .where(Envelope.status == Status.QUEUED, Envelope.due_at <= now)
        .order_by(Envelope.due_at)
        .limit(limit)
    )
    return list(db.scalars(query.with_for_update(skip_locked=True) if lock else query))


def claim(db: Session, *, me: str, now: datetime, batch: int) -> list[str]:
    """Mark due envelopes as ours. Two dispatchers never get the same one."""
    envelopes = _due(db, now=now, limit=batch, lock=True)
    for envelope in envelopes:
        envelope.status, envelope.claimed_by = Status.CLAIMED, me
        envelope.lease_until = now + LEASE
    return [envelope.id for envelope in envelopes]


def hand_over(db: Session, envelope_id: str, tools: Toolbox, *, me: str) -> Outgoing | None:
    """Check the rules one last time and note that the request is about to leave.

    Return None when nothing leaves: the claim was lost meanwhile, it is too late, the rate is
    used up, or nobody is left to send to.
    """
    envelope = db.get_one(Envelope, envelope_id, with_for_update=True)
    now = tools.clock.now()
    if envelope.status != Status.CLAIMED or envelope.claimed_by != me:
        return None
    if now >= envelope.expires_at:
        _settle(db, envelope, _end(envelope, Status.EXPIRED), now=now)
        return None
    wait = tools.limiter.take(f"{envelope.channel}:{envelope.account_id}", now)
    if wait > timedelta(0):
        envelope.status, envelope.due_at = Status.QUEUED, now + wait
        return None
    going = _suppress(db, envelope, tools, now=now)
    if len(going) < (2 if envelope.channel == Channel.MASS else 1):
        _skip_rest(going, now=now)
        envelope.status, envelope.settled_at = Status.SKIPPED, now
        return None
    envelope.status, envelope.handed_over_at = Status.SENDING, now
    envelope.lease_until = now + LEASE
    envelope.attempts += 1
    return Outgoing(
        account_id=envelope.account_id,
        envelope_id=envelope.id,
        channel=Channel(envelope.channel),
        addresses=tuple(line.address for line in going),
        payload=json.loads(tools.vault.open(envelope.payload, where=PAYLOAD)),
    )


def _suppress(db: Session, envelope: Envelope, tools: Toolbox, *, now: datetime) -> list[Delivery]:
    """Skip, with a reason, whoever must not get this now; return the others."""
    lines = list(
        db.scalars(
            select(Delivery)
            .where(Delivery.envelope_id == envelope.id, Delivery.status == Status.QUEUED)
            .order_by(Delivery.key)
        )
    )
    doubt = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
    if doubt or (envelope.attempts and envelope.channel in rules.REPEATABLE):
        return lines  # WeChat drops a repeat only when it is the same call
    reaches = people.many(db, {line.person_id for line in lines}, tools.vault)
    going = []
    for line in lines:
        reason = _why_not(envelope, reaches.get(line.person_id), now)
        if reason is None:
            going.append(line)
        else:
            line.status, line.reason, line.settled_at = Status.SKIPPED, reason, now
    return going


def _why_not(envelope: Envelope, person: people.Reach | None, now: datetime) -> str | None:
    if person is None:
        return "gone"
    return rules.why_not(
        purpose=envelope.purpose,
        channel=envelope.channel,
        following=person.following,
        bereaved_until=person.bereaved_until,
        deceased_on=person.deceased_on,
        last_message_at=person.last_message_at,
        declined=person.declined,
        now=now,
    )


def _skip_rest(lines: list[Delivery], *, now: datetime) -> None:
    for line in lines:
        line.status, line.reason, line.settled_at = Status.SKIPPED, "mass_needs_two", now


def record(db: Session, envelope_id: str, outcome: Outcome, *, me: str, now: datetime) -> None:
    """Write down what WeChat said. A late answer still tells the truth about an unknown one."""
    envelope = db.get_one(Envelope, envelope_id, with_for_update=True)
    mine = envelope.status == Status.SENDING and envelope.claimed_by == me
    late_truth = envelope.status == Status.UNKNOWN and outcome.result != "unknown"
    if not mine and not late_truth:
        return
    status = _next(envelope, outcome)
    if late_truth and status is Status.QUEUED:
        return  # "not now" comes too late: what is called unknown is not repeated by machine
    envelope.code, envelope.rid = outcome.code, outcome.rid
    envelope.trouble = _trouble(envelope, outcome)
    envelope.reference = outcome.reference or envelope.reference
    if status is Status.QUEUED:
        envelope.status, envelope.handed_over_at = Status.QUEUED, None
        envelope.due_at = now + rules.delay(outcome, attempts=envelope.attempts)
        return
    _settle(db, envelope, status, now=now, known=Status.UNKNOWN if late_truth else Status.QUEUED)
    if outcome.trouble is Trouble.PERSON_GONE and envelope.channel == Channel.MINI_SUBSCRIPTION:
        _consent_is_used_up(db, envelope)
    if status is Status.ACCEPTED:
        receipts.apply(db, envelope, now=now)


def _next(envelope: Envelope, outcome: Outcome) -> Status:
    status = rules.next_status(outcome, attempts=envelope.attempts)
    if status is Status.UNKNOWN and envelope.channel in rules.REPEATABLE:
        return Status.QUEUED if envelope.attempts < rules.MAX_ATTEMPTS else status
    return _end(envelope, status)


def _end(envelope: Envelope, status: Status) -> Status:
    doubt = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
    return rules.after_doubt(status) if doubt else status


def _trouble(envelope: Envelope, outcome: Outcome) -> str | None:
    """Return what to remember; that an answer was lost is forgotten only when WeChat said yes."""
    doubt = rules.in_doubt(channel=envelope.channel, trouble=envelope.trouble)
    if outcome.result is Result.UNKNOWN or (doubt and outcome.result is not Result.ACCEPTED):
        return Trouble.LOST
    return outcome.trouble


def _consent_is_used_up(db: Session, envelope: Envelope) -> None:
    """43101: WeChat knows better than our ledger how many messages are allowed."""
    persons = db.scalars(select(Delivery.person_id).where(Delivery.envelope_id == envelope.id))
    for person_id in persons:
        subscriptions.clear(db, person_id=person_id, template="case_progress")


def release_stale(tools: Toolbox) -> int:
    """Deal with envelopes whose dispatcher died; return how many.

    Not yet handed over: safe to queue again. Handed over: nobody knows whether WeChat got it,
    so it is queued again only where WeChat drops repeats.
    """
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        stale = list(
            db.scalars(
                select(Envelope)
                .where(
                    Envelope.status.in_([Status.CLAIMED, Status.SENDING]),
                    Envelope.lease_until < now,
                )
                .limit(500)
                .with_for_update(skip_locked=True)
            )
        )
        for envelope in stale:
            if envelope.handed_over_at is None:
                envelope.status = Status.QUEUED
            elif envelope.channel in rules.REPEATABLE:
                envelope.status, envelope.handed_over_at = Status.QUEUED, None
                envelope.trouble = Trouble.LOST
            else:
                _settle(db, envelope, Status.UNKNOWN, now=now)
        return len(stale)


def _settle(
    db: Session,
    envelope: Envelope,
    status: Status,
    *,
    now: datetime,
    known: Status = Status.QUEUED,
) -> None:
    envelope.status, envelope.settled_at = status, now
    db.execute(
        update(Delivery)
        .where(Delivery.envelope_id == envelope.id, Delivery.status == known)
        .values(status=status, settled_at=now)
        .execution_options(synchronize_session="fetch")
    )
    if status in {Status.FAILED, Status.UNKNOWN}:
        log.error(
            "envelope_needs_attention",
            extra={"envelope": envelope.id, "status": status, "code": envelope.code},
        )
