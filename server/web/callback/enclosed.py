"""Fetch what people sent in the chat, make it harmless and keep it sealed."""

from __future__ import annotations

import logging

from server.inbox import enclosures
from server.inbox.enclosures import State, Wanted
from server.kernel.errors import Invalid, NotFound
from server.kernel.pictures import CHAT_FORMATS, reencoded
from server.ports import PlatformError, Trouble
from server.toolbox import Toolbox

log = logging.getLogger(__name__)

# What the bytes begin with. What WeChat calls it is not believed: staff open it in a browser.
_KNOWN = (
    (b"#!AMR", "audio/amr"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)
_FORGOTTEN = {40007, 40118, 46001}  # WECHAT §7
_ABOUT_ONE = {Trouble.MEDIA, Trouble.REQUEST}  # any other trouble strikes the next call, too
AT_ONCE = 20  # per tick


def fetch(tools: Toolbox, question_id: int) -> int:
    """Fetch the enclosure of a question once; twice is harmless. Return how many were kept."""
    try:
        return _fetch(tools, question_id)
    except PlatformError:
        return 0  # noted; the tick tries again while WeChat has it


def fetch_due(tools: Toolbox) -> int:
    """Fetch what a lost job or an absent WeChat left behind.

    An account whose platform is away is asked once per tick, so that waiting for it does not
    hold up the worker.
    """
    with tools.sessions.read() as db:
        due = enclosures.due(db, now=tools.clock.now(), limit=AT_ONCE)
    away: set[int] = set()
    kept = 0
    for question_id, account_id in due:
        if account_id in away:
            continue
        try:
            kept += _fetch(tools, question_id)
        except PlatformError as error:
            if error.trouble not in _ABOUT_ONE:
                away.add(account_id)
    return kept


def remove_withdrawn(tools: Toolbox) -> int:
    """Remove the files of people who withdrew their authorisation."""
    with tools.sessions.read() as db:
        withdrawn = enclosures.withdrawn(db, limit=100)
    if withdrawn:
        tools.files.remove(list(withdrawn.values()))
        with tools.sessions.begin() as db:
            enclosures.removed(db, withdrawn)
    return len(withdrawn)


def _fetch(tools: Toolbox, question_id: int) -> int:
    """Fetch one; raise PlatformError, after noting it, when WeChat did not give it out."""
    with tools.sessions.begin() as db:
        wanted = enclosures.begin(db, question_id, now=tools.clock.now())
    if wanted is None:
        return 0
    try:
        media = tools.platform.media(wanted.account_id, wanted.media_id)
        content, kind = harmless(wanted.kind, media.content)
    except (PlatformError, Invalid, NotFound) as error:  # NotFound: the account was retired
        _not_fetched(tools, question_id, wanted, error)
        if isinstance(error, PlatformError):
            raise
        return 0
    key = tools.files.put(content)
    with tools.sessions.begin() as db:
        kept = enclosures.keep(db, question_id, key=key, content_type=kind)
    if not kept:
        tools.files.remove([key])
    return int(kept)


def _not_fetched(
    tools: Toolbox, question_id: int, wanted: Wanted, error: PlatformError | Invalid | NotFound
) -> None:
    with tools.sessions.begin() as db:
        why = _hopeless(error, wanted.tries)
        state = enclosures.not_fetched(db, question_id, why=why, now=tools.clock.now())
    log.warning(
        "enclosure_not_fetched",
        extra={
            "question": question_id,
            "tries": wanted.tries,
            "state": state,
            "code": error.errcode if isinstance(error, PlatformError) else error.code,
        },
    )


def _hopeless(error: PlatformError | Invalid | NotFound, tries: int) -> State | None:
    """Tell why nothing more will come of it; None when another try may help."""
    if isinstance(error, Invalid):
        return State.UNFIT if tries >= enclosures.LOOKS else None
    if isinstance(error, PlatformError) and error.trouble is Trouble.MEDIA:
        return State.GONE if error.errcode in _FORGOTTEN else State.UNFIT
    return None


def harmless(kind: str, content: bytes) -> tuple[bytes, str]:
    """Return what may be kept, and its true type. Raise Invalid for what may not."""
    if not content:
        raise Invalid(fields={"file": ["没有内容"]})
    if kind == "image":
        return reencoded(content, formats=CHAT_FORMATS), "image/jpeg"
    if content[4:8] == b"ftyp":
        return content, "video/mp4"
    for start, known in _KNOWN:
        if content.startswith(start):
            return content, known
    return content, "application/octet-stream"
