"""Notice a restored database: it does not know the last envelope that has left.

The last envelope handed over is written down beside the database, in the folder of data. When
the database says that it never left, or there is no such note although letters have left (a new
machine), the ledger is older than the world: a hold stops everything until a person lifts it.
"""

from __future__ import annotations

import logging
import uuid
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.outbox.holds import Reason
from server.outbox.models import Envelope, SendHold
from server.toolbox import Toolbox

log = logging.getLogger(__name__)
NOTHING = "nothing"  # has left yet
SEEN = "seen:"  # there was no note, and a hold says so


def _file(tools: Toolbox) -> Path:
    return tools.settings.data_dir / "last-envelope"


def write(tools: Toolbox, envelope_id: str) -> None:
    """Write down that this envelope leaves. Call after the commit, before the call."""
    path = _file(tools)
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    new.write_text(envelope_id)
    new.replace(path)


def check(tools: Toolbox) -> None:
    """Hold everything when the database is older than what has left."""
    path = _file(tools)
    told = path.read_text().strip() if path.exists() else None
    with tools.sessions.read() as db:
        if told is not None and _fits(db, told):
            return
        left = select(Envelope.id).where(Envelope.first_left_at.is_not(None)).limit(1)
        never = told is None and db.scalar(left) is None
    if never:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(tools, NOTHING)
    elif told is not None or not path.exists():
        _hold(tools, told or f"{SEEN}{uuid.uuid4().hex}")
    # else another dispatcher began while we looked: it wrote the note before it took any


def _fits(db: Session, told: str) -> bool:
    """Tell whether the database knows what is written down, or a hold says that it does not."""
    if told == NOTHING:
        return True
    if db.scalar(select(Envelope.first_left_at).where(Envelope.id == told)) is not None:
        return True
    query = select(SendHold.id).where(SendHold.reason == Reason.RESTORED, SendHold.mark == told)
    return db.scalar(query.limit(1)) is not None


def _hold(tools: Toolbox, mark: str) -> None:
    """Stop everything, and write the finding down: the next new machine is a finding of its own."""
    with tools.sessions.begin() as db:
        db.add(SendHold(reason=str(Reason.RESTORED), mark=mark, since=tools.clock.now()))
    write(tools, mark)
    log.error("database_restored", extra={"mark": mark})
