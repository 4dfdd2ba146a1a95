"""What a zone is called in Chinese: its country by our own list, its city by CLDR."""

from __future__ import annotations

from functools import cache

from server.places import countries

ONE_CLOCK = frozenset({"CN"})  # 北京时间 is everybody's there: 上海 would mean nothing
_LOCALES = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}


@cache
def parts(zone: str, language: str) -> tuple[str | None, str | None]:
    """Return the code of the zone's country and its city, as far as they have Chinese names.

    Names of countries come from our list only, where 中国香港, 中国台湾 stand as they should.
    """
    from babel.core import get_global  # here: few pages need it
    from babel.dates import get_timezone_location

    code = get_global("zone_territories").get(zone)
    if code is None or not countries.known(code):
        return None, None
    main = countries.zone_of(code) == zone
    if main and code in ONE_CLOCK:
        return code, None
    locale = _LOCALES.get(language, _LOCALES["zh-Hans"])
    city = get_timezone_location(zone, locale=locale, return_city=True)
    if city.isascii():  # CLDR has no Chinese name under today's name of the zone
        return code, None if main else city
    simplified = get_timezone_location(zone, locale=_LOCALES["zh-Hans"], return_city=True)
    return code, None if simplified in countries.name_of(code) else city
