"""Names as they are written, read and typed: what finds 陈丽娟, Chen Lijuan, Tan Lee Kuan. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

# As surnames these are read otherwise than pypinyin's dictionaries say for the single character.
_SURNAMES = {
    "单": "shan",
    "仇": "qiu",
    "区": "ou",
    "解": "xie",
    "查": "zha",
    "任": "ren",
    "曾": "zeng",
    "朴": "piao",
    "盖": "ge",
    "缪": "miao",
    "万": "wan",
    "尉": "wei",
    "秘": "bi",
    "冼": "xian",
    "召": "shao",
    "覃": "qin",
    "折": "she",
    "种": "chong",
    "员": "yun",
    "繁": "po",
    "乐": "yue",
    "黑": "he",
    "晟": "cheng",
    "逄": "pang",
    "郗": "xi",
    "牟": "mu",
    "佴": "nai",
    "华": "hua",
    "燕": "yan",
    "宁": "ning",
    "应": "ying",
    "尧": "yao",
}
_DOUBLE = frozenset(
    {"欧阳", "司徒", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "长孙",
     "夏侯", "令狐", "宇文", "司空", "轩辕", "鲜于", "端木"}
)  # fmt: skip
_SEPARATORS = re.compile(r"[\s'’`·.,，、\-_/()（）]+")
_HANZI = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
LONGEST = 60  # characters of a key


def tidy(text: str) -> str:
    """Return what is compared: full-width made plain, no accents, lower case, no spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("ü", "v").replace("Ü", "v"))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", plain).lower())[:LONGEST]


def is_hanzi(text: str) -> bool:
    return bool(_HANZI.search(text))


def surname_of(name: str) -> str:
    """Return the surname of a Chinese name: 欧阳 of 欧阳修, 陈 of 陈立群."""
    return name[:2] if name[:2] in _DOUBLE and len(name) > 2 else name[:1]


@cache
def _simplifier() -> object:
    from opencc import OpenCC  # here: the web process starts without its dictionaries

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Fold traditional characters for comparing only. A name is shown as its owner writes it."""
    converted: str = _simplifier().convert(text)  # type: ignore[attr-defined]
    return converted


def syllables(name: str) -> list[str]:
    """Read a Chinese name; the surname as a surname. One entry to a character."""
    from pypinyin import lazy_pinyin  # here: the web process starts without its dictionaries

    surname = surname_of(name)
    read = lazy_pinyin(name, errors=list)  # type: ignore[arg-type]  # it takes lists as well
    if len(surname) == 1 and surname in _SURNAMES and read:
        read[0] = _SURNAMES[surname]
    return [one.lower() for one in read]


def keys(name: str) -> set[str]:
    """Return what finds a name when its beginning is typed.

    A Chinese name: itself and its given name, both also in pinyin and initials. Any other: each
    word first, so that Lee Kuan Tan and Tan Lee Kuan find each other.
    """
    return _chinese_keys(name) if is_hanzi(name) else _latin_keys(name)


def _chinese_keys(name: str) -> set[str]:
    written = tidy(simplified(name))
    if not written:
        return set()
    read, given = syllables(written), len(surname_of(written))
    found = {written, "".join(read), "".join(one[:1] for one in read)}
    if len(written) > given:
        found |= {written[given:], "".join(read[given:])}
    return {key[:LONGEST] for key in found}


def _latin_keys(name: str) -> set[str]:
    words = [tidy(word) for word in re.split(r"[\s,，·/]+", name)]
    words = [word for word in words if word]
    turned = ("".join(words[at:] + words[:at]) for at in range(len(words)))
    return {key[:LONGEST] for key in turned if key}


def sorting(name: str) -> str:
    """Return what sorts a list of people as a telephone book does: by sound."""
    return "".join(syllables(tidy(simplified(name))))[:LONGEST] if is_hanzi(name) else tidy(name)


def all_keys(names: Iterable[str]) -> set[str]:
    return set().union(*(keys(name) for name in names))
