"""A made-up register in which some people stand twice, and who they are: the truth of the bench.

Villages of few surnames, so that many bear the same name; families that share a telephone; and
people entered a second time as offices do it: from another book, by another clerk, from a
passport, from memory. What the engine knows of dialects is not used here: given names are spelled
by a table of their own.
"""

import random
from dataclasses import dataclass, replace

from opencc import OpenCC
from pypinyin import lazy_pinyin

from server.people.register.terms import ContactKind, Facts, NameKind
from tests import synthetic
from tests.synthetic import FEMALE, MALE, SURNAMES, TOWN_NAMES, TOWNS

_HANT = OpenCC("s2t")
READ_AS_SURNAME = {"曾": "zeng", "单": "shan"}
DIALECT_SURNAMES = {
    "陈": ("Tan", "Chan", "Chin"),
    "林": ("Lim", "Lam"),
    "黄": ("Ng", "Wong", "Ooi"),
    "张": ("Teo", "Chong", "Cheung"),
    "李": ("Lee",),
    "吴": ("Goh", "Ng"),
    "王": ("Ong", "Wong"),
    "郑": ("Tay", "Cheng"),
    "叶": ("Yap", "Ip"),
    "周": ("Chew", "Chow"),
    "徐": ("Chee", "Tsui"),
    "刘": ("Lau", "Low"),
    "杨": ("Yeo", "Yeung"),
    "朱": ("Choo", "Chu"),
    "潘": ("Phua", "Poon"),
    "胡": ("Foo", "Woo"),
    "蔡": ("Chua", "Choy"),
    "何": ("Ho",),
    "罗": ("Loh", "Law"),
    "梁": ("Neo", "Leung"),
    "郭": ("Quek", "Kwok"),
    "谢": ("Chia", "Tse"),
    "曾": ("Chan", "Tsang"),
}
DIALECT_GIVEN = {
    "伟": "Wai",
    "强": "Keong",
    "军": "Kwan",
    "勇": "Yong",
    "杰": "Kiat",
    "涛": "Tho",
    "明": "Beng",
    "超": "Chiau",
    "刚": "Kong",
    "建": "Kian",
    "国": "Kok",
    "华": "Hua",
    "文": "Boon",
    "德": "Teck",
    "志": "Chee",
    "荣": "Weng",
    "清": "Cheng",
    "平": "Peng",
    "光": "Kong",
    "海": "Hai",
    "龙": "Leong",
    "金": "Kim",
    "水": "Chui",
    "木": "Bok",
    "土": "Thor",
    "财": "Chai",
    "宝": "Poh",
    "福": "Hock",
    "生": "Seng",
    "祥": "Siang",
    "永": "Eng",
    "芳": "Hong",
    "娜": "Na",
    "秀": "Siew",
    "英": "Eng",
    "敏": "Bin",
    "静": "Cheng",
    "丽": "Lay",
    "艳": "Yam",
    "娟": "Kuan",
    "霞": "Hah",
    "兰": "Lan",
    "桂": "Kwee",
    "珍": "Chin",
    "燕": "Yan",
    "梅": "Mui",
    "红": "Hong",
    "玉": "Geok",
    "凤": "Hong",
    "莲": "Lian",
    "琴": "Kim",
    "云": "Hoon",
    "珠": "Choo",
    "香": "Heong",
    "月": "Goat",
    "春": "Choon",
    "美": "Bee",
    "爱": "Ai",
    "碧": "Phaik",
    "素": "Soh",
    "雪": "Suat",
    "根": "Kin",
    "林": "Lim",
}
HOMOPHONES = {
    "丽": "莉",
    "英": "瑛",
    "芳": "方",
    "华": "花",
    "志": "智",
    "建": "健",
    "明": "鸣",
    "荣": "容",
    "清": "青",
    "平": "萍",
    "国": "帼",
    "伟": "玮",
    "军": "钧",
    "杰": "洁",
    "静": "晶",
    "敏": "闽",
    "珍": "真",
    "兰": "岚",
    "红": "虹",
    "玉": "钰",
    "梅": "枚",
    "云": "芸",
    "香": "湘",
    "文": "雯",
    "福": "富",
    "金": "锦",
}


@dataclass(frozen=True)
class Entry:
    facts: Facts
    truth: int  # who it really is


def register(count: int, *, seed: int, share: float = 0.12) -> list[Entry]:
    """Make `count` entries, of which about `share` are somebody entered again; in random order."""
    chance = random.Random(seed)
    people: list[Facts] = []
    wanted = int(count / (1 + share))
    while len(people) < wanted:
        people += _family(chance)
    entries = [Entry(facts, number) for number, facts in enumerate(people[:wanted])]
    twice = chance.choices(range(wanted), k=count - wanted)
    entries += [Entry(_again(chance, people[number]), number) for number in twice]
    chance.shuffle(entries)
    return entries


