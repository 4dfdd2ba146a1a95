"""Errors become answers here, once, for every door: problem+json, a page, or an empty 403."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apiflask.exceptions import HTTPError
from flask import Flask, Response, json, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from server.kernel.errors import AppError, Refused
from server.kernel.log import request_id
from server.web.texts import LOST, Words, words_for

log = logging.getLogger(__name__)
PUBLIC = ("/letters/", "/notices/")  # whoever has the link; no way to the desks of staff


def register(app: Flask) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(AppError, _outage)
    app.register_error_handler(HTTPError, _unfit)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OverflowError, _unstorable)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(Exception, _bug)


def _refused(error: Refused) -> ResponseReturnValue:
    log.info("refused", extra={"code": error.code, "path": request.path})
    fields = error.details.get("fields")
    answer = _answer(error.code, error.http, fields=fields if isinstance(fields, Mapping) else None)
    if (seconds := error.details.get("retry_after")) is not None:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _outage(error: AppError) -> ResponseReturnValue:
    log.error("outage", extra={"code": error.code, "path": request.path}, exc_info=error)
    return _answer(error.code, error.http)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400 and error.response is not None:
        return error.get_response()
    answer = _answer(_code(status), status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:  # a 405 without Allow breaks clients
            answer.headers[name] = value
    return answer


_RENAMED = {413: "request_entity_too_large", 422: "unprocessable_entity"}  # Python 3.13 does


def _code(status: int) -> str:
    """Return the stable code of a plain HTTP error."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "_")


def _unfit(error: HTTPError) -> ResponseReturnValue:
    """Answer what APIFlask refused: validation, by field and in Chinese."""
    places = error.detail if isinstance(error.detail, Mapping) else {}
    fields: dict[str, list[str]] = {}
    for place in places.values():
        if isinstance(place, Mapping):
            fields |= {str(name): _lines(words) for name, words in place.items()}
    code = "invalid" if fields else _code(error.status_code)
    log.info("refused", extra={"code": code, "path": request.path})
    return _answer(code, error.status_code, fields=fields or None)


def _lines(words: object) -> list[str]:
    if isinstance(words, Mapping):  # a list inside: by position
        return [line for inner in words.values() for line in _lines(inner)]
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


def _unstorable(_error: Exception) -> ResponseReturnValue:
    """A number or a character that no row can hold names nothing we have."""
    log.info("refused", extra={"code": "not_found", "path": request.path})
    return _answer("not_found", 404)


def _bug(error: Exception) -> ResponseReturnValue:
    log.error("bug", extra={"path": request.path}, exc_info=error)
    return _answer("internal", 500)


def _answer(code: str, status: int, *, fields: Mapping[str, Any] | None = None) -> Response:
    words = words_for(code, status)
    if request.path.startswith("/api/"):
        return problem(code, status, words, fields=fields)
    public = request.path.startswith(PUBLIC)
    if status == 404 and request.path.startswith("/letters/"):
        words = LOST
    page = render_template(
        "error.html", words=words, status=status, request_id=request_id.get(), public=public
    )
    return Response(page, status, mimetype="text/html")


def problem(
    code: str, status: int, words: Words, *, fields: Mapping[str, Any] | None = None
) -> Response:
    """Build an application/problem+json answer (RFC 9457), Chinese first, English beside it."""
    body: dict[str, Any] = {
        "type": f"/api/docs#{code}",
        "title": words.title,
        "detail": words.detail,
        "detail_en": words.english,
        "status": status,
        "code": code,
        "request_id": request_id.get(),
    }
    if fields:
        body["errors"] = {name: list(lines) for name, lines in fields.items()}
    return Response(json.dumps(body), status, mimetype="application/problem+json")
