"""The sockets in the wall: what we need from outside, and nothing about who provides it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from server.kernel.errors import AppError


class AccountKind(StrEnum):
    OFFICIAL = "official"  # 公众号/服务号
    MINI = "mini"  # 小程序


class AccountType(StrEnum):
    """What an official account is registered as; of a mini-program it says nothing."""

    SERVICE = "service"  # 服务号
    SUBSCRIPTION = "subscription"  # 订阅号: no openid lists, one mass call a day (WECHAT §4.5)


class CallbackMode(StrEnum):
    PLAIN = "plain"  # 明文
    COMPATIBLE = "compatible"  # 兼容
    SAFE = "safe"  # 安全


class DataFormat(StrEnum):
    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Account:
    """One official account or mini-program with its secrets opened. Never logged, never stored."""

    id: int
    tenant_id: int
    slug: str  # names the account in its callback URL
    kind: AccountKind
    name: str
    appid: str
    original_id: str  # gh_…
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    mode: CallbackMode = CallbackMode.SAFE
    data_format: DataFormat = DataFormat.XML
    templates: Mapping[str, str] = field(default_factory=dict)  # our key -> WeChat template id
    account_type: AccountType = AccountType.SERVICE


class AccountBook(Protocol):
    """Where the outer wall looks an account up."""

    def by_id(self, account_id: int) -> Account:
        """Return the account; raise NotFound when there is none in use."""
        ...

    def by_slug(self, slug: str) -> Account:
        """Return the account; raise NotFound when there is none in use."""
        ...


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or event from WeChat, opened and checked."""

    key: str  # MsgId, or sender:time:event:tail for events (WECHAT §1.3); equal for a retry
    sender: str  # openid, scoped to the account
    kind: str  # "text", "image", … or "event.subscribe", "event.click", … (event in lower case)
    at: datetime  # CreateTime, UTC, whole seconds
    fields: Mapping[str, Any] = field(default_factory=dict)  # every element; lists stay lists


class ReplyKind(StrEnum):
    TEXT = "text"
    NEWS = "news"  # one article card
    TRANSFER = "transfer_customer_service"  # hand over to people


@dataclass(frozen=True, slots=True)
class Reply:
    """A passive answer, given inside the five seconds."""

    kind: ReplyKind = ReplyKind.TEXT
    text: str = ""  # TEXT: content; NEWS: description
    title: str = ""
    url: str = ""
    picture: str = ""


class Codec(Protocol):
    """Opens and seals callbacks. Every way to fail raises BadCallback."""

    def echo(self, account: Account, query: Mapping[str, str], *, now: datetime) -> str: ...
    def open(
        self, account: Account, body: bytes, query: Mapping[str, str], *, now: datetime
    ) -> Inbound: ...
    def seal(
        self, account: Account, reply: Reply | None, inbound: Inbound, *, now: datetime
    ) -> str:
        """Return the HTTP body: the sealed reply, or the bare word `success` for None."""
        ...


class Result(StrEnum):
    ACCEPTED = "accepted"  # WeChat took it
    RETRY = "retry"  # not taken; the same call may work later
    REFUSED = "refused"  # not taken; it never will be for this person or this text
    HALT = "halt"  # not taken; our account is wrong, an operator must act
    UNKNOWN = "unknown"  # the request left, no answer came back


class Channel(StrEnum):
    CUSTOMER = "customer"  # customer-service message, inside its window
    MASS = "mass"  # mass send to an openid list (2…10,000): 服务号
    MASS_BY_TAG = "mass_by_tag"  # mass send to a tag made for it: 订阅号, one a day
    TEMPLATE = "template"  # 服务号 template message: case status only, never greetings
    MINI_SUBSCRIPTION = "mini_subscription"  # one tap = one message
    OFFICIAL_SUBSCRIPTION = (
        "official_subscription"  # 服务号订阅通知 (bizsend): one tap = one message
    )
    EMAIL = "email"
    BY_HAND = "by_hand"  # a colleague passes it on, and ticks it off; never sent by machine


