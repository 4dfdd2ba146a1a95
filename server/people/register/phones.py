"""Telephone numbers as people write them, several in a cell; kept as E.164. Pure."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = re.compile(r"[;,/、，；|\n]+|\s{2,}|\s(?=\+)|或")
_LABEL = re.compile(r"^[^\d+(（]{0,8}[:：]?")
_NOTHING = frozenset({"无", "没有", "不详", "未知", "-", "—"})
MOST = 5  # numbers in one cell


def parse(text: str, *, country: str | None) -> tuple[list[str], list[str]]:
    """Return (numbers as E.164, parts that are no number), each once, in their order.

    A number without a country code is read as one of `country` first (where the person lives),
    then of China, where the family's numbers are.
    """
    good: list[str] = []
    bad: list[str] = []
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
        number = _LABEL.sub("", part.strip(), count=1) or part.strip()
        if not number or number in _NOTHING:
            continue
        found = _number(number, country)
        (good if found else bad).append(found or part.strip())
    return list(dict.fromkeys(good))[:MOST], bad


def _number(text: str, country: str | None) -> str | None:
    import phonenumbers  # here: the web process starts without its tables

    if text.startswith("00"):
        text = "+" + text[2:]
    for region in dict.fromkeys((country or "CN", "CN")):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and (
            text.startswith("+") or phonenumbers.is_valid_number(number)
        ):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def shown(e164: str) -> str:
    """Write a number for people: +39 333 123 4567."""
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(e164: str) -> str:
    """Show only the country code and the last two digits."""
    return f"{e164[:3]}…{e164[-2:]}"
