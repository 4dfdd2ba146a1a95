"""The description of the API and its viewer; assets are vendored (swagger-ui-dist 5.29.5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response, render_template
from flask.blueprints import BlueprintSetupState

from server.web.texts import catalogue

bp = APIBlueprint("api_docs", __name__, url_prefix="/api", enable_openapi=False)

POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
ABOUT = """The API of the mini-program. JSON in UTF-8; instants are ISO 8601 in UTC with `Z`, days
`YYYY-MM-DD` in the county's own zone; texts meant for people are Chinese.

**Sign in** with the code of `wx.login` (`POST /api/v1/sessions`) and send the token as
`Authorization: Bearer …`. **Creating requests** carry an `Idempotency-Key`: repeated after a lost
answer they create nothing twice. **Errors** are `application/problem+json` (RFC 9457) with a stable
`code`, `title` and `detail` in Chinese, `detail_en` in English, a `request_id` for support, and
`errors` by field. What a person wrote is sealed in the database and shown to them and the office's
officers only; a push to a phone tells number and state, never contents."""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "detail", "detail_en", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/api/docs#invalid"]},
        "title": {"type": "string", "examples": ["填写有误"]},
        "detail": {"type": "string", "examples": ["请检查标出的内容后再提交。"]},
        "detail_en": {"type": "string", "examples": ["Some fields are not valid; see errors."]},
        "status": {"type": "integer", "examples": [400]},
        "code": {"type": "string", "examples": ["invalid"]},
        "request_id": {"type": "string", "examples": ["0f3c9a52e1d74b6c8a90b1c2d3e4f506"]},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "examples": [{"subject": ["请写 1 至 60 个字"]}],
        },
    },
}
Described = dict[str, str | dict[str, dict[str, Any]]]
_REFUSAL = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def refused(status: int) -> Described:
    return {"description": HTTPStatus(status).phrase, "content": _REFUSAL}


def problems(*statuses: int) -> dict[int | str, Described]:
    """Describe which refusals an operation may answer with, all in problem+json."""
    return {status: refused(status) for status in statuses}


@bp.record_once
def describe(state: BlueprintSetupState) -> None:
    """Tell APIFlask what to write above the operations and below them."""
    if not isinstance(state.app, APIFlask):
        return
    state.app.config.update(
        DESCRIPTION=ABOUT,
        SERVERS=[{"url": "/"}],
        AUTO_VALIDATION_ERROR_RESPONSE=False,  # problem+json instead, see `problems`
        AUTO_AUTH_ERROR_RESPONSE=False,
    )
    state.app.spec_processor(_finish)


def _finish(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    if isinstance(spec, str):  # YAML is not offered
        return spec
    spec["components"]["schemas"]["Problem"] = PROBLEM
    failed = {"description": "Something broke, or something we need is away", "content": _REFUSAL}
    for operations in spec["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["5XX"] = failed
    return spec


@bp.get("/docs")
def page() -> Response:
    response = Response(render_template("api_docs.html", codes=catalogue()), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY  # the viewer styles its own elements
    return response
