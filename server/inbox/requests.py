"""Idempotency keys of the API: a repeated creating request gets the first answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.inbox.models import IdempotentRequest
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict
from server.kernel.upsert import insert_new

BODY = "idempotent_request.body"
KEPT = timedelta(days=3)


class IdempotencyConflict(Conflict):
    """The key was used for another request."""

    code = "idempotency_conflict"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]


def claim(
    db: Session, *, scope: str, key: str, fingerprint: bytes, vault: Vault, now: datetime
) -> Answer | None:
    """Claim a key in the transaction that will do the work.

    Return None when it is ours to do (call `settle` before the commit), or the first answer.
    A repeat that arrives meanwhile waits. Raise IdempotencyConflict for another request's key.
    """
    table = IdempotentRequest.__table__
    fresh = insert_new(
        db,
        table,  # type: ignore[arg-type]
        {
            "scope": scope,
            "key": key,
            "fingerprint": fingerprint,
            "at": now,
            "status": 0,
            "body": b"",
        },
    )
    if fresh:
        return None
    row = db.execute(
        select(IdempotentRequest).where(
            IdempotentRequest.scope == scope, IdempotentRequest.key == key
        )
    ).scalar_one()
    if row.fingerprint != fingerprint:
        raise IdempotencyConflict
    return Answer(row.status, json.loads(vault.open(row.body, where=BODY)))


def settle(
    db: Session, *, scope: str, key: str, status: int, body: Mapping[str, Any], vault: Vault
) -> None:
    """Keep the answer for repeats, in the same transaction as the work."""
    row = db.get_one(IdempotentRequest, (scope, key))
    row.status = status
    row.body = vault.seal(json.dumps(body, ensure_ascii=False), where=BODY)


def forget_old(db: Session, *, now: datetime) -> int:
    """Drop answers older than three days; return how many."""
    old = list(
        db.execute(
            select(IdempotentRequest.scope, IdempotentRequest.key)
            .where(IdempotentRequest.at < now - KEPT)
            .limit(1000)
        )
    )
    for scope, key in old:
        db.execute(
            delete(IdempotentRequest).where(
                IdempotentRequest.scope == scope, IdempotentRequest.key == key
            )
        )
    return len(old)
