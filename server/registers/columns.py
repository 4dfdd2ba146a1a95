"""Which column of a list means what: headings as offices write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from server.people.register.parsing import LABELS
from server.registers.sheets import Unreadable

LOOKED_AT = 15  # rows above the heading: titles, who filled it in, when
_OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "中文名", "中文姓名", "户主姓名", "侨胞姓名", "name"),
    "former": ("曾用名", "别名", "小名"),
    "genealogy": ("族谱名", "谱名", "字辈名"),
    "foreign": ("外文名", "英文名", "外文姓名", "护照姓名", "拼音"),
    "dialect": ("方言拼写", "方言名"),
    "married": ("婚后姓名", "夫姓"),
    "sex": ("性别", "男女"),
    "born": ("出生年月", "出生日期", "出生时间", "生日", "出生年月日", "出生"),
    "birthplace": ("出生地", "出生地点"),
    "education": ("学历", "文化程度", "最高学历", "文化"),
    "nationality": ("国籍", "国籍地区", "现国籍"),
    "identities": ("身份类别", "身份", "类别", "侨属类别", "人员类别", "侨情类别"),
    "hometown": ("祖籍", "籍贯", "原籍", "祖籍地", "家乡", "国内祖籍", "所属村", "村居", "村"),
    "division": ("祖籍镇村", "祖籍区划", "祖籍区划代码", "区划代码", "行政区划代码"),
    "village_group": ("村民小组", "小组", "组别", "村小组"),
    "clan": ("宗族", "姓氏", "房头"),
    "country": ("住在国地区", "住在国", "旅居国", "侨居国", "所在国", "国家", "国别", "国家地区",
                "居住国", "侨居地", "旅居国家", "现居国"),
    "city": ("住在城市", "城市", "所在城市", "侨居城市"),
    "left_on": ("出国时间", "出国年月", "出境时间", "出国日期"),
    "left_how": ("出国途径", "途径", "出国方式", "出国原因"),
    "settled_on": ("定居时间", "定居年月"),
    "occupation": ("职业", "从事职业", "从事行业", "行业"),
    "employer": ("单位", "工作单位", "企业名称", "公司"),
    "position": ("职务", "职位"),
    "skills": ("专长", "特长"),
    "associations": ("社团及职务", "社团", "社团职务", "参加社团", "侨团"),
    "phone": ("电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "国外电话",
              "电话号码", "联系人电话"),
    "email": ("邮箱", "电子邮箱", "邮件", "电子邮件", "email"),
    "wechat": ("微信号", "微信"),
    "home_address": ("国内住址", "国内地址", "家庭住址", "住址", "家庭地址"),
    "abroad_address": ("国外住址", "国外地址", "境外地址", "侨居地址"),
    "notes": ("备注", "说明"),
    "hardship": ("困难与健康情况", "困难情况", "困难类型", "健康状况"),
}  # fmt: skip
_MEANS = {word: field for field, words in _OTHER_WORDS.items() for word in words}
_NOISE = re.compile(r"[\s（）()【】\[\]/、,，.。:：*＊]+|必填|选填")


def meaning(heading: str) -> str:
    """Return our field for a heading, "" when it is not known."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", heading)).lower()
    return _MEANS.get(plain) or _MEANS.get(plain.removesuffix("地区"), "")


def header(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """Find the row of headings below merged titles; return (its number, field per column).

    Of two columns that mean the same the first counts. Raise Unreadable when no row among the
    first names a column for names and one more.
    """
    best: tuple[int, list[str]] | None = None
    for number, row in enumerate(rows[:LOOKED_AT]):
        fields = once([meaning(cell) for cell in row[: width(row)]])
        known = sum(1 for field in fields if field)
        if "name" in fields and known >= 2 and (best is None or known > _known(best[1])):
            best = (number, fields)
    if best is None:
        raise Unreadable("找不到表头。请在表格里留一行列名，至少有“姓名”和另一列。")
    return best


def width(row: Sequence[str]) -> int:
    """Return how many columns a row has up to the last that holds anything."""
    return max((at + 1 for at, cell in enumerate(row) if cell), default=0)


def _known(fields: Sequence[str]) -> int:
    return sum(1 for field in fields if field)


def once(fields: Sequence[str]) -> list[str]:
    """Leave only the first of several columns with the same meaning; drop unknown ones."""
    seen: set[str] = set()
    kept = []
    for field in fields:
        good = field in LABELS and field not in seen
        kept.append(field if good else "")
        seen.add(field)
    return kept
