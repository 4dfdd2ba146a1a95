"""The 台账 as a spreadsheet: fixed columns, title, who filled it in and when, a watermark.

Text is written as text, marked as such (`quotePrefix`): a name that begins with "=" stays a name,
also after somebody edits the cell or saves the sheet as something else.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image, ImageDraw, ImageFont

from server.people.register import dates, parsing, phones
from server.people.register.reading import Entry
from server.people.register.terms import old_or_new

FIXED = (
    "name", "former", "foreign", "dialect", "sex", "born", "nationality", "identities", "hometown",
    "home", "village_group", "country", "city", "left_on", "new_or_old", "left_how", "education",
    "occupation", "employer", "position", "skills", "associations",
)  # fmt: skip
CONTACTS = ("phone", "email", "wechat", "home_address", "abroad_address")
HARDSHIP = ("hardship",)
LAST = ("verified_on", "remark")
HEADINGS: Mapping[str, str] = {
    **parsing.LABELS,
    "home": "祖籍区划",
    "new_or_old": "老侨/新侨",
    "verified_on": "核对日期",
    "remark": "备注",  # empty: to be written in by hand
}
_WIDE = frozenset(
    {"home", "hometown", "home_address", "abroad_address", "associations", "hardship"}
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above and below the rows."""

    county: str
    title: str  # whom it holds: 侨情台账（意大利·华侨）
    filler: str
    filled_on: date
    number: str
    purpose: str
    receiver: str


class Roll:
    """A workbook being written row by row; little memory however long it is.

    `folder` takes the half-written file, readable by us alone, and is empty again afterwards.
    """

    def __init__(self, heading: Heading, *, contacts: bool, hardship: bool, folder: Path) -> None:
        from xlsxwriter import Workbook  # here: the web process starts without it

        self.fields: tuple[str, ...] = FIXED
        self.fields += CONTACTS if contacts else ()
        self.fields += HARDSHIP if hardship else ()
        self.fields += LAST
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=folder)
        self._content = io.BytesIO()
        self._book = Workbook(self._content, {"constant_memory": True, "tmpdir": self._folder.name})
        self._text = self._book.add_format(
            {"quote_prefix": True, "border": 1, "text_wrap": True, "valign": "top"}
        )
        self._sheet = self._book.add_worksheet("台账")
        self._heading, self._rows = heading, 0
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is not None:
            self._book.close()
        self._folder.cleanup()

    def _begin(self) -> None:
        told, sheet = self._heading, self._sheet
        bold = self._book.add_format({"bold": True, "font_size": 16, "align": "center"})
        plain = self._book.add_format({"quote_prefix": True})
        head = self._book.add_format(
            {"bold": True, "border": 1, "bg_color": "#EFE7DA", "text_wrap": True}
        )
        last = len(self.fields)
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, last, f"{told.county}{told.title}", bold)
        sheet.write_string(1, 0, f"填报单位：{told.county}", plain)
        sheet.write_string(1, 6, f"填表人：{told.filler}", plain)
        sheet.write_string(1, 10, f"填表日期：{told.filled_on:%Y-%m-%d}", plain)
        sheet.write_string(1, 14, "审核人（签字）：", plain)
        sheet.write_string(2, 0, self._warning(), plain)
        sheet.write_string(3, 0, "序号", head)
        sheet.set_column(0, 0, 6)
        for at, field in enumerate(self.fields, 1):
            sheet.write_string(3, at, HEADINGS[field], head)
            sheet.set_column(at, at, 26 if field in _WIDE else 13)
        sheet.freeze_panes(4, 2)
        sheet.repeat_rows(0, 3)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3
        sheet.fit_to_pages(1, 0)
        self._watermark()
        self._book.set_properties({"title": f"{told.county}{told.title}", "comments": told.number})

    def _warning(self) -> str:
        told = self._heading
        return (
            f"内部资料，不得外传。编号 {told.number}，"
            f"{told.filler} 于 {told.filled_on:%Y-%m-%d} 导出；"
            f"用途：{told.purpose}；接收方：{told.receiver}。用后请删除。"
        )

    def _watermark(self) -> None:
        """Mark the screen and every printed page with the number of this very file."""
        mark = _tile(f"{self._heading.number}   {self._heading.filled_on:%Y-%m-%d}")
        self._sheet.set_background(io.BytesIO(mark))
        self._sheet.set_header(
            "&C&G", {"image_center": "mark.png", "image_data_center": io.BytesIO(mark)}
        )
        name = self._heading.filler.replace("&", "&&")
        self._sheet.set_footer(
            f"&L{self._heading.number} {name}&C内部资料 不得外传&R第 &P 页 共 &N 页"
        )

    def add(self, entry: Entry, home: str) -> None:
        """Write one person. `home` is the full name of their division."""
        values = self._values(entry, home)
        self._rows += 1
        row = self._rows + 3
        self._sheet.write_number(row, 0, self._rows, self._text)
        for at, field in enumerate(self.fields, 1):
            self._sheet.write_string(row, at, values[field], self._text)

    def _values(self, entry: Entry, home: str) -> dict[str, str]:
        facts = entry.facts
        values = parsing.written(facts)
        for field in ("born", "left_on"):
            values[field] = dates.shown(getattr(facts, field))
        values["phone"] = "；".join(phones.shown(one) for one in values["phone"].split("；") if one)
        values["home"] = home
        values["new_or_old"] = old_or_new(facts.left_on) or ""
        values["verified_on"] = f"{entry.verified_on:%Y-%m-%d}" if entry.verified_on else ""
        values["remark"] = ""
        return values

    def finish(self) -> bytes:
        """Return the file."""
        self._sheet.write_string(self._rows + 4, 0, f"合计 {self._rows} 人。{self._warning()}")
        self._book.close()
        return self._content.getvalue()


def _tile(words: str) -> bytes:
    """Draw pale words across; digits and Latin letters, which every machine can draw."""
    picture = Image.new("RGBA", (520, 260), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(26)
    pen.text((60, 110), words, font=font, fill=(150, 60, 50, 60))
    file = io.BytesIO()
    picture.rotate(20, resample=Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()
