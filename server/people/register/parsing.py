"""From what people write into forms and spreadsheets to Facts, with a complaint per field. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from server.kernel import mailboxes
from server.people.register import dates, phones
from server.people.register.names import simplified
from server.people.register.terms import (
    IDENTITIES,
    LEFT_HOW,
    SEXES,
    ContactKind,
    Facts,
    Identity,
    NameKind,
)
from server.places import countries

LABELS: Mapping[str, str] = {  # our field -> what forms and headings call it
    "name": "姓名",
    "former": "曾用名",
    "genealogy": "族谱名",
    "foreign": "外文名",
    "dialect": "方言拼写",
    "married": "婚后姓名",
    "sex": "性别",
    "born": "出生年月",
    "birthplace": "出生地",
    "education": "学历",
    "nationality": "国籍（地区）",
    "identities": "身份类别",
    "hometown": "祖籍",
    "division": "祖籍镇村",
    "village_group": "村民小组",
    "clan": "宗族",
    "country": "住在国（地区）",
    "city": "住在城市",
    "left_on": "出国时间",
    "left_how": "出国途径",
    "settled_on": "定居时间",
    "occupation": "职业",
    "employer": "单位",
    "position": "职务",
    "skills": "专长",
    "associations": "社团及职务",
    "phone": "电话",
    "email": "邮箱",
    "wechat": "微信号",
    "home_address": "国内住址",
    "abroad_address": "国外住址",
    "notes": "备注",
    "hardship": "困难与健康情况",
}
_UNKNOWN = frozenset(
    {"", "不详", "未知", "不清楚", "无", "暂无", "没有", "-", "—", "/", "\\", "?", "n/a", "na",
     "none", "null"}
)  # fmt: skip
_SEVERAL = re.compile(r"[、,，;；/\n]+")
_OTHER_NAMES = (
    NameKind.FORMER,
    NameKind.GENEALOGY,
    NameKind.FOREIGN,
    NameKind.DIALECT,
    NameKind.MARRIED,
)
_SEX_WORDS = {"男": "m", "女": "f", "m": "m", "f": "f", "male": "m", "female": "f"}
_OTHER_COUNTRIES = {
    "中国内地": "CN", "中国大陆": "CN", "国内": "CN", "香港": "HK", "澳门": "MO", "台湾": "TW",
    "美利坚合众国": "US", "大不列颠": "GB", "意国": "IT", "大马": "MY", "星洲": "SG",
}  # fmt: skip

Wrong = dict[str, list[str]]


def plain(text: str | None) -> str | None:
    """Return a cell tidied (full-width made plain, spaces joined), None for 不详 and the like."""
    tidy = " ".join(unicodedata.normalize("NFKC", (text or "").replace("\0", "")).split())
    return None if tidy.lower() in _UNKNOWN else tidy


def read(values: Mapping[str, str | None], *, today: date, source: str) -> tuple[Facts, Wrong]:
    """Return what could be read, and in Chinese what could not, by field.

    `values` are by the names of LABELS; missing ones are not known.
    """
    wrong: Wrong = {}
    cells = {field: plain(values.get(field)) for field in LABELS}

    def one(field: str, reads: Callable[[str], str | None], complaint: str) -> str | None:
        cell = cells[field]
        if cell is None:
            return None
        try:
            return reads(cell)
        except (KeyError, ValueError):
            wrong.setdefault(field, []).append(complaint)
            return None

    def day(text: str) -> str | None:
        return dates.partial(text, today=today)

    not_a_day = "写成 1950、1950-03 或 1950-03-07，不晚于今天"
    country = one("country", _country, "不在国家（地区）名单里")
    facts = Facts(
        name=cells["name"] or "",
        other_names=tuple(
            (kind, name) for kind in _OTHER_NAMES for name in _several(cells[str(kind)])
        ),
        sex=one("sex", lambda text: _named(text.lower(), _SEX_WORDS), "写男或女"),
        born=one("born", day, not_a_day),
        birthplace=cells["birthplace"],
        education=cells["education"],
        nationality=one("nationality", _country, "不在国家（地区）名单里"),
        clan=cells["clan"],
        hometown=cells["hometown"],
        division=one("division", _code, "区划代码是 6、9 或 12 位数字"),
        village_group=cells["village_group"],
        country=country,
        city=cells["city"],
        left_on=one("left_on", day, not_a_day),
        left_how=one("left_how", _left_how, "写留学、投资、家庭团聚、劳务或其他"),
        settled_on=one("settled_on", day, not_a_day),
        occupation=cells["occupation"],
        employer=cells["employer"],
        position=cells["position"],
        skills=cells["skills"],
        associations=cells["associations"],
        identities=_identities(cells["identities"], wrong),
        contacts=_contacts(cells, country, wrong),
        notes=cells["notes"],
        hardship=cells["hardship"],
        source=source,
    )
    return facts, wrong


def _several(cell: str | None) -> list[str]:
    return [part.strip() for part in _SEVERAL.split(cell or "") if plain(part)]


def _country(text: str) -> str:
    """Accept a code, our name, or another usual one. Raise KeyError."""
    if countries.known(text.upper()):
        return text.upper()
    ours = {one.name: one.code for one in countries.listing()}
    return _named(text, {**ours, **_OTHER_COUNTRIES})


def _named(text: str, names: Mapping[str, str]) -> str:
    """Look a word up as it is written, or else in Simplified characters. Raise KeyError."""
    return names.get(text) or names[simplified(text)]


def _code(text: str) -> str:
    if not re.fullmatch(r"\d{6}|\d{9}(\d{3}){0,5}", text):
        raise ValueError(text)
    return text.removesuffix("000000") if len(text) == 12 else text


def _left_how(text: str) -> str:
    if text in LEFT_HOW:
        return text
    return _named(text, {name: code for code, name in LEFT_HOW.items()})


def _identities(cell: str | None, wrong: Wrong) -> tuple[Identity, ...]:
    words = {name: str(kind) for kind, name in IDENTITIES.items()} | {one: one for one in Identity}
    found: list[Identity] = []
    for part in _several(cell):
        try:
            found.append(Identity(_named(part, words)))
        except KeyError:
            wrong.setdefault("identities", []).append(f"“{part}”不在身份类别里")
    return tuple(dict.fromkeys(found))


def _contacts(
    cells: Mapping[str, str | None], country: str | None, wrong: Wrong
) -> tuple[tuple[ContactKind, str], ...]:
    numbers, bad = phones.parse(cells["phone"] or "", country=country)
    if bad:
        wrong["phone"] = [f"“{part}”不像电话号码；国外号码请带 + 和国家代码" for part in bad]
    found = [(ContactKind.PHONE, number) for number in numbers]
    for mail in _several(cells["email"]):
        if mailboxes.reachable(mail):
            found.append((ContactKind.EMAIL, mail))
        else:
            wrong.setdefault("email", []).append(f"“{mail}”不像邮箱地址")
    as_written = (ContactKind.WECHAT, ContactKind.HOME_ADDRESS, ContactKind.ABROAD_ADDRESS)
    found += [(kind, value[:200]) for kind in as_written if (value := cells[str(kind)])]
    return tuple(dict.fromkeys(found))


def written(facts: Facts) -> dict[str, str]:
    """Turn Facts back into what a form shows; `read` of it gives the same Facts."""
    values = {field: str(getattr(facts, field) or "") for field in LABELS if hasattr(facts, field)}
    for field, code in (("country", facts.country), ("nationality", facts.nationality)):
        values[field] = countries.name_of(code) if code else ""
    values["sex"] = SEXES.get(facts.sex or "", "")
    values["left_how"] = LEFT_HOW.get(facts.left_how or "", "")
    values["identities"] = "、".join(IDENTITIES[kind] for kind in facts.identities)
    for kind in _OTHER_NAMES:
        values[str(kind)] = "、".join(name for one, name in facts.other_names if one == kind)
    for contact in ContactKind:
        found = [value for one, value in facts.contacts if one == contact]
        values[str(contact)] = "；".join(found)
    return values
