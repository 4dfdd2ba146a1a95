"""Carrying out a mass job and telling how it went: MASSSENDJOBFINISH (WECHAT §1.5, §4.5)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy.sandbox import articles, clock
from deploy.sandbox.accounts import Account
from deploy.sandbox.jobs import job
from deploy.sandbox.storage import Row, dump

if TYPE_CHECKING:
    from deploy.sandbox.world import World

PER_MONTH = 4  # mass messages of a 服务号 a person receives in a calendar month
CONFIRM_WITHIN = 30 * clock.MINUTE
SLICE = 500  # SQLite takes so many parameters easily
SENT, REFUSED, TIMED_OUT = "send success", "err(40001)", "err(40002)"
SENSITIVE = {  # a word in a text decides the review, as a stand-in for the platform's own
    "博彩": "err(20006)",
    "色情": "err(20002)",
    "诈骗": "err(20008)",
    "加微信领红包": "err(10001)",
    "敏感测试": "err(20001)",
}


@dataclass(slots=True)
class Counts:
    total: int = 0
    filtered: int = 0  # after taking out those who refuse
    sent: int = 0
    errors: int = 0


@job("mass")
def finish(world: World, db: sqlite3.Connection, detail: dict[str, Any]) -> None:
    """End a job: deliver, or fail when nobody confirmed it or its content is refused."""
    row = db.execute("SELECT * FROM mass WHERE msg_id = ?", (detail["msg_id"],)).fetchone()
    if row is None or row["status"] != "SENDING":
        return
    conclude(world, db, row, TIMED_OUT if detail["unconfirmed"] else None)


def conclude(world: World, db: sqlite3.Connection, row: Row, verdict: str | None) -> None:
    """Deliver unless there is a verdict against it, then push how it went."""
    account = world.accounts.get(row["appid"])
    if account is None:
        return
    work = json.loads(row["job"])
    status = verdict or account.mass_verdict or _reviewed(work) or SENT
    targets = list(_targets(db, account, work))
    counts = Counts(total=len(work.get("touser", targets)))
    if status == SENT:
        _deliver(db, account, work, targets, counts=counts, now=world.clock.now())
        if counts.total and not counts.sent:
            status = "send fail"
    state = "SEND_SUCCESS" if status == SENT else "SEND_FAIL"
    db.execute("UPDATE mass SET status = ? WHERE msg_id = ?", (state, row["msg_id"]))
    world.pusher.push(db, account, "oMassSendSystem", _event(row, work, status, counts))


def _reviewed(work: Mapping[str, Any]) -> str | None:
    text = dump(work["content"])
    return next((verdict for word, verdict in SENSITIVE.items() if word in text), None)


def _targets(db: sqlite3.Connection, account: Account, work: Mapping[str, Any]) -> Iterator[Row]:
    base = "SELECT openid, follower_id, refuses, blacklisted FROM identities"
    if "touser" in work:
        for start in range(0, len(work["touser"]), SLICE):
            part = work["touser"][start : start + SLICE]
            marks = ",".join("?" * len(part))
            yield from db.execute(
                f"{base} WHERE appid = ? AND following = 1 AND openid IN ({marks})",
                (account.appid, *part),
            )
    elif work["filter"]["is_to_all"]:
        yield from db.execute(f"{base} WHERE appid = ? AND following = 1", (account.appid,))
    else:
        yield from db.execute(
            f"{base} JOIN taggings USING (appid, openid)"
            " WHERE appid = ? AND following = 1 AND tag_id = ?",
            (account.appid, work["filter"]["tag_id"]),
        )


def _deliver(
    db: sqlite3.Connection,
    account: Account,
    work: Mapping[str, Any],
    targets: list[Row],
    *,
    counts: Counts,
    now: float,
) -> None:
    """Show it to everybody who may still get one this month; the surplus is an error."""
    period = clock.month(now)
    had = {
        row["name"]: row["used"]
        for row in db.execute(
            "SELECT name, used FROM counters WHERE appid = ? AND period = ? AND name LIKE 'got:%'",
            (account.appid, period),
        )
    }
    willing = [who for who in targets if not who["refuses"] and not who["blacklisted"]]
    counts.filtered = counts.total - (len(targets) - len(willing))
    limited = account.account_type == "service"  # a 订阅号 is held to one call a day instead
    reached = [
        who for who in willing if not limited or had.get(f"got:{who['openid']}", 0) < PER_MONTH
    ]
    counts.sent, counts.errors = len(reached), counts.filtered - len(reached)
    content = dump(work["content"])
    db.executemany(
        "INSERT INTO timeline (appid, follower_id, at, origin, channel, kind, content, status)"
        " VALUES (?, ?, ?, 'account', 'mass', ?, ?, 'delivered')",
        [(account.appid, who["follower_id"], now, work["kind"], content) for who in reached],
    )
    db.executemany(
        "INSERT INTO counters VALUES (?, ?, ?, 1) ON CONFLICT (appid, name, period)"
        " DO UPDATE SET used = used + 1",
        [(account.appid, f"got:{who['openid']}", period) for who in reached],
    )


def _event(row: Row, work: Mapping[str, Any], status: str, counts: Counts) -> dict[str, Any]:
    told: dict[str, Any] = {
        "MsgType": "event",
        "Event": "MASSSENDJOBFINISH",
        "MsgID": row["msg_id"],
        "Status": status,
        "TotalCount": counts.total,
        "FilterCount": counts.filtered,
        "SentCount": counts.sent,
        "ErrorCount": counts.errors,
    }
    if "article_id" in work and status == SENT:
        count = len(work["content"]["articles"])
        items = [
            {"ArticleIdx": n, "ArticleUrl": articles.url(work["base"], work["article_id"], n)}
            for n in range(1, count + 1)
        ]
        checked = [
            {
                "ArticleIdx": n, "UserDeclareState": 0, "AuditState": 2,
                "OriginalArticleUrl": "", "OriginalArticleType": 0, "CanReprint": 0,
                "NeedReplaceContent": 0, "NeedShowReprintSource": 0,
            }
            for n in range(1, count + 1)
        ]  # fmt: skip
        told["CopyrightCheckResult"] = {
            "Count": count, "ResultList": {"item": checked}, "CheckState": 1,
        }  # fmt: skip
        told["ArticleUrlResult"] = {"Count": count, "ResultList": {"item": items}}
    return told
