"""What of a letter stands on its poster: whole sentences, and never its signature twice."""

import io

import pytest
import segno
from PIL import Image

from server.greetings import posters

SIGNED = "云溪县侨联"
LINK = "https://home.test/letters/V0AbCdEf-_12"


@pytest.mark.parametrize(
    ("letter", "to", "words"),
    [
        ("尊敬的乡亲：\n\n新春快乐！\n", "尊敬的乡亲：", "新春快乐！"),
        ("新春快乐！\n阖家安康！", "", "新春快乐！\n阖家安康！"),
        ("尊敬的乡亲:", "尊敬的乡亲:", ""),
        ("", "", ""),
    ],
)
def test_how_a_letter_addresses_its_readers_stands_apart(letter, to, words):
    assert posters.opening(letter) == (to, words)


@pytest.mark.parametrize(
    ("words", "clipped"),
    [
        ("又是清明。望您珍重。", "又是清明。望您珍重。"),
        ("又是清明。\n\n望您珍重。\n\n云溪县侨联\n2026年4月5日", "又是清明。望您珍重。"),
        ("又是清明。" * 3, "又是清明。又是清明。"),
        ("他说：“您好！”又是一年清明节。", "他说：“您好！”"),
        ("山高水远，今年不能，回来的乡亲", "山高水远，今年不能……"),
        ("山高水远今年不能回来的乡亲们", "山高水远今年不能回来……"),
        ("", ""),
    ],
)
def test_a_letter_ends_on_a_poster_where_a_sentence_ends(words, clipped):
    assert posters.clipped(words, signed=SIGNED, most=12) == clipped


def test_the_code_says_the_link_and_nothing_else():
    picture = Image.open(io.BytesIO(posters.code(LINK))).convert("1")
    expected = segno.make(LINK, micro=False, error="m")
    side, quiet = expected.symbol_size(border=0)[0], 4
    assert picture.size == ((side + 2 * quiet) * 12,) * 2
    dark = [
        [picture.getpixel(((x + quiet) * 12 + 6, (y + quiet) * 12 + 6)) == 0 for x in range(side)]
        for y in range(side)
    ]
    assert dark == [[bool(one) for one in row] for row in expected.matrix]
