"""access_token by both endpoints, which do not know each other (WECHAT §2)."""

from __future__ import annotations

import sqlite3

from deploy.sandbox import clock as clocks
from deploy.sandbox import ids
from deploy.sandbox.accounts import Account
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import Answer, Call, counted, interface, used
from deploy.sandbox.storage import Row

LIFE = 7200  # seconds
GRACE = 300  # a superseded token stays valid this long; renewal starts this early
FORCED_PER_DAY, FORCED_APART = 20, 30
PLAIN, STABLE = "token", "stable"
DAILY = {PLAIN: 2000, STABLE: 500_000}


def account_of(call: Call) -> Account:
    """Return the account of the query's access_token; raise 41001, 40014, 42001 or 40001."""
    token = call.query.get("access_token", "")
    if not token:
        raise WeChatError(41001)
    row = call.db.execute("SELECT * FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise WeChatError(40001 if len(token) >= 64 and "_" in token else 40014)
    account = call.world.accounts.get(row["appid"])
    if account is None:
        raise WeChatError(40013)
    if row["superseded"] == 2 or (row["superseded"] and row["expires_at"] <= call.now):
        raise WeChatError(40001)
    if row["expires_at"] <= call.now:
        raise WeChatError(42001, "access_token expired")
    return account


def credentials(call: Call, appid: object, secret: object) -> Account:
    """Return the account of appid and secret; raise 41002, 40013, 41004 or 40125."""
    if not appid:
        raise WeChatError(41002)
    account = call.world.accounts.get(str(appid))
    if account is None:
        raise WeChatError(40013)
    if not secret:
        raise WeChatError(41004)
    if secret != account.secret:
        raise WeChatError(40125)
    return account


def _admitted(call: Call, appid: object, secret: object, endpoint: str) -> Account:
    account = credentials(call, appid, secret)
    if account.ip_whitelist is not None and call.address not in account.ip_whitelist:
        where = f"{call.address} ipv6 ::ffff:{call.address}"
        raise WeChatError(40164, f"invalid ip {where}, not in whitelist")
    if counted(call.db, account.appid, call.interface.path, clocks.day(call.now)) > DAILY[endpoint]:
        raise WeChatError(45009)
    call.account_or_none = account
    return account


@interface("GET", "/cgi-bin/token", token=False, daily=2000)
def token(call: Call) -> Answer:
    """Give a new token each time; the previous one stays valid for five minutes."""
    if call.query.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    account = _admitted(call, call.query.get("appid"), call.query.get("secret"), PLAIN)
    _supersede(call.db, account.appid, PLAIN, call.now + GRACE)
    return _issued(call, account.appid, PLAIN)


@interface("POST", "/cgi-bin/stable_token", token=False)
def stable_token(call: Call) -> Answer:
    """Give the same token until five minutes before its end; force_refresh replaces it at once."""
    if call.body.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    account = _admitted(call, call.body.get("appid"), call.body.get("secret"), STABLE)
    row = _current(call.db, account.appid, STABLE)
    if call.body.get("force_refresh") is True and row is not None and _may_force(call, account):
        _supersede(call.db, account.appid, STABLE, call.now, at_once=True)
        return _issued(call, account.appid, STABLE)
    if row is not None and row["expires_at"] - call.now > GRACE:
        left = int(row["expires_at"] - call.now)
        return {"access_token": row["token"], "expires_in": left}
    _supersede(call.db, account.appid, STABLE, call.now + GRACE)
    return _issued(call, account.appid, STABLE)


def _may_force(call: Call, account: Account) -> bool:
    """Count a forced refresh; too many or too fast ones refresh nothing."""
    today = clocks.day(call.now)
    if used(call.db, account.appid, "force_refresh", today) >= FORCED_PER_DAY:
        return False
    latest = used(call.db, account.appid, "force_refresh", "latest")
    if call.now - latest < FORCED_APART:
        return False
    counted(call.db, account.appid, "force_refresh", today)
    counted(call.db, account.appid, "force_refresh", "latest", by=int(call.now) - latest)
    return True


def _current(db: sqlite3.Connection, appid: str, endpoint: str) -> Row | None:
    found: Row | None = db.execute(
        "SELECT * FROM tokens WHERE appid = ? AND endpoint = ? AND superseded = 0",
        (appid, endpoint),
    ).fetchone()
    return found


def _supersede(
    db: sqlite3.Connection, appid: str, endpoint: str, until: float, *, at_once: bool = False
) -> None:
    db.execute(
        "UPDATE tokens SET superseded = ?, expires_at = min(expires_at, ?)"
        " WHERE appid = ? AND endpoint = ? AND superseded = 0",
        (2 if at_once else 1, until, appid, endpoint),
    )


def _issued(call: Call, appid: str, endpoint: str) -> Answer:
    made = ids.access_token()
    call.db.execute(
        "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, 0)",
        (made, appid, endpoint, call.now, call.now + LIFE),
    )
    call.db.execute("DELETE FROM tokens WHERE expires_at < ?", (call.now - clocks.DAY,))
    return {"access_token": made, "expires_in": LIFE}


def spoil(db: sqlite3.Connection, appid: str, how: str, now: float) -> int:
    """Make every token of an account expired or invalid on request; return how many.

    `expire` → the next call answers 42001; `invalidate` → 40001.
    """
    if how == "expire":
        sql = "UPDATE tokens SET expires_at = ? WHERE appid = ? AND expires_at > ?"
        done = db.execute(sql, (now, appid, now))
    else:
        sql = "UPDATE tokens SET superseded = 2 WHERE appid = ? AND superseded < 2"
        done = db.execute(sql, (appid,))
    return done.rowcount
