"""Take one opened message in: handle once, and never lose it when something breaks."""

from __future__ import annotations

import logging

from server.inbox import enclosures, questions
from server.inbox import service as inbox
from server.people import identities
from server.ports import Account, Inbound, Reply
from server.toolbox import Toolbox
from server.web.callback import wording
from server.web.callback.desk import Desks
from server.web.callback.handlers import Reception

log = logging.getLogger(__name__)

LAST_TRY = 3  # WeChat delivers three times, then shows the person a failure (WECHAT §1.3)


class TryAgain(Exception):
    """Our handler broke; the message is kept, and WeChat's retry may succeed."""


def take_in(tools: Toolbox, desks: Desks, account: Account, inbound: Inbound) -> Reply | None:
    """Handle a message once and return what to answer.

    Raise TryAgain when the handler broke and WeChat will deliver again; after the last delivery
    the message goes to staff instead, and the person is told so. Raise Busy or another database
    error when nothing could be written at all.
    """
    now = tools.clock.now()
    reception = Reception(account, desks.of(account), tools.vault, now)
    try:
        handled = tools.sessions.together(
            lambda work: inbox.answer_once(
                work, account, inbound, reception, vault=tools.vault, now=now
            )
        )
    except inbox.HandlerBroke as error:
        log.exception("handler_failed", extra={"account": account.slug, "kind": inbound.kind})
        reply = _after_failure(tools, desks, account, inbound)
        if reply is None:
            raise TryAgain from error
        return reply
    for job, ids in handled.jobs:
        tools.jobs.ask(job, *ids)
    return handled.reply


def _after_failure(
    tools: Toolbox, desks: Desks, account: Account, inbound: Inbound
) -> Reply | None:
    """Keep the message; after the last delivery give it to staff and return what to say."""
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        tries = inbox.note_failure(db, account, inbound, vault=tools.vault, now=now)
        if tries < LAST_TRY:
            return None
        reply = Reply(text=wording.broken(desks.of(account)))
        inbox.settle_failure(db, account, inbound, reply, vault=tools.vault)
        person_id = identities.person_of(db, account, inbound.sender)
        if person_id is not None:
            question_id = questions.ask(
                db.connection(),
                account,
                person_id=person_id,
                kind=inbound.kind,
                text=str(inbound.fields.get("Content", f"[{inbound.kind}]")),
                vault=tools.vault,
                now=now,
            )
            enclosures.note(  # the tick fetches it
                db,
                account,
                question_id=question_id,
                kind=inbound.kind,
                media_id=str(inbound.fields.get("MediaId") or ""),
                now=now,
            )
        return reply
