"""A tag for one mass call: a 订阅号 cannot name openids, so its readers are tagged first.

Every call here may be made twice: nothing reaches anybody until the mass call itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

from server.kernel.clock import CHINA
from server.ports import PlatformError
from server.wechat import audience
from server.wechat.client import Client

AT_ONCE = 8  # portions of fifty on their way together
_OURS = re.compile(r"寄信(\d{4})-[0-9a-f]{8}")
_NOT_TAGGED = frozenset({40003, 43004, 45059, 49003, 50005})  # of one person; refuses all fifty


def tagged(
    client: Client, envelope_id: str, openids: Sequence[str], *, now: datetime
) -> tuple[int, tuple[str, ...]]:
    """Give these readers the tag of one envelope; return its id and who could not be tagged.

    Raise PlatformError when the tag cannot be made. Tags of calls older than yesterday go.
    """
    known = {str(one["name"]): int(one["id"]) for one in client.look("/cgi-bin/tags/get")["tags"]}
    _clear(client, known, now)
    tag_id = _tag(client, known, f"寄信{now.astimezone(CHINA):%m%d}-{envelope_id[:8]}")
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tag") as pool:
        portions = list(audience.portions(openids, audience.TAG_PORTION))
        refused = pool.map(lambda some: list(_refused(client, tag_id, some)), portions)
        return tag_id, tuple(one for some in refused for one in some)


def _tag(client: Client, known: dict[str, int], name: str) -> int:
    """Return the id of the envelope's tag. A repeat after midnight finds yesterday's."""
    mine = [tag_id for one, tag_id in known.items() if one.endswith(name[-9:])]
    if mine:
        return mine[0]
    return int(client.ask("/cgi-bin/tags/create", {"tag": {"name": name}}, "tag", "id"))


def _clear(client: Client, known: dict[str, int], now: datetime) -> None:
    kept = {f"{now.astimezone(CHINA) - timedelta(days=days):%m%d}" for days in (0, 1)}
    for name, tag_id in list(known.items()):
        ours = _OURS.fullmatch(name)
        if ours and ours[1] not in kept:
            with suppress(PlatformError):  # it goes with the next one
                client.call("/cgi-bin/tags/delete", {"tag": {"id": tag_id}})


def _refused(client: Client, tag_id: int, openids: Sequence[str]) -> Iterator[str]:
    """Tag up to fifty; yield who cannot be: one of them makes WeChat refuse the others too."""
    try:
        audience.tag(client, tag_id, openids)
    except PlatformError as error:
        if error.errcode not in _NOT_TAGGED:
            raise
        if len(openids) == 1:
            yield openids[0]
            return
        middle = len(openids) // 2
        yield from _refused(client, tag_id, openids[:middle])
        yield from _refused(client, tag_id, openids[middle:])
