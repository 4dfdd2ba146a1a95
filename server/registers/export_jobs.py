"""The work on a 台账: written page by page with its progress, kept sealed for a day."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.kernel.clock import known_zone
from server.kernel.errors import Refused
from server.people.register import reading
from server.people.register.reading import Entry, Which
from server.people.register.terms import IDENTITIES
from server.places import codes, countries
from server.places import service as places
from server.registers import exports
from server.registers.exports import State, Wish
from server.registers.models import RollExport
from server.registers.workbook import Heading, Roll
from server.staff import service as staff
from server.toolbox import Toolbox

TOGETHER = 500
SILENCE = timedelta(minutes=3)  # after so long somebody else goes on
_FOLDER = "unsealed"


def write_export(tools: Toolbox, export_id: int) -> int:
    """Write a 台账, noting progress; stops when it is cancelled. Return the people in it."""
    with tools.sessions.begin() as db:
        row = db.get(RollExport, export_id, with_for_update=True)
        if row is None or not _claim(row, tools):
            return 0
        tenant_id, wish = row.tenant_id, exports.wish(row)
        officer = staff.by_id(db, row.created_by)
        try:
            which = exports.which(db, officer, wish)
        except Refused:  # their rights were taken away since
            row.state = State.CANCELLED
            return 0
        heading = _heading(db, tools, row, officer.name)
    folder = tools.settings.data_dir / _FOLDER / str(export_id)
    shutil.rmtree(folder, ignore_errors=True)  # of one who died
    with Roll(heading, contacts=wish.contacts, hardship=wish.hardship, folder=folder) as roll:
        written = _fill(tools, export_id, tenant_id=tenant_id, which=which, roll=roll)
        content = roll.finish()
    shutil.rmtree(folder, ignore_errors=True)
    if written is None:
        return 0
    return _hand_over(tools, export_id, tools.files.put(content), written)


def _claim(row: RollExport, tools: Toolbox) -> bool:
    now = tools.clock.now()
    if row.state != State.WAITING or (row.worked_at and row.worked_at > now - SILENCE):
        return False
    row.worked_at, row.done = now, 0
    return True


def _fill(
    tools: Toolbox, export_id: int, *, tenant_id: int, which: Which, roll: Roll
) -> int | None:
    """Write everybody; None when it was cancelled meanwhile."""
    after: tuple[str, int] | None = None
    written = 0
    while True:
        with tools.sessions.read() as db:
            some = reading.roll(
                db, tenant_id, which, after=after, limit=TOGETHER, vault=tools.vault
            )
            homes = _homes(db, tenant_id, some)
        if not some:
            return written
        for entry in some:
            roll.add(entry, homes.get(entry.path, ""))
        written += len(some)
        after = some[-1].sort_key, some[-1].person_id
        with tools.sessions.begin() as db:
            row = _row(db, export_id)
            if row.state != State.WAITING:
                return None
            row.done, row.worked_at = written, tools.clock.now()


def _homes(db: Session, tenant_id: int, some: Iterable[Entry]) -> dict[str, str]:
    paths = {one.path for one in some if one.path}
    found = places.by_paths(db, paths, tenant_id=tenant_id)
    return {path: place.full_name for path, place in found.items()}


def _hand_over(tools: Toolbox, export_id: int, key: str, written: int) -> int:
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        row = _row(db, export_id)
        wanted = row.state == State.WAITING
        if wanted:
            row.state, row.file_key = State.READY, key
            row.done = row.total = written
            row.finished_at, row.expires_at = now, now + exports.KEPT
    if not wanted:
        tools.files.remove([key])
    return written if wanted else 0


def _heading(db: Session, tools: Toolbox, row: RollExport, filler: str) -> Heading:
    county = accounts.tenant(db, row.tenant_id)
    zone = known_zone(county.home_zone, fallback=tools.settings.home_zone)
    return Heading(
        county=county.name,
        title=title(db, row.tenant_id, exports.wish(row)),
        filler=filler,
        filled_on=tools.clock.now().astimezone(zone).date(),
        number=exports.number(row.id),
        purpose=row.purpose,
        receiver=row.receiver,
    )


def title(db: Session, tenant_id: int, wish: Wish) -> str:
    """Say whom a 台账 holds: 侨情台账（石桥镇·意大利·华侨）."""
    parts = []
    if wish.division:
        path = codes.path_of(codes.normal(wish.division))
        place = places.by_paths(db, [path], tenant_id=tenant_id).get(path)
        parts.append(place.name if place else wish.division)
    if wish.country:
        parts.append(countries.name_of(wish.country))
    if wish.identity:
        parts.append(IDENTITIES[wish.identity])
    return "侨情台账" + (f"（{'·'.join(parts)}）" if parts else "")


def remove_expired(tools: Toolbox) -> int:
    """Remove files whose day is over."""
    with tools.sessions.begin() as db:
        over = RollExport.state == State.READY, RollExport.expires_at < tools.clock.now()
        rows = list(db.scalars(select(RollExport).where(*over).limit(200)))
        keys = [row.file_key for row in rows if row.file_key]
        for row in rows:
            row.state, row.file_key = State.EXPIRED, None
    tools.files.remove(keys)
    return len(rows)


def resume_exports(tools: Toolbox) -> int:
    """Write what a lost job left lying; what somebody is writing is left to them."""
    with tools.sessions.read() as db:
        waiting = select(RollExport.id).where(RollExport.state == State.WAITING)
        left = list(db.scalars(waiting.order_by(RollExport.id).limit(5)))
    return sum(write_export(tools, export_id) for export_id in left)


def _row(db: Session, export_id: int) -> RollExport:
    return db.get_one(RollExport, export_id, with_for_update=True)
