"""`flask --app server catalogue …`: keep the translations complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from jinja2 import Environment

from server.commands.base import KindGroup
from server.greetings.wording import traditional
from server.kernel import catalogue as translations
from server.places import countries
from server.web.console import language

catalogue = KindGroup("catalogue", help="Translations of what staff read.")
HOUSE = Path(__file__).parent.parent
# What is not shown in the console: spoken to followers in their own script, or made up for demos.
ELSEWHERE = ("demo", "launch", "web/callback", "web/mini", "commands")
_PATTERN = re.compile(r"\(\?|\[[^\]]*\]|\.\*|%[YmdH]")  # regular expressions, dates
CONVERSION = {"zh-Hant": traditional}


def texts() -> set[str]:
    """Return every text of ours that the console may show, in Simplified Chinese."""
    environment, found = Environment(), set[str]()  # noqa: S701 (it only takes them apart)
    for path in (HOUSE / "web" / "templates" / "console").glob("*.html"):
        found.update(language.literals(environment, path.read_text(encoding="utf-8")))
    found.update(one.name for one in countries.listing())
    for path in HOUSE.rglob("*.py"):
        inside = path.relative_to(HOUSE).as_posix()
        if not inside.startswith(ELSEWHERE):
            found.update(_strings(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _strings(tree: ast.Module) -> Iterator[str]:
    """Yield Chinese strings, but no docstrings and no parts of f-strings."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
            and language.is_chinese(node.value)
            and not _PATTERN.search(node.value)
        ):
            yield node.value


def complete(kept: Catalog, wanted: set[str], tongue: str) -> Catalog:
    """Return a language's catalogue with exactly the wanted texts; what was corrected stays."""
    convert = CONVERSION.get(tongue, lambda _text: "")
    whole = Catalog(
        locale=tongue.replace("-", "_"), domain="console", project="Xiangyin", fuzzy=False
    )
    for text in sorted(wanted):
        old = kept.get(text)
        whole.add(text, old.string if old and old.string else convert(text))
    return whole


@catalogue.command("update")
def catalogue_update() -> None:
    """Take new texts into every language, drop what is no longer shown."""
    wanted = texts()
    for tongue in translations.LANGUAGES:
        if tongue == translations.SOURCE:
            continue
        whole = complete(translations.read(tongue), wanted, tongue)
        with translations.path_of(tongue).open("wb") as file:
            write_po(file, whole, width=0, omit_header=True)
        click.echo(f"{tongue}: {len(whole)} texts")
