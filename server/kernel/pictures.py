"""Make a photo harmless: upright, small enough, without what the camera wrote into it. Pure."""

from __future__ import annotations

import io
import threading

from PIL import Image, ImageOps

from server.kernel.errors import Invalid

LONGEST = 2000  # pixels of the longer side: enough to read a document
MAX_PIXELS = 50_000_000  # a decompression bomb is larger
MAX_SIDE = 30_000
FORMATS = ("JPEG", "PNG", "WEBP")
CHAT_FORMATS = (*FORMATS, "GIF", "BMP")  # what WeChat itself lets people send (WECHAT §4.7)
_AT_ONCE = threading.BoundedSemaphore(2)  # each may take 200 MB while it is worked on


def size_of(picture: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a picture `reencoded` has made."""
    with Image.open(io.BytesIO(picture), formats=("JPEG",)) as opened:
        return opened.size


def reencoded(
    content: bytes, *, formats: tuple[str, ...] = FORMATS, longest: int = LONGEST
) -> bytes:
    """Return the picture as JPEG, upright, at most 2,000 px, without place, time or camera.

    Of a moving picture the first frame is kept. Raise Invalid for what is no picture, is cut
    short or is absurdly large.
    """
    try:
        with _AT_ONCE, Image.open(io.BytesIO(content), formats=formats) as picture:
            _must_be_sane(picture)  # only the header was read so far
            return _jpeg(picture, longest)
    except Invalid:
        raise
    except Image.DecompressionBombError:
        raise _invalid("照片尺寸太大") from None
    except Exception:  # noqa: BLE001 (readers of hostile formats raise what they like)
        raise _invalid("这不是能打开的照片，请用 JPG、PNG 或 WebP") from None


def _must_be_sane(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
        raise _invalid("照片尺寸太大")


def _jpeg(picture: Image.Image, longest: int) -> bytes:
    picture.draft("RGB", (longest, longest))  # JPEG only: decodes no more than is needed
    picture.load()
    _upright(picture)
    picture.thumbnail((longest, longest))
    clean = Image.new("RGB", picture.size, "white")  # carries nothing over but the pixels
    if picture.has_transparency_data:
        pixels = picture.convert("RGBA")
        clean.paste(pixels, mask=pixels.getchannel("A"))
    else:
        clean.paste(picture.convert("RGB"))
    made = io.BytesIO()
    clean.save(made, "JPEG", quality=85)
    return made.getvalue()


def _upright(picture: Image.Image) -> None:
    try:
        ImageOps.exif_transpose(picture, in_place=True)
    except Exception:  # noqa: BLE001 (broken camera data must not lose the photo)
        picture.info.pop("exif", None)


def _invalid(words: str) -> Invalid:
    return Invalid(fields={"file": [words]})
