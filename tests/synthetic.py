"""Made-up people in believable proportions: as many as a test wants, the same for one seed.

Nobody is real. Surnames and given names follow how common they are in the south-east; towns and
villages are those of the demo county; telephone numbers are of the right shape only.
"""

import random
from collections.abc import Iterator

from pypinyin import lazy_pinyin

from server.people.register.terms import ContactKind, Facts, Identity, NameKind

SURNAMES = {
    "陈": 110, "林": 95, "黄": 70, "张": 60, "李": 55, "吴": 45, "王": 45, "郑": 35, "叶": 30,
    "周": 30, "徐": 28, "刘": 25, "杨": 22, "朱": 20, "潘": 18, "胡": 18, "蔡": 18, "何": 16,
    "罗": 15, "梁": 15, "郭": 14, "谢": 14, "夏": 10, "金": 10, "项": 8, "留": 8, "蒋": 8,
    "曾": 8, "单": 3, "欧阳": 3, "司徒": 2,
}  # fmt: skip
MALE = "伟强军勇杰涛明超刚建国华文德志荣清平光海龙金水木根土财宝福生祥林永"
FEMALE = "芳娜秀英敏静丽艳娟霞兰桂珍燕梅红玉凤莲琴云珠香月春美爱华碧素雪"
COUNTRIES = {  # country -> share, national number
    "IT": (28, "+393{:09d}"), "ES": (20, "+346{:08d}"), "FR": (9, "+336{:08d}"),
    "US": (8, "+1212{:07d}"), "BR": (6, "+55119{:08d}"), "DE": (4, "+49151{:08d}"),
    "NL": (4, "+316{:08d}"), "MY": (3, "+6012{:07d}"), "HK": (3, "+8529{:07d}"),
    "CN": (15, "+86138{:08d}"),
}  # fmt: skip
TOWNS = ("990121101", "990121102", "990121103")
TOWN_NAMES = {"990121101": "泮坑镇", "990121102": "石桥镇", "990121103": "白沙镇"}
ABROAD = (Identity.HUAQIAO, Identity.FOREIGN_CHINESE, Identity.OVERSEAS_WORKER)
AT_HOME = (Identity.QIAOJUAN, Identity.GUIQIAO, Identity.QIAOSHU, Identity.RETURNED_SCHOLAR)


def people(count: int, *, seed: int = 1, source: str = "synthetic") -> Iterator[Facts]:
    """Make people one after the other; the first hundred of a thousand are always the same."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _person(chance, source)


def _person(chance: random.Random, source: str) -> Facts:
    sex = chance.choice("mf")
    surname = chance.choices(list(SURNAMES), SURNAMES.values())[0]
    given = "".join(
        chance.choice(MALE if sex == "m" else FEMALE) for _ in range(chance.choice((1, 2, 2, 2)))
    )
    country = chance.choices(list(COUNTRIES), [share for share, _ in COUNTRIES.values()])[0]
    town = chance.choice(TOWNS)
    foreign = ((NameKind.FOREIGN, _foreign(surname, given)),) if chance.random() < 0.4 else ()
    kinds = AT_HOME if country == "CN" else ABROAD
    return Facts(
        name=surname + given,
        other_names=foreign,
        sex=sex,
        born=_born(chance),
        hometown=TOWN_NAMES[town],
        division=f"{town}{chance.randint(1, 6) + 200:03}",
        country=country,
        identities=(chance.choice(kinds),),
        contacts=_contacts(chance, country),
        source=source,
    )


def _foreign(surname: str, given: str) -> str:
    return f"{''.join(lazy_pinyin(surname)).title()} {''.join(lazy_pinyin(given)).title()}"


def _born(chance: random.Random) -> str | None:
    year, month, day = chance.randint(1932, 2012), chance.randint(1, 12), chance.randint(1, 28)
    written = (f"{year}-{month:02}-{day:02}", f"{year}-{month:02}", f"{year}", None)
    return chance.choices(written, (50, 30, 12, 8))[0]


def _contacts(chance: random.Random, country: str) -> tuple[tuple[ContactKind, str], ...]:
    if chance.random() < 0.25:
        return ()
    shape = COUNTRIES[country][1]
    digits = int(shape[shape.index(":0") + 2 : shape.index("d")])
    return ((ContactKind.PHONE, shape.format(chance.randrange(10**digits))),)
