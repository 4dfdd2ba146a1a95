"""Handle once. The row and the effects of the handler commit together or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from server.inbox.models import InboundMessage
from server.kernel.crypto import Vault
from server.kernel.db import Work
from server.kernel.prepared import Prepared
from server.kernel.upsert import insert_new
from server.ports import Account, Inbound, Reply, ReplyKind

FIELDS, REPLY = "inbound_message.fields", "inbound_message.reply"
_TABLE = cast("Table", InboundMessage.__table__)


class Fate(StrEnum):
    """What became of a message."""

    CLAIMED = "claimed"  # being handled in this transaction
    ANSWERED = "answered"  # a reply went back
    ACKNOWLEDGED = "acknowledged"  # taken note of, nothing to say
    FOR_STAFF = "for_staff"  # waits in the inbox of questions
    UNKNOWN_KIND = "unknown_kind"  # WeChat sent something we do not know; acknowledged
    FAILED = "failed"  # our handler broke; a retry may try again


@dataclass(frozen=True, slots=True)
class Handled:
    """What a handler decided. `jobs` are asked for after the commit."""

    reply: Reply | None = None
    fate: Fate = Fate.ACKNOWLEDGED
    jobs: tuple[tuple[str, tuple[int | str, ...]], ...] = ()


Handle = Callable[[Work, Inbound], Handled]


class HandlerBroke(Exception):
    """A handler raised; the transaction must be rolled back. The cause is the original error."""


_SETTLE = Prepared(
    lambda _: (
        update(_TABLE)
        .where(
            _TABLE.c.account_id == bindparam("the_account"), _TABLE.c.key == bindparam("the_key")
        )
        .values(fate=bindparam("the_fate"), reply=bindparam("the_reply"))
    )
)


def answer_once(
    work: Work,
    account: Account,
    inbound: Inbound,
    handle: Handle,
    *,
    vault: Vault,
    now: datetime,
) -> Handled:
    """Run the handler for a new message; give a repeated one the stored answer, without jobs.

    While the first delivery is still being handled, the second waits in the database for the
    first to commit (then it is a repeat) or to roll back (then it is handled here).
    """
    row = _row(account, inbound, vault, fate=Fate.CLAIMED, now=now)
    if not insert_new(work.connection, _TABLE, row):
        first = work.db.execute(
            select(InboundMessage)
            .where(InboundMessage.account_id == account.id, InboundMessage.key == inbound.key)
            .with_for_update()
        ).scalar_one()
        if first.fate != Fate.FAILED:
            return Handled(_opened(first.reply, vault), Fate(first.fate))
    try:
        handled = handle(work, inbound)
        work.flush()
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError):
            raise  # the database is away or locked: not the handler's fault
        raise HandlerBroke from error
    except Exception as error:
        raise HandlerBroke from error
    fate = Fate.ANSWERED if handled.reply and handled.fate is Fate.ACKNOWLEDGED else handled.fate
    sealed = vault.seal(_written(handled.reply), where=REPLY) if handled.reply else None
    _SETTLE.run(
        work.connection,
        {
            "the_account": account.id,
            "the_key": inbound.key,
            "the_fate": fate,
            "the_reply": sealed,
        },
    )
    return handled


def note_failure(
    db: Session, account: Account, inbound: Inbound, *, vault: Vault, now: datetime
) -> int:
    """Keep a message whose handler broke; return how often it was tried. Its effects are gone."""
    if insert_new(db, _TABLE, _row(account, inbound, vault, fate=Fate.FAILED, now=now)):
        return 1
    row = db.execute(
        select(InboundMessage)
        .where(InboundMessage.account_id == account.id, InboundMessage.key == inbound.key)
        .with_for_update()
    ).scalar_one()
    row.attempts += 1
    return row.attempts


def settle_failure(
    db: Session, account: Account, inbound: Inbound, reply: Reply | None, *, vault: Vault
) -> None:
    """Give up on handling by machine: staff has it now, and a retry gets this reply."""
    sealed = vault.seal(_written(reply), where=REPLY) if reply else None
    _SETTLE.run(
        db.connection(),
        {
            "the_account": account.id,
            "the_key": inbound.key,
            "the_fate": Fate.FOR_STAFF,
            "the_reply": sealed,
        },
    )


def _row(
    account: Account, inbound: Inbound, vault: Vault, *, fate: Fate, now: datetime
) -> dict[str, Any]:
    return {
        "account_id": account.id,
        "key": inbound.key,
        "sender": inbound.sender,
        "kind": inbound.kind,
        "received_at": now,
        "fields": vault.seal(json.dumps(dict(inbound.fields), ensure_ascii=False), where=FIELDS),
        "fate": fate,
        "attempts": 1,
        "reply": None,
    }


def _written(reply: Reply) -> str:
    # field by field: dataclasses.asdict copies deeply, at ten times the price
    return json.dumps({field.name: getattr(reply, field.name) for field in fields(reply)})


def _opened(blob: bytes | None, vault: Vault) -> Reply | None:
    if blob is None:
        return None
    values = json.loads(vault.open(blob, where=REPLY))
    return Reply(**{**values, "kind": ReplyKind(values["kind"])})
