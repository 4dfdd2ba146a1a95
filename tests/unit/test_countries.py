"""The curated list of 国家（地区）: complete, correctly named, every zone known."""

import re
from zoneinfo import available_timezones

from babel import Locale

from server.places import countries

MEMBERS = """
AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH
CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN
GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP
NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV
SY SZ TD TG TH TJ TL TM TN TO TR TT TV TZ UA UG US UY UZ VC VE VN VU WS YE ZA ZM ZW
"""
CHINESE = re.compile(r"^[一-龥（）]+$")


def test_every_country_has_one_code_one_chinese_name_and_a_known_zone():
    rows = countries.listing()
    assert len({row.code for row in rows}) == len({row.name for row in rows}) == len(rows) >= 200
    assert all(re.fullmatch(r"[A-Z]{2}", row.code) for row in rows)
    assert all(CHINESE.match(row.name) for row in rows)
    assert {row.zone for row in rows} <= available_timezones()


def test_hong_kong_macau_and_taiwan_stand_under_china():
    rows = countries.listing()
    assert [row.code for row in rows[:4]] == ["CN", "HK", "MO", "TW"]
    assert [row.name for row in rows[:4]] == ["中国", "中国香港", "中国澳门", "中国台湾"]


def test_what_is_no_state_for_china_is_not_listed():
    assert not countries.known("XK")
    assert not any("科索沃" in row.name for row in countries.listing())


def test_names_agree_with_the_common_ones_where_these_are_fit_to_print():
    common = Locale.parse("zh_Hans_CN").territories
    own = {"HK", "MO", "TW", "PS"}
    for row in countries.listing():
        if row.code not in own:
            assert common[row.code] == row.name


def test_no_state_of_the_united_nations_is_missing():
    members = MEMBERS.split()
    assert len(members) == 193
    assert not [code for code in members if not countries.known(code)]


def test_the_zone_is_that_of_the_main_city():
    zones = {row.code: row.zone for row in countries.listing()}
    expected = {
        "CN": "Asia/Shanghai",  # not Urumqi
        "US": "America/New_York",
        "BR": "America/Sao_Paulo",
        "ES": "Europe/Madrid",  # not the Canaries
        "PT": "Europe/Lisbon",
        "RU": "Europe/Moscow",
        "AU": "Australia/Sydney",
        "CA": "America/Toronto",
        "ID": "Asia/Jakarta",
    }
    assert {code: zones[code] for code in expected} == expected


def test_a_zone_is_a_place_never_an_offset():
    for row in countries.listing():
        assert "/" in row.zone
        assert not row.zone.startswith(("Etc/", "SystemV/"))


def test_the_list_is_called_countries_and_regions():
    assert countries.LABEL == "国家（地区）"
