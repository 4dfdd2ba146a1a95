"""The organisations of the demo county: a believable tree, one town without on purpose."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.organisations import credit_codes, reading, service, ties
from server.organisations.service import Facts
from server.organisations.terms import Kind, LinkKind
from server.staff.service import Officer

_TOWNS = (  # 白沙镇 has people enough and no federation: the coverage shows it
    ("990121101", "泮坑镇侨联", date(2009, 6, 18)),
    ("990121102", "石桥镇侨联", date(1988, 5, 4)),
)
_BELOW = (
    (Kind.BASE, "990121102202", "岭脚村侨联", "石桥镇侨联"),
    (Kind.GROUP, "990121102203", "大榕村侨联小组", "石桥镇侨联"),
    (Kind.GROUP, "990121101204", "枫树坪村侨联小组", "泮坑镇侨联"),
    (Kind.HOME, "990121102001", "桥头侨胞之家", "石桥镇侨联"),
)
_ABROAD = (("意大利云溪同乡会", "IT", 260), ("马来西亚云溪会馆", "MY", 480))


def fill(db: Session, officer: Officer, *, vault: Vault, now: datetime) -> None:
    """Enter them once, in the name of the first administrator."""
    if reading.listing(db, officer, limit=1):
        return

    def add(facts: Facts, founded_on: date | None = None) -> int:
        return service.add(
            db, officer, facts, founded_on=founded_on, document=None, vault=vault, now=now
        )

    code = "13990121MB0000001"
    county = add(
        Facts(
            Kind.FEDERATION,
            "云溪县侨联",
            former_names="云溪县归国华侨联合会筹备组",
            credit_code=code + credit_codes.check_character(code),
            address="云溪县侨兴路 18 号",
            phone="0000-8880101",
            members=47,
        ),
        date(1984, 3, 2),
    )
    towns = {
        name: add(Facts(Kind.FEDERATION, name, path=path, parent_id=county, members=15), founded)
        for path, name, founded in _TOWNS
    }
    for kind, path, name, above in _BELOW:
        home = "serving" if kind is Kind.HOME else None
        add(
            Facts(kind, name, path=path, parent_id=towns[above], built="own", home_type=home),
            date(2019, 10, 1),
        )
    for name, country, members in _ABROAD:
        abroad = add(Facts(Kind.OVERSEAS, name, country=country, members=members))
        ties.link(
            db, officer, county, abroad,
            kind=LinkKind.ONE_Y, since=date(2018, 8, 8), vault=vault, now=now,
        )  # fmt: skip
    club = add(Facts(Kind.ASSOCIATION, "云溪县留学生眷属联谊会", members=90), date(2015, 1, 12))
    ties.link(
        db, officer, county, club,
        kind=LinkKind.ONE_N, since=date(2015, 3, 1), vault=vault, now=now,
    )  # fmt: skip
    for name, post in (("陈立群", "主席"), ("林秀英", "副主席"), ("何静", "秘书长")):
        who = ties.Appointment(
            name, post, since=date(2022, 1, 20), term="第八届", term_ends=date(2027, 1, 20)
        )
        ties.appoint(db, officer, county, who, vault=vault, now=now)
    yes = dict.fromkeys(("body", "team", "place", "activity"), "yes") | {"money": "partly"}
    ties.check(db, officer, county, year=now.year, answers=yes, remark=None, vault=vault, now=now)
