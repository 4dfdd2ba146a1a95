"""Take in a callback that was kept on disk, and answer by custom message what is still wanted."""

from __future__ import annotations

import logging

from server.inbox import backlog
from server.kernel.errors import BadCallback, NotFound
from server.outbox import service as outbox
from server.outbox.rules import WINDOW
from server.people import identities
from server.ports import Account, Channel, Inbound, Reply, ReplyKind
from server.toolbox import Toolbox
from server.web.callback.desk import Desks
from server.web.callback.intake import TryAgain, take_in

log = logging.getLogger(__name__)


def answer_late(tools: Toolbox, kept: backlog.Kept) -> None:
    """Handle a kept callback. It leaves the disk once its row is written, or it is hopeless."""
    try:
        account = tools.accounts.by_slug(kept.slug)
        inbound = tools.codec.open(account, kept.body, kept.query, now=kept.received_at)
    except (NotFound, BadCallback):
        log.error("kept_callback_unreadable", extra={"account": kept.slug})  # noqa: TRY400
        backlog.done(kept)
        return
    try:
        reply = take_in(tools, Desks(tools), account, inbound)
    except TryAgain:
        return  # stays on disk; after the third try it goes to staff
    if reply is not None and reply.kind is ReplyKind.TEXT:
        _speak(tools, account, inbound, reply)
    backlog.done(kept)


def _speak(tools: Toolbox, account: Account, inbound: Inbound, reply: Reply) -> None:
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        person_id = identities.person_of(db, account, inbound.sender)
        if person_id is None:
            return
        outbox.post(
            db,
            tenant_id=account.tenant_id,
            account_id=account.id,
            topic=f"late:{inbound.key}",
            purpose="answer",
            channel=Channel.CUSTOMER,
            to=[(f"late:{account.id}:{inbound.key}", person_id, inbound.sender)],
            payload={"msgtype": "text", "text": {"content": reply.text}},
            due_at=now,
            expires_at=inbound.at + WINDOW,
            vault=tools.vault,
        )
