"""Who is calling, and doing a creating request only once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Response, g, jsonify, request
from sqlalchemy.orm import Session

from server.inbox import requests
from server.kernel.errors import Invalid, NotSignedIn, TooMany
from server.people import sessions
from server.people.sessions import SignedIn
from server.web.context import tools

_KEY = re.compile(r"^[A-Za-z0-9_-]{16,64}$")
Work = Callable[[Session], Mapping[str, Any]]


def require_person() -> None:
    """Let nobody past without a token that is known and not over."""
    g.now = tools().clock.now()
    with tools().sessions.read() as db:
        who = sessions.signed_in(db, bearer(), now=g.now)
    if who is None:
        raise NotSignedIn
    g.who = who


def bearer() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()[:200]


def who() -> SignedIn:
    return cast("SignedIn", g.who)


def idempotency_key() -> str:
    """Return the key of a creating request. Raise Invalid without a proper one."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.match(key):
        raise Invalid(fields={"Idempotency-Key": ["需要 16 至 64 位字母、数字、_ 或 - 的提交编号"]})
    return key


def once(work: Work, *, content: bytes, status: int = 201) -> Response:
    """Do the work of a creating request once; a repeat gets the first answer.

    `content` is what the request says: the same key with other content is a conflict. The key,
    the work and the answer are one transaction, so a failed attempt leaves the key free.
    """
    key, scope, box = idempotency_key(), f"person:{who().person_id}", tools()
    if box.limiter.take(f"submit:{who().person_id}", g.now) > timedelta(0):
        raise TooMany
    path = f"{request.method} {request.path}\n".encode()
    with box.sessions.begin() as db:
        earlier = requests.claim(
            db,
            scope=scope,
            key=key,
            fingerprint=hashlib.sha256(path + content).digest(),
            vault=box.vault,
            now=g.now,
        )
        if earlier is None:
            body = work(db)
            requests.settle(db, scope=scope, key=key, status=status, body=body, vault=box.vault)
            return _json(body, status)
    response = _json(earlier.body, earlier.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _json(body: Mapping[str, Any], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
