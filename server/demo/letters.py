"""A letter of the Spring Festival in the making: words, a picture of the hometown, news."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter

from server.greetings import family
from server.greetings import service as greetings
from server.kernel import pictures
from server.kernel.errors import NotFound, Refused
from server.staff import service as staff
from server.staff.permissions import Permission
from server.toolbox import Toolbox

_FESTIVAL = "spring"
_NEWS = (
    ("石桥镇侨史馆开馆，老照片征集中", "https://example.org/qiaoshi"),
    ("云溪到省城的高铁通车，两小时可达", "https://example.org/gaotie"),
)
_SIZE = (1280, 800)
_HILLS = (  # height of the crest, colour: far ones pale
    (360, (178, 196, 189)),
    (430, (139, 167, 156)),
    (520, (95, 132, 118)),
    (620, (58, 96, 82)),
)


def draft(tools: Toolbox, tenant_id: int) -> None:
    """Draft it once, in the name of whoever prepares letters."""
    now = tools.clock.now()
    with tools.sessions.begin() as db:
        editors = [
            one for one in staff.listing(db, tenant_id) if one.may(Permission.PREPARE_GREETINGS)
        ]
        officer = editors[-1]
        if any(one.festival == _FESTIVAL for one in greetings.letters(db, editors[0])):
            return
    picture = pictures.reencoded(_hills())
    key = tools.files.put(picture)
    try:
        with tools.sessions.begin() as db:
            letter = greetings.propose(db, officer, now=now, festival=_FESTIVAL)
            family.add_photo(
                db, officer, letter.id, file_key=key, caption="云溪早春（示意图）",
                size=pictures.size_of(picture), now=now,
            )  # fmt: skip
            family.set_news(db, officer, letter.id, _NEWS, now=now)
    except (NotFound, Refused):
        tools.files.remove([key])


def _hills() -> bytes:
    """Draw hills in the mist: the demo has no photographs of a county that does not exist."""
    width, height = _SIZE
    canvas = Image.new("RGB", _SIZE, (238, 232, 214))
    draw = ImageDraw.Draw(canvas)
    draw.ellipse((930, 110, 1060, 240), fill=(205, 92, 64))
    canvas = canvas.filter(ImageFilter.GaussianBlur(1.5))
    for number, (crest, colour) in enumerate(_HILLS):
        layer = ImageDraw.Draw(canvas)
        line = [
            (x, crest + 70 * _wave(x, number) + 26 * _wave(x * 3 + 200, number + 2))
            for x in range(0, width + 20, 20)
        ]
        layer.polygon([(0, height), *line, (width, height)], fill=colour)
        canvas = canvas.filter(ImageFilter.GaussianBlur(0.8))
    made = io.BytesIO()
    canvas.save(made, "PNG")
    return made.getvalue()


def _wave(x: float, number: int) -> float:
    """Return a smooth curve between -1 and 1, another one for every hill."""
    period = 520 + 90 * number
    at = (x + 170 * number) % period / period
    rise = 1 - abs(2 * at - 1)
    return 2 * rise * rise * (3 - 2 * rise) - 1
