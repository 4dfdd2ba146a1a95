"""How a place is written, read and typed: kinds of other names, pinyin, search keys."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class AliasKind(StrEnum):
    FORMER = "former"  # 曾称
    COMMUNE = "commune"  # 公社, 大队
    OLD_COUNTY = "old_county"  # 旧县
    OTHER = "other"  # 俗称, dialect spelling


LABELS = {
    AliasKind.FORMER: "曾称",
    AliasKind.COMMUNE: "公社时期称",
    AliasKind.OLD_COUNTY: "旧县名",
    AliasKind.OTHER: "又称",
}

# pypinyin follows dictionaries of words; in names of places these are read otherwise.
_CHARACTERS = {
    "长": "chang",
    "朝": "chao",
    "都": "du",
    "什": "shi",
    "勒": "le",
    "乐": "le",
    "蚌": "beng",
    "卡": "ka",
}
_PHRASES = {
    "长子县": "zhang zi xian",
    "乐清": "yue qing",
    "乐亭": "lao ting",
    "单县": "shan xian",
    "漯河": "luo he",
    "涡阳": "guo yang",
    "浚县": "xun xian",
    "洪洞": "hong tong",
    "珲春": "hun chun",
    "筠连": "jun lian",
    "荥经": "ying jing",
    "马尾": "ma wei",
    "佛冈": "fo gang",
    "佛坪": "fo ping",
    "繁峙": "fan shi",
    "崆峒": "kong tong",
    "曾都": "zeng du",
    "泊头": "bo tou",
    "龙圩": "long xu",
    "回龙圩": "hui long xu",
}
_SPACES = re.compile(r"[\s'’·.,，、\-]+")
LONGEST_KEY = 60


def tidy(text: str) -> str:
    """Return what is compared: full-width made plain, lower case, no spaces, ü as v."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ü", "v")
    return _SPACES.sub("", plain)[:LONGEST_KEY]


def syllables(name: str) -> list[str]:
    """Read a name of a place: 乐清市 → yue, qing, shi. One entry to a character."""
    from pypinyin import lazy_pinyin  # here: the web process starts without its dictionaries

    read = lazy_pinyin(name, errors=list)  # type: ignore[arg-type]  # it takes lists as well
    read = [_CHARACTERS.get(character, said) for character, said in zip(name, read, strict=True)]
    for phrase, said in _PHRASES.items():
        at = name.find(phrase)
        if at >= 0:
            read[at : at + len(phrase)] = said.split()
    return read


def keys(name: str) -> tuple[str, ...]:
    """Return what finds this name: itself, its pinyin, its initials."""
    read = syllables(tidy(name))
    found = (tidy(name), "".join(read), "".join(one[:1] for one in read))
    return tuple(dict.fromkeys(tidy(key) for key in found if key))
