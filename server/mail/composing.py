"""Make a mail of a letter: plain text and HTML, and a way to unsubscribe with one click. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any


def compose(
    payload: Mapping[str, Any], *, to: str, sender: str, message_id: str, now: datetime
) -> EmailMessage:
    """Return a multipart mail. `payload` has subject, text, page and unsubscribe (addresses).

    List-Unsubscribe with its Post companion is RFC 8058: mail programs show a button for it.
    """
    name, address = parseaddr(sender)
    mail = EmailMessage()
    mail["Subject"] = payload["subject"]
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message_id}@{address.rpartition('@')[2]}>"
    mail["List-Unsubscribe"] = f"<{payload['unsubscribe']}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"{payload['text']}\n\n{payload['page_words']}：{payload['page']}\n\n"
        f"{payload['unsubscribe_words']}：{payload['unsubscribe']}\n"
    )
    mail.add_alternative(_html(payload), subtype="html")
    return mail


def _html(payload: Mapping[str, Any]) -> str:
    told = {name: html.escape(str(value)) for name, value in payload.items()}
    lines = "".join(f"<p>{part}</p>" for part in told["text"].split("\n") if part.strip())
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8">'
        '<body style="font-size:18px;line-height:1.8;max-width:36em;margin:auto;padding:16px">'
        f'{lines}<p><a href="{told["page"]}">{told["page_words"]}</a></p>'
        f'<p style="color:#666;font-size:14px"><a href="{told["unsubscribe"]}">'
        f"{told['unsubscribe_words']}</a></p></body></html>"
    )
