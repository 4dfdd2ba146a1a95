"""The words of the register (侨情): who somebody is, how names and facts are kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Identity(StrEnum):
    """身份类别 (DOMAIN §3.1); 华侨 and 外籍华人 exclude each other."""

    HUAQIAO = "huaqiao"
    FOREIGN_CHINESE = "foreign_chinese"
    GUIQIAO = "guiqiao"
    QIAOJUAN = "qiaojuan"
    QIAOSHU = "qiaoshu"
    STUDENT_ABROAD = "student_abroad"
    RETURNED_SCHOLAR = "returned_scholar"
    STUDENT_FAMILY = "student_family"
    OVERSEAS_WORKER = "overseas_worker"
    HK_MO_RESIDENT = "hk_mo_resident"
    HK_MO_FAMILY = "hk_mo_family"
    TW_COMPATRIOT = "tw_compatriot"


IDENTITIES: Mapping[Identity, str] = {
    Identity.HUAQIAO: "华侨",
    Identity.FOREIGN_CHINESE: "外籍华人",
    Identity.GUIQIAO: "归侨",
    Identity.QIAOJUAN: "侨眷",
    Identity.QIAOSHU: "侨属",
    Identity.STUDENT_ABROAD: "留学生",
    Identity.RETURNED_SCHOLAR: "归国留学人员",
    Identity.STUDENT_FAMILY: "留学生眷属",
    Identity.OVERSEAS_WORKER: "海外务工人员",
    Identity.HK_MO_RESIDENT: "港澳居民",
    Identity.HK_MO_FAMILY: "港澳眷属",
    Identity.TW_COMPATRIOT: "台胞台属",
}
EXCLUSIVE = frozenset({Identity.HUAQIAO, Identity.FOREIGN_CHINESE})  # 国籍法 §3, §9


class Proof(StrEnum):
    """How an identity is known. 侨联 does not certify: 以侨务部门认定为准 (DOMAIN §3.2)."""

    SELF_DECLARED = "self_declared"
    EVIDENCE_SEEN = "evidence_seen"
    CERTIFIED = "certified"
    REJECTED = "rejected"


PROOFS: Mapping[Proof, str] = {
    Proof.SELF_DECLARED: "本人自述",
    Proof.EVIDENCE_SEEN: "见过原件",
    Proof.CERTIFIED: "侨务部门认定",
    Proof.REJECTED: "侨务部门未认定",
}


class NameKind(StrEnum):
    HANZI = "hanzi"
    FORMER = "former"
    GENEALOGY = "genealogy"
    FOREIGN = "foreign"
    DIALECT = "dialect"
    MARRIED = "married"


NAME_KINDS: Mapping[NameKind, str] = {
    NameKind.HANZI: "姓名",
    NameKind.FORMER: "曾用名",
    NameKind.GENEALOGY: "族谱名",
    NameKind.FOREIGN: "外文名",
    NameKind.DIALECT: "方言拼写",
    NameKind.MARRIED: "婚后姓名",
}


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    WECHAT = "wechat"
    HOME_ADDRESS = "home_address"
    ABROAD_ADDRESS = "abroad_address"


CONTACT_KINDS: Mapping[ContactKind, str] = {
    ContactKind.PHONE: "电话",
    ContactKind.EMAIL: "邮箱",
    ContactKind.WECHAT: "微信号",
    ContactKind.HOME_ADDRESS: "国内住址",
    ContactKind.ABROAD_ADDRESS: "国外住址",
}

SEXES: Mapping[str, str] = {"m": "男", "f": "女"}
LEFT_HOW: Mapping[str, str] = {
    "study": "留学",
    "investment": "投资",
    "family": "家庭团聚",
    "labour": "劳务",
    "other": "其他",
}
NEW_SINCE = date(1979, 1, 1)  # 新侨 left from this day on, 老侨 before (DOMAIN §3.1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person. None means "not known", never "no"."""

    name: str
    other_names: tuple[tuple[NameKind, str], ...] = ()
    sex: str | None = None
    born: str | None = None  # 1950, 1950-03 or 1950-03-07: no more precise than it is known
    birthplace: str | None = None
    education: str | None = None
    nationality: str | None = None  # code of the 国家（地区） list
    clan: str | None = None  # 宗族
    hometown: str | None = None  # as the person or the book says it
    division: str | None = None  # code of the deepest division known
    village_group: str | None = None  # 村民小组
    country: str | None = None  # 住在国（地区）
    city: str | None = None
    zone: str | None = None  # IANA; by country when not known
    left_on: str | None = None
    left_how: str | None = None
    settled_on: str | None = None
    occupation: str | None = None
    employer: str | None = None
    position: str | None = None
    skills: str | None = None
    associations: str | None = None  # 社团、职务
    identities: tuple[Identity, ...] = ()
    contacts: tuple[tuple[ContactKind, str], ...] = ()  # phones as E.164
    notes: str | None = None
    hardship: str | None = None  # 困难与健康: seen by few (DOMAIN §6)
    source: str = ""  # import:12, console, self, survey:3


def old_or_new(left_on: str | None) -> str | None:
    """Return 老侨 or 新侨 by the year somebody left, None when it is not known."""
    if not left_on:
        return None
    return "新侨" if int(left_on[:4]) >= NEW_SINCE.year else "老侨"
