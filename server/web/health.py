"""Whether the process is alive, and whether it can serve."""

from __future__ import annotations

import logging

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.web.context import tools

bp = APIBlueprint("health", __name__, enable_openapi=False)
log = logging.getLogger(__name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    try:
        with tools().sessions.read() as db:
            db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.exception("not_ready")
        return {"status": "no database"}, 503
    return {"status": "ok"}
