"""Who reads a mass call of a 订阅号: it cannot name openids, so its readers are tagged first.

Two standing tags take turns by the day of China: while the call of a day is still being carried
out, the next day's readers are another tag's. Whoever carries a tag and is no reader loses it;
most carry it from the letter before, so that only the differences are told to WeChat.

Every call here may be made twice: nothing reaches anybody until the mass call itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from server.kernel.clock import CHINA
from server.ports import PlatformError, Trouble
from server.wechat import audience
from server.wechat.client import Client

TAGS = ("乡音寄信·双日", "乡音寄信·单日")  # at most 30 bytes
AT_ONCE = 8  # portions of fifty on their way together
PAUSES = (1, 4, 15, 60)  # seconds before a portion is tried again
_NOT_NOW = frozenset({Trouble.RETRYABLE, Trouble.LOST, Trouble.RATE})
_NOT_TAGGED = frozenset({40003, 43004, 45059, 49003, 50005})  # of one person; refuses all fifty

Change = Callable[[Sequence[str]], None]


def tagged(client: Client, openids: Sequence[str], *, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Give these readers, and nobody else, the tag of the day.

    Return its id and who could not be tagged. Raise PlatformError when WeChat does not let us.
    """
    tag_id = _tag(client, TAGS[now.astimezone(CHINA).toordinal() % len(TAGS)])
    wanted, carrying = set(openids), set(audience.tagged(client, tag_id))
    _everybody(carrying - wanted, lambda some: audience.untag(client, tag_id, some))
    missing = (one for one in openids if one not in carrying)
    return tag_id, _everybody(missing, lambda some: audience.tag(client, tag_id, some))


def _tag(client: Client, name: str) -> int:
    told = client.look("/cgi-bin/tags/get")
    if "tags" not in told:  # every account has some: WeChat makes one of its own
        raise PlatformError(Trouble.LOST)
    for one in told["tags"]:
        if one["name"] == name:
            return int(one["id"])
    return int(client.ask("/cgi-bin/tags/create", {"tag": {"name": name}}, "tag", "id"))


def _everybody(openids: Iterable[str], change: Change) -> tuple[str, ...]:
    """Change everybody's tag, in portions; return whom WeChat would not let us."""
    portions = list(audience.portions(sorted(openids), audience.TAG_PORTION))
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tag") as pool:
        refused = pool.map(lambda some: list(_refused(some, change)), portions)
        return tuple(one for some in refused for one in some)


def _refused(openids: Sequence[str], change: Change) -> Iterator[str]:
    """Change up to fifty; yield who cannot be: one of them makes WeChat refuse the others too."""
    try:
        _patiently(openids, change)
    except PlatformError as error:
        if error.errcode not in _NOT_TAGGED:
            raise
        if len(openids) == 1:
            yield openids[0]
            return
        middle = len(openids) // 2
        yield from _refused(openids[:middle], change)
        yield from _refused(openids[middle:], change)


def _patiently(openids: Sequence[str], change: Change) -> None:
    for pause in PAUSES:
        try:
            return change(openids)
        except PlatformError as error:
            if error.trouble not in _NOT_NOW:
                raise
        threading.Event().wait(pause)
    return change(openids)
