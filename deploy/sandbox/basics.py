"""Quotas, request ids, addresses, tickets, web sign-in (WECHAT §2, §3.5)."""

from __future__ import annotations

import json
import re
import sqlite3

from deploy.sandbox import clock, codes, ids, people, tokens
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import INTERFACES, OK, Answer, Call, counted, interface, used
from deploy.sandbox.miniprogram import union
from deploy.sandbox.storage import Row

CLEARED_PER_MONTH = 10
RID_LIFE = 7 * clock.DAY
_RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")
# Documentation addresses (RFC 5737): nobody is there.
CALLBACK_IPS = ["192.0.2.10", "192.0.2.11", "198.51.100.7"]
API_IPS = ["203.0.113.20", "203.0.113.21"]


@interface("GET", "/cgi-bin/getcallbackip")
def callback_ips(_call: Call) -> Answer:
    return {"ip_list": CALLBACK_IPS}


@interface("GET", "/cgi-bin/get_api_domain_ip")
def api_ips(_call: Call) -> Answer:
    return {"ip_list": API_IPS}


@interface("POST", "/cgi-bin/callback/check")
def check(call: Call) -> Answer:
    action, operator = call.body.get("action"), call.body.get("check_operator", "DEFAULT")
    if action not in ("dns", "ping", "all"):
        raise WeChatError(40097)
    if operator not in ("CHINANET", "UNICOM", "CAP", "DEFAULT"):
        raise WeChatError(40097)
    told: dict[str, object] = {}
    if action in ("dns", "all"):
        told["dns"] = [{"ip": CALLBACK_IPS[0], "real_operator": operator}]
    if action in ("ping", "all"):
        ping = {"ip": CALLBACK_IPS[0], "from_operator": operator}
        told["ping"] = [{**ping, "package_loss": "0%", "time": "8.3ms"}]
    return told


def _clear(call: Call, appid: str) -> Answer:
    if counted(call.db, appid, "clear_quota", clock.month(call.now)) > CLEARED_PER_MONTH:
        raise WeChatError(48006)
    call.db.execute(
        "DELETE FROM counters WHERE appid = ? AND period = ? AND name LIKE '/%'",
        (appid, clock.day(call.now)),
    )
    return OK


@interface("POST", "/cgi-bin/clear_quota")
def clear_quota(call: Call) -> Answer:
    if call.body.get("appid") != call.appid:
        raise WeChatError(40013)
    return _clear(call, call.appid)


@interface("POST", "/cgi-bin/clear_quota/v2", token=False, body="optional")
def clear_quota_v2(call: Call) -> Answer:
    """Clear without a token: appid and appsecret do."""
    given = {**call.body, **dict(call.query)}
    account = tokens.credentials(call, given.get("appid"), given.get("appsecret"))
    call.account_or_none = account
    return _clear(call, account.appid)


def _quota_path(call: Call) -> str:
    path = call.body.get("cgi_path")
    found = INTERFACES.get(str(path))
    if found is None:
        raise WeChatError(76021)
    if found.only not in ("", call.account.kind):
        raise WeChatError(76022)
    if call.account.official and not call.account.may(found.need):
        raise WeChatError(76022)
    return found.path


@interface("POST", "/cgi-bin/openapi/quota/get")
def quota(call: Call) -> Answer:
    path = _quota_path(call)
    limit = INTERFACES[path].daily
    spent = min(limit, used(call.db, call.appid, path, clock.day(call.now)))
    return {
        **OK,
        "quota": {"daily_limit": limit, "used": spent, "remain": limit - spent},
        "rate_limit": {"call_count": 10_000, "refresh_second": 60},
    }


@interface("POST", "/cgi-bin/openapi/quota/clear")
def clear_one(call: Call) -> Answer:
    if call.body.get("appid", call.appid) != call.appid:
        raise WeChatError(40013)
    path = _quota_path(call)
    if counted(call.db, call.appid, "clear_quota", clock.month(call.now)) > CLEARED_PER_MONTH:
        raise WeChatError(48006)
    call.db.execute("DELETE FROM counters WHERE appid = ? AND name = ?", (call.appid, path))
    return OK


