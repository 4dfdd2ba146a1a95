"""Delivering messages to callbacks: five seconds, three attempts, the same MsgId (WECHAT §1.3)."""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.sandbox import clock as clocks
from deploy.sandbox import posting, replies, timeline
from deploy.sandbox.accounts import Account
from deploy.sandbox.faults import Rule
from deploy.sandbox.posting import Attempt
from deploy.sandbox.replies import Answer
from deploy.sandbox.storage import dump, trim

if TYPE_CHECKING:
    from deploy.sandbox.world import World

ATTEMPTS = 3
MAX_THREADS = 48


class Pusher:
    """A pool of threads that deliver what was queued, and note every attempt."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._idle = 0
        self._stopping = threading.Event()

    def resume(self) -> None:
        """Take up what an earlier process left undelivered."""
        with self._world.store.read() as db:
            rows = db.execute("SELECT seq FROM pushes WHERE state = 'pending' ORDER BY seq")
            waiting = [row["seq"] for row in rows]
        for seq in waiting:
            self._enqueue(seq)

    def stop(self) -> None:
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(0.5)

    def push(
        self,
        db: sqlite3.Connection,
        account: Account,
        openid: str,
        fields: Mapping[str, Any],
        *,
        follower_id: int | None = None,
        shown: bool = False,
        item: int | None = None,
    ) -> int:
        """Queue a message; it leaves when the transaction is committed. Return its number.

        `shown`: a failure is visible on the phone. `item`: the timeline item whose status tells.
        """
        message = {
            "ToUserName": account.original_id,
            "FromUserName": openid,
            "CreateTime": int(clocks.wall()),
            **fields,
        }
        done = db.execute(
            "INSERT INTO pushes (appid, openid, follower_id, at, message, shown, item)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                account.appid, openid, follower_id, self._world.clock.now(), dump(message),
                int(shown), item,
            ),
        )  # fmt: skip
        seq = int(done.lastrowid or 0)
        trim(db, "pushes", seq)
        self._world.store.afterwards(lambda: self._enqueue(seq))
        return seq

    def outcome(self, seq: int, seconds: float) -> dict[str, Any]:
        """Wait until a push is over; return how it went, {"state": "pending"} when it is not."""

        def look() -> dict[str, Any] | None:
            with self._world.store.read() as db:
                row = db.execute("SELECT state, outcome FROM pushes WHERE seq = ?", (seq,))
                found = row.fetchone()
            return json.loads(found["outcome"]) if found and found["state"] == "done" else None

        return self._world.store.wait_for(look, seconds) or {"state": "pending"}

    def _enqueue(self, seq: int) -> None:
        self._queue.put(seq)
        with self._lock:
            if self._queue.qsize() > self._idle and len(self._threads) < MAX_THREADS:
                thread = threading.Thread(target=self._run, name="sandbox-pusher", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                self._idle += 1
            seq = self._queue.get()
            with self._lock:
                self._idle -= 1
            if seq is None:
                return
            try:
                self._deliver(seq)
            except sqlite3.ProgrammingError:
                if not self._world.store.closed:
                    raise

    def _deliver(self, seq: int) -> None:
        with self._world.store.read() as db:
            push = db.execute("SELECT * FROM pushes WHERE seq = ?", (seq,)).fetchone()
        account = self._world.accounts.get(push["appid"]) if push else None
        if push is None or push["state"] != "pending" or account is None:
            return
        if not account.callback_url:
            self._finish(push, {"state": "no_callback", "attempts": 0}, None)
            return
        tried: list[Attempt] = []
        while len(tried) < ATTEMPTS and not self._stopping.is_set():
            attempt = self._attempt(push, account, number=len(tried) + 1)
            tried.append(attempt)
            if attempt.answer is not None or attempt.final:
                break
        last = tried[-1] if tried else None
        if last is None or (self._stopping.is_set() and last.answer is None):
            return  # the next start tries again
        self._finish(push, _told(tried), last.answer)

    def _attempt(self, push: sqlite3.Row, account: Account, *, number: int) -> Attempt:
        message = json.loads(push["message"])
        names = [str(message.get("MsgType", "")), str(message.get("Event", "")), account.appid]
        struck = self._world.faults.take("callback", *filter(None, names), account.callback_url)
        if "latency" in struck:
            self._stopping.wait(struck["latency"].value)
        if "duplicate_concurrent" in struck:
            return self._twice_at_once(push, account, message, number=number, struck=struck)
        attempt = self._once(push, account, message, number=number, struck=struck)
        if "duplicate" in struck:
            again = {"duplicate": struck["duplicate"]}
            self._once(push, account, message, number=number, struck=again)
        return attempt

    def _twice_at_once(
        self,
        push: sqlite3.Row,
        account: Account,
        message: Mapping[str, Any],
        *,
        number: int,
        struck: Mapping[str, Rule],
    ) -> Attempt:
        results: list[Attempt] = []

        def other() -> None:
            results.append(self._once(push, account, message, number=number, struck=struck))

        thread = threading.Thread(target=other, name="sandbox-duplicate", daemon=True)
        thread.start()
        first = self._once(push, account, message, number=number, struck=struck)
        thread.join()
        better = [one for one in [first, *results] if one.answer is not None]
        spoken = [one for one in better if one.answer and one.answer.kind != replies.SILENT]
        return (spoken or better or [first])[0]

    def _once(
        self,
        push: sqlite3.Row,
        account: Account,
        message: Mapping[str, Any],
        *,
        number: int,
        struck: Mapping[str, Rule],
    ) -> Attempt:
        attempt = posting.post(account, message, set(struck))
        with self._world.store.write() as db:
            if attempt.body is not None:
                attempt.judge(db, account, push["openid"])
            entry = {
                "push": push["seq"],
                "appid": account.appid,
                "openid": push["openid"],
                "type": message.get("MsgType", ""),
                "event": message.get("Event", ""),
                "message_id": str(message.get("MsgId", "")),
                "attempt": number,
                "fault": ",".join(struck),
                **attempt.shown(),
            }
            done = db.execute(
                "INSERT INTO callbacks (push, at, entry) VALUES (?, ?, ?)",
                (push["seq"], self._world.clock.now(), dump(entry)),
            )
            trim(db, "callbacks", int(done.lastrowid or 0))
        return attempt

    def _finish(self, push: sqlite3.Row, told: dict[str, Any], answer: Answer | None) -> None:
        failed = told["state"] in ("failed", "broken")
        now = self._world.clock.now()
        with self._world.store.write() as db:
            if not db.execute("SELECT 1 FROM pushes WHERE seq = ?", (push["seq"],)).fetchone():
                return  # everything was reset meanwhile
            where = {"appid": push["appid"], "follower_id": push["follower_id"], "at": now}
            if push["follower_id"] is not None:
                if answer is not None and answer.kind not in (replies.SILENT, replies.TRANSFERRED):
                    told["item"] = timeline.add(
                        db, **where, origin="account", channel="passive", kind=answer.kind,
                        content=answer.content,
                    )  # fmt: skip
                if failed and push["shown"]:
                    told["item"] = timeline.add(
                        db, **where, origin="system", channel="passive", kind="failed",
                        content={"content": timeline.BROKEN}, status="failed",
                    )  # fmt: skip
            if push["item"] is not None:
                timeline.mark(db, push["item"], "failed" if failed else "delivered")
            db.execute(
                "UPDATE pushes SET state = 'done', outcome = ? WHERE seq = ?",
                (dump(told), push["seq"]),
            )


def _told(tried: list[Attempt]) -> dict[str, Any]:
    """Return a push's outcome for the one who waits."""
    last = tried[-1]
    told: dict[str, Any] = {
        "attempts": len(tried),
        "status": last.status,
        "ms": last.ms,
        "reason": last.reason,
    }
    if last.answer is None:
        return {"state": "broken" if last.final else "failed", **told}
    kinds = {replies.SILENT: "silent", replies.TRANSFERRED: "transferred"}
    told["reply"] = {"kind": last.answer.kind, "content": dict(last.answer.content)}
    return {"state": kinds.get(last.answer.kind, "replied"), **told}
