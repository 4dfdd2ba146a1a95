"""Codes of divisions: what lies inside what, told by digits alone and by climbing a tree."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kernel.errors import Invalid
from server.places import codes
from server.places.codes import Level

SHIPPED = [
    row["code"]
    for row in csv.DictReader(
        Path(codes.__file__).with_name("national.csv").read_text(encoding="utf-8").splitlines()
    )
]
IRREGULAR = [
    "441900",
    "442000",
    "460400",
    "620200",
    "429004",
    "469005",
    "659001",
    "110101",
    "500235",
]
ABOVE_COUNTIES = ["710000", "810000", "820000"]

towns = st.builds(
    lambda county, number: f"{county}{number:03}",
    st.sampled_from(IRREGULAR + SHIPPED[::97]).filter(lambda code: not code.endswith("0000")),
    st.integers(1, 999),
)
villages = st.builds(lambda town, number: f"{town}{number:03}", towns, st.integers(1, 999))
hamlets = st.builds(lambda village, number: f"{village}{number:03}", villages, st.integers(1, 999))
divisions = st.one_of(st.sampled_from(SHIPPED + ABOVE_COUNTIES), towns, villages, hamlets)


def climb(code: str, there: set[str]) -> set[str]:
    """All a division lies in, by asking for each parent in turn, as a clerk would."""
    found = {code}
    while True:
        if len(code) > 6:
            code = code[:-3]
        elif code[4:] != "00":
            code = code[:4] + "00"
        elif code[2:] != "0000":
            code = code[:2] + "0000"
        else:
            return found
        if code in there:
            found.add(code)


@given(st.sets(divisions, max_size=8))
def test_inside_by_digits_is_inside_by_climbing(some):
    there = {*SHIPPED, *some}
    for one in some:
        holders = climb(one, there)
        for other in some | {"440000", "441900", "330000", "460000"}:
            inside = codes.inside(codes.path_of(one), codes.path_of(other))
            assert inside == (other in holders), (one, other)


@given(divisions, divisions)
def test_inside_is_one_range_of_sorted_digits(one, other):
    low, high = codes.bounds(codes.path_of(other))
    path = codes.path_of(one)
    assert (low <= path <= high) == codes.inside(path, codes.path_of(other))


@given(divisions)
def test_a_path_gives_its_code_back_and_lies_in_all_above(code):
    path = codes.path_of(code)
    assert codes.code_of(path) == code == codes.normal(code)
    assert all(codes.inside(path, above) and path != above for above in codes.above(path))
    assert codes.normal(code.ljust(12, "0")) == code


@given(st.lists(divisions, max_size=6), divisions)
def test_a_scope_covers_what_one_of_its_parts_covers(parts, code):
    paths = [codes.path_of(one) for one in parts]
    scope = codes.scope(paths)
    path = codes.path_of(code)
    assert scope.covers(path) == any(path.startswith(one) for one in paths)
    assert not any(
        codes.inside(one, other) for one in scope.paths for other in scope.paths if one != other
    )
    assert codes.scope(paths[:3]) | codes.scope(paths[3:]) == scope


def test_everywhere_nowhere_and_unknown():
    assert codes.EVERYWHERE.covers("331121")
    assert not codes.EVERYWHERE.covers(None)
    assert not codes.NOWHERE.covers("33")
    assert codes.scope([]) == codes.NOWHERE


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("330000", Level.PROVINCE),
        ("331100", Level.PREFECTURE),
        ("441900", Level.PREFECTURE),
        ("331121", Level.COUNTY),
        ("429004", Level.COUNTY),
        ("441900101", Level.TOWN),
        ("331121001001", Level.VILLAGE),
        ("331121001001001", Level.HAMLET),
        ("331121001001001002", Level.HAMLET),
    ],
)
def test_levels(code, level):
    assert codes.level_of(code) is level


@pytest.mark.parametrize(
    ("written", "kept"),
    [("33", "330000"), ("3311", "331100"), (" 331121 ", "331121"), ("331121001000", "331121001")],
)
def test_codes_as_lists_write_them(written, kept):
    assert codes.normal(written) == kept


@pytest.mark.parametrize("wrong", ["", "3", "33112", "3311210", "33112x", "000000", "１２３４５６"])
def test_what_is_no_code_is_refused(wrong):
    with pytest.raises(Invalid):
        codes.normal(wrong)


@given(st.sets(st.integers(1, 999)), st.sampled_from(["331121", "331121001", "331121001001"]))
def test_own_numbers_never_collide_with_each_other_or_with_official_ones(taken, parent):
    there = {f"{parent}{number:03}" for number in taken}
    first = 901 if len(parent) < 12 else 1
    if taken >= set(range(first, 1000)):
        return
    code = codes.own_code(parent, there)
    assert code not in there
    assert codes.inside(code, parent)
    assert int(code[-3:]) >= first


def test_there_are_no_own_numbers_below_a_province_or_too_deep():
    for parent in ("330000", "1" * 24):
        with pytest.raises(Invalid):
            codes.own_code(parent, set())