@interface("POST", "/cgi-bin/openapi/rid/get")
def rid(call: Call) -> Answer:
    """Tell about a failed call of this account by its request id."""
    wanted = call.body.get("rid")
    if not isinstance(wanted, str) or not _RID.fullmatch(wanted):
        raise WeChatError(76002)
    row = call.db.execute("SELECT * FROM calls WHERE rid = ?", (wanted,)).fetchone()
    entry = json.loads(row["entry"]) if row is not None else {}
    if row is None or not entry.get("errcode"):
        raise WeChatError(76001)
    if row["appid"] not in (None, call.appid):
        raise WeChatError(76003)
    if call.now - row["at"] > RID_LIFE:
        raise WeChatError(76004)
    query = "&".join(f"{name}={value}" for name, value in entry["query"].items())
    return {
        **OK,
        "request": {
            "invoke_time": int(row["at"]),
            "cost_in_ms": int(entry["ms"]),
            "request_url": query,
            "request_body": entry["body"],
            "response_body": entry["answer"],
            "client_ip": entry["address"],
        },
    }


@interface("GET", "/cgi-bin/ticket/getticket", only="official", need="certified", daily=1_000_000)
def ticket(call: Call) -> Answer:
    """Give the JS-SDK ticket: the same for two hours."""
    kind = call.query.get("type", "jsapi")
    if kind not in ("jsapi", "wx_card"):
        raise WeChatError(40097)
    value, until = _ticket(call.db, call.appid, kind)
    if until - call.now <= tokens.GRACE:
        value, until = ids.access_token(), call.now + tokens.LIFE
        call.db.execute(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            (f"ticket:{call.appid}:{kind}", f"{value} {until}"),
        )
    return {**OK, "ticket": value, "expires_in": int(until - call.now)}


def _ticket(db: sqlite3.Connection, appid: str, kind: str) -> tuple[str, float]:
    """Return the newest ticket and until when it holds; "" and 0 when there was none."""
    row = db.execute(
        "SELECT value FROM meta WHERE name = ?", (f"ticket:{appid}:{kind}",)
    ).fetchone()
    value, _, until = row["value"].rpartition(" ") if row is not None else ("", "", "0")
    return value, float(until)


def page_ticket(db: sqlite3.Connection, appid: str, now: float) -> str | None:
    """Return the ticket that web pages of an account are signed with now."""
    value, until = _ticket(db, appid, "jsapi")
    return value if until > now else None


@interface("GET", "/sns/oauth2/access_token", token=False)
def web_token(call: Call) -> Answer:
    """Turn a web sign-in code into openid and a token that is not the API's."""
    account = tokens.credentials(call, call.query.get("appid"), call.query.get("secret"))
    call.account_or_none = account
    if not account.official or not account.may("service"):
        raise WeChatError(48001)
    if call.query.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = call.query.get("code")
    if not code:
        raise WeChatError(41008)
    got = codes.redeem(
        call.db, appid=account.appid, code=code, kind=codes.WEB, now=call.now, late=42003
    )
    scope = str(got.detail["scope"])
    web = ids.access_token()
    until = call.now + tokens.LIFE
    detail = f"{account.appid} {got.openid} {scope} {until}"
    call.db.execute("INSERT INTO meta VALUES (?, ?)", (f"web:{web}", detail))
    return {
        "access_token": web,
        "expires_in": tokens.LIFE,
        "refresh_token": ids.access_token(),
        "openid": got.openid,
        "scope": scope,
        **union(call.db, account, got.openid),
    }


@interface("GET", "/sns/userinfo", token=False)
def web_user(call: Call) -> Answer:
    """Tell nickname and picture to a page that the person let know them."""
    who, scope = _web_person(call)
    if scope != "snsapi_userinfo":
        raise WeChatError(48001)
    person = people.find(call.db, who["follower_id"])
    if person is None:
        raise WeChatError(40003)
    return {
        "openid": who["openid"],
        "nickname": person["nickname"],
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
        **union(call.db, call.account, who["openid"]),
    }


def _web_person(call: Call) -> tuple[Row, str]:
    row = call.db.execute(
        "SELECT value FROM meta WHERE name = ?", (f"web:{call.query.get('access_token', '')}",)
    ).fetchone()
    if row is None:
        raise WeChatError(40001)
    appid, openid, scope, until = row["value"].split(" ")
    if float(until) <= call.now:
        raise WeChatError(42001, "access_token expired")
    call.account_or_none = call.world.accounts.get(appid)
    if openid != call.query.get("openid"):
        raise WeChatError(40003)
    who = people.identity(call.db, appid, openid)
    if who is None:
        raise WeChatError(40003)
    return who, scope
