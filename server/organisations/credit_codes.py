"""统一社会信用代码 by GB 32100-2015: 18 characters, the last of which checks the others. Pure."""

from __future__ import annotations

import unicodedata

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))


def tidy(text: str) -> str:
    """Return a code as it is kept: full-width made plain, upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")


def check_character(first: str) -> str:
    """Return the last character for the first seventeen."""
    total = sum(CHARACTERS.index(one) * weight for one, weight in zip(first, _WEIGHTS, strict=True))
    return CHARACTERS[-total % 31]


def complaint(code: str) -> str | None:
    """Return in Chinese what is wrong with a tidied code, None when nothing is."""
    if len(code) != LENGTH:
        return f"统一社会信用代码是 18 位，这里有 {len(code)} 位"
    strange = sorted({one for one in code if one not in CHARACTERS})
    if strange:
        return f"代码里不会有“{'、'.join(strange)}”，字母没有 I、O、S、V、Z"
    if check_character(code[:-1]) != code[-1]:
        return "校验位不对，请对照证书再看一遍，常见的是抄错一位"
    return None
