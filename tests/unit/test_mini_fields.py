"""What becomes of the text people type, and of the pictures they send."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from server.kernel.errors import Invalid
from server.kernel.pictures import LONGEST, reencoded
from server.web.mini.fields import tidy

ANYTHING = st.text(st.characters(exclude_categories=()))  # halves of emoji too


@given(ANYTHING, st.booleans())
def test_what_is_kept_can_be_stored_and_is_not_changed_again(text, lines):
    kept = tidy(text, lines=lines)
    assert tidy(kept, lines=lines) == kept
    assert kept.encode().decode() == kept
    assert "\0" not in kept
    assert lines or "\n" not in kept


@given(st.text("中文汉字，。！abcXYZ019👨‍👩‍👧ñé", min_size=1))
def test_ordinary_words_stay_as_they_are(text):
    assert tidy(text, lines=True) == text.strip()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("一\r\n二\r三", "一\n二\n三"),
        ("\u3000 王阿姨 \t", "王阿姨"),
        ("好\ud83d", "好"),
        ("左\u202e右", "左右"),
        ("👨‍👩‍👧 全家", "👨‍👩‍👧 全家"),
    ],
)
def test_a_paste_is_tidied(typed, kept):
    assert tidy(typed, lines=True) == kept


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_any_small_picture_keeps_its_size(width, height, form):
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, form)
    with Image.open(io.BytesIO(reencoded(made.getvalue()))) as kept:
        assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (width, height))


def test_a_long_screenshot_is_made_to_fit():
    made = io.BytesIO()
    Image.new("L", (500, 12_000), 200).save(made, "PNG")
    with Image.open(io.BytesIO(reencoded(made.getvalue()))) as kept:
        assert max(kept.size) == LONGEST


@given(st.binary(max_size=300))
def test_junk_is_refused_and_breaks_nothing(junk):
    for start in (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 "):
        with pytest.raises(Invalid):
            reencoded(start + junk)
