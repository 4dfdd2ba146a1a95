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
        found = _doubt(db, told)
        if found is not None and _known(db, found):
            found = None
    if told is None and found is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(tools, NOTHING)
    if found is None or (told is None and path.exists()):
        return  # another dispatcher began while we looked: it wrote the note before it took any
    with tools.sessions.begin() as db:
        if not _known(db, found):
            now = tools.clock.now()
            db.add(SendHold(reason=str(Reason.RESTORED), mark=found, since=now))
            log.error("database_restored", extra={"mark": found})


def _doubt(db: Session, told: str | None) -> str | None:
    """Return what gives a restored database away, or None."""
    if told == NOTHING:
        return None
    if told is None:
        left = select(Envelope.id).where(Envelope.first_left_at.is_not(None)).limit(1)
        return "missing" if db.scalar(left) is not None else None
    left_at = db.scalar(select(Envelope.first_left_at).where(Envelope.id == told))
    return told if left_at is None else None


def _known(db: Session, mark: str) -> bool:
    """Tell whether a hold for this very finding was set before; a person saw to it, or will."""
    query = select(SendHold.id).where(SendHold.reason == Reason.RESTORED, SendHold.mark == mark)
    return db.scalar(query.limit(1)) is not None
