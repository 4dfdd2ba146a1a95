"""Letters in both scripts, names untouched, and the proofreading that stops embarrassments."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.greetings import proofreading, wording
from server.greetings.calendar import CATALOGUE, Kind, days_in, occasion_on, occasions
from server.greetings.wording import Script

TENANT = "云溪县侨联"
TAIL = "\n{tenant}\n{date}"
WITH_LETTER = sorted(code for code, one in CATALOGUE.items() if one.kind is not Kind.NEVER)


def occasion(code, year=2027):
    (day,) = days_in(code, year)
    return occasion_on(day)


def head(one, written_on=None):
    return wording.letterhead(one, tenant=TENANT, written_on=written_on or one.day)


def findings(template, one):
    return {(f.level.value, f.code) for f in proofreading.lint(template, one, head(one))}


def test_every_stored_letter_passes_its_own_proofreading_in_every_year_to_2100():
    for one in occasions(date(2026, 1, 1), date(2100, 12, 31)):
        if one.kind is Kind.NEVER:
            continue
        letter = wording.letter_for(one)
        assert letter is not None, one
        assert not proofreading.errors(proofreading.lint(letter, one, head(one))), one


@pytest.mark.parametrize("code", WITH_LETTER)
def test_every_letter_fits_a_wechat_text_in_both_scripts_with_the_longest_name(code):
    one = occasion(code)
    for script in Script:
        text = wording.render(
            wording.letter_for(one), head(one), script=script, salutation="𠮷" * 20
        )
        assert len(text) <= 600
        assert len(text.encode()) <= 2048
        assert "{" not in text
        assert text.endswith(wording.chinese_date(one.day))


def test_no_letter_is_written_for_a_festival_that_is_never_greeted():
    christmas = occasion_on(date(2027, 12, 25))
    assert wording.letter_for(christmas) is None
    assert ("error", "never") in findings("圣诞快乐" + TAIL, christmas)


def test_two_festivals_on_one_day_have_one_letter_that_names_both():
    both = occasion_on(date(2028, 10, 1))
    letter = wording.letter_for(both)
    assert "国庆" in letter
    assert "中秋" in letter


@pytest.mark.parametrize("name", ["范先生", "余女士", "郁老师", "后医生", "云阿姨", "钟里"])
def test_a_traditional_letter_keeps_the_name_as_the_person_writes_it(name):
    one = occasion("mid_autumn")
    text = wording.render(wording.letter_for(one), head(one), script=Script.HANT, salutation=name)
    assert text.startswith(f"尊敬的{name}：")
    assert "家鄉" in text
    assert "雲溪縣僑聯" in text


def test_a_reader_without_a_name_is_a_respected_compatriot_in_their_script():
    one = occasion("spring")
    letter = wording.letter_for(one)
    plain = wording.render(letter, head(one), script=Script.HANS, salutation=None)
    assert plain.startswith("尊敬的乡亲：")
    assert wording.render(letter, head(one), script=Script.HANT, salutation="  ").startswith(
        "尊敬的鄉親："
    )
    assert "丁未羊年" in plain


def test_the_eve_already_names_the_coming_year():
    one = occasion("new_year_eve")
    assert "丁未羊年就要到了" in wording.render(
        wording.letter_for(one), head(one), script=Script.HANS, salutation=None
    )


@given(st.text(max_size=60))
def test_no_name_can_bring_markup_placeholders_or_line_breaks_into_a_letter(name):
    opened = wording.addressed(name)
    if opened is not None:
        assert not set(opened) & set("<>{}\n\r\t\x00\u202e")
        assert len(opened) <= 24


@given(st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=80))
def test_rendering_a_text_without_placeholders_in_simplified_changes_nothing(text):
    one = occasion("spring")
    rendered = wording.render(text, head(one), script=Script.HANS, salutation="王女士")
    assert rendered == text.strip()


@given(st.text(max_size=200))
def test_proofreading_never_fails_whatever_an_officer_types(text):
    proofreading.lint(text, occasion("spring"), head(occasion("spring")))


@pytest.mark.parametrize(
    ("language", "script"),
    [
        ("zh-Hant", "Hant"),
        ("zh_TW", "Hant"),
        ("zh-HK", "Hant"),
        ("zh-Hans", "Hans"),
        ("zh_CN", "Hans"),
        ("it", "Hans"),
        (None, "Hans"),
    ],
)
def test_the_script_follows_the_language_a_person_chose(language, script):
    assert wording.script_for(language).value == script


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("qingming", "清明快乐", ("error", "mourning")),
        ("qingming", "清明節快樂", ("error", "mourning")),
        ("spring", "也祝清明节快乐", ("error", "mourning")),
        ("zhongyuan", "恭喜", ("error", "mourning")),
        ("qingming", "珍重！保重！", ("error", "exclamation")),
        ("qingming", "🎉", ("error", "pictograph")),
        ("spring", "恭贺马年", ("error", "year")),
        ("spring", "丙午马年大吉", ("error", "year")),
        ("spring", "猴年大吉", ("error", "year")),
        ("mid_autumn", "马年中秋", ("error", "year")),
        ("spring", "发红包啦", ("error", "money")),
        ("spring", "恭喜发财", ("error", "money")),
        ("spring", "欢迎回乡投资", ("warning", "money")),
        ("national", "香港、美国等国的乡亲", ("error", "regions")),
        ("national", "两岸三地", ("error", "regions")),
        ("national", "台湾侨胞", ("warning", "regions")),
        ("national", "祖国繁荣", ("warning", "homeland")),
        ("national", "海外侨胞、归侨侨眷", ("warning", "order")),
        ("mid_autumn", "华侨节", ("error", "huaqiaojie")),
        ("womens_day", "女神节快乐", ("error", "women")),
        ("double_ninth", "老人节快乐", ("error", "elders")),
        ("spring", "你好{nickname}", ("error", "placeholder")),
        ("spring", "长" * 600, ("error", "length")),
        ("spring", "没有称呼", ("warning", "salutation")),
        ("winter_solstice", "冬至安康", ("warning", "optional")),
        ("womens_day", "致敬", ("warning", "audience")),
    ],
)
def test_proofreading_finds(code, text, expected):
    assert expected in findings(text + TAIL, occasion(code))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("qingming", "{salutation}：慎终追远，缅怀先人。望您珍重！"),
        ("spring", "{salutation}：辞丙午马年，迎丁未羊年，恭贺新禧！"),
        ("new_year", "{salutation}：马年将尽，羊年在望。"),
        ("national", "{salutation}：广大归侨侨眷、海外侨胞和港澳台同胞，愿祖（籍）国繁荣。"),
        ("national", "{salutation}：香港等国家和地区的乡亲，罗马年年有灯会。"),
        ("dragon_boat", "{salutation}：端午安康！端午快乐！平安！"),
    ],
)
def test_proofreading_leaves_proper_letters_alone(code, text):
    assert findings(text + TAIL, occasion(code)) == set()


def test_a_letter_without_signature_date_or_words_is_not_approved():
    spring = occasion("spring")
    assert ("error", "signature") in findings("{salutation}：好\n{date}", spring)
    assert ("error", "date") in findings("{salutation}：好\n{tenant}", spring)
    assert findings("  ", spring) == {("error", "empty")}


def test_signature_and_date_may_be_written_out():
    text = "{salutation}：新春好\n云溪县侨联\n二〇二七年二月六日"
    assert findings(text, occasion("spring")) == set()


def test_errors_come_before_warnings():
    found = proofreading.lint("恭喜发财", occasion("winter_solstice"), head(occasion("spring")))
    levels = [one.level.value for one in found]
    assert levels == sorted(levels)
    assert {"error", "warning"} <= set(levels)


SURPRISING = frozenset("孃妳祂牠裏麪羣")  # rare, or not written where our readers live


@pytest.mark.parametrize("code", WITH_LETTER)
def test_no_traditional_letter_has_a_character_that_nobody_writes_there(code):
    one = occasion(code)
    text = wording.render(
        wording.letter_for(one), head(one), script=Script.HANT, salutation="陳先生"
    )
    assert not set(text) & SURPRISING


@pytest.mark.parametrize("word", ["娘家", "新娘", "姑娘", "大娘", "爹娘"])
def test_a_mother_stays_a_mother_in_traditional_characters(word):
    assert wording.traditional(word) == word
    assert wording.traditional("孃孃来了") == "孃孃來了"  # who wrote it so, means it


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("中港台同胞", ("error", "regions")),
        ("扫码进群领福利", ("warning", "group")),
        ("快加微信群", ("warning", "group")),
        ("请加入我们的侨胞群", ("warning", "group")),
        ("详情见 https://example.org", ("warning", "link")),
        ("红包500元", ("error", "money")),
        ("红包500元", ("warning", "money")),
    ],
)
def test_what_swindlers_write_and_what_is_said_wrong_is_found(text, expected):
    assert expected in findings(text, occasion("spring"))


@pytest.mark.parametrize("text", ["港澳台同胞", "更加关心困难群众", "融入群体", "积极参加活动"])
def test_good_words_are_left_in_peace(text):
    assert not {"regions", "group", "money"} & {
        code for _, code in findings(text, occasion("spring"))
    }
