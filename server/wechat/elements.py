"""The body of a callback, XML or JSON, as nested text; nothing clever is let in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from server.kernel.errors import BadCallback

MAX_DEPTH = 16  # WeChat nests four levels at most
REPEATABLE = frozenset({"List", "item", "fail_idx", "detail"})  # lists, however many there are


def read(body: bytes) -> dict[str, Any]:
    """Return the elements below the root: text, mappings, and lists where WeChat may repeat.

    Numbers stay as they were written: a MsgId has 64 bits. Raise BadCallback, ExpatError,
    ValueError or RecursionError for anything else.
    """
    text = body.decode("utf-8-sig")
    found = _json(text) if text.lstrip()[:1] == "{" else _Xml().read(text)
    if not isinstance(found, dict):
        raise BadCallback("structure")
    return found


class _Xml:
    """Builds mappings from expat's events. Attributes and text beside elements are dropped."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, Any]]] = [("", {})]
        self._text: list[str] = []

    def read(self, text: str) -> object:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype  # without one there are no entities
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(text, True)  # noqa: FBT003 (expat takes no names)
        return self._open[0][1].get("xml")

    def _doctype(self, *_: object) -> None:
        raise BadCallback("DOCTYPE")

    def _start(self, name: str, _attributes: object) -> None:
        if len(self._open) > MAX_DEPTH:
            raise BadCallback("too deep")
        self._open.append((name, {}))
        self._text.clear()

    def _end(self, _name: str) -> None:
        name, inner = self._open.pop()
        value: Any = inner or "".join(self._text).strip()
        self._text.clear()
        around = self._open[-1][1]
        if name in REPEATABLE:
            around.setdefault(name, []).extend([value] if value != "" else [])
        elif name in around:
            held = around[name]
            around[name] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            around[name] = value


def _json(text: str) -> object:
    parsed = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    return _plain(parsed, "", 0)


def _plain(value: object, name: str, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise BadCallback("too deep")
    if isinstance(value, Mapping):
        value = {
            _clean(str(inner)): _plain(part, str(inner), depth + 1) for inner, part in value.items()
        }
    elif isinstance(value, list):
        return [_plain(part, "", depth + 1) for part in value]
    else:
        value = "" if value is None else _clean(str(value))
    if name in REPEATABLE:
        return [value] if value != "" else []
    return value


def _clean(text: str) -> str:
    """JSON can spell what no database stores: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
