"""Festival dates against a second library, the printed table, and the known traps."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Lunar, Solar

from server.greetings.calendar import (
    CATALOGUE,
    Audience,
    Kind,
    days_in,
    ganzhi,
    lunar_year,
    next_festival,
    occasion_on,
    occasions,
    zodiac,
)

LUNAR = {
    "spring": (1, 1),
    "lantern": (1, 15),
    "double_third": (3, 3),
    "mazu": (3, 23),
    "dragon_boat": (5, 5),
    "qixi": (7, 7),
    "zhongyuan": (7, 15),
    "mid_autumn": (8, 15),
    "double_ninth": (9, 9),
    "laba": (12, 8),
    "little_new_year_north": (12, 23),
    "little_new_year_south": (12, 24),
}

TABLE = {  # DOMAIN §5.1, month-day in 2026 … 2030
    "new_year": "01-01 01-01 01-01 01-01 01-01",
    "laba": "01-26 01-15 01-04 01-22 01-11",
    "little_new_year_north": "02-10 01-30 01-19 02-06 01-26",
    "little_new_year_south": "02-11 01-31 01-20 02-07 01-27",
    "new_year_eve": "02-16 02-05 01-25 02-12 02-02",
    "spring": "02-17 02-06 01-26 02-13 02-03",
    "lantern": "03-03 02-20 02-09 02-27 02-17",
    "womens_day": "03-08 03-08 03-08 03-08 03-08",
    "double_third": "04-19 04-09 03-28 04-16 04-05",
    "qingming": "04-05 04-05 04-04 04-04 04-05",
    "labour_day": "05-01 05-01 05-01 05-01 05-01",
    "youth_day": "05-04 05-04 05-04 05-04 05-04",
    "childrens_day": "06-01 06-01 06-01 06-01 06-01",
    "mazu": "05-09 04-29 04-17 05-06 04-25",
    "dragon_boat": "06-19 06-09 05-28 06-16 06-05",
    "qixi": "08-19 08-08 08-26 08-16 08-05",
    "zhongyuan": "08-27 08-16 09-03 08-24 08-13",
    "mid_autumn": "09-25 09-15 10-03 09-22 09-12",
    "national": "10-01 10-01 10-01 10-01 10-01",
    "double_ninth": "10-18 10-08 10-26 10-16 10-05",
    "winter_solstice": "12-22 12-22 12-21 12-21 12-22",
    "thanksgiving_us": "11-26 11-25 11-23 11-22 11-28",
    "thanksgiving_ca": "10-12 10-11 10-09 10-08 10-14",
    "christmas": "12-25 12-25 12-25 12-25 12-25",
}


def by_lunar_python(year, month, day):
    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


@pytest.mark.parametrize("code", sorted(LUNAR))
def test_every_lunar_festival_1950_to_2100_agrees_with_a_second_library(code):
    expected = {by_lunar_python(year, *LUNAR[code]) for year in range(1949, 2101)}
    ours = {day for year in range(1950, 2101) for day in days_in(code, year)}
    assert ours == {day for day in expected if 1950 <= day.year <= 2100}


def test_every_eve_is_the_last_day_of_the_twelfth_month():
    for year in range(1950, 2101):
        (eve,) = days_in("new_year_eve", year)
        lunar = Solar.fromYmd(eve.year, eve.month, eve.day).getLunar()
        assert lunar.getMonth() == 12
        assert lunar.getDay() in {29, 30}
        following = eve + timedelta(days=1)
        assert days_in("spring", year) == (following,)


def test_the_eve_is_on_the_29th_in_short_years_and_on_the_30th_in_2030():
    last = {}
    for year in range(2026, 2032):  # the eve in 2026 closes lunar 2025
        (eve,) = days_in("new_year_eve", year)
        last[year - 1] = Solar.fromYmd(eve.year, eve.month, eve.day).getLunar().getDay()
    assert last == {2025: 29, 2026: 29, 2027: 29, 2028: 29, 2029: 30, 2030: 29}


def test_both_solar_terms_1950_to_2100_agree_with_a_second_library():
    for year in range(1950, 2101):
        terms = Lunar.fromYmd(year, 6, 1).getJieQiTable()
        for code, key in (("qingming", "清明"), ("winter_solstice", "DONG_ZHI")):
            solar = terms[key]  # the key 冬至 would be the solstice of the year before
            expected = date(solar.getYear(), solar.getMonth(), solar.getDay())
            assert days_in(code, year) == (expected,)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_the_printed_table_of_2026_to_2030_is_met(code):
    printed = [f"{2026 + n}-{day}" for n, day in enumerate(TABLE[code].split())]
    assert [str(day) for year in range(2026, 2031) for day in days_in(code, year)] == printed


def test_a_leap_fifth_month_gives_one_dragon_boat_festival():
    assert days_in("dragon_boat", 2028) == (date(2028, 5, 28),)
    assert occasion_on(date(2028, 6, 27)) is None


def test_no_leap_month_ever_doubles_a_festival_within_a_lunar_year():
    for code in LUNAR:
        days = [day for year in range(1950, 2101) for day in days_in(code, year)]
        gaps = {(later - earlier).days for earlier, later in pairwise(days)}
        assert gaps <= {353, 354, 355, 383, 384, 385}, code


def test_laba_may_fall_twice_in_a_gregorian_year_and_not_at_all_in_another():
    counts = {year: len(days_in("laba", year)) for year in range(1950, 2101)}
    assert set(counts.values()) == {0, 1, 2}
    assert sum(counts.values()) in {150, 151}


def test_mid_autumn_in_the_national_day_week_is_greeted_once_with_it():
    found = [one for one in occasions(date(2028, 9, 20), date(2028, 10, 10)) if _greeted(one)]
    assert [(str(one.day), one.name) for one in found] == [("2028-10-01", "国庆节、中秋节")]


def test_a_remembrance_outweighs_a_local_festival_on_its_day():
    merged = occasion_on(date(2030, 4, 5))
    assert (merged.code, merged.name, merged.kind) == ("qingming", "清明节", Kind.MEMORIAL)
    assert merged.has("double_third")
    assert merged.mourning


def test_laba_on_new_years_day_is_one_occasion():
    merged = occasion_on(date(2031, 1, 1))
    assert [festival.code for festival in merged.festivals] == ["new_year", "laba"]
    assert merged.name == "元旦"


@given(st.dates(date(1950, 1, 1), date(2100, 6, 1)))
def test_a_day_has_at_most_one_occasion_and_the_next_one_is_never_in_the_past(day):
    days = [one.day for one in occasions(day, day + timedelta(days=370))]
    assert days == sorted(set(days))
    coming = next_festival(day)
    assert coming.day >= day
    assert _greeted(coming)
    assert coming.festivals[0].audience is Audience.EVERYONE
    between = occasions(day, coming.day - timedelta(days=1))
    assert not [
        one for one in between if _greeted(one) and one.festivals[0].audience is Audience.EVERYONE
    ]


def test_the_next_festival_after_late_november_is_new_years_day_not_the_solstice():
    assert next_festival(date(2026, 11, 20)).code == "new_year"
    assert next_festival(date(2027, 1, 1)).code == "new_year"
    assert next_festival(date(2027, 1, 2)).code == "spring"


def test_a_day_for_a_part_of_the_people_is_next_only_when_asked_for():
    day = date(2027, 3, 1)
    assert next_festival(day).code == "qingming"
    assert next_festival(day, for_everyone=False).code == "womens_day"


def test_the_greeted_the_remembered_and_the_never_greeted():
    kinds = {kind: {code for code, one in CATALOGUE.items() if one.kind is kind} for kind in Kind}
    assert kinds[Kind.MEMORIAL] == {"qingming"}
    assert kinds[Kind.NEVER] == {"christmas", "thanksgiving_us", "thanksgiving_ca"}
    assert {"new_year", "spring", "lantern", "dragon_boat", "mid_autumn", "national"} <= kinds[
        Kind.GREET
    ]
    assert {"laba", "winter_solstice", "zhongyuan", "new_year_eve"} <= kinds[Kind.OPTIONAL]
    assert CATALOGUE["zhongyuan"].mourning
    assert "华侨节" not in {one.name for one in CATALOGUE.values()}


def test_stem_branch_and_animal_change_at_spring_festival():
    assert (ganzhi(2026), zodiac(2026)) == ("丙午", "马")
    assert [zodiac(year) for year in range(2026, 2031)] == list("马羊猴鸡狗")
    assert lunar_year(date(2027, 2, 5)) == 2026
    assert lunar_year(date(2027, 2, 6)) == 2027


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_stem_branch_and_animal_agree_with_a_second_library(day):
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    assert ganzhi(lunar_year(day)) == lunar.getYearInGanZhi()
    assert zodiac(lunar_year(day)) == lunar.getYearShengXiao()


@pytest.mark.parametrize("year", [1949, 2101])
def test_outside_its_years_the_calendar_says_so(year):
    with pytest.raises(ValueError, match="1950 to 2100"):
        days_in("spring", year)


def test_the_end_of_the_calendar_has_no_next_festival():
    assert next_festival(date(2100, 12, 30)) is None


def _greeted(occasion):
    return occasion.kind in {Kind.GREET, Kind.MEMORIAL}
