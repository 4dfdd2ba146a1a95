"""What may not stand in a letter, and what should be looked at twice (DOMAIN §5.2, §8.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from server.greetings.calendar import Audience, Kind, Occasion, ganzhi, zodiac
from server.greetings.wording import (
    MAX_BYTES,
    MAX_CHARACTERS,
    PAGE,
    PAGE_ROOM,
    Letterhead,
    Script,
    greeted_year,
    render,
    simplified,
    unknown_placeholders,
)


class Level(StrEnum):
    ERROR = "error"  # the letter cannot be approved
    WARNING = "warning"  # the officer decides


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    code: str
    message: str  # Chinese, says what to do


_LONGEST_NAME = "名" * 20  # a letter must fit for whoever has the longest salutation
_JOY = re.compile(r"快乐|愉快|恭喜|恭贺|喜庆|喜乐|欢度|欢庆|happy", re.IGNORECASE)
_MEMORIAL_JOY = re.compile(r"(清明|中元|公祭日?)[节日]*.{0,4}(快乐|愉快|喜乐|happy)", re.IGNORECASE)
_PICTOGRAPH = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_EXCLAMATION = re.compile(r"[!！]")
_ANIMAL_YEAR = re.compile(r"(?<!罗)([鼠牛虎兔龙蛇马羊猴鸡狗猪])年")
_STEM_BRANCH = re.compile(
    r"([甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥])[鼠牛虎兔龙蛇马羊猴鸡狗猪]?年"
)
_DATE = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日|[〇零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月"
)
_MONEY = re.compile(
    r"红包|转账|汇款|打款|付款|收款|捐款|捐钱|募捐|集资|众筹|抽奖|中奖|理财|贷款|发财|现金|银行卡|账号"
)
_MONEY_PERHAPS = re.compile(r"捐赠|投资|优惠|促销|礼金|奖金|\d+元")
_STATES = re.compile(  # 港澳台 are regions, never listed among states
    r"(香港|澳门|台湾|港澳台?)[^。；，]{0,12}?等国(?!家和地区)"
    r"|(香港|澳门|台湾)(这个|这些)?国家"
    r"|中港(两地|关系|合作|矛盾)|中台(关系|两地)|两岸三地|台湾(政府|当局总统|总统)|中华民国"
)
_HALF_NAMED = re.compile(r"(?<!集)中港台|陆港台")  # 港澳台 is said of compatriots, without a 中
_GROUP = re.compile(
    r"扫码|扫一扫|二维码|[加进入拉]了?(我们|咱们|本)?的?(侨胞|侨亲|同乡|乡亲|老乡|微信)?群(?![众体岛贤英])"
    r"|加(我|个|一下)?微信|微信号"
)
_LINK = re.compile(r"https?://|www\.|\bt\.me/|u\.wechat\.com", re.IGNORECASE)
_ABROAD = re.compile(r"(港澳台|台湾|香港|澳门)(侨胞|华侨|华人)")
_ORDER = ("归侨侨眷", "海外侨胞", "港澳台同胞")
_WOMEN = re.compile(r"女神|女王|大妈|女生节|小仙女")


def lint(template: str, occasion: Occasion, head: Letterhead) -> list[Finding]:
    """Return everything wrong or doubtful about a letter for an occasion, errors first.

    `template` may hold placeholders and may be in either script.
    """
    shown = simplified(render(template, head, script=Script.HANS, salutation=_LONGEST_NAME).strip())
    findings: list[Finding] = []
    for rule in (_form, _mourning, _year, _terms, _audience):
        findings.extend(rule(template, shown, occasion, head))
    return sorted(findings, key=lambda one: one.level)


def errors(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.level is Level.ERROR]


def _error(code: str, message: str) -> Finding:
    return Finding(Level.ERROR, code, message)


def _warning(code: str, message: str) -> Finding:
    return Finding(Level.WARNING, code, message)


def _form(template: str, shown: str, _occasion: Occasion, head: Letterhead) -> Iterator[Finding]:
    if not template.strip():
        yield _error("empty", "信还没有内容")
        return
    for name in unknown_placeholders(template):
        yield _error("placeholder", f"不认识的占位符“{{{name}}}”，请改正或删去")
    if simplified(head.tenant) not in shown:
        yield _error("signature", "缺少落款，请写上单位名称或 {tenant}")
    if not _DATE.search(shown):
        yield _error("date", "缺少日期，请在落款处写上 {date}")
    room = PAGE_ROOM + len(PAGE) * 2
    if len(shown) + PAGE_ROOM > MAX_CHARACTERS or len(shown.encode()) + room > MAX_BYTES:
        yield _error(
            "length",
            f"信太长：连称呼共 {len(shown)} 字，微信文字消息最多 {MAX_CHARACTERS - PAGE_ROOM} 字",
        )
    if "{salutation}" not in template:
        yield _warning("salutation", "没有称呼，建议开头写 {salutation}：")


def _mourning(
    _template: str, shown: str, occasion: Occasion, _head: Letterhead
) -> Iterator[Finding]:
    if _MEMORIAL_JOY.search(shown) and not occasion.mourning:
        yield _error("mourning", "清明、中元、公祭日不能说“快乐”")
    if not occasion.mourning:
        return
    if found := _JOY.search(shown):
        yield _error("mourning", f"{occasion.name}是追思的日子，不能用“{found[0]}”这样的字眼")
    if _PICTOGRAPH.search(shown):
        yield _error("pictograph", "追思的信里不能用表情符号")
    if len(_EXCLAMATION.findall(shown)) > 1:
        yield _error("exclamation", "追思的信里感叹号不能超过一个")


def _year(_template: str, shown: str, occasion: Occasion, _head: Letterhead) -> Iterator[Finding]:
    """Around New Year two years may be named; the one that is greeted must be among them."""
    year = greeted_year(occasion)
    years = {
        "spring": (year - 1, year),
        "new_year_eve": (year - 1, year),
        "new_year": (year, year + 1),
        "laba": (year, year + 1),
        "little_new_year_north": (year, year + 1),
        "little_new_year_south": (year, year + 1),
    }.get(occasion.code, (year,))
    new = year if occasion.code in {"spring", "new_year_eve"} else None
    for pattern, name_of in ((_ANIMAL_YEAR, zodiac), (_STEM_BRANCH, ganzhi)):
        named = list(dict.fromkeys(pattern.findall(shown)))
        fitting = [name_of(one) for one in years]
        yield from (
            _error("year", f"“{name}”年不对，应是{'年或'.join(fitting)}年")
            for name in named
            if name not in fitting
        )
        if named and new is not None and name_of(new) not in named:
            yield _error("year", f"新的一年是{name_of(new)}年，信里却只写了{named[0]}年")


def _terms(_template: str, shown: str, occasion: Occasion, _head: Letterhead) -> Iterator[Finding]:
    yield from _money(shown)
    yield from _regions(shown)
    yield from _ways_out(shown)
    if "华侨节" in shown:
        yield _error("huaqiaojie", "不使用“华侨节”")
    places = [shown.find(name) for name in _ORDER if name in shown]
    if places != sorted(places):
        yield _warning("order", "称谓次序应为：归侨侨眷、海外侨胞、港澳台同胞")
    if occasion.has("national") and re.search(r"祖国", shown):
        yield _warning("homeland", "读信人中有外籍华人，建议用“祖（籍）国”")


def _money(shown: str) -> Iterator[Finding]:
    if found := _MONEY.search(shown):
        yield _error("money", f"祝福信里不能谈钱：“{found[0]}”")
    if found := _MONEY_PERHAPS.search(shown):
        yield _warning("money", f"“{found[0]}”像是在谈钱，请确认")


def _regions(shown: str) -> Iterator[Finding]:
    if found := _STATES.search(shown):
        yield _error("regions", f"涉港澳台表述有误：“{found[0]}”，应称“国家和地区”或“地区”")
    if found := _HALF_NAMED.search(shown):
        yield _error("regions", f"涉港澳台表述有误：“{found[0]}”，应写“港澳台同胞”")
    if found := _ABROAD.search(shown):
        yield _warning("regions", f"“{found[0]}”：港澳台同胞不是华侨，宜写“海外侨胞和港澳台同胞”")


def _ways_out(shown: str) -> Iterator[Finding]:
    """Ways that lead out of the letter: what swindlers write, and what WeChat blocks."""
    if found := _GROUP.search(shown):
        yield _warning("group", f"“{found[0]}”：信里不宜叫人扫码、加群，请改写")
    if found := _LINK.search(shown):
        yield _warning("link", f"“{found[0]}”：信里会自动附上家书页面的链接，别的网址请再核实")


def _audience(
    _template: str, shown: str, occasion: Occasion, _head: Letterhead
) -> Iterator[Finding]:
    if occasion.kind is Kind.NEVER:
        yield _error("never", f"侨联账号不发{occasion.name}的祝福")
    if occasion.kind is Kind.OPTIONAL:
        yield _warning(
            "optional", f"{occasion.name}一般只在小程序里提示，群发会占用每人每月四次的额度"
        )
    if found := _WOMEN.search(shown):
        yield _error("women", f"不用“{found[0]}”，请写“女同胞”")
    if occasion.has("double_ninth") and "老人节" in shown:
        yield _error("elders", "请写“重阳节”，不写“老人节”")
    if occasion.festivals[0].audience is not Audience.EVERYONE:
        yield _warning("audience", f"{occasion.name}的信只寄给侨情库里记有性别或出生年月的人")
