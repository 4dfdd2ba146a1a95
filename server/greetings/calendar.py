"""When festivals fall and how they may be greeted. Pure; China Standard Time; 1950 to 2100."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from borax.calendars.lunardate import (  # type: ignore[import-untyped]
    LunarDate,
    TermUtils,
)

FIRST_YEAR, LAST_YEAR = 1950, 2100


class Kind(StrEnum):
    GREET = "greet"  # a letter is proposed
    MEMORIAL = "memorial"  # a notice of remembrance (追思) is proposed, never cheer
    OPTIONAL = "optional"  # shown in the mini-program; sent only when an officer asks for it
    NEVER = "never"  # shown at most as a festival of the country of residence; never sent


class Audience(StrEnum):
    EVERYONE = "everyone"
    WOMEN = "women"  # known as such; whoever is not known belongs to no audience
    ELDERS = "elders"
    YOUTH = "youth"
    FAMILIES = "families"  # parents; no data of children


@dataclass(frozen=True, slots=True)
class Festival:
    """One entry of the catalogue."""

    code: str
    name: str  # Chinese, as it stands in a letter
    kind: Kind
    audience: Audience = Audience.EVERYONE
    local: bool = False  # kept in some counties only (妈祖诞, 三月三, 小年)
    mourning: bool = False  # nothing joyful may be said, whatever the kind


@dataclass(frozen=True, slots=True)
class Occasion:
    """One day and everything that falls on it: at most one letter goes out for all of it."""

    day: date
    festivals: tuple[Festival, ...]  # the weightiest first; it names the letter

    @property
    def code(self) -> str:
        return self.festivals[0].code

    @property
    def kind(self) -> Kind:
        return self.festivals[0].kind

    @property
    def name(self) -> str:
        """国庆节、中秋节 when two that are both greeted fall together, else the first alone."""
        greeted = [festival.name for festival in self.festivals if festival.kind is self.kind]
        return "、".join(greeted)

    @property
    def mourning(self) -> bool:
        return any(festival.mourning for festival in self.festivals)

    def has(self, code: str) -> bool:
        return any(festival.code == code for festival in self.festivals)


_CATALOGUE = (  # the order is the weight when two fall on one day (DOMAIN §5.1, §5.2)
    Festival("spring", "春节", Kind.GREET),
    Festival("qingming", "清明节", Kind.MEMORIAL, mourning=True),
    Festival("new_year", "元旦", Kind.GREET),
    Festival("national", "国庆节", Kind.GREET),
    Festival("mid_autumn", "中秋节", Kind.GREET),
    Festival("lantern", "元宵节", Kind.GREET),
    Festival("dragon_boat", "端午节", Kind.GREET),
    Festival("double_ninth", "重阳节", Kind.GREET, Audience.ELDERS),
    Festival("womens_day", "三八国际妇女节", Kind.GREET, Audience.WOMEN),
    Festival("new_year_eve", "除夕", Kind.OPTIONAL),  # the letter of 春节 speaks for both days
    Festival("winter_solstice", "冬至", Kind.OPTIONAL),
    Festival("laba", "腊八节", Kind.OPTIONAL),
    Festival("little_new_year_north", "小年（北方）", Kind.OPTIONAL, local=True),
    Festival("little_new_year_south", "小年（南方）", Kind.OPTIONAL, local=True),
    Festival("zhongyuan", "中元节", Kind.OPTIONAL, local=True, mourning=True),
    Festival("double_third", "三月三", Kind.OPTIONAL, local=True),
    Festival("mazu", "妈祖诞辰", Kind.OPTIONAL, local=True),
    Festival("qixi", "七夕节", Kind.OPTIONAL),
    Festival("labour_day", "劳动节", Kind.OPTIONAL),
    Festival("youth_day", "五四青年节", Kind.OPTIONAL, Audience.YOUTH),
    Festival("childrens_day", "六一儿童节", Kind.OPTIONAL, Audience.FAMILIES),
    Festival("thanksgiving_us", "感恩节（美国）", Kind.NEVER),
    Festival("thanksgiving_ca", "感恩节（加拿大）", Kind.NEVER),
    Festival("christmas", "圣诞节", Kind.NEVER),
)
CATALOGUE = {festival.code: festival for festival in _CATALOGUE}
_WEIGHT = {festival.code: place for place, festival in enumerate(_CATALOGUE)}

# Two new moons fall minutes before midnight. borax begins these months a day late; the other
# five libraries compared and an ephemeris (23:57, 23:59) agree on the earlier day. In 2057 the
# ninth month (23:59:50) divides the sources three to three, and borax is left as it is.
_BEGINS_A_DAY_EARLIER = frozenset({(2089, 8), (2097, 7)})
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_ANIMALS = "鼠牛虎兔龙蛇马羊猴鸡狗猪"


@dataclass(frozen=True, slots=True)
class Own:
    """What a county keeps beside the catalogue, leaves out of it, or keeps on another day."""

    festivals: tuple[tuple[Festival, Callable[[int], date]], ...] = ()
    left_out: frozenset[str] = frozenset()
    moved: Mapping[tuple[str, int], date] = field(default_factory=dict)  # (code, year) -> day


NOTHING_OWN = Own()


def lunar_day(year: int, month: int, day: int) -> date:
    """Return the day of a lunar date; the ordinary month, never the leap month of its number."""
    solar: date = LunarDate(year, month, day, leap=0).to_solar_date()
    return solar - timedelta(days=1) if (year, month) in _BEGINS_A_DAY_EARLIER else solar


def lunar_year(day: date) -> int:
    """Return the lunar year a day belongs to, named by the Gregorian year it begins in."""
    return day.year if day >= lunar_day(day.year, 1, 1) else day.year - 1


def ganzhi(year: int) -> str:
    """Return the stem and branch (干支) of a lunar year, 丙午 for 2026."""
    return _STEMS[(year - 4) % 10] + _BRANCHES[(year - 4) % 12]


def zodiac(year: int) -> str:
    """Return the animal (生肖) of a lunar year, 马 for 2026."""
    return _ANIMALS[(year - 4) % 12]


def days_in(code: str, year: int) -> tuple[date, ...]:
    """Return every day of a Gregorian year on which a festival falls.

    Nearly always one. 腊八 may fall twice in one Gregorian year and not at all in another.
    Raises KeyError for a code outside the catalogue, ValueError for a year outside 1950–2100.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the calendar covers {FIRST_YEAR} to {LAST_YEAR}")
    return _days(_RULES[code], year)


