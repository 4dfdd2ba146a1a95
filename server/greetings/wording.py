"""What a letter says: templates, placeholders, both scripts, and the length WeChat allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from opencc import OpenCC

from server.greetings.calendar import Occasion, ganzhi, lunar_year, zodiac

FALLBACK = "尊敬的乡亲"  # who told us no name, and everybody in a mass message
MAX_CHARACTERS, MAX_BYTES = 600, 2048  # of a text message, WECHAT §4.1
PAGE = "点这里看照片，给家乡回信"
PAGE_ROOM = 140  # characters that the way to the page takes of a message
PLACEHOLDERS = ("salutation", "festival", "zodiac", "ganzhi", "year", "tenant", "date")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SALUTATION = "{salutation}"
_BEFORE_SPRING = frozenset({"new_year_eve"})  # already speaks for the year that begins tomorrow
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f<>{}\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


class Script(StrEnum):
    HANS = "Hans"  # 简体
    HANT = "Hant"  # 繁體


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the placeholders stand for, the same for every reader of one letter."""

    festival: str
    zodiac: str
    ganzhi: str
    year: str
    tenant: str
    date: str


def letterhead(occasion: Occasion, *, tenant: str, written_on: date) -> Letterhead:
    """Fill in a letterhead; animal and stem-branch are those of the year being greeted."""
    year = greeted_year(occasion)
    return Letterhead(
        festival=occasion.name,
        zodiac=zodiac(year),
        ganzhi=ganzhi(year),
        year=str(occasion.day.year),
        tenant=tenant,
        date=chinese_date(written_on),
    )


def greeted_year(occasion: Occasion) -> int:
    """Return the lunar year a letter names: on New Year's Eve (除夕) already the coming one."""
    year = lunar_year(occasion.day)
    return year + 1 if occasion.code in _BEFORE_SPRING else year


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def script_for(language: str | None) -> Script:
    """Choose the script by a language tag of ours or of WeChat (zh-Hant, zh_TW, zh-HK)."""
    tag = (language or "").replace("_", "-").lower()
    traditional = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
    return Script.HANT if tag.startswith(traditional) else Script.HANS


def addressed(salutation: str | None) -> str | None:
    """Return how a letter opens to a person, 尊敬的王女士, or None when we know no name.

    Control characters, angle and curly brackets are taken out: a name must not become a link.
    """
    name = " ".join(_NOT_IN_A_NAME.sub(" ", salutation or "").split())[:20]
    if not name:
        return None
    return name if name.startswith(("尊敬的", "亲爱的", "親愛的")) else f"尊敬的{name}"


def render(template: str, head: Letterhead, *, script: Script, salutation: str | None) -> str:
    """Return the letter for one reader, or for all readers of a mass message without a name.

    A Traditional letter is converted except the person's own name, which stays as they write it
    (范 must not become 範). Unknown placeholders stay visible; `proofreading.lint` refuses them.
    """
    values = {name: getattr(head, name) for name in PLACEHOLDERS if name != "salutation"}
    convert = _converter(script)
    parts = [convert(_fill(part, values)) for part in template.strip().split(_SALUTATION)]
    return (addressed(salutation) or convert(FALLBACK)).join(parts)


def with_page(letter: str, link: str, *, script: Script) -> str:
    """Put the way to the letter's page under a letter."""
    return f'{letter}\n\n<a href="{link}">{page_words(script)}</a>'


def page_words(script: Script) -> str:
    """Return the words of the line that leads to a letter's page."""
    return _converter(script)(PAGE)


def unknown_placeholders(template: str) -> list[str]:
    """Return what stands in curly brackets but means nothing to us, in order."""
    return [name for name in _PLACEHOLDER.findall(template) if name not in PLACEHOLDERS]


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def letter_for(occasion: Occasion) -> str | None:
    """Return the stored letter for an occasion in Simplified characters, or None.

    Two greeted festivals on one day have a letter of their own where one was written.
    """
    greeted = [one.code for one in occasion.festivals if one.kind is occasion.kind]
    return _stored("+".join(greeted)) or _stored(occasion.code)


@cache
def _stored(name: str) -> str | None:
    letter = resources.files("server.greetings") / "letters" / f"{name}.txt"
    return letter.read_text(encoding="utf-8").strip() if letter.is_file() else None


def _converter(script: Script) -> Callable[[str], str]:
    return _to_traditional if script is Script.HANT else str


def traditional(text: str) -> str:
    """Return a text in Traditional characters."""
    return _to_traditional(text)


_MOTHER = {0x5B43: 0x5A18}  # 孃 to 娘


def _to_traditional(text: str) -> str:
    converted: str = _opencc("s2tw").convert(text)
    # Every configuration of OpenCC writes 孃 for 娘; whoever reads Traditional writes 娘家, 娘親.
    return converted if chr(0x5B43) in text else converted.translate(_MOTHER)


def simplified(text: str) -> str:
    """Return a text in Simplified characters, so that one set of rules reads both scripts."""
    converted: str = _opencc("t2s").convert(text)
    return converted


@cache
def _opencc(configuration: str) -> OpenCC:
    return OpenCC(configuration)
