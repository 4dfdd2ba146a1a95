"""Read a list of divisions as offices and the public data set have them: .csv or .xlsx.

A heading row names the columns: code/代码 and name/名称, perhaps 曾用名 and 公社 with other names.
Titles above it, full-width digits, numbers that a spreadsheet made of codes: all of that is usual.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

from server.kernel.errors import Invalid
from server.places import codes
from server.places.changes import LONGEST_NAME, checked_name
from server.places.names import AliasKind

_HEADING_WITHIN = 15  # rows: titles, units and dates stand above the heading
_CODE = re.compile(r"code|.*(?<!分类)(?:代码|编码)")
_NAME = re.compile(r"name|.*名称|地名|(?:村|社区|村\(社区\)|乡镇|乡镇\(街道\))名?")
_ALIASES = {
    AliasKind.FORMER: re.compile(r"曾用名|原名|旧称|曾称|former"),
    AliasKind.COMMUNE: re.compile(r"公社.*|原公社|commune"),
}
_NATIONWIDE = {"areacode", "streetcode", "provincecode"}  # columns of china-division
_BRACKETS = str.maketrans("()", "（）")
_BETWEEN = re.compile(r"[、，,;；/\s]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that could be read. `row` is its number in the file, from 1."""

    row: int
    code: str
    name: str
    aliases: tuple[tuple[AliasKind, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file says. In a list of the whole country rows of elsewhere are no mistake."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    nationwide: bool


@dataclass(frozen=True, slots=True)
class _Columns:
    row: int
    code: int
    name: int
    aliases: tuple[tuple[AliasKind, int], ...]
    nationwide: bool


def read(path: Path) -> Listing:
    """Read a file. Raise Invalid (fields file) when it is none of ours; rows may have problems."""
    for sheet in _sheets(path):
        rows = iter(sheet)
        top = list(islice(rows, _HEADING_WITHIN))
        columns = _columns(top)
        if columns is not None:
            return _entries(columns, [*top[columns.row :], *rows])
    raise Invalid(fields={"file": ["找不到表头：需要“代码”和“名称”两列"]})


def _sheets(path: Path) -> Iterator[Iterable[Sequence[object]]]:
    if path.suffix.lower() == ".csv":
        yield csv.reader(io.StringIO(_text(path.read_bytes()), newline=""))
    elif path.suffix.lower() == ".xlsx":
        yield from _workbook(path)
    else:
        raise Invalid(fields={"file": ["只能导入 .csv 或 .xlsx 文件"]})


def _text(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(fields={"file": ["文件编码无法识别，请另存为 UTF-8 的 CSV"]})


def _workbook(path: Path) -> Iterator[Iterable[Sequence[object]]]:
    from openpyxl import load_workbook  # here: only those who import a workbook pay for it

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError):
        raise Invalid(fields={"file": ["这个文件不是可以打开的 .xlsx 工作簿"]}) from None
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write wrong ones
            yield sheet.iter_rows(values_only=True)
    finally:
        book.close()


def _columns(rows: Sequence[Sequence[object]]) -> _Columns | None:
    for number, row in enumerate(rows, start=1):
        heads = [_plain(cell).lower().replace(" ", "") for cell in row]
        code = _first(heads, _CODE)
        name = _first(heads, _NAME)
        if code is not None and name is not None and code != name:
            others = ((kind, _first(heads, pattern)) for kind, pattern in _ALIASES.items())
            return _Columns(
                row=number,
                code=code,
                name=name,
                aliases=tuple((kind, at) for kind, at in others if at is not None),
                nationwide=bool(_NATIONWIDE & set(heads)),
            )
    return None


def _first(heads: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((at for at, head in enumerate(heads) if pattern.fullmatch(head)), None)


def _entries(columns: _Columns, rows: Iterable[Sequence[object]]) -> Listing:
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=columns.row + 1):
        code, name = _cell(row, columns.code), _cell(row, columns.name).translate(_BRACKETS)
        if not code and not name:
            continue
        try:
            name = checked_name(name)
            entries.append(Entry(number, codes.normal(code), name, _others(columns, row)))
        except Invalid as refused:
            problems.append(Problem(number, _why(refused, code)))
    return Listing(tuple(entries), tuple(problems), columns.nationwide)


def _why(refused: Invalid, code: str) -> str:
    fields = refused.details["fields"]
    said = [word for one in fields.values() for word in one] if isinstance(fields, dict) else []
    words = "；".join(said)
    if "E+" in code.upper():
        return f"{words}：“{code}”已被电子表格改成科学记数，请把代码列设为文本后重新填写"
    return f"{words}：“{code}”" if code else words


def _others(columns: _Columns, row: Sequence[object]) -> tuple[tuple[AliasKind, str], ...]:
    return tuple(
        (kind, name)
        for kind, at in columns.aliases
        for name in _BETWEEN.split(_cell(row, at))
        if 0 < len(name) <= LONGEST_NAME
    )


def _cell(row: Sequence[object], at: int) -> str:
    return _plain(row[at]) if at < len(row) else ""


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip().strip("'").strip()
