"""The database: one declarative base, UTC only, named constraints, two kinds of transaction."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError as SqliteOperationalError
from typing import Any, TypeVar

from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from server.kernel.errors import Outage
from server.kernel.together import Together

T = TypeVar("T")

LOCK_SECONDS = 2.0  # how long a writer waits at the gate and again at the file: under WeChat's five


class Busy(Outage):
    """The database could not take a writer in time. Nothing was changed."""

    code = "busy"


# What a writer may meet that has nothing to do with what is written: locked, away, cut off.
NOT_NOW = (Busy, OperationalError)


class UtcDateTime(TypeDecorator[datetime]):
    """A timestamp that refuses naive values and always comes back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        dict[str, str]: JSON(),
        dict[str, int]: JSON(),
        list[str]: JSON(),
        list[dict[str, str]]: JSON(),
    }


class Work:
    """A writing transaction on a plain connection, with a session only for those who ask.

    The session of the ORM costs more than all statements of a callback together; most
    callbacks never need one.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._session: Session | None = None

    @property
    def db(self) -> Session:
        if self._session is None:
            self._session = Session(self.connection, expire_on_commit=False)
        return self._session

    def flush(self) -> None:
        if self._session is not None:
            self._session.flush()

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


class Sessions:
    """The only two ways to a transaction: `begin()` to change, `read()` to look.

    On SQLite a writer takes the write lock at once (BEGIN IMMEDIATE), first among the threads
    of this process, then among processes: a transaction that began will not fail half-way
    because somebody else wrote. On PostgreSQL rows lock rows, and `lock_timeout` bounds the wait.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._make = sessionmaker(self.engine, expire_on_commit=False)
        self._make_reader = sessionmaker(
            self.engine.execution_options(xiangyin_read=True), expire_on_commit=False
        )
        self._gate = threading.Lock() if self.engine.dialect.name == "sqlite" else None
        self._together = Together(self.work) if self._gate is not None else None

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a writing transaction; commit at the end, roll back on any exception."""
        if self._gate is None:
            with self._make.begin() as db:
                yield db
            return
        if not self._gate.acquire(timeout=LOCK_SECONDS):
            raise Busy
        try:
            with self._make.begin() as db:
                db.connection()  # BEGIN IMMEDIATE now, while nothing is lost by failing
                yield db
        finally:
            self._gate.release()

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Like `begin`, for the callback door: the session is made only when it is asked for."""
        if self._gate is not None and not self._gate.acquire(timeout=LOCK_SECONDS):
            raise Busy
        try:
            with self.engine.begin() as connection:
                work = Work(connection)
                try:
                    yield work
                    work.flush()
                finally:
                    work.close()
        finally:
            if self._gate is not None:
                self._gate.release()

    def together(self, write: Callable[[Work], T]) -> T:
        """Run `write` in a writing transaction and return its result, committed.

        On SQLite those who wait at the same time share one, so `write` may be called twice and
        must do nothing but read and write the database (`Together.write`). Raise Busy.
        """
        if self._together is None:
            with self.work() as work:
                return write(work)
        try:
            return self._together.write(write, patience=LOCK_SECONDS)
        except TimeoutError:
            raise Busy from None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only looks; it never waits for a writer on SQLite."""
        with self._make_reader() as db:
            yield db

    def dispose(self) -> None:
        self.engine.dispose()


def make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            url,
            connect_args={"check_same_thread": False},
            pool_size=40,
            max_overflow=40,
            pool_use_lifo=True,  # each connection has pages of its own in memory: use the same ones
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=40,
        connect_args={
            "options": f"-c lock_timeout={int(LOCK_SECONDS * 1000)} -c statement_timeout=60000"
            " -c timezone=UTC"
        },
    )


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=0",  # _begin_sqlite waits better than SQLite's own growing sleeps
        "journal_mode=WAL",
        "synchronous=NORMAL",  # safe against a killed process; decisions/0003 on power cuts
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-4000",  # KiB, of each connection; the system keeps the file in memory anyway
    ):
        _patiently(partial(cursor.execute, f"PRAGMA {pragma}"))
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    driver = connection.connection.dbapi_connection
    if connection.get_execution_options().get("xiangyin_read"):
        driver.execute("BEGIN")
        return
    try:  # on the driver: a refused try through SQLAlchemy costs more than the whole transaction
        _patiently(partial(driver.execute, "BEGIN IMMEDIATE"))
    except SqliteOperationalError as error:
        raise Busy from error


def _patiently(attempt: Any) -> None:
    """Repeat while another process holds the write lock, at most LOCK_SECONDS."""
    deadline = time.monotonic() + LOCK_SECONDS
    pause = 0.0002
    while True:
        try:
            attempt()
        except SqliteOperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311, TID251 (spread, not secret)
            pause = min(pause * 1.5, 0.005)
        else:
            return
