"""The calls we make, per account: sending, signing in, followers, menus, media."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import redis
import requests

from server.kernel.clock import Clock
from server.kernel.errors import Invalid, NotAllowed, TooMany
from server.ports import (
    AccountBook,
    Channel,
    FollowerInfo,
    Identity,
    Media,
    Outcome,
    Outgoing,
    PageSignature,
    PlatformError,
    Result,
    Trouble,
)
from server.wechat.client import AlreadySent, Client, Oversized, message_id
from server.wechat.http import REAL, TIMEOUT, RewritingSession, TooLarge
from server.wechat.outcomes import code_of, outcome_of, trouble_of
from server.wechat.page_tickets import PageTickets, signed
from server.wechat.rid import rid_of
from server.wechat.tagging import tagged
from server.wechat.tokens import Tokens

log = logging.getLogger(__name__)

_PATHS = {
    Channel.CUSTOMER: "/cgi-bin/message/custom/send",
    Channel.MASS: "/cgi-bin/message/mass/send",
    Channel.MASS_BY_TAG: "/cgi-bin/message/mass/sendall",
    Channel.TEMPLATE: "/cgi-bin/message/template/send",
    Channel.MINI_SUBSCRIPTION: "/cgi-bin/message/subscribe/send",
    Channel.OFFICIAL_SUBSCRIPTION: "/cgi-bin/message/subscribe/bizsend",
}
_IDEMPOTENCY = {
    Channel.MASS: "clientmsgid",
    Channel.MASS_BY_TAG: "clientmsgid",
    Channel.TEMPLATE: "client_msg_id",
}
_BAD_CODE = frozenset({40029, 40163, 42003})
_TOO_LARGE = 45001


class WeChatGateway:
    """Implements Messenger and Platform for every account in the book. Safe for threads."""

    def __init__(
        self,
        book: AccountBook,
        client: redis.Redis,
        *,
        base_url: str,
        clock: Clock,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self._book, self._clock = book, clock
        self._http = RewritingSession(base_url, timeout=timeout)
        self._tokens = Tokens(client, self._http, clock)
        self._page_tickets = PageTickets(client, clock)
        self._clients: dict[int, tuple[tuple[str, str], Client]] = {}
        self._lock = threading.Lock()

    def client(self, account_id: int) -> Client:
        """Return the client of an account; a new one after its secret changed."""
        account = self._book.by_id(account_id)
        with self._lock:
            held = self._clients.get(account_id)
            if held is None or held[0] != (account.appid, account.secret):
                held = (
                    (account.appid, account.secret),
                    Client(account, self._tokens, self._http),
                )
                self._clients[account_id] = held
            return held[1]

    def send(self, message: Outgoing) -> Outcome:
        """Make the call. Never raises: a lost answer is UNKNOWN, never called a failure."""
        try:
            body = _body(message)
            client = self.client(message.account_id)
            self._tokens.get(self._book.by_id(message.account_id))
            left_out: tuple[str, ...] = ()
            if message.channel is Channel.MASS_BY_TAG:
                tag_id, left_out = tagged(client, message.addresses, now=self._clock.now())
                body["filter"] = {"is_to_all": False, "tag_id": tag_id}
                if message.not_after and self._clock.now() >= message.not_after:
                    return Outcome(Result.RETRY, trouble=Trouble.RETRYABLE)  # nothing has left
                if len(left_out) == len(message.addresses):
                    return Outcome(Result.REFUSED, trouble=Trouble.PERSON_GONE, left_out=left_out)
        except PlatformError as error:  # no token or no tag, so nothing has left
            return self._refused(message, error, nothing_left=True)
        except Exception:
            log.exception("send_not_possible", extra={"envelope": message.envelope_id})
            return Outcome(Result.HALT, trouble=Trouble.CONFIGURATION)
        return replace(self._called(client, message, body), left_out=left_out)

    def _called(self, client: Client, message: Outgoing, body: Mapping[str, Any]) -> Outcome:
        try:
            answer = client.call(_PATHS[message.channel], body)
        except AlreadySent as sent:
            return self._taken(sent.answer, code=45065)
        except PlatformError as error:
            return self._refused(message, error, nothing_left=False)
        except Exception:  # whatever it was, the request may have left
            log.exception("send_broke", extra={"envelope": message.envelope_id})
            return Outcome(Result.UNKNOWN, trouble=Trouble.LOST)
        if "errcode" not in answer and message_id(answer) is None:
            return Outcome(Result.UNKNOWN, trouble=Trouble.LOST)  # whoever answered, not WeChat
        return self._taken(answer, code=0)

    def _taken(self, answer: Mapping[str, Any], *, code: int) -> Outcome:
        return outcome_of(code, now=self._clock.now(), reference=message_id(answer))

    def _refused(self, message: Outgoing, error: PlatformError, *, nothing_left: bool) -> Outcome:
        log.warning(
            "wechat_refused",
            extra={
                "envelope": message.envelope_id,
                "trouble": error.trouble,
                "code": error.errcode,
                "rid": error.rid,
            },
        )
        if error.errcode is not None and not (nothing_left and error.trouble is Trouble.RETRYABLE):
            return outcome_of(error.errcode, now=self._clock.now(), rid=error.rid)
        if nothing_left or error.trouble is Trouble.RETRYABLE:
            lost = error.trouble is Trouble.LOST  # of a call that reaches nobody
            return Outcome(Result.RETRY, trouble=Trouble.RETRYABLE if lost else error.trouble)
        return Outcome(Result.UNKNOWN, trouble=Trouble.LOST)

    def sign_in(self, account_id: int, js_code: str) -> Identity:
        """Turn a wx.login code into an identity.

        Raise Invalid for a bad code, NotAllowed for somebody WeChat has blocked, TooMany, or
        PlatformError. Needs no access token, unlike wechatpy's own method (WECHAT §8.2).
        """
        account = self._book.by_id(account_id)
        query = {
            "appid": account.appid,
            "secret": account.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        try:
            answer = self._http.get(f"{REAL}/sns/jscode2session", params=query).json()
        except (requests.RequestException, ValueError):
            raise PlatformError(Trouble.RETRYABLE) from None
        if not isinstance(answer, dict):
            raise PlatformError(Trouble.RETRYABLE)
        if openid := answer.get("openid"):
            return Identity(openid=str(openid), unionid=answer.get("unionid") or None)
        raise _not_signed_in(code_of(answer, absent=-1), answer)

    def follower(self, account_id: int, openid: str) -> FollowerInfo:
        info = self.client(account_id).look("/cgi-bin/user/info", openid=openid, lang="zh_CN")
        since = info.get("subscribe_time")
        return FollowerInfo(
            openid=openid,
            following=bool(info.get("subscribe")),
            unionid=info.get("unionid") or None,
            language=info.get("language") or None,
            scene=info.get("qr_scene_str") or info.get("subscribe_scene") or None,
            followed_at=datetime.fromtimestamp(since, UTC) if isinstance(since, int) else None,
        )

    def push_menu(self, account_id: int, menu: Mapping[str, Any]) -> None:
        self.client(account_id).menu.create(dict(menu))

    def media(self, account_id: int, media_id: str) -> Media:
        """Download what somebody sent; WeChat keeps it three days.

        Raise PlatformError; 45001 also for what is too large to be read here.
        """
        try:
            answer = self.client(account_id).media.download(media_id)
        except Oversized:
            raise PlatformError(Trouble.MEDIA, _TOO_LARGE) from None
        if isinstance(answer, dict) and str(answer.get("video_url", "")).startswith("http"):
            answer = self._film(str(answer["video_url"]))
        if not isinstance(answer, requests.Response):
            raise PlatformError(Trouble.MEDIA)
        kind = answer.headers.get("Content-Type", "application/octet-stream")
        return Media(content=answer.content, content_type=kind)

    def _film(self, url: str) -> requests.Response:
        try:
            answer = self._http.get(url)
            answer.raise_for_status()
        except TooLarge:
            raise PlatformError(Trouble.MEDIA, _TOO_LARGE) from None
        except requests.RequestException:
            raise PlatformError(Trouble.RETRYABLE) from None
        return answer

    def check(self, account_id: int) -> None:
        """Fetch a token: proves AppID, AppSecret and the IP list. Raise PlatformError."""
        self._tokens.get(self._book.by_id(account_id))

    def sign_page(self, account_id: int, url: str) -> PageSignature:
        """Sign a page of the account for WeChat's browser. Raise PlatformError."""
        client = self.client(account_id)
        ticket = self._page_tickets.get(client)
        return signed(client.appid, ticket, url, now=self._clock.now())


def _body(message: Outgoing) -> dict[str, Any]:
    body = dict(message.payload)
    if message.channel is not Channel.MASS_BY_TAG:
        many = message.channel is Channel.MASS
        body["touser"] = list(message.addresses) if many else message.addresses[0]
    if message.channel in _IDEMPOTENCY:
        body[_IDEMPOTENCY[message.channel]] = message.envelope_id
    return body


def _not_signed_in(code: int, answer: Mapping[str, Any]) -> Exception:
    if code in _BAD_CODE:
        return Invalid(fields={"code": ["登录凭证已失效，请重新打开小程序"]})
    if code == 40226:
        return NotAllowed("WeChat has blocked this person")
    if code == 45011:
        return TooMany()
    return PlatformError(trouble_of(code), code, rid_of(answer))
