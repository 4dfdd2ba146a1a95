"""The words of organisations (DOMAIN §1.3): kinds, what happened to them, links, 五有. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    FEDERATION = "federation"  # 侨联 of a province, city, county or town
    BASE = "base"  # 基层侨联 of a village, school, firm, park
    GROUP = "group"  # 侨联小组
    HOME = "home"  # 侨胞之家
    ASSOCIATION = "association"  # 涉侨社团 at home
    OVERSEAS = "overseas"  # 海外侨团
    INSTITUTION = "institution"  # 侨资、侨捐单位


KINDS: Mapping[Kind, str] = {
    Kind.FEDERATION: "侨联",
    Kind.BASE: "基层侨联",
    Kind.GROUP: "侨联小组",
    Kind.HOME: "侨胞之家",
    Kind.ASSOCIATION: "涉侨社团",
    Kind.OVERSEAS: "海外侨团",
    Kind.INSTITUTION: "涉侨单位",
}
LOCATED = frozenset(Kind) - {Kind.OVERSEAS, Kind.ASSOCIATION}  # must lie in a division


class Happened(StrEnum):
    """What happened to an organisation (S002:L37). Noted one after the other, never overwritten."""

    FOUNDED = "founded"
    REBUILT = "rebuilt"
    RESTORED = "restored"
    DISSOLVED = "dissolved"


HAPPENED: Mapping[Happened, str] = {
    Happened.FOUNDED: "新建",
    Happened.REBUILT: "重组",
    Happened.RESTORED: "恢复",
    Happened.DISSOLVED: "撤销",
}


def may_follow(before: Happened | None, after: Happened) -> bool:
    """Tell whether this can happen next: what does not exist is founded or, once, restored."""
    if before is None:
        return after is Happened.FOUNDED
    if before is Happened.DISSOLVED:
        return after is Happened.RESTORED
    return after in {Happened.REBUILT, Happened.DISSOLVED}


class LinkKind(StrEnum):
    ONE_N = "one_n"  # 1+N: a federation at the base and associations at home
    ONE_Y = "one_y"  # 1+Y: paired with associations abroad
    SCHOOL = "school"  # 地方侨联+高校侨联+校友会


LINKS: Mapping[LinkKind, str] = {
    LinkKind.ONE_N: "1+N 联系社团",
    LinkKind.ONE_Y: "1+Y 结对海外侨团",
    LinkKind.SCHOOL: "高校侨联、校友会",
}
OTHER_END: Mapping[LinkKind, frozenset[Kind]] = {
    LinkKind.ONE_N: frozenset({Kind.ASSOCIATION, Kind.INSTITUTION}),
    LinkKind.ONE_Y: frozenset({Kind.OVERSEAS}),
    LinkKind.SCHOOL: frozenset({Kind.ASSOCIATION, Kind.INSTITUTION, Kind.BASE}),
}

FIVE: Mapping[str, str] = {  # 五有 (S004:L45)
    "body": "有组织",
    "team": "有队伍",
    "money": "有经费",
    "place": "有阵地",
    "activity": "有活动",
}
ANSWERS: Mapping[str, str] = {"yes": "有", "partly": "有一些", "no": "没有"}
BUILT: Mapping[str, str] = {
    "own": "自己建",
    "joint": "联合建",
    "joined": "参与建",
    "guided": "引导建",
}
HOME_TYPES: Mapping[str, str] = {
    "learning": "学习型",
    "creative": "创新型",
    "serving": "服务型",
    "regular": "规范型",
    "harmonious": "和谐型",
}
