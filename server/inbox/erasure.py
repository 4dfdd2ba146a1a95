"""Take a person's words, pictures and voices out of the inbox."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from server.inbox import enclosures
from server.inbox.models import IdempotentRequest, InboundMessage, Question
from server.inbox.questions import TEXT
from server.inbox.service import FIELDS
from server.kernel.crypto import Vault
from server.people.erasure import Address

GONE = "（已按本人要求删除）"


def erase(
    db: Session,
    person_ids: Collection[int],
    addresses: Collection[Address],
    *,
    vault: Vault,
    keep_traces: bool = False,
) -> None:
    """Wipe what these persons said and sent; the files are removed by the next tick.

    That somebody asked, when, and that it was answered stays, for the count of the office.
    With `keep_traces` messages lose their words only: WeChat may still repeat the last one.
    """
    enclosures.erase(db, person_ids)
    db.execute(
        update(Question)
        .where(Question.person_id.in_(list(person_ids)))
        .values(text=vault.seal(GONE, where=TEXT), answer=None)
        .execution_options(synchronize_session="fetch")
    )
    for one in addresses:
        theirs = (
            InboundMessage.account_id == one.account_id,
            InboundMessage.sender == one.openid,
        )
        change = (
            update(InboundMessage).values(fields=vault.seal("{}", where=FIELDS), reply=None)
            if keep_traces
            else delete(InboundMessage)
        )
        db.execute(change.where(*theirs).execution_options(synchronize_session="fetch"))
    scopes = [f"person:{person_id}" for person_id in person_ids]
    db.execute(
        delete(IdempotentRequest)
        .where(IdempotentRequest.scope.in_(scopes))
        .execution_options(synchronize_session="fetch")
    )
