"""统一社会信用代码 (GB 32100-2015): good ones pass, a slip of the pen never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.organisations import credit_codes
from server.organisations.credit_codes import CHARACTERS

firsts = st.text(CHARACTERS, min_size=17, max_size=17)


def good(first):
    return first + credit_codes.check_character(first)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "12100000400000456A"[:17]])
def test_published_codes_are_told_apart(code):
    wrong = credit_codes.complaint(code)
    assert (wrong is None) == (len(code) == 18)


@given(firsts)
def test_a_code_with_its_check_character_is_good(first):
    assert credit_codes.complaint(good(first)) is None


@given(firsts, st.integers(0, 17), st.sampled_from(CHARACTERS))
def test_one_wrong_character_is_always_noticed(first, place, other):
    code = good(first)
    changed = code[:place] + other + code[place + 1 :]
    assert (credit_codes.complaint(changed) is None) == (changed == code)


@given(firsts)
def test_full_width_small_letters_and_spaces_are_read(first):
    code = good(first)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    for written in (wide, code.lower(), " ".join(code), f"{code[:8]}-{code[8:]}"):
        assert credit_codes.tidy(written) == code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("123", "18 位，这里有 3 位"),
        ("O" * 18, "O"),
        ("91350100M000100Y44", "校验位不对"),
    ],
)
def test_what_is_wrong_is_said(code, words):
    assert words in credit_codes.complaint(code)
