"""Axes `search` and `import`: a register of 200,000 people, and a list of 50,000 brought in."""

import base64
import io
import os
import random
import tempfile
import time
from pathlib import Path

import xlsxwriter

from server import migrate
from server.demo import seed
from server.kernel.clock import SystemClock
from server.kernel.db import make_engine
from server.people.register import parsing, search, writing
from server.people.register.terms import ContactKind
from server.registers import import_jobs, imports
from server.registers.imports import State
from server.staff import service as staff
from tests import make, synthetic
from tests.bench.figures import progress, tell
from tests.servers import Postgres

REGISTERED = 200_000
SEARCHES = 400
ROWS = 50_000
FIELDS = (
    "name",
    "foreign",
    "sex",
    "born",
    "hometown",
    "division",
    "country",
    "identities",
    "phone",
)


def run_search() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _search(f"sqlite:///{folder}/bench.db", "p95_ms_sqlite", Path(folder))
        server = Postgres()
        try:
            server.execute("CREATE DATABASE bench")
            _search(server.url("bench"), "p95_ms_postgres", Path(folder))
        finally:
            server.stop()


def installation(url: str, folder: Path):
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    settings = make.settings(database_url=url, redis_url="redis://127.0.0.1:9/0", folder=folder)
    return make.toolbox(settings, SystemClock())


def _search(url: str, metric: str, folder: Path) -> None:
    tools = installation(url, folder)
    county = make.county(tools).id
    with tools.sessions.begin() as db:
        seed.lay_land(db, county)
    everybody = list(synthetic.people(REGISTERED))
    began = time.perf_counter()
    for start in range(0, REGISTERED, 20_000):
        with tools.sessions.begin() as db:
            some = everybody[start : start + 20_000]
            writing.add_many(db, county, some, vault=tools.vault, now=tools.clock.now())
    with tools.sessions.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    progress(f"{metric}: {REGISTERED} people entered in {time.perf_counter() - began:.0f} s")
    seconds = []
    for text in _typed(everybody):
        began = time.perf_counter()
        with tools.sessions.read() as db:
            search.find(db, county, text, vault=tools.vault)
        seconds.append(time.perf_counter() - began)
    tools.sessions.dispose()
    seconds.sort()
    runs = [seconds[offset::5] for offset in range(5)]
    tell("search", metric, [run[int(len(run) * 0.95)] * 1000 for run in runs], "ms")


def _typed(everybody):
    """Yield what people type: names, parts of them, pinyin, initials, numbers, with a town."""
    chance = random.Random(7)
    for _ in range(SEARCHES):
        person = chance.choice(everybody)
        read = writing.names.syllables(person.name)
        numbers = [value for kind, value in person.contacts if kind is ContactKind.PHONE]
        ways = [
            person.name, person.name[:1], person.name[:2], person.name[1:], "".join(read),
            " ".join(read), read[0], "".join(one[0] for one in read),
            f"{person.name[:1]} {person.hometown}", *numbers,
        ]  # fmt: skip
        yield chance.choice(ways)


def run_import() -> None:
    seconds = []
    content = _workbook()
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            tools = installation(f"sqlite:///{folder}/bench.db", Path(folder))
            county = make.county(tools).id
            with tools.sessions.begin() as db:
                officer = staff.create(
                    db, tenant_id=county, login="wang", name="王", role="admin",
                    password=base64.b64encode(os.urandom(12)).decode(), now=tools.clock.now(),
                )  # fmt: skip
            seconds.append(_bring_in(tools, officer, content))
            tools.sessions.dispose()
    tell("import", "rows_50k_s", seconds, "s")


def _bring_in(tools, officer, content: bytes) -> float:
    """Upload, check, enter; return how long the office waits for the machine."""
    began = time.perf_counter()
    key = tools.files.put(content)
    with tools.sessions.begin() as db:
        batch = imports.upload(db, officer, filename="a.xlsx", file_key=key, now=tools.clock.now())
    import_jobs.check_import(tools, batch)
    checked = time.perf_counter() - began
    with tools.sessions.begin() as db:
        imports.apply(db, officer, batch, now=tools.clock.now())
    entered = import_jobs.apply_import(tools, batch)
    took = time.perf_counter() - began
    with tools.sessions.read() as db:
        done = imports.show(db, officer, batch, vault=tools.vault)
    if done.state is not State.APPLIED or done.bad or done.total != ROWS:
        raise RuntimeError(f"the list was not entered: {done}")
    progress(f"checked in {checked:.1f} s, {entered} of {ROWS} entered after {took:.1f} s")
    return took


def _workbook() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, len(FIELDS) - 1, "云溪县侨情登记表")
    sheet.write_row(1, 0, [parsing.LABELS[field] for field in FIELDS])
    for number, person in enumerate(synthetic.people(ROWS), 2):
        written = parsing.written(person)
        sheet.write_row(number, 0, [written[field] for field in FIELDS])
    book.close()
    return file.getvalue()
