"""The demo county's 侨情库: a few families by hand and some hundred people made up by rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.demo import land
from server.kernel.crypto import Vault
from server.people.register import reading, writing
from server.people.register.terms import ContactKind, Facts, Identity, NameKind

_SURNAMES = "陈林黄张李吴王郑叶周徐刘杨朱潘"
_GIVEN = "建国秀英志强丽娟德明美华永福素珍文杰海燕立群桂兰光荣玉梅春生爱琴"
_COUNTRIES = ("IT", "ES", "FR", "IT", "CN", "US", "ES", "BR", "IT", "MY", "CN", "NL", "HK")
_MADE_UP = 240
_LARGE = "990121103203"  # 榄洲村: many went abroad; neither it nor 白沙镇 has a federation yet

BY_HAND = (
    Facts(
        name="周福生",
        other_names=((NameKind.FOREIGN, "Zhou Fusheng"),),
        sex="m",
        born="1953-04",
        hometown="白沙公社新围大队",
        division="990121103204",
        country="ES",
        city="马德里",
        left_on="1986",
        left_how="labour",
        occupation="餐馆",
        associations="马德里云溪同乡会 理事",
        identities=(Identity.HUAQIAO,),
        contacts=((ContactKind.PHONE, "+34600000101"),),
        notes="祖屋在村口榕树旁，堂弟代管。",
    ),
    Facts(
        name="陳麗娟",
        other_names=(
            (NameKind.DIALECT, "Tan Lee Kuan"),
            (NameKind.MARRIED, "Puan Tan"),
        ),
        sex="f",
        born="1941",
        hometown="泮坑",
        division="990121101201",
        country="MY",
        city="槟城",
        left_on="1948",
        left_how="family",
        identities=(Identity.FOREIGN_CHINESE,),
        contacts=((ContactKind.ABROAD_ADDRESS, "槟城乔治市某街 8 号"),),
    ),
    Facts(
        name="吴小龙",
        other_names=((NameKind.FOREIGN, "Wu Xiaolong"),),
        sex="m",
        born="1998-11-02",
        hometown="石桥镇",
        division="990121102201",
        country="FR",
        city="巴黎",
        left_on="2021-09",
        left_how="study",
        identities=(Identity.STUDENT_ABROAD,),
        contacts=((ContactKind.PHONE, "+33600000102"), (ContactKind.WECHAT, "demo-xiaowu")),
    ),
    Facts(
        name="叶素珍",
        sex="f",
        born="1946",
        hometown="榄洲村",
        division="990121103203",
        country="CN",
        identities=(Identity.GUIQIAO,),
        occupation="退休",
        contacts=((ContactKind.PHONE, "+8613800000103"),),
        hardship="独居，行动不便，子女在巴西。",
    ),
)

TWICE = (  # from a second book: the comparison finds them
    Facts(
        name="Tan Lip Khoon",
        sex="m",
        born="1950-03",
        division="990121102",
        country="MY",
        city="槟城",
        contacts=((ContactKind.PHONE, "+60123456789"),),
        source="demo",
    ),
    Facts(
        name="陈立坤",
        sex="m",
        born="1950-03-07",
        hometown="石桥镇岭脚村",
        division="990121102202",
        country="MY",
        identities=(Identity.FOREIGN_CHINESE,),
        contacts=((ContactKind.PHONE, "+60123456789"),),
        source="demo",
    ),
    Facts(
        name="林美珍",
        sex="f",
        born="1962-05-12",
        hometown="泮坑镇上泮村",
        division="990121101201",
        country="IT",
        city="米兰",
        identities=(Identity.HUAQIAO,),
        source="demo",
    ),
    Facts(
        name="LIN MEIZHEN",
        sex="f",
        born="1962-05-12",
        division="990121101201",
        country="IT",
        occupation="服装店",
        source="demo",
    ),
)


def fill(db: Session, tenant_id: int, *, vault: Vault, now: datetime) -> None:
    """Enter them once; a register with anybody in it is left alone."""
    if reading.listing(db, tenant_id, limit=1):
        return
    villages = [code for code, _ in land.DIVISIONS if len(code) == 12]
    names = dict(land.DIVISIONS)
    made_up = [_person(number, villages, names) for number in range(_MADE_UP)]
    writing.add_many(db, tenant_id, [*BY_HAND, *TWICE, *made_up], vault=vault, now=now)


def _person(number: int, villages: list[str], names: dict[str, str]) -> Facts:
    """Make the person of a number: strides without common factors mix everything with all."""
    village = _LARGE if number % 6 == 0 else villages[number * 7 % len(villages)]
    country = _COUNTRIES[number * 5 % len(_COUNTRIES)]
    first = number * 2 % len(_GIVEN)
    abroad = (Identity.HUAQIAO, Identity.FOREIGN_CHINESE, Identity.OVERSEAS_WORKER)
    at_home = (Identity.QIAOJUAN, Identity.GUIQIAO, Identity.QIAOSHU)
    return Facts(
        name=_SURNAMES[number * 11 % len(_SURNAMES)] + _GIVEN[first : first + 2],
        sex="mf"[number * 3 % 2],
        born=f"{1938 + number * 17 % 70}-{1 + number * 5 % 12:02}",
        hometown=names[village],
        division=village,
        country=country,
        left_on=None if country == "CN" else str(1980 + number * 13 % 44),
        identities=(at_home[number % 3] if country == "CN" else abroad[number % 3],),
        source="demo",
    )