def days_of(code: str, year: int, own: Own) -> tuple[date, ...]:
    """Return the days of a festival by the almanac, not where a county moved it; none if unknown.

    Raises ValueError for a year outside 1950–2100.
    """
    if code in CATALOGUE:
        return days_in(code, year)
    return next((_days(rule, year) for one, rule in own.festivals if one.code == code), ())


def occasions(first: date, last: date, own: Own = NOTHING_OWN) -> Iterator[Occasion]:
    """Yield every festival day from first to last, both included, coincidences merged.

    With what the county keeps of its own: the weight of its festivals comes after the catalogue's.
    """
    for year in range(max(first.year, FIRST_YEAR), min(last.year, LAST_YEAR) + 1):
        by_day: dict[date, list[Festival]] = {}
        for festival, day in _kept(year, own):
            by_day.setdefault(_greeted_on(festival, day), []).append(festival)
        for day in sorted(by_day):
            if first <= day <= last:
                weighed = sorted(by_day[day], key=lambda one: _WEIGHT.get(one.code, len(_WEIGHT)))
                yield Occasion(day, tuple(weighed))


def _kept(year: int, own: Own) -> Iterator[tuple[Festival, date]]:
    for festival in _CATALOGUE:
        if festival.code not in own.left_out:
            moved = own.moved.get((festival.code, year))
            for day in days_in(festival.code, year) if moved is None else (moved,):
                yield festival, day
    for festival, rule in own.festivals:
        moved = own.moved.get((festival.code, year))
        days = _days(rule, year) if moved is None else (moved,)
        for day in days:
            yield festival, day


def _days(rule: Callable[[int], date], year: int) -> tuple[date, ...]:
    return tuple(sorted({day for one in (year - 1, year) if (day := rule(one)).year == year}))


