"""Web pages in WeChat's browser: the ticket of an account and the signature of a page (JS-SDK)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import redis

from server.kernel.clock import Clock
from server.ports import PageSignature, PlatformError, Trouble
from server.wechat.client import Client
from server.wechat.kept import Kept

_PATH = "/cgi-bin/ticket/getticket"


class PageTickets:
    """Hands out the tickets that pages are signed with: one per account for all processes."""

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._kept = Kept(client, clock)

    def get(self, client: Client) -> str:
        """Return the ticket of an account. Raise PlatformError when WeChat gives none."""
        return self._kept.get(f"wechat:{client.appid}:page_ticket", lambda: _fetch(client))


def _fetch(client: Client) -> tuple[str, object]:
    answer = client.look(_PATH, type="jsapi")  # an access token that went stale is renewed there
    ticket = answer.get("ticket")
    if not isinstance(ticket, str) or not ticket:
        raise PlatformError(Trouble.LOST)
    return ticket, answer.get("expires_in", 7200)


def signed(appid: str, ticket: str, url: str, *, now: datetime) -> PageSignature:
    """Sign the address of a page, as it is now and once."""
    timestamp, nonce = int(now.timestamp()), secrets.token_hex(8)
    return PageSignature(
        appid=appid,
        timestamp=timestamp,
        nonce=nonce,
        signature=signature(ticket, nonce=nonce, timestamp=timestamp, url=url),
    )


def signature(ticket: str, *, nonce: str, timestamp: int, url: str) -> str:
    """Return the signature of a page; what stands behind # in its address is not part of it."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # WeChat asks for SHA-1
