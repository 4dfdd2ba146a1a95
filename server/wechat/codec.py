"""Open and seal callbacks in all modes and formats. Every way to fail becomes BadCallback."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from server.kernel.errors import BadCallback
from server.ports import Account, CallbackMode, DataFormat, Inbound, Reply, ReplyKind
from server.wechat import crypto, elements

AGE = timedelta(minutes=5)  # older or newer signatures are not taken: a recorded call cannot return
MAX_BODY = 1024 * 1024
MAX_TEXT = 2048  # bytes of a passive text answer (WECHAT §1.6)
MAX_NAME = 128  # characters of an openid, a type, an event, and of a key's tail written out
# Characters XML 1.0 does not know; WeChat would refuse the whole answer.
_NOT_ALLOWED = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class WeChatCodec:
    """Implements Codec for every account. A repeat inside `age` is the inbox's to recognise."""

    def __init__(self, *, age: timedelta = AGE) -> None:
        self._age = age.total_seconds()

    def echo(self, account: Account, query: Mapping[str, str], *, now: datetime) -> str:
        """Answer URL verification: exactly echostr, which is plain in every mode."""
        self._check_age(query, now)
        if not _plainly_signed(account, query) or "echostr" not in query:
            raise BadCallback("signature")
        return query["echostr"]

    def open(
        self, account: Account, body: bytes, query: Mapping[str, str], *, now: datetime
    ) -> Inbound:
        """Check, decrypt and parse one delivery. Raise BadCallback for anything else."""
        if len(body) > MAX_BODY:
            raise BadCallback("too long")
        self._check_age(query, now)
        try:
            return self._open(account, body, query)
        except BadCallback:
            raise
        except Exception as error:  # libraries raise many kinds on hostile input (WECHAT §8.4)
            raise BadCallback(type(error).__name__) from None

    def _check_age(self, query: Mapping[str, str], now: datetime) -> None:
        stamp = query.get("timestamp", "")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            raise BadCallback("timestamp")
        if abs(now.timestamp() - int(stamp)) > self._age:
            raise BadCallback("too old")

    def _open(self, account: Account, body: bytes, query: Mapping[str, str]) -> Inbound:
        outer = elements.read(body)
        encrypted = outer.get("Encrypt")
        if encrypted is None:
            if account.mode is not CallbackMode.PLAIN or not _plainly_signed(account, query):
                raise BadCallback("signature")
            return _inbound(outer)
        if not isinstance(encrypted, str) or not crypto.signed(
            query.get("msg_signature", ""),
            account.token,
            query.get("timestamp", ""),
            query.get("nonce", ""),
            encrypted,
        ):
            raise BadCallback("signature")
        # In compatible mode the plain part is not covered by the signature: it is not looked at.
        message = crypto.decrypt(encrypted, aes_key=account.aes_key, appid=account.appid)
        return _inbound(elements.read(message))

    def seal(
        self, account: Account, reply: Reply | None, inbound: Inbound, *, now: datetime
    ) -> str:
        """Return the body of the answer; the bare word `success` (never sealed) for None."""
        if reply is None:
            return "success"
        stamp = int(now.timestamp())
        if account.data_format is DataFormat.JSON:
            text = json.dumps(_reply_json(reply, inbound, stamp), ensure_ascii=False)
        else:
            text = _reply_xml(reply, inbound, stamp)
        if account.mode is CallbackMode.PLAIN:
            return text
        nonce = secrets.token_hex(8)
        sealed = crypto.encrypt(text, aes_key=account.aes_key, appid=account.appid)
        sign = crypto.signature(account.token, str(stamp), nonce, sealed)
        if account.data_format is DataFormat.JSON:
            return json.dumps(
                {"Encrypt": sealed, "MsgSignature": sign, "TimeStamp": stamp, "Nonce": nonce}
            )
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{sign}]]></MsgSignature>"
            f"<TimeStamp>{stamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )


