"""Who stands twice: spellings, scores, and pages that are joined and taken apart again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.people.duplicates import blocks, combining, sounds
from server.people.duplicates.scoring import Register
from server.people.duplicates.sketches import sketch
from server.people.register.terms import ContactKind, Facts, NameKind
from tests.synthetic_duplicates import register


def drawn(number, name, *others, **more):
    values = {"sex": None, "born": None, "path": "", "phones": frozenset(), "country": None}
    return sketch(number, [name, *others], **values | more)


def judged(one, other, size=20_000):
    scale = Register(size=size)
    scale.signs.update(one.signs | other.signs)
    scale.sounds.update(one.sounds | other.sounds)
    return scale.judge(one, other)


VILLAGE = {"path": "990121102202", "born": "1950-03-07"}


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("陈立群", "陈立群", "同名"),
        ("陈立群", "陳立羣", "同名"),
        ("陈立群", "Chen Liqun", "拼音与汉字相符"),
        ("陈立群", "LIQUN CHEN", "拼音与汉字相符"),
        ("陈立群", "陈丽群", "读音相同"),
        ("陈立群", "Tan Lip Khoon", "方言、外文拼写相符"),
        ("陈立群", "Chan Lap-Kwan", "方言、外文拼写相符"),
        ("黄国华", "Ng Kok Hua", "方言、外文拼写相符"),
        ("欧阳文德", "Auyong Boon Teck", "方言、外文拼写相符"),
        ("曾志明", "Zeng Zhiming", "拼音与汉字相符"),
    ],
)
def test_the_same_name_is_known_however_it_is_written(one, other, reason):
    verdict = judged(drawn(1, one, **VILLAGE), drawn(2, other, **VILLAGE))
    assert verdict is not None
    assert reason in verdict.reasons
    assert {"同村", "出生日期相同"} <= set(verdict.reasons)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"sex": "m"}, {"sex": "f"}),
        ({"born": "1950"}, {"born": "1975"}),
        ({"path": "990121101201"}, {"path": "990121103205"}),
    ],
)
def test_namesakes_who_contradict_each_other_are_two(one, other):
    common = {"sex": "m", "country": "IT"}
    assert judged(drawn(1, "陈伟", **common | one), drawn(2, "陈伟", **common | other)) is None


def test_brothers_who_share_a_telephone_are_not_one():
    shared = {"phones": frozenset({b"1"}), "path": "990121102202", "sex": "m"}
    verdict = judged(drawn(1, "陈国强", **shared), drawn(2, "陈国伟", **shared))
    assert verdict is None


def test_father_and_son_of_one_name_are_never_merged_unseen():
    shared = {"phones": frozenset({b"1"}), "path": "990121102202", "sex": "m"}
    one, other = (
        drawn(1, "陈国强", born="1950", **shared),
        drawn(2, "陈国强", born="1978", **shared),
    )
    verdict = judged(one, other)
    assert verdict is None or not verdict.sure


@pytest.mark.parametrize("seed", [11, 12])
def test_the_figures_hold_on_a_small_register_of_any_seed(seed):
    entries = register(6_000, seed=seed)
    drawn_all = [
        sketch(
            number,
            [one.facts.name, *(text for _, text in one.facts.other_names)],
            sex=one.facts.sex,
            born=one.facts.born,
            path=one.facts.division or "",
            phones=frozenset(text.encode() for _, text in one.facts.contacts),
            country=one.facts.country,
        )
        for number, one in enumerate(entries)
    ]
    scale = Register()
    scale.count(drawn_all)
    held = {}
    for number, one in enumerate(entries):
        held.setdefault(one.truth, []).append(number)
    true = {(one, other) for some in held.values() for one in some for other in some if one < other}
    found, sure = set(), set()
    for one, other in blocks.candidates(drawn_all):
        if verdict := scale.judge(one, other):
            pair = tuple(sorted((one.person_id, other.person_id)))
            found.add(pair)
            if verdict.sure:
                sure.add(pair)
    assert len(found & true) / len(true) >= 0.95
    assert len(sure & true) / len(sure) >= 0.99


def test_spellings_are_cut_into_syllables():
    assert sounds.tokens("TAN, Lip-Khoon") == ("tan", "lip", "khoon")
    assert sounds.syllables("lipkhoon") == ("lip", "khoon")
    assert sounds.tokens("Müller José") == ("muller", "jose")


texts = st.one_of(st.none(), st.sampled_from(["甲", "乙", "丙"]))
name_pairs = st.tuples(
    st.sampled_from([NameKind.FORMER, NameKind.FOREIGN]), st.sampled_from("子丑寅卯")
)
contact_pairs = st.tuples(st.just(ContactKind.PHONE), st.sampled_from(["+391", "+392", "+393"]))
pages = st.builds(
    Facts,
    name=st.sampled_from(["陈立群", "陈丽群", "Tan Lip Khoon"]),
    other_names=st.lists(name_pairs, unique_by=lambda one: one[1], max_size=3).map(tuple),
    contacts=st.lists(contact_pairs, unique=True, max_size=3).map(tuple),
    city=texts, occupation=texts, born=st.sampled_from([None, "1950", "1951"]), notes=texts,
)  # fmt: skip


@given(pages, pages, st.sets(st.sampled_from(["city", "occupation", "born"])))
def test_a_page_taken_apart_again_is_as_it_was(left, right, take):
    merged = combining.combine(left, right, take=take)
    assert combining.separate(left, merged, merged) == left


@given(pages, pages, texts)
def test_what_was_written_after_the_merge_stays(left, right, city):
    merged = combining.combine(left, right)
    later = (ContactKind.EMAIL, "a@b.cn")
    now = replace(merged, city=city, contacts=(*merged.contacts, later))
    apart = combining.separate(left, merged, now)
    assert later in apart.contacts
    if city != merged.city:
        assert apart.city == city


@given(pages, pages)
def test_nothing_known_is_lost_by_joining(left, right):
    merged = combining.combine(left, right)
    known = {left.name, right.name, *(text for _, text in (*left.other_names, *right.other_names))}
    assert known <= {merged.name, *(text for _, text in merged.other_names)}
    assert set(left.contacts) | set(right.contacts) == set(merged.contacts)
    for field in combining.CHOICES:
        assert getattr(merged, field) in {getattr(left, field), getattr(right, field)}
        if getattr(left, field) or getattr(right, field):
            assert getattr(merged, field)


def test_of_two_words_that_agree_the_more_exact_one_is_offered():
    left = Facts(name="甲", born="1950", division="990121102", left_on="1980-05")
    right = Facts(name="乙", born="1950-03", division="990121102201", left_on="1981")
    assert combining.finer(left, right) == {"born", "division"}
    assert combining.finer(right, left) == set()
