"""Everything we hold of a person, in plain Chinese: to look at, and to take along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.cases import queries
from server.kernel.clock import known_zone
from server.kernel.crypto import Vault
from server.people import belongings
from server.people import service as people
from server.people.agreements import ledger
from server.people.agreements.ledger import Standing, State
from server.people.agreements.terms import TERMS, WAYS, Unasked
from server.people.register import dates, parsing, phones
from server.people.register.reading import Page
from server.people.register.terms import IDENTITIES, PROOFS, ContactKind
from server.people.service import ids_of
from server.places import countries
from server.rights import letters, requests

LANGUAGES = {"zh-Hans": "简体字", "zh-Hant": "繁體字"}
PARTS = {"morning": "早上", "evening": "晚上"}
WAYS_FIRST = {"email": "电子邮件", "phone": "电话"}
STANDINGS = {
    State.GIVEN: "同意",
    State.WITHDRAWN: "已撤回",
    State.PRESUMED: "默认",
    State.NOT_ASKED: "没有同意",
}
_MOST = 1000  # cases, letters: nobody has more


@dataclass(frozen=True, slots=True)
class Line:
    """One thing we know."""

    label: str
    value: str
    field: str = ""  # of the register, when a correction can be asked for


@dataclass(frozen=True, slots=True)
class Section:
    """Things that belong together."""

    code: str
    title: str
    note: str
    lines: tuple[Line, ...]


def standing_words(one: Standing) -> str:
    """Say where a person stands to a purpose."""
    if one.state is State.PRESUMED and TERMS[one.purpose].unasked is Unasked.NEEDED:
        return "必需"
    return STANDINGS[one.state]


def sections(db: Session, person_id: int, *, vault: Vault) -> list[Section]:
    """Return all we hold, in the order a person would ask for it. What we do not know is absent."""
    profile = people.profile(db, person_id, vault)
    page = requests.register_page(db, profile.tenant_id, profile.person_id, vault=vault)
    zone = accounts.tenant(db, profile.tenant_id).home_zone
    found = [
        _profile(profile),
        *(_register(page) if page else ()),
        _relations(db, profile.person_id),
        _wechat(db, profile.person_id, zone),
        _agreements(db, profile.person_id, zone),
        _cases(db, profile.person_id, zone, vault),
        _letters(db, profile.person_id, zone),
        _words(db, profile.person_id, zone, vault),
    ]
    return [one for one in found if one.lines]


def _profile(profile: people.Profile) -> Section:
    values = (
        ("称呼", profile.salutation),
        ("住在", countries.name_of(profile.country) if profile.country else None),
        ("当地时间", profile.zone),
        ("家乡", profile.hometown),
        ("来信用哪种字", LANGUAGES.get(profile.language, profile.language)),
        ("什么时候收信方便", PARTS.get(profile.part_of_day or "", "")),
        ("先用哪种方式", WAYS_FIRST.get(profile.reach_by or "", "")),
    )
    lines = tuple(Line(label, value) for label, value in values if value)
    return Section("profile", "我填的资料", "可以自己随时改。", lines)


def _register(page: Page) -> tuple[Section, ...]:
    values = parsing.written(page.facts)
    values["country"] = countries.name_of(page.facts.country) if page.facts.country else ""
    values["phone"] = "；".join(
        phones.shown(value) for kind, value in page.facts.contacts if kind is ContactKind.PHONE
    )
    for field in ("born", "left_on", "settled_on"):
        values[field] = dates.shown(getattr(page.facts, field))
    if page.facts.nationality:
        values["nationality"] = countries.name_of(page.facts.nationality)
    lines = tuple(
        Line(label, values[field], field if field in requests.FIELDS else "")
        for field, label in parsing.LABELS.items()
        if values.get(field)
    )
    held = tuple(
        Line(
            IDENTITIES[one.kind],
            f"{one.since} 起{f'，{one.until} 止' if one.until else ''}（{PROOFS[one.proof]}）",
        )
        for one in page.identities
    )
    return (
        Section("register", "侨情登记", "由侨联登记；有不对的可以请工作人员更正。", lines),
        Section("identities", "侨的身份", "以侨务部门认定为准，这里只作联络之用。", held),
    )


def _relations(db: Session, person_id: int) -> Section:
    kinds = belongings.relation_kinds(db, ids_of(db, person_id))
    lines = tuple(Line(kind, f"{count} 位") for kind, count in kinds)
    return Section("relations", "亲属关系", "对方的资料是对方的，这里不显示。", lines)


def _wechat(db: Session, person_id: int, zone: str) -> Section:
    lines = tuple(
        Line(
            "小程序" if one.mini else "公众号",
            f"{one.openid}"
            + (f"；{day(one.followed_at, zone)} 关注" if one.followed_at else "")
            + (f"；{day(one.unfollowed_at, zone)} 取消关注" if one.unfollowed_at else "")
            + (f"；扫的码：{one.scene}" if one.scene else ""),
        )
        for one in belongings.identities(db, ids_of(db, person_id))
    )
    return Section("wechat", "微信标识", "微信给每个账号的编号，不是微信号。", lines)


def _agreements(db: Session, person_id: int, zone: str) -> Section:
    lines = tuple(
        Line(
            TERMS[one.purpose].name,
            standing_words(one)
            + (f"，{day(one.since, zone)}" if one.since else "")
            + (f"，{WAYS[one.way]}" if one.way else ""),
        )
        for one in ledger.standings(db, person_id)
    )
    return Section("agreements", "同意了什么", "可以随时撤回。", lines)


def _cases(db: Session, person_id: int, zone: str, vault: Vault) -> Section:
    rows = queries.of_person(db, person_id, before=None, limit=_MOST, vault=vault)
    lines = tuple(
        Line(
            row.number,
            f"{row.kind_name} · {row.topic_name} · {row.subject} · {row.state_name}"
            f" · {day(row.submitted_at, zone)}",
        )
        for row in rows
    )
    return Section("cases", "我的诉求", "内容和答复在“我的诉求”里。", lines)


def _letters(db: Session, person_id: int, zone: str) -> Section:
    found = letters.received(db, ids_of(db, person_id), limit=_MOST)
    lines = tuple(Line(day(one.at, zone), f"{one.title}（{one.fate}）") for one in found)
    return Section("letters", "收到的来信和通知", "", lines)


def _words(db: Session, person_id: int, zone: str, vault: Vault) -> Section:
    said = letters.said(db, ids_of(db, person_id), vault=vault, limit=_MOST)
    lines = tuple(
        Line(day(one.at, zone), one.text + (f"\n答复：{one.answer}" if one.answer else ""))
        for one in said
    )
    return Section("words", "我发给侨联的话", "公众号里转给工作人员的留言。", lines)


def day(moment: datetime, zone: str) -> str:
    """Show an instant as a day in the county."""
    return moment.astimezone(known_zone(zone, fallback="Asia/Shanghai")).strftime("%Y-%m-%d")


def as_data(found: Sequence[Section], *, now: datetime) -> dict[str, object]:
    """Return the same for machines (PIPL §45: to take along)."""
    return {
        "made_at": now.astimezone(UTC).isoformat(),
        "sections": [
            {
                "code": one.code,
                "title": one.title,
                "lines": [{"label": line.label, "value": line.value} for line in one.lines],
            }
            for one in found
        ],
    }
