"""Mini-program interfaces around the person: login, session key, phone number (WECHAT §5.1–5.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
from typing import Any

from deploy.sandbox import clock as clocks
from deploy.sandbox import codes, crypto, people, tokens
from deploy.sandbox.accounts import Account
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.interfaces import OK, Answer, Call, counted, interface
from deploy.sandbox.storage import Row, dump

PER_MINUTE = 100  # logins of one person


@interface("GET", "/sns/jscode2session", token=False)
def jscode2session(call: Call) -> Answer:
    """Turn a login code into openid, session_key and unionid; no errcode on success."""
    account = tokens.credentials(call, call.query.get("appid"), call.query.get("secret"))
    call.account_or_none = account
    if account.official:
        raise WeChatError(40013)
    if call.query.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    code = call.query.get("js_code", "")
    if not code:
        raise WeChatError(41008)
    _throttle(call, account, code)
    got = codes.redeem(call.db, appid=account.appid, code=code, kind=codes.LOGIN, now=call.now)
    key = str(got.detail["session_key"])
    answer = {"session_key": key, "openid": got.openid}
    return {**answer, **union(call.db, account, got.openid)}


def _throttle(call: Call, account: Account, code: str) -> None:
    row = call.db.execute("SELECT openid FROM codes WHERE code = ?", (code,)).fetchone()
    if row is not None:
        name = f"login:{row['openid']}"
        if counted(call.db, account.appid, name, str(int(call.now // 60))) > PER_MINUTE:
            raise WeChatError(45011)


def union(db: sqlite3.Connection, account: Account, openid: str) -> dict[str, str]:
    """Return {"unionid": …} when the account is bound to the open platform, else {}."""
    if not account.open_platform:
        return {}
    row = db.execute(
        "SELECT unionid FROM followers JOIN identities ON follower_id = followers.id"
        " WHERE openid = ?",
        (openid,),
    ).fetchone()
    return {"unionid": row["unionid"]}


def login(db: sqlite3.Connection, account: Account, who: Row, now: float) -> str:
    """Return a wx.login code. A key younger than a day stays the person's session key."""
    fresh = who["session_key"] and who["last_login"] and now - who["last_login"] < clocks.DAY
    key = who["session_key"] if fresh else base64.b64encode(secrets.token_bytes(16)).decode()
    db.execute(
        "UPDATE identities SET session_key = ?, last_login = ? WHERE openid = ?",
        (key, now, who["openid"]),
    )
    detail = {"session_key": key}
    return codes.give(
        db, appid=account.appid, openid=who["openid"], kind=codes.LOGIN, now=now, detail=detail
    )


def sealed(
    db: sqlite3.Connection, account: Account, who: Row, data: dict[str, Any], *, now: float
) -> dict[str, str]:
    """Return encryptedData and iv with the watermark; raise ValueError before the first login."""
    if not who["session_key"]:
        raise ValueError("log in first: there is no session_key yet")
    stamp = int(clocks.wall())
    text = dump({**data, "watermark": {"timestamp": stamp, "appid": account.appid}})
    encrypted, iv = crypto.seal_for_client(text, who["session_key"])
    digest = hashlib.sha256(encrypted.encode()).hexdigest()
    db.execute("INSERT INTO sealed VALUES (?, ?, ?)", (digest, account.appid, now))
    return {"encryptedData": encrypted, "iv": iv}


def _signed_person(call: Call) -> Row:
    """Return the person whose session key signed the empty text; raise 40003 or 87009."""
    who = people.identity(call.db, call.appid, call.query.get("openid"))
    if who is None:
        raise WeChatError(40003)
    if call.query.get("sig_method") != "hmac_sha256" or not who["session_key"]:
        raise WeChatError(87009)
    right = hmac.new(who["session_key"].encode(), b"", hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, call.query.get("signature", "")):
        raise WeChatError(87009)
    return who


@interface("GET", "/wxa/checksession", only="mini")
def checksession(call: Call) -> Answer:
    _signed_person(call)
    return OK


@interface("GET", "/wxa/resetusersessionkey", only="mini")
def reset_session_key(call: Call) -> Answer:
    who = _signed_person(call)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    call.db.execute("UPDATE identities SET session_key = ? WHERE openid = ?", (key, who["openid"]))
    return {**OK, "openid": who["openid"], "session_key": key}


@interface("POST", "/wxa/business/checkencryptedmsg", only="mini")
def check_encrypted(call: Call) -> Answer:
    """Tell whether a ciphertext is ours; the field is really spelled `vaild`."""
    row = call.db.execute(
        "SELECT at FROM sealed WHERE hash = ? AND appid = ?",
        (call.text("encrypted_msg_hash").lower(), call.appid),
    ).fetchone()
    return {**OK, "vaild": row is not None, "create_time": int(row["at"]) if row else 0}


@interface("POST", "/wxa/business/getuserphonenumber", only="mini", need="certified")
def phone_number(call: Call) -> Answer:
    """Turn a phone button's code into the number."""
    got = codes.redeem(
        call.db, appid=call.appid, code=call.text("code", 40029), kind=codes.PHONE, now=call.now
    )
    wanted = call.body.get("openid")
    if wanted and wanted != got.openid:
        raise WeChatError(40003)
    country, pure = str(got.detail["country"]), str(got.detail["pure"])
    return {
        **OK,
        "phone_info": {
            "phoneNumber": pure if country == "86" else f"+{country}{pure}",
            "purePhoneNumber": pure,
            "countryCode": country,
            "watermark": {"timestamp": int(clocks.wall()), "appid": call.appid},
        },
    }


DIALLING = {
    "中国": "86", "中国香港": "852", "中国澳门": "853", "中国台湾": "886", "意大利": "39",
    "西班牙": "34", "法国": "33", "德国": "49", "英国": "44", "荷兰": "31", "葡萄牙": "351",
    "美国": "1", "加拿大": "1", "巴西": "55", "阿根廷": "54", "澳大利亚": "61", "新西兰": "64",
    "日本": "81", "韩国": "82", "新加坡": "65", "马来西亚": "60", "印度尼西亚": "62",
    "泰国": "66", "菲律宾": "63", "越南": "84", "柬埔寨": "855", "缅甸": "95", "南非": "27",
    "阿联酋": "971", "俄罗斯": "7",
}  # fmt: skip


def number_of(person: Row) -> dict[str, str]:
    """Return country code and number of a person: what was set, else a made-up one."""
    given = person["phone"]
    country = DIALLING.get(person["country"], "86")
    if given.startswith("+"):
        known = sorted(set(DIALLING.values()), key=len, reverse=True)
        country = next((one for one in known if given[1:].startswith(one)), country)
        return {"country": country, "pure": given[1 + len(country) :]}
    if given:
        return {"country": country, "pure": given}
    pure = f"138{person['id']:08d}" if country == "86" else f"55501{person['id']:05d}"
    return {"country": country, "pure": pure}