def _plainly_signed(account: Account, query: Mapping[str, str]) -> bool:
    return crypto.signed(
        query.get("signature", ""),
        account.token,
        query.get("timestamp", ""),
        query.get("nonce", ""),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise BadCallback(f"element {name}")
    return value


def _name(fields: Mapping[str, Any], element: str) -> str:
    """Return an element that has to be there and is short."""
    value = _text(fields, element)
    if not 0 < len(value) <= MAX_NAME:
        raise BadCallback(f"element {element}")
    return value


def _inbound(fields: Mapping[str, Any]) -> Inbound:
    """Reduce a message to our own type and compute the key that a retry repeats (WECHAT §1.3)."""
    sender, kind = _name(fields, "FromUserName"), _name(fields, "MsgType").lower()
    _name(fields, "ToUserName")
    at = datetime.fromtimestamp(int(_text(fields, "CreateTime")), UTC)
    if kind != "event":
        message_id = _name(fields, "MsgId")
        if not message_id.isascii() or not message_id.isdigit():
            raise BadCallback("MsgId")
        return Inbound(message_id, sender, kind, at, fields)
    event = _name(fields, "Event").lower()
    key = f"{sender}:{int(at.timestamp())}:{event}:{_tail(fields)}"
    return Inbound(key, sender, f"event.{event}", at, fields)


def _tail(fields: Mapping[str, Any]) -> str:
    """Return what tells two events of one person in one second apart, the same for a retry."""
    for name in ("EventKey", "MsgID", "MsgId", "msgid", "trace_id"):
        if value := fields.get(name):
            return _short(str(value))
    info = fields.get("PublishEventInfo")
    if isinstance(info, Mapping) and info.get("publish_id"):
        return _short(str(info["publish_id"]))
    # Consents and their receipts keep their ids inside List: two may well share a second.
    nested = {name: value for name, value in fields.items() if not isinstance(value, str)}
    return _digest(json.dumps(nested, sort_keys=True)) if nested else ""


def _short(tail: str) -> str:
    return tail if len(tail) <= MAX_NAME else _digest(tail)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _cdata(text: str) -> str:
    """Wrap text; `]]>` inside would end the section and break the answer (WECHAT §8.4 row 5)."""
    return "<![CDATA[" + _allowed(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _allowed(text: str) -> str:
    return _NOT_ALLOWED.sub("", text)


def _shortened(text: str) -> str:
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MAX_TEXT:
        return text
    return encoded[: MAX_TEXT - 3].decode("utf-8", "ignore") + "…"


def _reply_xml(reply: Reply, inbound: Inbound, stamp: int) -> str:
    head = (
        f"<xml><ToUserName>{_cdata(inbound.sender)}</ToUserName>"
        f"<FromUserName>{_cdata(str(inbound.fields['ToUserName']))}</FromUserName>"
        f"<CreateTime>{stamp}</CreateTime><MsgType><![CDATA[{reply.kind}]]></MsgType>"
    )
    if reply.kind is ReplyKind.TEXT:
        return f"{head}<Content>{_cdata(_shortened(reply.text))}</Content></xml>"
    if reply.kind is ReplyKind.NEWS:
        return (
            f"{head}<ArticleCount>1</ArticleCount><Articles><item>"
            f"<Title>{_cdata(reply.title)}</Title><Description>{_cdata(reply.text)}</Description>"
            f"<PicUrl>{_cdata(reply.picture)}</PicUrl><Url>{_cdata(reply.url)}</Url>"
            "</item></Articles></xml>"
        )
    return f"{head}</xml>"


def _reply_json(reply: Reply, inbound: Inbound, stamp: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ToUserName": inbound.sender,
        "FromUserName": inbound.fields["ToUserName"],
        "CreateTime": stamp,
        "MsgType": str(reply.kind),
    }
    if reply.kind is ReplyKind.TEXT:
        made["Content"] = _shortened(_allowed(reply.text))
    if reply.kind is ReplyKind.NEWS:
        made["ArticleCount"] = 1
        made["Articles"] = [
            {
                "Title": _allowed(reply.title),
                "Description": _allowed(reply.text),
                "PicUrl": _allowed(reply.picture),
                "Url": _allowed(reply.url),
            }
        ]
    return made
