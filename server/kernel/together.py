"""Short writing transactions that share one commit when they come at the same time (SQLite).

One writer at a time is SQLite's rule. Threads that queue up for it one by one pay a transaction
and several hand-overs of the interpreter's lock each; whoever is at the front may as well write
for all who wait.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

T = TypeVar("T")
W = TypeVar("W")

MOST = 64  # in one transaction: nobody else writes meanwhile


@dataclass(slots=True, eq=False)
class _Turn(Generic[W]):
    """One piece of writing and what came of it."""

    write: Callable[[W], object]
    context: Context = field(default_factory=copy_context)  # request ids in logs stay right
    over: bool = False
    result: object = None
    error: BaseException | None = None

    def take(self, work: W) -> None:
        self.result = self.context.run(self.write, work)

    def settle(self, error: BaseException | None = None) -> None:
        self.error, self.over = error, True


class Together(Generic[W]):
    """Runs pieces of writing, several to a transaction when several wait. Safe for threads."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[W]]) -> None:
        self._transaction = transaction
        self._waiting: deque[_Turn[W]] = deque()
        self._front = threading.Lock()

    def write(self, write: Callable[[W], T], *, patience: float) -> T:
        """Return what `write` returns once it is committed; raise what it raises.

        `write` only reads and writes the database and may be called twice: when one of several
        fails, all are rolled back and each is done again in a transaction of its own. Raise
        TimeoutError, with nothing done, after `patience` seconds in the queue.
        """
        turn: _Turn[W] = _Turn(write)
        self._waiting.append(turn)
        if not self._front.acquire(timeout=patience):
            with contextlib.suppress(ValueError):  # somebody has just taken it up after all
                self._waiting.remove(turn)
                raise TimeoutError
            self._front.acquire()
        try:
            while not turn.over:
                self._serve(self._next())
        finally:
            self._front.release()
        if turn.error is not None:
            raise turn.error
        return cast("T", turn.result)

    def _serve(self, turns: list[_Turn[W]]) -> None:
        begun = False
        try:
            with self._transaction() as work:
                begun = True
                for turn in turns:
                    turn.take(work)
        except BaseException as error:  # noqa: BLE001 (whoever waits must hear of it)
            self._failed(turns, error, begun=begun)
        else:
            for turn in turns:
                turn.settle()

    def _failed(self, turns: list[_Turn[W]], error: BaseException, *, begun: bool) -> None:
        if begun and len(turns) > 1:  # it may have been any of them
            for turn in turns:
                self._serve([turn])
            return
        if not begun:  # nor would a transaction begin for those behind: nobody waits twice
            turns += self._all_waiting()
        for turn in turns:
            turn.settle(error)

    def _next(self) -> list[_Turn[W]]:
        return [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]

    def _all_waiting(self) -> list[_Turn[W]]:
        return [self._waiting.popleft() for _ in range(len(self._waiting))]
