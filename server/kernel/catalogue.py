"""The translation catalogue: every text of ours by what it is in Simplified Chinese, the source.

One .po file a language in `server/locale/`. Traditional is made from the source by conversion
(`flask --app server catalogue update`) and corrected by hand; a text that a language lacks is
shown in Simplified. Only texts of ours are looked up: names of persons are never converted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SOURCE = "zh-Hans"
LANGUAGES: Mapping[str, str] = {SOURCE: "简体", "zh-Hant": "繁體"}  # each in its own script
FOLDER = Path(__file__).parent.parent / "locale"


def path_of(language: str) -> Path:
    """Return where a language's translations are kept."""
    return FOLDER / f"{language}.po"


def read(language: str) -> Catalog:
    """Return a language's translations as they are kept; none for one that has no file yet."""
    from babel.messages.catalog import Catalog  # here: few requests need it, and it loads slowly
    from babel.messages.pofile import read_po

    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language.replace("-", "_"), domain="console")
    with path.open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"), domain="console")


@cache
def _texts(language: str) -> dict[str, str]:
    found = {}
    for message in read(language):
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
            found[message.id] = message.string
    return found


def translate(text: str, language: str) -> str:
    """Return a text of ours in a language; any other text, and what has no translation, as is."""
    if language == SOURCE or language not in LANGUAGES:
        return text
    return _texts(language).get(text, text)
