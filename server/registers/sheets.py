"""Read .xlsx and .csv as offices have them into rows of text. Pure."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime

MOST_ROWS, MOST_COLUMNS = 60_000, 60
LONGEST_CELL = 3000
MOST_UNPACKED = 300 * 1024 * 1024  # bytes: a spreadsheet is a zip, and may be a bomb


class Unreadable(Exception):
    """The file is not what it should be; the message says so in Chinese."""


def rows(content: bytes, filename: str) -> list[list[str]]:
    """Return every row up to the last one that holds anything. Raise Unreadable."""
    name = filename.lower()
    if name.endswith((".xlsx", ".xlsm")):
        found = _workbook(content)
    elif name.endswith((".csv", ".txt")):
        found = _text(content)
    elif name.endswith(".xls"):
        raise Unreadable("这是旧版 .xls，请在表格软件里另存为 .xlsx 再上传。")
    else:
        raise Unreadable("请上传 .xlsx 或 .csv 文件。")
    while found and not any(found[-1]):
        found.pop()
    if not found:
        raise Unreadable("表里没有内容。")
    return found


def _limited(lines: Iterable[list[str]]) -> list[list[str]]:
    found = []
    for line in lines:
        found.append([cell[:LONGEST_CELL] for cell in line[:MOST_COLUMNS]])
        if len(found) > MOST_ROWS:
            raise Unreadable(f"一次最多导入 {MOST_ROWS} 行，请分成几个文件。")
    return found


def _workbook(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook  # here: the web process starts without it

    try:
        _must_be_sane(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return _limited(
            [_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)
        )
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 (readers of hostile formats raise what they like)
        raise Unreadable("这个文件打不开，可能损坏或设了密码。") from None


def _must_be_sane(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
            raise Unreadable("文件太大，请分成几个。")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 13800138000.0 was a telephone number
    return str(value).strip()


def _text(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        first = text[:10_000]
        comma = max(",\t;", key=first.count)
        try:
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=comma)
            return _limited([cell.strip() for cell in line] for line in lines)
        except csv.Error:
            break
    raise Unreadable("这个文件打不开。请在表格软件里另存为 .xlsx 或 CSV（UTF-8）。")
