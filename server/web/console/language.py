"""The language of the console: chosen by each officer, kept in a cookie; how templates speak it.

Templates are written in Simplified Chinese. Their literal texts are looked up one by one when
they are shown (`Literals`), and so is every text of ours that Python hands them (`finalize`): a
new page is in the catalogue without anybody marking its texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apiflask import APIBlueprint
from flask import Flask, g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import Environment, pass_context, pass_eval_context
from jinja2.ext import Extension
from jinja2.filters import do_join
from jinja2.lexer import Token, TokenStream
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from server.kernel import catalogue
from server.places import countries, zones
from server.web.console.shell import csrf
from server.web.context import tools

bp = APIBlueprint("console_language", __name__, url_prefix="/console", enable_openapi=False)
COOKIE = "xiangyin_language"
YEAR = 365 * 24 * 3600

# A text between tags or inside a quoted attribute, without the spaces around it.
LITERAL = re.compile(r"""[^<>"\s](?:[^<>"\n]*[^<>"\s])?""")
_HAN = re.compile(r"[\u3400-\u9fff]")


def is_chinese(text: str) -> bool:
    """Tell whether a text has any Chinese character."""
    return _HAN.search(text) is not None


def language() -> str:
    """Return the language of this request."""
    if not has_request_context():
        return catalogue.SOURCE
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in catalogue.LANGUAGES else catalogue.SOURCE
    return str(g.language)


def said(text: str, **values: object) -> str:
    """Return a text of ours in the language of this request, its gaps filled.

    Values that are texts of ours are translated as well.
    """
    tongue = language()
    told = {
        name: catalogue.translate(value, tongue) if isinstance(value, str) else value
        for name, value in values.items()
    }
    found = catalogue.translate(text, tongue)
    return found.format(**told) if told else found


def _markup(text: str) -> Markup:
    return Markup(catalogue.translate(text, language()))  # noqa: S704 (texts of our own templates)


@pass_context
def finalize(_context: Context, value: object) -> object:
    """Translate a text of ours right before it is shown; everything else stays as it is."""
    return said(value) if type(value) is str else value


@pass_eval_context
def _join(
    context: EvalContext, value: Iterable[object], d: str = "", attribute: str | None = None
) -> str:
    told = value if attribute else [said(one) if type(one) is str else one for one in value]
    joined: str = do_join(context, told, d, attribute)
    return joined


class Literals(Extension):
    """Makes every literal Chinese text of the console's templates a look-up in the catalogue."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        ours = (stream.name or "").startswith("console/")
        for token in stream:
            if ours and token.type == "data" and _HAN.search(token.value):
                yield from _data(token)
            elif ours and token.type == "string" and _HAN.search(token.value):
                yield from _call(token.lineno, "said", token.value)
            else:
                yield token


def _data(token: Token) -> Iterator[Token]:
    line, end = token.lineno, 0
    for found in LITERAL.finditer(token.value):
        if not _HAN.search(found[0]):
            continue
        yield Token(line, "data", token.value[end : found.start()])
        yield Token(line, "variable_begin", "")
        yield from _call(line, "literally", found[0])
        yield Token(line, "variable_end", "")
        end = found.end()
    yield Token(line, "data", token.value[end:])


def _call(line: int, name: str, text: str) -> Iterator[Token]:
    yield Token(line, "name", name)
    yield Token(line, "lparen", "(")
    yield Token(line, "string", text)
    yield Token(line, "rparen", ")")


def literals(environment: Environment, source: str) -> list[str]:
    """Return the texts of a template that are looked up, in their order."""
    texts = []
    for _line, kind, value in environment.lex(source):
        if kind == "data":
            texts += [one for one in LITERAL.findall(value) if _HAN.search(one)]
        elif kind == "string" and _HAN.search(value):
            texts.append(value[1:-1])
    return texts


def zone_name(zone: str) -> str:
    """Return what a zone is called in the language of this request; an unknown one as it is."""
    country, city = zones.parts(zone, language())
    words = [said(countries.name_of(country)) if country else "", city or ""]
    return " ".join(one for one in words if one) or zone


def register(app: Flask) -> None:
    """Teach the templates of the console to speak the language of the request."""
    environment = app.jinja_env
    environment.add_extension(Literals)
    environment.finalize = finalize
    environment.filters["join"] = _join
    environment.filters["zone"] = zone_name
    environment.globals.update(
        said=said,
        literally=_markup,
        language=language,
        languages=catalogue.LANGUAGES,
    )


@bp.post("/language")
def choose() -> ResponseReturnValue:
    csrf.protect()
    answer = redirect(_back())
    chosen = request.form.get("language", "")
    if chosen in catalogue.LANGUAGES:
        answer.set_cookie(
            COOKIE, chosen, max_age=YEAR, path="/console", httponly=True, samesite="Lax",
            secure=not tools().settings.demo,
        )  # fmt: skip
    return answer


def _back() -> str:
    """Return the page the choice was made on; never one outside the console."""
    path = request.form.get("back", "")
    return path if re.fullmatch(r"/console/[\w/\-]*", path) else url_for("console_today.door")
