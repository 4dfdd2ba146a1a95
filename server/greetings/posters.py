"""海报: a letter on one sheet, for a group or a wall: its first words and a QR code. Pure."""

from __future__ import annotations

import io
import re

MOST = 80  # characters of the letter: what one reads standing
_SENTENCE = re.compile(r"[^。！？!?…]*[。！？!?…]+[”’」』）)]*")
_PAUSE = re.compile(r"[，、；：,;:]")


def opening(letter: str) -> tuple[str, str]:
    """Return how a letter addresses its readers, if it does, and its words without that line."""
    first, _, rest = letter.strip().partition("\n")
    if first.strip().endswith(("：", ":")):
        return first.strip(), rest.strip()
    return "", letter.strip()


def clipped(words: str, *, signed: str, most: int = MOST) -> str:
    """Return the first whole sentences that fit; of one too long, as far as a pause.

    `signed` is the line the letter is signed with: what stands from there on is left out.
    """
    lines = [line.strip() for line in words.splitlines()]
    body = "".join(lines[: lines.index(signed)] if signed in lines else lines)
    if len(body) <= most:
        return body
    taken = ""
    for sentence in _SENTENCE.findall(body):
        if len(taken) + len(sentence) > most:
            break
        taken += sentence
    return taken or _as_far_as_a_pause(body[: most - 2])


def _as_far_as_a_pause(text: str) -> str:
    pauses = [found.start() for found in _PAUSE.finditer(text) if found.start() > len(text) // 2]
    return (text[: pauses[-1]] if pauses else text) + "……"


def code(link: str) -> bytes:
    """Draw a link as a QR code (PNG: phones know what to do with one that is pressed long)."""
    import segno  # here: the web process starts without its tables

    drawn = io.BytesIO()
    segno.make(link, micro=False, error="m").save(drawn, kind="png", scale=12, border=4)
    return drawn.getvalue()
