"""One URL per account: open, handle once, seal. Answers within WeChat's five seconds."""

from __future__ import annotations

import logging

from apiflask import APIBlueprint
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import DBAPIError

from server.inbox import backlog
from server.kernel.db import Busy
from server.kernel.errors import BadCallback, NotFound
from server.ports import Account
from server.web.callback.desk import Desks
from server.web.callback.intake import TryAgain, take_in
from server.web.context import tools

bp = APIBlueprint("callback", __name__, url_prefix="/wechat", enable_openapi=False)
log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # a callback is a few kilobytes


def register(app: Flask) -> None:
    """Give the door its desks; called once per application."""
    app.extensions["desks"] = Desks(app.extensions["tools"])


def _account(slug: str) -> Account:
    try:
        return tools().accounts.by_slug(slug)
    except NotFound:
        raise BadCallback("no such account") from None


@bp.get("/<slug>/callback")
def verify(slug: str) -> Response:
    box = tools()
    echo = box.codec.echo(_account(slug), request.args, now=box.clock.now())
    return Response(echo, mimetype="text/plain")


@bp.post("/<slug>/callback")
def receive(slug: str) -> Response:
    box = tools()
    if (request.content_length or 0) > MAX_BODY:
        raise BadCallback("too long")
    account = _account(slug)
    body, now = request.get_data(cache=False), box.clock.now()
    inbound = box.codec.open(account, body, request.args, now=now)
    try:
        reply = take_in(box, current_app.extensions["desks"], account, inbound)
    except TryAgain:
        return Response("", 503)
    except (Busy, DBAPIError) as error:
        # The database is locked or away. WeChat waits five seconds only, so the message is kept
        # on disk and answered later by custom message (worker: drain_backlog).
        log.error("callback_kept", extra={"account": slug, "why": type(error).__name__})  # noqa: TRY400
        backlog.keep(
            box.settings.data_dir / "backlog",
            slug=slug,
            query=request.args.to_dict(),
            body=body,
            vault=box.vault,
            now=now,
        )
        return Response("success")
    return Response(box.codec.seal(account, reply, inbound, now=now), mimetype="application/xml")
