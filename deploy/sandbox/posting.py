"""One HTTP request to a callback, whole or damaged on request (WECHAT §1.1, §1.2)."""

from __future__ import annotations

import http.client
import secrets
import socket
import sqlite3
import ssl
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from deploy.sandbox import clock as clocks
from deploy.sandbox import crypto, replies, wire
from deploy.sandbox.accounts import Account
from deploy.sandbox.replies import Answer

MAX_ANSWER = 1_000_000  # bytes read of an answer
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


@dataclass(slots=True)
class Attempt:
    """What was sent and what came back."""

    url: str
    sent: str
    opened: str
    ms: float = 0.0
    status: int | None = None
    body: bytes | None = None  # of an answer with status 200 in time
    raw: str = ""
    reason: str = ""
    answer: Answer | None = None
    final: bool = False  # not worth another attempt

    def judge(self, db: sqlite3.Connection, account: Account, openid: str) -> None:
        """Read the answer; a broken one is final, the platform does not ask again."""
        try:
            self.answer = replies.read(db, account, openid, self.body or b"")
        except wire.BadReply as error:
            self.reason, self.final = f"broken reply: {error}", True

    def shown(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "request": self.sent,
            "message": self.opened,
            "status": self.status,
            "ms": self.ms,
            "answer": self.raw,
            "answer_opened": self.answer.opened if self.answer else "",
            "result": self.answer.kind if self.answer else "failed",
            "reason": self.reason,
        }


def signed_query(account: Account, openid: str, sealed: str | None) -> dict[str, str]:
    """Return the query of a push; `sealed` is the Encrypt element, None in plaintext mode."""
    stamp, nonce = str(int(clocks.wall())), str(secrets.randbelow(10**10))
    query = {
        "signature": crypto.sign(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": openid,
    }
    if sealed is not None:
        query["encrypt_type"] = "aes"
        query["msg_signature"] = crypto.sign(account.token, stamp, nonce, sealed)
    return query


def packed(account: Account, message: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return the body to send, the message in clear, and the Encrypt element if any."""
    write = wire.to_json if account.format == "json" else wire.to_xml
    clear = write(message)
    if account.mode == "plain":
        return clear, clear, None
    sealed = crypto.seal(clear, account.aes_key, account.appid)
    outer: dict[str, Any] = {"ToUserName": account.original_id}
    if account.mode == "compatible":
        outer = dict(message)
    return write({**outer, "Encrypt": sealed}), clear, sealed


def post(account: Account, message: Mapping[str, Any], damage: set[str]) -> Attempt:
    """Send a message and wait for the answer as long as the platform does. Never raises."""
    body, clear, sealed = packed(account, message)
    query = signed_query(account, str(message["FromUserName"]), sealed)
    if "wrong_signature" in damage:
        query = {k: "0" * 40 if k.endswith("signature") else v for k, v in query.items()}
    raw = body.encode()
    if "truncated" in damage:
        raw = raw[: len(raw) // 2]
    if "garbled" in damage:
        raw = raw[: len(raw) // 2] + b"\xff\xfe<&" + raw[len(raw) // 2 + 4 :]
    url = with_query(account.callback_url, query)
    attempt = Attempt(url=url, sent=raw.decode("utf-8", "replace"), opened=clear)
    started = time.monotonic()
    try:
        _exchange(attempt, raw, account, damage=damage, started=started)
    except TimeoutError:
        attempt.reason = f"no answer within {account.deadline_seconds:g} s"
    except (OSError, http.client.HTTPException, ValueError, ssl.SSLError) as error:
        attempt.reason = f"{type(error).__name__}: {error}"
    attempt.ms = round((time.monotonic() - started) * 1000, 1)
    return attempt


def with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def connect(url: str, seconds: float) -> tuple[http.client.HTTPConnection, str]:
    """Return an unopened connection and the request target."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return kind(parts.hostname or "", parts.port, timeout=seconds), target


def _exchange(
    attempt: Attempt, raw: bytes, account: Account, *, damage: set[str], started: float
) -> None:
    connection, target = connect(attempt.url, account.deadline_seconds)
    try:
        connection.connect()
        if "reset_before" in damage:
            _reset(connection)
            attempt.reason = "connection reset before sending"
            return
        kind = "application/json" if account.format == "json" else "text/xml"
        headers = {"Content-Type": kind, "User-Agent": "Mozilla/4.0", "Connection": "close"}
        connection.request("POST", target, raw, headers)
        if "reset_after" in damage:
            _give_time(connection)
            _reset(connection)
            attempt.reason = "connection reset before the answer was read"
            return
        answer = connection.getresponse()
        body = answer.read(MAX_ANSWER)
        attempt.status, attempt.raw = answer.status, replies.log_text(body)
        if answer.length and len(body) < MAX_ANSWER:  # the receiver died while it answered
            raise http.client.IncompleteRead(body, answer.length)
        if time.monotonic() - started > account.deadline_seconds:
            raise TimeoutError
        if answer.status == 200:
            attempt.body = body
        else:
            attempt.reason = f"status {answer.status}"
    finally:
        connection.close()


def _give_time(connection: http.client.HTTPConnection) -> None:
    """Wait until the receiver has answered, so that it did process what we then disown."""
    if connection.sock is not None:
        connection.sock.recv(1, socket.MSG_PEEK)


def _reset(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.sock.close()


def verify(account: Account) -> dict[str, Any]:
    """Run the GET verification; return {ok, status, body, ms, reason}. Never raises."""
    echo = str(secrets.randbelow(10**18) + 10**18)
    query = signed_query(account, "", None)
    del query["openid"]
    url = with_query(account.callback_url, {**query, "echostr": echo})
    told: dict[str, Any] = {"ok": False, "status": None, "body": "", "reason": ""}
    started = time.monotonic()
    try:
        connection, target = connect(url, account.deadline_seconds)
        try:
            connection.request("GET", target, headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(MAX_ANSWER)
        finally:
            connection.close()
        told.update(status=answer.status, body=replies.log_text(body))
        told["ok"] = answer.status == 200 and body == echo.encode()
        if not told["ok"]:
            told["reason"] = "the answer must be status 200 and exactly the echostr"
    except (OSError, http.client.HTTPException, ValueError) as error:
        told["reason"] = f"{type(error).__name__}: {error}"
    told["ms"] = round((time.monotonic() - started) * 1000, 1)
    return told
