"""Fields of what people type: cleaned the same way everywhere, refused in Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from marshmallow import fields, validate

WORDS: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "请填写这一项",
    "null": "请填写这一项",
    "invalid": "格式不对",
    "invalid_utf8": "格式不对",
    "type": "格式不对",
}
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Options(TypedDict, total=False):
    """What may be said about any field."""

    required: bool
    allow_none: bool
    load_default: object
    metadata: Mapping[str, Any]


def tidy(text: str, *, lines: bool) -> str:
    """Return the text without what a paste or a broken keyboard brings along.

    Line ends become one kind (a space when `lines` is false), tabs spaces; control characters,
    marks that turn the reading direction and halves of a cut emoji go; the ends are trimmed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (
        letter
        for letter in (text if lines else text.replace("\n", " "))
        if letter == "\n"
        or (unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in _DIRECTIONS)
    )
    return "".join(kept).strip()


class Words(fields.String):
    """A text people type, tidied before its length is looked at."""

    def __init__(self, check: validate.Length, *, lines: bool, **more: Unpack[Options]) -> None:
        self._lines = lines
        super().__init__(validate=check, error_messages=WORDS, **more)

    def _deserialize(self, value: object, attr: str | None, data: object, **more: object) -> str:
        return tidy(super()._deserialize(value, attr, data, **more), lines=self._lines)


def text(most: int, least: int = 0, *, lines: bool = False, **more: Unpack[Options]) -> Words:
    words = f"请写 {least} 至 {most} 个字" if least else f"请不要超过 {most} 个字"
    check = validate.Length(min=least or None, max=most, error=words)
    return Words(check, lines=lines, **more)


def choice(*values: str, **more: Unpack[Options]) -> fields.String:
    check = validate.OneOf(values, error="请从列表中选择")
    return fields.String(validate=check, error_messages=WORDS, **more)


def identifiers(most: int, words: str, *, metadata: Mapping[str, Any]) -> fields.List[str]:
    """Return a list of at most `most` ids."""
    return fields.List(
        text(64, 1),
        load_default=list,
        validate=validate.Length(max=most, error=words),
        error_messages=WORDS,
        metadata=metadata,
    )


def said(description: str, example: object = None, **more: object) -> dict[str, Any]:
    """Return what the documentation says about a field."""
    shown = {} if example is None else {"example": example}
    return {"description": description, **shown, **more}
