"""The curated list of 国家（地区）(DOMAIN §8.3): code, Chinese name, default IANA zone.

中国香港、中国澳门、中国台湾 stand under China; the most asked-for come first.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LABEL = "国家（地区）"  # never 国家 alone: the list has regions (DOMAIN §8.3)


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name: str
    zone: str  # of its main city; a person may choose another


@cache
def listing() -> tuple[Country, ...]:
    path = Path(__file__).with_name("countries.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Country(**row) for row in csv.DictReader(file))


@cache
def _by_code() -> dict[str, Country]:
    return {one.code: one for one in listing()}


def known(code: str) -> bool:
    return code in _by_code()


def name_of(code: str) -> str:
    """Return the Chinese name, or the code itself for one that is not on the list."""
    found = _by_code().get(code)
    return found.name if found else code


def zone_of(code: str) -> str | None:
    """Return the zone of a country's main city, None for one that is not on the list."""
    found = _by_code().get(code)
    return found.zone if found else None
