"""One URL per account: open, handle once, seal. Answers within WeChat's five seconds.

A small WSGI application in front of Flask: routing, cookies and contexts of a page would cost a
third of a callback, and WeChat needs none of them.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sqlalchemy.exc import DBAPIError

from server.inbox import backlog
from server.kernel.db import Busy
from server.kernel.errors import BadCallback, NotFound
from server.kernel.log import request_id
from server.ports import Account
from server.toolbox import Toolbox
from server.web.callback.desk import Desks
from server.web.callback.intake import TryAgain, take_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # a callback is a few kilobytes
_PATH = re.compile(r"/wechat/([^/]+)/callback")
_XML, _TEXT = "application/xml; charset=utf-8", "text/plain; charset=utf-8"

Answer = tuple[HTTPStatus, str, str]  # status, content type, body


class CallbackDoor:
    """Answers /wechat/<account>/callback; hands everything else to the application behind it."""

    def __init__(self, tools: Toolbox, behind: WSGIApplication) -> None:
        self._tools, self._behind = tools, behind
        self._desks = Desks(tools)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if path is None:
            return self._behind(environ, start_response)
        name = uuid.uuid4().hex
        request_id.set(name)
        status, kind, text = self._answer(environ, path[1])
        body = text.encode()
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("X-Request-Id", name),
        ]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "GET, HEAD, POST"))
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: WSGIEnvironment, slug: str) -> Answer:
        """Answer whatever came; nothing that is sent here can raise."""
        try:
            # Of a repeated parameter the first counts.
            query = dict(reversed(parse_qsl(environ.get("QUERY_STRING", ""), True)))  # noqa: FBT003
            match environ["REQUEST_METHOD"]:
                case "POST":
                    return self._receive(slug, query, _body(environ))
                case "GET" | "HEAD":
                    return self._verify(slug, query)
                case _:
                    return HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, ""
        except BadCallback as error:
            log.warning("bad_callback", extra={"account": slug, "why": str(error)})
            return HTTPStatus(error.http), _TEXT, ""
        except Exception:
            log.exception("bug", extra={"account": slug})
            return HTTPStatus.INTERNAL_SERVER_ERROR, _TEXT, ""

    def _account(self, slug: str) -> Account:
        try:
            return self._tools.accounts.by_slug(slug)
        except NotFound:
            raise BadCallback("no such account") from None

    def _verify(self, slug: str, query: Mapping[str, str]) -> Answer:
        account, now = self._account(slug), self._tools.clock.now()
        return HTTPStatus.OK, _TEXT, self._tools.codec.echo(account, query, now=now)

    def _receive(self, slug: str, query: Mapping[str, str], body: bytes) -> Answer:
        box, now = self._tools, self._tools.clock.now()
        account = self._account(slug)
        inbound = box.codec.open(account, body, query, now=now)
        try:
            reply = take_in(box, self._desks, account, inbound)
        except TryAgain:
            return HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, ""
        except (Busy, DBAPIError) as error:
            # The database is locked or away. WeChat waits five seconds only, so the message is
            # kept on disk and answered later by custom message (worker: drain_backlog).
            log.error("callback_kept", extra={"account": slug, "why": type(error).__name__})  # noqa: TRY400
            backlog.keep(
                box.settings.data_dir / "backlog",
                slug=slug,
                query=query,
                body=body,
                vault=box.vault,
                now=now,
            )
            return HTTPStatus.OK, _TEXT, "success"
        return HTTPStatus.OK, _XML, box.codec.seal(account, reply, inbound, now=now)


def _body(environ: WSGIEnvironment) -> bytes:
    """Read what was announced. WeChat always announces; a body without a length is none."""
    announced = environ.get("CONTENT_LENGTH") or "0"
    if not announced.isascii() or not announced.isdigit() or int(announced) > MAX_BODY:
        raise BadCallback("length")
    body: bytes = environ["wsgi.input"].read(int(announced))
    return body
