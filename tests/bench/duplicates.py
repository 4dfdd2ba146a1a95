"""Axis `duplicates`: who stands twice among made-up people of whom the truth is known."""

import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from server.demo import seed
from server.people.duplicates.models import DuplicatePair
from server.people.register import writing
from server.registers import duplicate_jobs, duplicates
from server.staff import service as staff
from tests import make
from tests.bench.figures import progress, tell
from tests.bench.register import installation
from tests.synthetic_duplicates import register

ENTRIES = 100_000
SEEDS = (2026, 1121, 77)  # none of which the engine was tuned on


def run() -> None:
    precision, recall, seconds = [], [], []
    for number in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            found = _run(Path(folder), number)
        for values, value in zip((precision, recall, seconds), found, strict=True):
            values.append(value)
    tell("duplicates", "precision_auto", precision, "ratio")
    tell("duplicates", "recall_suggest", recall, "ratio")
    tell("duplicates", "scan_100k_s", seconds, "s")


def _run(folder: Path, number: int) -> tuple[float, float, float]:
    tools = installation(f"sqlite:///{folder}/bench.db", folder)
    county = make.county(tools).id
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        seed.lay_land(db, county)
        officer = staff.create(
            db, tenant_id=county, login="bench", name="测", role="admin",
            password="a-long-password", now=now,
        )  # fmt: skip
    entries = register(ENTRIES, seed=number)
    truth: dict[int, list[int]] = {}
    for start in range(0, ENTRIES, 20_000):
        some = entries[start : start + 20_000]
        with tools.sessions.begin() as db:
            facts = [one.facts for one in some]
            ids = writing.add_many(db, county, facts, vault=tools.vault, now=now)
        for person, one in zip(ids, some, strict=True):
            truth.setdefault(one.truth, []).append(person)
    true = {
        (one, other) for some in truth.values() for one in some for other in some if one < other
    }
    with tools.sessions.begin() as db:
        scan = duplicates.ask_scan(db, officer, now=now)
    began = time.perf_counter()
    duplicate_jobs.scan_duplicates(tools, scan)
    seconds = time.perf_counter() - began
    with tools.sessions.read() as db:
        rows = db.execute(
            select(DuplicatePair.left_id, DuplicatePair.right_id, DuplicatePair.sure)
        ).all()
    tools.sessions.dispose()
    found = {(row.left_id, row.right_id) for row in rows}
    sure = {(row.left_id, row.right_id) for row in rows if row.sure}
    progress(
        f"seed {number}: {len(true)} true pairs, {len(found)} suggested, {len(sure)} sure, "
        f"{seconds:.1f} s"
    )
    return len(sure & true) / len(sure), len(found & true) / len(true), seconds * 100_000 / ENTRIES
