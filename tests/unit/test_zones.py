"""What zones are called."""

from zoneinfo import available_timezones

import pytest

from server.places import countries, zones


@pytest.mark.parametrize(
    ("zone", "parts"),
    [
        ("Asia/Shanghai", ("CN", None)),
        ("Asia/Urumqi", ("CN", "乌鲁木齐")),
        ("Asia/Hong_Kong", ("HK", None)),
        ("Asia/Macau", ("MO", None)),
        ("Asia/Taipei", ("TW", "台北")),
        ("America/Los_Angeles", ("US", "洛杉矶")),
        ("Europe/Madrid", ("ES", "马德里")),
        ("UTC", (None, None)),
        ("Mars/Base", (None, None)),
    ],
)
def test_a_zone_is_called_by_our_country_and_its_city(zone, parts):
    assert zones.parts(zone, "zh-Hans") == parts


def test_a_city_has_its_name_in_traditional_characters():
    assert zones.parts("America/Los_Angeles", "zh-Hant") == ("US", "洛杉磯")


def test_every_main_zone_of_our_list_has_a_name():
    for one in countries.listing():
        assert zones.parts(one.zone, "zh-Hans")[0] is not None, one


def test_no_zone_there_is_breaks_a_page():
    for zone in available_timezones():
        zones.parts(zone, "zh-Hans")
