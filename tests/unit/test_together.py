"""Writers that share a commit: everybody gets their own result, and a failure only its own."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kernel.together import Together

WHO = ContextVar("who", default="nobody")


class Ledger:
    """A table in memory whose transactions can be made slow or be refused."""

    def __init__(self):
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.db.execute("CREATE TABLE line (value INTEGER PRIMARY KEY)")
        self.begun, self.refuse, self.hold = 0, False, threading.Event()
        self.hold.set()
        self.together = Together(self._transaction)

    @contextmanager
    def _transaction(self):
        self.begun += 1
        self.hold.wait(5)
        if self.refuse:
            raise OSError("locked")
        self.db.execute("BEGIN")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def add(self, value, *, broken=False):
        def write(db):
            db.execute("INSERT INTO line VALUES (?)", (value,))
            if broken:
                raise ValueError(value)
            return value, WHO.get()

        WHO.set(f"caller {value}")
        return self.together.write(write, patience=5)

    def values(self):
        return {value for (value,) in self.db.execute("SELECT value FROM line")}

    def queue(self, calls):
        """Let everybody queue up behind one held transaction, then go; return the futures."""
        self.hold.clear()
        with ThreadPoolExecutor(len(calls) + 1) as pool:
            first = pool.submit(self.add, -1)
            while not self.begun:
                time.sleep(0.001)
            futures = [pool.submit(call) for call in calls]
            while len(self.together._waiting) < len(calls):
                time.sleep(0.001)
            self.hold.set()
            first.result()
        return futures


@given(st.sets(st.integers(0, 20), max_size=8))
def test_everybody_gets_their_own_result_or_their_own_error(broken):
    ledger = Ledger()
    futures = ledger.queue([lambda v=v: ledger.add(v, broken=v in broken) for v in range(12)])
    for value, future in enumerate(futures):
        if value in broken:
            with pytest.raises(ValueError, match=f"^{value}$"):
                future.result()
        else:
            assert future.result() == (value, f"caller {value}")
    assert ledger.values() == {-1, *range(12)} - broken


def test_those_who_wait_share_one_transaction():
    ledger = Ledger()
    ledger.queue([lambda v=v: ledger.add(v) for v in range(12)])
    assert ledger.begun == 2


def test_when_no_transaction_begins_all_who_wait_hear_it_at_once():
    ledger = Ledger()
    ledger.hold.clear()
    ledger.refuse = True
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ledger.add, value) for value in range(8)]
        while len(ledger.together._waiting) < 7:
            time.sleep(0.001)
        ledger.hold.set()
        for future in futures:
            with pytest.raises(OSError, match="locked"):
                future.result()
    assert ledger.begun == 1
    ledger.refuse = False
    assert ledger.add(99)[0] == 99
    assert ledger.values() == {99}


def test_patience_ends_with_nothing_done():
    ledger = Ledger()
    ledger.hold.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ledger.add, 1)
        while not ledger.begun:
            time.sleep(0.001)
        with pytest.raises(TimeoutError):
            ledger.together.write(
                lambda db: db.execute("INSERT INTO line VALUES (2)"), patience=0.01
            )
        ledger.hold.set()
        first.result()
    assert ledger.values() == {1}
