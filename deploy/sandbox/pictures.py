"""Pictures that stand for codes: a pattern drawn from the text, not a readable QR code."""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import Image, ImageDraw

CELLS, MARGIN = 29, 2
DARK, LIGHT = (34, 34, 34), (255, 255, 255)


def _corner(x: int, y: int) -> bool | None:
    """Tell whether a cell of the three corner marks is dark; None outside them."""
    for left, top in ((0, 0), (CELLS - 7, 0), (0, CELLS - 7)):
        dx, dy = x - left, y - top
        if -1 <= dx <= 7 and -1 <= dy <= 7:
            ring = max(abs(dx - 3), abs(dy - 3))
            return ring in (0, 1, 3)
    return None


def square(
    text: str, width: int, *, kind: str = "PNG", ink: tuple[int, int, int] = DARK,
    clear: bool = False,
) -> bytes:  # fmt: skip
    """Return a square picture that differs for every text; `clear` makes the ground transparent."""
    bits = hashlib.shake_128(text.encode()).digest(CELLS * CELLS)
    full = CELLS + 2 * MARGIN
    ground = (255, 255, 255, 0) if clear and kind == "PNG" else (*LIGHT, 255)
    picture = Image.new("RGBA", (full, full), ground)
    pen = ImageDraw.Draw(picture)
    for y in range(CELLS):
        for x in range(CELLS):
            mark = _corner(x, y)
            if mark if mark is not None else bits[y * CELLS + x] & 1:
                pen.point((x + MARGIN, y + MARGIN), fill=(*ink, 255))
    picture = picture.resize((width, width), Image.Resampling.NEAREST)
    out = BytesIO()
    (picture if kind == "PNG" else picture.convert("RGB")).save(out, kind)
    return out.getvalue()


def circle(
    text: str, width: int, *, ink: tuple[int, int, int] = DARK, clear: bool = False
) -> bytes:
    """Return a round picture, as mini-program codes are, that differs for every text."""
    bits = hashlib.shake_128(text.encode()).digest(72 * 8)
    picture = Image.new("RGBA", (width, width), (255, 255, 255, 0 if clear else 255))
    pen = ImageDraw.Draw(picture)
    centre, ring = width / 2, width / 2 / 12
    for radius in range(8):
        outer = (radius + 4) * ring
        for step in range(72):
            if bits[radius * 72 + step] & 1:
                box = (centre - outer, centre - outer, centre + outer, centre + outer)
                pen.arc(
                    box, step * 5, step * 5 + 4, fill=(*ink, 255), width=max(1, int(ring * 0.6))
                )
    hub = ring * 3
    pen.ellipse((centre - hub, centre - hub, centre + hub, centre + hub), fill=(*ink, 255))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
