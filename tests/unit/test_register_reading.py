"""Names, dates, telephone numbers and whole rows as real offices write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.people.register import dates, names, parsing, phones
from server.people.register.terms import ContactKind, Facts, Identity, NameKind, old_or_new

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1950", "1950"), ("1950年", "1950"), ("1950年3月", "1950-03"), ("1950.3", "1950-03"),
        ("1950/03/07", "1950-03-07"), ("1950年3月7日", "1950-03-07"), ("19500307", "1950-03-07"),
        ("195003", "1950-03"), ("１９５０－０３", "1950-03"), ("1950-03-07 00:00:00", "1950-03-07"),
        ("", None), ("  ", None),
    ],
)  # fmt: skip
def test_dates_in_many_spellings(typed, read):
    assert dates.partial(typed, today=TODAY) == read


@pytest.mark.parametrize(
    "typed", ["50", "1950-13", "1950-02-30", "2026-11-22", "1200", "三月", "1950-3-7-1"]
)
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(ValueError, match=r"\d|三|day|month"):
        dates.partial(typed, today=TODAY)


@given(st.dates(date(1850, 1, 1), TODAY), st.integers(1, 3))
def test_a_date_read_again_is_the_same(day, parts):
    value = "-".join(day.isoformat().split("-")[:parts])
    assert dates.partial(dates.shown(value), today=TODAY) == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("陈立群", "陈立"), ("陈立群", "立群"), ("陈立群", "chenliq"), ("陈立群", "clq"),
        ("陈立群", "liqun"), ("陳麗娟", "陈丽娟"), ("陳麗娟", "陳麗娟"), ("欧阳修文", "修文"),
        ("欧阳修文", "oyxw"), ("单志强", "shanzhi"), ("曾国华", "zengguo"),
        ("Tan Lee Kuan", "leekuan"),
        ("Tan Lee Kuan", "kuan"), ("José García", "josegarcia"), ("吕秀莲", "lvxiu"),
        ("Müller, Anna", "anna"),
    ],
)  # fmt: skip
def test_a_name_is_found_by_what_people_type(name, typed):
    wanted = names.tidy(names.simplified(typed) if names.is_hanzi(typed) else typed)
    assert any(key.startswith(wanted) for key in names.keys(name))


def test_a_list_is_sorted_by_sound():
    assert sorted(["张三", "Anna", "李四", "单五"], key=names.sorting) == [
        "Anna", "李四", "单五", "张三",
    ]  # fmt: skip


@given(st.text(max_size=80))
def test_any_text_has_keys_that_fit_their_column(text):
    assert all(0 < len(key) <= names.LONGEST for key in names.keys(text))


@pytest.mark.parametrize(
    ("cell", "country", "found"),
    [
        ("+39 333 1234567", None, ["+393331234567"]),
        ("0039 333 1234567", None, ["+393331234567"]),
        ("333 1234567", "IT", ["+393331234567"]),
        ("13800138000", "IT", ["+8613800138000"]),
        ("１３８００１３８０００；0578-6822222", "CN", ["+8613800138000", "+865786822222"]),
        ("家：13800138000、手机13900139000", "CN", ["+8613800138000", "+8613900139000"]),
        ("138 0013 8000", None, ["+8613800138000"]),
        ("", None, []),
    ],
)
def test_several_numbers_in_one_cell(cell, country, found):
    assert phones.parse(cell, country=country) == (found, [])


@pytest.mark.parametrize("cell", ["12", "电话", "138001380001380013800013800138"])
def test_what_is_no_number_is_named(cell):
    assert phones.parse(cell, country="CN") == ([], [cell])


def test_a_whole_row():
    facts, wrong = parsing.read(
        {
            "name": "陈　立群 ", "foreign": "Chen Liqun", "sex": "男", "born": "1950.3",
            "country": "意大利", "nationality": "不详", "identities": "华侨、归国留学人员",
            "phone": "333 1234567", "email": "a@b.it；x", "left_on": "1985年", "left_how": "劳务",
            "hometown": "石桥镇",
        },
        today=TODAY, source="import:1",
    )  # fmt: skip
    assert facts.name == "陈 立群"
    assert facts.other_names == ((NameKind.FOREIGN, "Chen Liqun"),)
    assert (facts.sex, facts.born, facts.country, facts.nationality) == ("m", "1950-03", "IT", None)
    assert facts.identities == (Identity.HUAQIAO, Identity.RETURNED_SCHOLAR)
    assert (ContactKind.PHONE, "+393331234567") in facts.contacts
    assert wrong == {"email": ["“x”不像邮箱地址"]}
    assert old_or_new(facts.left_on) == "新侨"
    assert (old_or_new("1978-12-31"), old_or_new(None)) == ("老侨", None)


def test_each_wrong_cell_is_named():
    _, wrong = parsing.read(
        {"sex": "?x", "born": "昨天", "country": "火星", "identities": "华侨、神仙", "phone": "1"},
        today=TODAY, source="",
    )  # fmt: skip
    assert set(wrong) == {"sex", "born", "country", "identities", "phone"}


FACTS = st.builds(
    Facts,
    name=st.sampled_from(["陈立群", "Tan Lee Kuan"]),
    other_names=st.sampled_from([(), ((NameKind.FORMER, "陈三"), (NameKind.FOREIGN, "Chen"))]),
    sex=st.sampled_from([None, "m", "f"]),
    born=st.sampled_from([None, "1950", "1950-03", "1950-03-07"]),
    country=st.sampled_from([None, "IT", "HK"]),
    left_how=st.sampled_from([None, "study", "labour"]),
    identities=st.sampled_from([(), (Identity.HUAQIAO,), (Identity.QIAOJUAN, Identity.QIAOSHU)]),
    contacts=st.sampled_from(
        [(), ((ContactKind.PHONE, "+393331234567"), (ContactKind.EMAIL, "a@b.cn"))]
    ),
    source=st.just("console"),
)  # fmt: skip


@given(FACTS)
def test_what_a_form_shows_reads_back_the_same(facts):
    assert parsing.read(parsing.written(facts), today=TODAY, source="console") == (facts, {})


@pytest.mark.parametrize(
    "typed",
    ["陈@example.org", "chén@example.org", "a@b@c.org", "chen.@example.org", "<chen@example.org>"],
)
def test_an_address_no_mail_can_be_sent_to_is_not_taken(typed):
    facts, wrong = parsing.read(
        {"name": "陈立群", "email": typed}, today=date(2026, 11, 20), source="console"
    )
    assert wrong == {"email": [f"“{typed}”不像邮箱地址"]}
    assert facts.contacts == ()
