"""The purposes of DOMAIN §6 ①–⑧: what is asked, in which words, and what holds unasked. Pure.

Whoever changes a text gives it a new version; the old words stay in the database with those who
agreed to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What data is used for. Kept in the database: never rename one, add another."""

    ACCOUNT = "account"
    PROFILE = "profile"
    GREETINGS = "greetings"
    NEWSLETTER = "newsletter"
    CONSULT = "consult"
    PETITION = "petition"
    PUBLISH = "publish"
    FAQ = "faq"


class Unasked(StrEnum):
    """What holds for somebody who has not said anything yet."""

    NEEDED = "needed"  # the service cannot be given without (PIPL §13(2)); ends with the account
    FOLLOWING = "following"  # following the account asks for it; one word or tap ends it
    DUTY = "duty"  # the office's own work with what people or families told it
    NO = "no"  # only after a clear yes


class Way(StrEnum):
    """How somebody said it."""

    MINI = "mini"
    OFFICIAL = "official"
    STAFF = "staff"
    EMAIL = "email"


WAYS: Mapping[Way, str] = {
    Way.MINI: "小程序",
    Way.OFFICIAL: "公众号",
    Way.STAFF: "工作人员代录",
    Way.EMAIL: "邮件里的退订",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The exact words somebody agrees to."""

    version: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of version and text, in hex: the text is kept once under it."""
        return hashlib.sha256(f"{self.version}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Term:
    """One purpose with all that must be said about it (PIPL §17, 网络数据安全管理条例 §21)."""

    purpose: Purpose
    name: str
    wording: Wording
    unasked: Unasked
    kinds: tuple[str, ...]  # of data
    recipients: tuple[str, ...]
    kept: str  # how long, and what then
    ending: str  # what taking it back means


_WECHAT = "微信（腾讯）：传送消息"
_STAFF = "本侨联经授权的工作人员"
_V1 = "2026-11"

TERMS: Mapping[Purpose, Term] = {
    one.purpose: one
    for one in (
        Term(
            Purpose.ACCOUNT,
            "使用账号",
            Wording(_V1, "用您的微信标识认出您，让您能提交诉求、查看进展、修改资料。"),
            Unasked.NEEDED,
            ("微信用户标识（OpenID、UnionID）", "登录时间"),
            (_STAFF, _WECHAT),
            "账号注销为止，注销后删除",
            "不用账号了，请在“注销账号”里办理。",
        ),
        Term(
            Purpose.PROFILE,
            "登记资料和侨情",
            Wording(
                _V1,
                "登记您告诉我们的称呼、住在地、家乡等资料，以及侨情登记中的联系方式、身份和家庭情况，"
                "用于联络、服务和侨情统计。",
            ),
            Unasked.DUTY,
            (
                "称呼、姓名、性别、出生年月",
                "住在国（地区）、时区、家乡",
                "电话、邮箱、住址",
                "侨的身份、出国情况、职业、社团职务",
                "亲属关系",
                "困难与健康情况（只在您或家人说明时登记，单独授权的人员才能看）",
            ),
            (_STAFF, "村级联络员（只看本村，看不到困难与健康情况）"),
            "账号注销或您要求删除为止；依法应当留存的除外",
            "您自己填的住在地和家乡马上删除；侨情登记会转给工作人员，"
            "15 个工作日内删除或向您说明理由。",
        ),
        Term(
            Purpose.GREETINGS,
            "节日问候和家书",
            Wording(_V1, "按您当地的时间，把节日问候、清明追思等家书寄到您的微信。"),
            Unasked.FOLLOWING,
            ("微信用户标识", "称呼、时区、用哪种字", "近期有丧、已故（不打扰用）"),
            (_STAFF, _WECHAT),
            "取消关注、您说不收或账号注销为止",
            "以后不再寄节日问候。办事的通知不受影响。",
        ),
        Term(
            Purpose.NEWSLETTER,
            "侨刊乡讯",
            Wording(_V1, "把侨刊乡讯寄到您的微信。"),
            Unasked.FOLLOWING,
            ("微信用户标识", "用哪种字"),
            (_STAFF, _WECHAT),
            "取消关注、您说不收或账号注销为止",
            "以后不再寄侨刊乡讯。",
        ),
        Term(
            Purpose.CONSULT,
            "法律咨询：交给律师",
            Wording(_V1, "为答复您的法律咨询，把您在这件咨询里写的内容交给受派的公益律师看。"),
            Unasked.NO,
            ("这件咨询的内容、照片、联系方式",),
            (_STAFF, "受派的公益律师（只看交给自己的那一件）"),
            "办结后按档案保管期限留存，期满销毁",
            "还没有答复的咨询不再交给律师，已经交给的会收回；已经作出的答复不受影响。",
        ),
        Term(
            Purpose.PETITION,
            "信访诉求：转给有权处理的单位",
            Wording(
                _V1,
                "为办理您的诉求，需要时把您写的内容转给有权处理的单位，并告诉您转到哪里。",
            ),
            Unasked.NO,
            ("这件诉求的内容、照片、联系方式",),
            (_STAFF, "有权处理的单位（每次转送都写明单位、联系方式）"),
            "办结后按档案保管期限留存，期满销毁",
            "还没有转送的诉求不再转给别的单位；已经转送的，由那个单位依法办理。",
        ),
        Term(
            Purpose.PUBLISH,
            "公开姓名或照片",
            Wording(_V1, "在侨刊乡讯、公众号文章里使用您的姓名或照片；每次使用前还会先给您看。"),
            Unasked.NO,
            ("姓名、照片、您的故事",),
            ("公众",),
            "您撤回为止；撤回前已经印出来的收不回来",
            "以后不再使用；网上的会撤下或遮去。",
        ),
        Term(
            Purpose.FAQ,
            "用作常见问题",
            Wording(_V1, "把您的咨询去掉姓名、地名等能认出您的内容后，编成常见问题给乡亲参考。"),
            Unasked.NO,
            ("去掉个人信息的问题和答复",),
            ("公众",),
            "您撤回为止",
            "以后不再选用；已经编好的会撤下。",
        ),
    )
}
RIGHTS: tuple[str, ...] = (
    "查看我们保存的、关于您的信息，下载一份带走；",
    "自己改称呼、住在地、时区、家乡、用哪种字；侨情登记有不对的，可以请工作人员更正；",
    "逐项同意，逐项撤回，撤回和同意一样方便；撤回不影响撤回前已经做的事；",
    "注销账号，删除个人信息；",
    "更正、删除等请求，15 个工作日内答复；不同意我们的处理，可以打电话或当面反映。",
)
# Purposes a message to a phone must be allowed by; None: it answers or tells of the person's own
# affair. A purpose of the outbox that is missing here stops the tests.
MESSAGES: Mapping[str, Purpose | None] = {
    "greeting": Purpose.GREETINGS,
    "memorial": Purpose.GREETINGS,
    "newsletter": Purpose.NEWSLETTER,
    "case": None,
    "answer": None,
}


def refuses(declined: frozenset[Purpose], message: str) -> bool:
    """Tell whether somebody who declined these purposes must not get such a message."""
    needed = MESSAGES[message]
    return needed is not None and needed in declined
