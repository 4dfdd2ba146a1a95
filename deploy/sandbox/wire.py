"""Messages on the wire: XML and JSON out, passive replies in (WECHAT §1.2, §1.6, §1.7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

Fields = Mapping[str, Any]


class BadReply(ValueError):
    """An answer that the platform cannot read: the user sees that the service is broken."""


def to_xml(fields: Fields) -> str:
    """Return <xml>…</xml>: text in CDATA, numbers bare, lists repeated, mappings nested."""
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:  # noqa: ANN401 (any field)
    if isinstance(value, list | tuple):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        inner = _elements(value)
    elif isinstance(value, int | float):
        inner = str(value)
    else:
        inner = cdata(str(value))
    return f"<{name}>{inner}</{name}>"


def cdata(text: str) -> str:
    """Return a CDATA section that survives `]]>` and drops what XML 1.0 cannot carry."""
    clean = "".join(one for one in text if one in "\t\n\r" or _allowed(ord(one)))
    return "<![CDATA[" + clean.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _allowed(point: int) -> bool:
    return 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or 0x10000 <= point <= 0x10FFFF


def to_json(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def from_xml(text: str | bytes) -> dict[str, Any]:
    """Return the children of <xml> as text, mappings, or lists where repeated.

    Raise BadReply for anything else; a document type (and so any entity bomb) is refused.
    """
    raw = text.encode() if isinstance(text, str) else text
    try:
        guard = expat.ParserCreate()
        guard.StartDoctypeDeclHandler = _no_doctype
        guard.Parse(raw, True)  # noqa: FBT003 (expat's own signature)
        root = ET.fromstring(raw)  # noqa: S314 (no document type can come this far)
    except (expat.ExpatError, ET.ParseError, ValueError, LookupError) as error:
        raise BadReply(f"not XML: {error}") from error
    if root.tag != "xml":
        raise BadReply("the root must be <xml>")
    found = _children(root)
    if not isinstance(found, dict):
        raise BadReply("no elements inside <xml>")
    return found


def _no_doctype(*_: object) -> None:
    raise BadReply("a document type is not allowed")


def _children(element: ET.Element) -> dict[str, Any] | str:
    if len(element) == 0:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _children(child)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found


def from_json(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadReply(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadReply("not a JSON object")
    return found
