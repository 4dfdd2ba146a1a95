"""Who is calling, what they may send, and doing a creating request only once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Response, g, jsonify, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from server.inbox import requests
from server.kernel.errors import NotFound, NotSignedIn, TooMany
from server.people import sessions
from server.people.sessions import SignedIn
from server.web.context import tools

MAX_JSON = 256 * 1024  # the longest case, every character escaped, is a third of it
_WRITING = frozenset({"POST", "PUT", "PATCH"})
Work = Callable[[Session], Mapping[str, Any]]


def require_person() -> None:
    """Let nobody past without a token that is known and not over."""
    g.now = tools().clock.now()
    with tools().sessions.read() as db:
        who = sessions.signed_in(db, bearer(), now=g.now)
    if who is None:
        raise NotSignedIn
    g.who = who
    if any("\0" in str(part) for part in (request.view_args or {}).values()):
        raise NotFound("path")  # nothing has such a name, and PostgreSQL refuses to look


def bearer() -> str:
    given = request.authorization
    return (given.token or "")[:200] if given is not None and given.type == "bearer" else ""


def who() -> SignedIn:
    return cast("SignedIn", g.who)


def only_json() -> None:
    """Refuse a body that is not JSON, or JSON that is no data but an attack."""
    if request.method not in _WRITING:
        return
    if not request.is_json:
        raise UnsupportedMediaType
    request.max_content_length = MAX_JSON
    try:
        request.get_json()
    except RecursionError:  # a hundred thousand brackets
        raise BadRequest from None


def only_form() -> None:
    """Refuse an upload that is not a form."""
    if request.method in _WRITING and request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType


def keep_private(response: Response) -> Response:
    """Ask everybody on the way not to keep what belongs to a person."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def admit() -> None:
    """Count a creating request of this person, once. Raise TooMany saying how long to wait."""
    if g.get("admitted"):
        return
    take(f"submit:{who().person_id}")
    g.admitted = True


def take(bucket: str) -> None:
    """Raise TooMany saying how long to wait when the bucket is empty."""
    wait = tools().limiter.take(bucket, g.now)
    if wait > timedelta(0):
        raise TooMany(retry_after=math.ceil(wait.total_seconds()))


def once(work: Work, *, key: str, content: bytes, status: int = 201) -> Response:
    """Do the work of a creating request once; a repeat gets the first answer.

    `content` is what the request says: the same key with other content is a conflict. The key,
    the work and the answer are one transaction, so a failed attempt leaves the key free.
    """
    admit()
    scope, box = f"person:{who().person_id}", tools()
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
