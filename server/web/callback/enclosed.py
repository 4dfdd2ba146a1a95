"""Fetch what people sent in the chat, make it harmless and keep it sealed."""

from __future__ import annotations

import logging

from server.inbox import enclosures
from server.kernel.errors import Invalid
from server.kernel.pictures import reencoded
from server.ports import PlatformError, Trouble
from server.toolbox import Toolbox

log = logging.getLogger(__name__)

MOST = 25 * 1024 * 1024  # bytes; WeChat lets people send at most 10 MB (WECHAT §1.4)
# What the bytes begin with. What WeChat calls it is not believed: staff open it in a browser.
_KNOWN = (
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)
_HOPELESS = {Trouble.MEDIA, Trouble.REQUEST, Trouble.PERMISSION}


def fetch(tools: Toolbox, question_id: int) -> int:
    """Fetch the enclosure of a question once; twice is harmless. Return how many were kept."""
    with tools.sessions.read() as db:
        wanted = enclosures.wanted(db, question_id)
    if wanted is None:
        return 0
    try:
        media = tools.platform.media(wanted.account_id, wanted.media_id)
        content, kind = harmless(wanted.kind, media.content)
    except (PlatformError, Invalid) as error:
        _not_fetched(tools, question_id, error)
        return 0
    key = tools.files.put(content)
    with tools.sessions.begin() as db:
        kept = enclosures.keep(db, question_id, key=key, content_type=kind)
    if not kept:
        tools.files.remove([key])
    return int(kept)


def _not_fetched(tools: Toolbox, question_id: int, error: PlatformError | Invalid) -> None:
    hopeless = isinstance(error, Invalid) or error.trouble in _HOPELESS
    code = None if isinstance(error, Invalid) else error.errcode
    log.warning("enclosure_not_fetched", extra={"question": question_id, "code": code})
    with tools.sessions.begin() as db:
        if hopeless:
            enclosures.give_up(db, question_id)
        else:
            enclosures.put_off(db, question_id, now=tools.clock.now())


def fetch_due(tools: Toolbox) -> int:
    """Fetch what a lost job or an absent WeChat left behind."""
    with tools.sessions.read() as db:
        due = enclosures.due(db, now=tools.clock.now(), limit=20)
    return sum(fetch(tools, question_id) for question_id in due)


def harmless(kind: str, content: bytes) -> tuple[bytes, str]:
    """Return what may be kept, and its true type. Raise Invalid for what may not."""
    if not content or len(content) > MOST:
        raise Invalid(fields={"file": ["没有内容，或者太大"]})
    if kind == "image":
        return reencoded(content), "image/jpeg"
    if content[4:8] == b"ftyp":
        return content, "video/mp4"
    for start, known in _KNOWN:
        if content.startswith(start):
            return content, known
    return content, "application/octet-stream"
