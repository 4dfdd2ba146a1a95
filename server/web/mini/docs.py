"""Browsable documentation of the API; its assets are vendored (swagger-ui-dist 5.29.5)."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, render_template

bp = APIBlueprint("api_docs", __name__, url_prefix="/api", enable_openapi=False)

POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


@bp.get("/docs")
def page() -> Response:
    response = Response(render_template("api_docs.html"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY  # the viewer styles its own elements
    return response