MASSES = frozenset({Channel.MASS, Channel.MASS_BY_TAG})


@dataclass(frozen=True, slots=True)
class Outgoing:
    account_id: int
    envelope_id: str  # also the idempotency id where WeChat has one; ≤ 32 plain characters
    channel: Channel
    addresses: tuple[str, ...]  # openids
    payload: Mapping[str, Any]  # the body of the call without touser and idempotency id
    not_after: datetime | None = None  # what takes time before the call must end by then


class Trouble(StrEnum):
    """What kind of refusal it was: decides who acts (WECHAT §7)."""

    RETRYABLE = "retryable"
    TOKEN = "token"
    PERSON_GONE = "person_gone"
    QUOTA = "quota"
    RATE = "rate"
    CONTENT = "content"
    CONFIGURATION = "configuration"
    PERMISSION = "permission"
    REQUEST = "request"
    MEDIA = "media"
    LOST = "lost"  # the request left, the answer did not arrive or could not be read


@dataclass(frozen=True, slots=True)
class Outcome:
    result: Result
    code: int | None = None  # errcode
    reference: str | None = None  # msgid, for the receipt
    retry_after: timedelta | None = None
    trouble: Trouble | None = None
    rid: str | None = None  # WeChat's request id, for support
    left_out: tuple[str, ...] = ()  # addresses the call does not reach; it reached the others
    envelope_id: str = ""  # of the call, noted by whoever made it: tells its retries apart


class Messenger(Protocol):
    def send(self, message: Outgoing) -> Outcome:
        """Make the call. Never raises."""
        ...


class PlatformError(AppError):
    """A call other than sending failed."""

    code = "platform"
    http = 503

    def __init__(
        self, trouble: Trouble, errcode: int | None = None, rid: str | None = None
    ) -> None:
        super().__init__(f"{trouble}", errcode=errcode, rid=rid)
        self.trouble, self.errcode, self.rid = trouble, errcode, rid


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in to the mini-program."""

    openid: str
    unionid: str | None = None


@dataclass(frozen=True, slots=True)
class FollowerInfo:
    """What user/info still tells (WECHAT §3.1); country and name do not come from there."""

    openid: str
    following: bool
    unionid: str | None = None
    language: str | None = None
    scene: str | None = None
    followed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Media:
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class PageSignature:
    """Proves to WeChat's browser that a web page belongs to the account (JS-SDK, wx.config)."""

    appid: str
    timestamp: int
    nonce: str
    signature: str


class Platform(Protocol):
    """Calls other than sending. Each raises PlatformError; login raises Invalid for a bad code."""

    def sign_in(self, account_id: int, js_code: str) -> Identity: ...
    def follower(self, account_id: int, openid: str) -> FollowerInfo: ...
    def push_menu(self, account_id: int, menu: Mapping[str, Any]) -> None: ...
    def media(self, account_id: int, media_id: str) -> Media: ...
    def check(self, account_id: int) -> None:
        """Fetch a token: proves appid, secret and IP list."""
        ...

    def sign_page(self, account_id: int, url: str) -> PageSignature: ...


class Limiter(Protocol):
    def take(self, bucket: str, now: datetime) -> timedelta:
        """Take one token; return how long to wait when there is none (zero means go)."""
        ...


class Jobs(Protocol):
    """Work for the worker. Carries ids only; asked for after the commit."""

    def ask(self, job: str, *ids: int | str) -> None:
        """Never raises: a job that could not be queued is found again by its sweeper."""
        ...


class Files(Protocol):
    """Encrypted files (photos of a case, of a letter)."""

    def put(self, content: bytes) -> str: ...
    def get(self, key: str) -> bytes: ...
    def remove(self, keys: Sequence[str]) -> None: ...
    def sealed_with(self) -> Iterator[tuple[str, int]]: ...
    def reseal(self, key: str) -> None: ...
