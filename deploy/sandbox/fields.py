"""What each kind of template field takes; 47003 names the offending field (WECHAT §4.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from deploy.sandbox.errors import WeChatError

_NAME = re.compile(r"([a-z_]+?)(\d+)")
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DATE = (
    r"(?:\d{4}年(?:0?[1-9]|1[0-2])月(?:(?:0?[1-9]|[12]\d|3[01])日)?"
    r"|\d{4}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12]\d|3[01])日)"
)
_MOMENT = rf"(?:{_DATE}(?:\s*{_CLOCK})?|{_CLOCK})"
_TIME = re.compile(rf"{_MOMENT}(?:\s*[~～]\s*{_MOMENT})?")
_DATED = re.compile(rf"{_DATE}(?:\s*{_CLOCK})?(?:\s*[~～]\s*{_DATE}(?:\s*{_CLOCK})?)?")
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff·]"


def _full(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20,
    "number": lambda value: (
        re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
        and sum(one.isdigit() for one in value) <= 32
    ),
    "letter": _full(r"[A-Za-z]{1,32}"),
    "symbol": lambda value: len(value) <= 5 and not any(one.isalnum() for one in value),
    "character_string": _full(r"[\x20-\x7e]{1,32}"),
    "time": lambda value: _TIME.fullmatch(value) is not None,
    "date": lambda value: _DATED.fullmatch(value) is not None,
    "amount": _full(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": _full(r"[\d+()\- #*]{1,17}"),
    "car_number": lambda value: len(value) <= 8,
    "name": lambda value: _full(rf"{_HAN}{{1,10}}")(value) or _full(r"[A-Za-z .'\-]{1,20}")(value),
    "phrase": _full(r"[\u3400-\u4dbf\u4e00-\u9fff]{1,5}"),
}


def checked(data: Mapping[str, Any], template: Mapping[str, Any], *, empty: int) -> dict[str, str]:
    """Return the value of every field of the template; raise 47003 or the code for empty ones.

    Values are taken as text. A field that the template does not have is refused, too.
    """
    wanted = template.get("fields") or {}
    for name in data:
        if name not in wanted:
            raise _invalid(name, "is not in the template")
    values = {}
    for name in wanted:
        entry = data.get(name)
        value = entry.get("value") if isinstance(entry, Mapping) else None
        text = str(value) if isinstance(value, str | int | float) else ""
        if not text.strip():
            if empty == 47003:
                raise _invalid(name, "is empty")
            raise WeChatError(empty)
        _rule(name, text, template)
        values[name] = text
    return values


def _rule(name: str, value: str, template: Mapping[str, Any]) -> None:
    match = _NAME.fullmatch(name)
    if match is None:
        return
    kind = match[1]
    if kind == "const":
        allowed = (template.get("constants") or {}).get(name)
        if allowed is not None and value not in allowed:
            raise _invalid(name, "invalid")
    elif kind in RULES and not RULES[kind](value):
        raise _invalid(name, "invalid")


def _invalid(name: str, why: str) -> WeChatError:
    dot = " " if why.startswith("is") else ".value "
    return WeChatError(47003, f"argument invalid! data.{name}{dot}{why}")