def _family(chance: random.Random) -> list[Facts]:
    """Make one person, or brothers and sisters with a generation's character and one telephone."""
    town = chance.choice(TOWNS)
    village = f"{town}{chance.randint(1, 40) + 200:03}"
    few = random.Random(village).sample(list(SURNAMES), 4)  # a village has few surnames
    surname = chance.choice(few if chance.random() < 0.7 else list(SURNAMES))
    shared = chance.choice(MALE + FEMALE) if chance.random() < 0.3 else ""
    country = chance.choices(
        list(synthetic.COUNTRIES), [w for w, _ in synthetic.COUNTRIES.values()]
    )[0]
    phone = synthetic._contacts(chance, country)
    first = chance.randint(1932, 1998)
    members: list[Facts] = []
    for at in range(chance.choice((1, 1, 1, 2, 3, 4)) if shared else 1):
        sex = chance.choice("mf")
        letters = MALE if sex == "m" else FEMALE
        given = (
            shared + chance.choice(letters)
            if shared
            else "".join(chance.choice(letters) for _ in range(chance.choice((1, 2, 2, 2))))
        )
        if surname + given in {one.name for one in members}:
            continue  # nobody calls two of their children the same
        members.append(
            Facts(
                name=surname + given,
                sex=sex,
                born=_day(chance, first + 2 * at),
                hometown=TOWN_NAMES[town],
                division=village,
                country=country,
                contacts=phone if chance.random() < 0.8 else synthetic._contacts(chance, country),
                source="book",
            )
        )
    return members


def _day(chance: random.Random, year: int) -> str | None:
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    written = (f"{year}-{month:02}-{day:02}", f"{year}-{month:02}", f"{year}", None)
    return chance.choices(written, (55, 25, 12, 8))[0]


def _again(chance: random.Random, facts: Facts) -> Facts:
    """Enter somebody a second time, with what went otherwise; never so that nobody could tell."""
    name, others = _rename(chance, facts.name)
    born = _reborn(chance, facts.born)
    contacts = _rephone(chance, facts)
    division = chance.choices((facts.division, facts.division[:9], None), (68, 20, 12))[0]
    if not contacts and born is None:
        born, contacts = facts.born, facts.contacts
        division = facts.division
    country = facts.country if chance.random() < 0.9 else chance.choice(list(synthetic.COUNTRIES))
    return replace(
        facts, name=name, other_names=others, born=born, contacts=contacts, division=division,
        country=country, sex=facts.sex if chance.random() < 0.9 else None, source="again",
    )  # fmt: skip


def _rename(chance: random.Random, name: str):
    surname = name[:2] if name[:2] in SURNAMES else name[:1]
    given = name[len(surname) :]
    kind = chance.choices(
        ("same", "latin", "reversed", "dialect", "hant", "homophone", "both", "married"),
        (46, 10, 6, 8, 10, 9, 8, 3),
    )[0]
    family = READ_AS_SURNAME.get(surname) or "".join(lazy_pinyin(surname))
    latin = family.title(), "".join(lazy_pinyin(given)).title()
    if kind == "latin":
        return " ".join(latin), ()
    if kind == "reversed":
        return " ".join(reversed(latin)).upper(), ()
    if (
        kind == "dialect"
        and surname in DIALECT_SURNAMES
        and all(one in DIALECT_GIVEN for one in given)
    ):
        spelled = " ".join(DIALECT_GIVEN[one] for one in given)
        return f"{chance.choice(DIALECT_SURNAMES[surname])} {spelled}", ()
    if kind == "hant":
        return _HANT.convert(name), ()
    if kind == "homophone" and any(one in HOMOPHONES for one in given):
        at = chance.choice([i for i, one in enumerate(given) if one in HOMOPHONES])
        return surname + given[:at] + HOMOPHONES[given[at]] + given[at + 1 :], ()
    if kind == "both":
        return name, ((NameKind.FOREIGN, " ".join(latin)),)
    if kind == "married":
        return name, ((NameKind.MARRIED, f"{latin[1]} Rossi"),)
    return name, ()


def _reborn(chance: random.Random, born: str | None) -> str | None:
    if born is None or chance.random() < 0.12:
        return None
    kind = chance.choices(("same", "year", "month", "lunar"), (66, 14, 8, 12))[0]
    if kind == "year":
        return born[:4]
    if kind == "month":
        return born[:7]
    if kind == "lunar":
        return f"{int(born[:4]) - 1}"
    return born


def _rephone(chance: random.Random, facts: Facts):
    kind = chance.choices(("same", "none", "other", "more"), (56, 20, 14, 10))[0]
    if kind == "same":
        return facts.contacts
    if kind == "none":
        return ()
    other = ((ContactKind.PHONE, f"+86139{chance.randrange(10**8):08}"),)
    return other if kind == "other" else facts.contacts + other
