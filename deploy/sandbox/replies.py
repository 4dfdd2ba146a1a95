"""Reading what a callback answered: nothing, a passive reply, or something broken (WECHAT §1.6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.sandbox import crypto, media, wire
from deploy.sandbox.accounts import Account
from deploy.sandbox.wire import BadReply

SILENT = "silent"  # `success` or an empty body
TRANSFERRED = "transferred"  # handed to the human-service console
MAX_TEXT = 2048  # bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A readable answer; kind is SILENT, TRANSFERRED or a timeline kind."""

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    opened: str = ""  # the answer in clear, for the log


def read(db: sqlite3.Connection, account: Account, openid: str, body: bytes) -> Answer:
    """Return the answer; raise BadReply with the reason when the platform cannot use it."""
    text = body.strip()
    if text in (b"", b"success"):
        return Answer(SILENT, opened=text.decode())
    fields, opened = _opened(account, text)
    if str(fields.get("ToUserName", "")) != openid:
        raise BadReply("ToUserName is not the person who wrote")
    if str(fields.get("FromUserName", "")) != account.original_id:
        raise BadReply("FromUserName is not this account")
    if not str(fields.get("CreateTime", "")).isdigit():
        raise BadReply("CreateTime is missing or not a number")
    msg_type = str(fields.get("MsgType", ""))
    if msg_type == "transfer_customer_service":
        info = fields.get("TransInfo")
        return Answer(TRANSFERRED, info if isinstance(info, dict) else {}, opened)
    reader = _READERS.get(msg_type)
    if reader is None or not account.official:
        raise BadReply(f"MsgType {msg_type!r} cannot be replied")
    kind, content = reader(db, account, fields)
    return Answer(kind, content, opened)


def _opened(account: Account, body: bytes) -> tuple[dict[str, Any], str]:
    parse = wire.from_json if body[:1] == b"{" else wire.from_xml
    outer = parse(body)
    if "Encrypt" not in outer:
        if account.mode == "safe":
            raise BadReply("safe mode wants an encrypted reply")
        return outer, body.decode()
    if account.mode == "plain":
        raise BadReply("plaintext mode cannot read an encrypted reply")
    sealed = str(outer["Encrypt"])
    told = [str(outer.get(name, "")) for name in ("TimeStamp", "Nonce")]
    if crypto.sign(account.token, *told, sealed) != outer.get("MsgSignature"):
        raise BadReply("MsgSignature does not fit")
    try:
        opened = crypto.open_sealed(sealed, account.aes_key, account.appid)
    except crypto.BadCiphertext as error:
        raise BadReply(f"Encrypt cannot be opened: {error}") from error
    parse = wire.from_json if opened.lstrip()[:1] == "{" else wire.from_xml
    return parse(opened), opened


def _text(_db: sqlite3.Connection, _account: Account, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401
    content = fields.get("Content")
    if not isinstance(content, str) or not content:
        raise BadReply("Content is empty")
    if len(content.encode()) > MAX_TEXT:
        raise BadReply("Content is longer than 2048 bytes")
    return "text", {"content": content}


def _medium(name: str) -> Callable[..., Any]:
    def read_medium(db: sqlite3.Connection, account: Account, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401
        inner = fields.get(name)
        media_id = inner.get("MediaId", "") if isinstance(inner, dict) else ""
        if media.find(db, account.appid, media_id, None) is None:
            raise BadReply("MediaId is unknown")
        return name.lower(), {"media_id": media_id, "url": media.inner_url(media_id)}

    return read_medium


def _music(_db: sqlite3.Connection, _account: Account, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401
    inner = fields.get("Music")
    if not isinstance(inner, dict):
        raise BadReply("Music is missing")
    content = {"title": inner.get("Title", ""), "description": inner.get("Description", "")}
    return "music", {**content, "url": inner.get("MusicUrl", "")}


def _news(_db: sqlite3.Connection, _account: Account, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401
    articles = fields.get("Articles")
    items = articles.get("item", []) if isinstance(articles, dict) else []
    items = [
        one for one in (items if isinstance(items, list) else [items]) if isinstance(one, dict)
    ]
    if not items or str(fields.get("ArticleCount", "")) != str(len(items)):
        raise BadReply("ArticleCount does not fit Articles")
    names = {"title": "Title", "description": "Description", "url": "Url", "picurl": "PicUrl"}
    shown = [{name: str(one.get(tag, "")) for name, tag in names.items()} for one in items]
    return "news", {"articles": shown[:1]}  # further ones are not shown


_READERS: dict[str, Callable[..., Any]] = {
    "text": _text,
    "image": _medium("Image"),
    "voice": _medium("Voice"),
    "video": _medium("Video"),
    "music": _music,
    "news": _news,
}


def log_text(body: bytes) -> str:
    """Return an answer for the log: text, cut at 20,000 characters."""
    return body.decode("utf-8", "replace")[:20_000]
