"""Build the Flask application around a toolbox. No globals; a test builds as many as it likes."""

from __future__ import annotations

import re
import uuid

from apiflask import APIFlask
from flask import Response, request

from server import web
from server.kernel.log import request_id
from server.toolbox import Toolbox
from server.web.callback.door import CallbackDoor

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
MAX_UPLOAD = 11 * 1024 * 1024  # a photo of 10 MB and its envelope


def create_app(tools: Toolbox) -> APIFlask:
    app = APIFlask(
        __name__,
        title="乡音 Xiangyin",
        version="1.0",
        spec_path="/api/openapi.json",
        docs_path=None,
        static_folder="web/static",
        template_folder="web/templates",
        json_errors=False,
    )
    app.security_schemes = {"token": {"type": "http", "scheme": "bearer"}}
    app.secret_key = tools.settings.secret_key
    app.extensions["tools"] = tools
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_UPLOAD,
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=400,
        AUTO_404_RESPONSE=False,
        SYNC_LOCAL_SPEC=False,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=not tools.settings.demo,
        SESSION_COOKIE_SAMESITE="Lax",
    )

    @app.before_request
    def name_the_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        request_id.set(given if _REQUEST_ID.match(given) else uuid.uuid4().hex)

    @app.after_request
    def show_the_name(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id.get()
        return response

    web.register(app)
    app.wsgi_app = CallbackDoor(tools, app.wsgi_app)  # type: ignore[method-assign]
    return app
