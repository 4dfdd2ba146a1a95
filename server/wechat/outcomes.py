"""What each WeChat error code means for us (WECHAT §7). Data; extend it here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from server.kernel.clock import china_midnight
from server.ports import Outcome, Result, Trouble

STALE_TOKEN = frozenset({40001, 40014, 42001})

_TROUBLES: dict[Trouble, frozenset[int]] = {
    Trouble.RETRYABLE: frozenset({-1, -1000, 61450}),
    Trouble.TOKEN: STALE_TOKEN | {41001},
    Trouble.CONFIGURATION: frozenset(
        {40002, 40013, 40125, 40164, 40243, 41002, 41004}
        | {50004, 50007, 61004, 89503, 89506, 89507}
    ),
    Trouble.PERMISSION: frozenset({48001, 48003, 48004, 48008, 50001, 50002, 45064, 45109, 61007}),
    Trouble.QUOTA: frozenset({45009, 45028, 40251, 48006}),
    Trouble.RATE: frozenset({45011, 45066, 42010, 45035, 53501}),
    Trouble.PERSON_GONE: frozenset(
        {43004, 46004, 50005, 40003, 43019, 48002, 43101, 45015, 45047, 70000}
    ),
    Trouble.CONTENT: frozenset(
        {87014, 40249, 40250, 43116, 45002, 45003, 45004, 45005, 45006, 45007, 45008, 45166}
        | {44004, 47003}
    ),
    Trouble.MEDIA: frozenset({40007, 40118, 46001, 45001, 40009, 40005, 40137}),
}
_BY_CODE = {code: trouble for trouble, codes in _TROUBLES.items() for code in codes}
_DONE = frozenset({0, 45065, 40252})  # sent; was already sent; in review and sent when approved
_PARKED = frozenset({45009, 45028})  # counters start again at midnight, China time


def trouble_of(code: int) -> Trouble:
    """Return the class of an error code; an unlisted one is a fault of the request."""
    if 53400 <= code < 53700 and code != 53501:
        return Trouble.CONTENT
    return _BY_CODE.get(code, Trouble.REQUEST)


def code_of(answer: Mapping[str, object], *, absent: int) -> int:
    """Return the errcode of an answer; `absent` when there is none, -1 when it is no number."""
    code = answer.get("errcode", absent)
    try:
        return int(str(code))
    except ValueError:
        return -1


_RESULTS = {
    Trouble.RETRYABLE: Result.RETRY,
    Trouble.RATE: Result.RETRY,
    Trouble.QUOTA: Result.RETRY,
    Trouble.PERSON_GONE: Result.REFUSED,
    Trouble.CONTENT: Result.REFUSED,
}


def outcome_of(
    code: int, *, now: datetime, reference: str | None = None, rid: str | None = None
) -> Outcome:
    """Translate the answer to a send."""
    if code in _DONE:
        return Outcome(Result.ACCEPTED, code=code, reference=reference, rid=rid)
    trouble = trouble_of(code)
    result = _RESULTS.get(trouble, Result.HALT)
    if code == 40251:
        result = Result.HALT  # the cap was lowered as a penalty: a person must look
    return Outcome(
        result,
        code=code,
        retry_after=_wait(code, trouble, now) if result is Result.RETRY else None,
        trouble=trouble,
        rid=rid,
    )


def _wait(code: int, trouble: Trouble, now: datetime) -> timedelta | None:
    if code in _PARKED:
        return until_midnight_in_china(now)
    if trouble is Trouble.RATE:
        return timedelta(seconds=61)
    return None  # the outbox's own back-off


def until_midnight_in_china(now: datetime) -> timedelta:
    """Return how long until the daily counters start again (00:00 Asia/Shanghai)."""
    return china_midnight(now) + timedelta(days=1) - now
