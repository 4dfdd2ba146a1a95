"""Dates as books and forms have them: a year, a month, a day, in many spellings. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_PARTS = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?$")
_RUN_TOGETHER = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")
EARLIEST = 1850


def partial(text: str, *, today: date) -> str | None:
    """Read 1950, 1950年3月, 1950.3.7, 19500307, １９５０/３ as 1950, 1950-03, 1950-03-07.

    Return None for an empty text. Raise ValueError for what is no date, or lies in the future.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    plain = plain.removesuffix("00:00:00").removesuffix("T")
    if not plain:
        return None
    found = _PARTS.match(plain) or _RUN_TOGETHER.match(plain)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    first = date(year or 0, month or 1, day or 1)  # raises ValueError for the 31st of June
    if first.year < EARLIEST or first > today:
        raise ValueError(text)
    return "-".join(
        [f"{first.year:04}"] + ([f"{month:02}"] if month else []) + ([f"{day:02}"] if day else [])
    )


def shown(value: str | None) -> str:
    """Say a partial date in Chinese: 1950年3月."""
    if not value:
        return ""
    parts = value.split("-")
    return "".join(f"{int(part)}{unit}" for part, unit in zip(parts, "年月日", strict=False))