def occasion_on(day: date, own: Own = NOTHING_OWN) -> Occasion | None:
    """Return what is kept on a day, or None on an ordinary day."""
    return next(occasions(day, day, own), None)


def next_festival(
    day: date, own: Own = NOTHING_OWN, *, for_everyone: bool = True
) -> Occasion | None:
    """Return the next day, from `day` on, for which a letter or notice is proposed.

    With `for_everyone`, days that concern a part of the people only (三八) are passed over.
    None only at the very end of the calendar.
    """
    for occasion in occasions(day, day + timedelta(days=400), own):
        proposed = occasion.kind in {Kind.GREET, Kind.MEMORIAL}
        if proposed and not (
            for_everyone and occasion.festivals[0].audience is not Audience.EVERYONE
        ):
            return occasion
    return None


def _greeted_on(festival: Festival, day: date) -> date:
    """Move 中秋 inside the National Day week to 1 October, so that one letter speaks for both."""
    if festival.code == "mid_autumn" and date(day.year, 10, 1) <= day <= date(day.year, 10, 7):
        return date(day.year, 10, 1)
    return day


def rule(kind: str, month: int, day: int, weekday: int | None = None) -> Callable[[int], date]:
    """Make the rule of a county's own festival: solar, lunar, or nth weekday (`day` is the nth).

    A day a month does not have in some year is its last one. Raise ValueError for nonsense.
    """
    if not 1 <= month <= 12 or not 1 <= day <= (5 if kind == "weekday" else 31):
        raise ValueError("no such day")
    if kind == "lunar" and day <= 30:
        return _lunar_or_last(month, day)
    if kind == "solar":
        date(2000, month, day)  # 29 February is a day, 31 April is none
        return lambda year: _solar_or_last(year, month, day)
    if kind == "weekday" and weekday is not None and 0 <= weekday <= 6:
        return _nth_weekday(month, weekday, min(day, 4))
    raise ValueError("no such rule")


def _solar_or_last(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month + 1, 1) - timedelta(days=1)


def _lunar_or_last(month: int, day: int) -> Callable[[int], date]:
    def day_of_year(year: int) -> date:
        try:
            return lunar_day(year, month, day)
        except ValueError:  # this month has 29 days
            return lunar_day(year, month, day - 1)

    return day_of_year


def _lunar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: lunar_day(year, month, day)


def _solar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _term(name: str) -> Callable[[int], date]:
    def day_of_term(year: int) -> date:
        day: date = TermUtils.day_start_from_term(year, name)
        return day

    return day_of_term


def _nth_weekday(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    """Return the rule of the nth weekday (Monday 0) of a month."""

    def day_of_month(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return day_of_month


def _eve_of_spring(year: int) -> date:
    """腊月 has 29 or 30 days: the eve is the day before the festival, never a fixed date."""
    return lunar_day(year, 1, 1) - timedelta(days=1)


_RULES: dict[str, Callable[[int], date]] = {
    "new_year": _solar(1, 1),
    "laba": _lunar(12, 8),
    "little_new_year_north": _lunar(12, 23),
    "little_new_year_south": _lunar(12, 24),
    "new_year_eve": _eve_of_spring,
    "spring": _lunar(1, 1),
    "lantern": _lunar(1, 15),
    "womens_day": _solar(3, 8),
    "double_third": _lunar(3, 3),
    "qingming": _term("清明"),
    "labour_day": _solar(5, 1),
    "youth_day": _solar(5, 4),
    "childrens_day": _solar(6, 1),
    "mazu": _lunar(3, 23),
    "dragon_boat": _lunar(5, 5),
    "qixi": _lunar(7, 7),
    "zhongyuan": _lunar(7, 15),
    "mid_autumn": _lunar(8, 15),
    "national": _solar(10, 1),
    "double_ninth": _lunar(9, 9),
    "winter_solstice": _term("冬至"),
    "thanksgiving_us": _nth_weekday(11, 3, 4),
    "thanksgiving_ca": _nth_weekday(10, 0, 2),
    "christmas": _solar(12, 25),
}
