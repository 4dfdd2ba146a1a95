"""The shapes that come in at /api/v1: checked here, refused in Chinese, field by field."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import File
from marshmallow import EXCLUDE, RAISE, fields, validate

from server.people.agreements.terms import Purpose
from server.rights.terms import OpenCases
from server.web.mini.fields import WORDS, choice, identifiers, said, text


class Sheet(Schema):
    """Base of every body: an unknown field is refused, not ignored."""

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE

    error_messages = {"unknown": "不认识这一项", "type": "请用 JSON 对象提交"}


class Key(Schema):
    """The header of every request that creates something."""

    class Meta:
        """Leave the other headers alone."""

        unknown = EXCLUDE

    key = fields.String(
        data_key="Idempotency-Key",
        required=True,
        validate=validate.Regexp(
            r"^[A-Za-z0-9_-]{16,64}\Z", error="需要 16 至 64 位字母、数字、_ 或 - 的提交编号"
        ),
        error_messages=WORDS | {"required": "缺少提交编号"},
        metadata=said(
            "Made on the phone, once per thing to create. The same key with the same body gives "
            "the first answer again (`Idempotent-Replayed: true`); with another body, 409.",
            "petition-20261120-0001",
            pattern="^[A-Za-z0-9_-]{16,64}$",
        ),
    )


_ACCOUNT = said("Slug of the mini-program's account", "yunxi-mini")


class SignIn(Sheet):
    account = text(40, 1, required=True, metadata=_ACCOUNT)
    code = text(
        128,
        1,
        required=True,
        metadata=said("What wx.login gave; single-use, five minutes", "0a3Bq2000example"),
    )


class SiteQuery(Sheet):
    account = text(40, 1, required=True, metadata=_ACCOUNT)


class ProfileChange(Sheet):
    salutation = text(20, allow_none=True, metadata=said("How we address them", "王阿姨"))
    country = text(8, allow_none=True, metadata=said("Code of the list in /site", "IT"))
    zone = text(64, allow_none=True, metadata=said("IANA time zone", "Europe/Rome"))
    language = choice(
        "zh-Hans", "zh-Hant", allow_none=True, metadata=said("Script to write in", "zh-Hans")
    )
    hometown = text(60, allow_none=True, metadata=said("As the person says it", "石桥镇"))
    part_of_day = choice(
        "morning", "evening", allow_none=True, metadata=said("When letters are welcome", "evening")
    )
    reach_by = choice("email", "phone", allow_none=True, metadata=said("Which way first", "phone"))


class SubscriptionIn(Sheet):
    template = choice("case_progress", required=True, metadata=said("Our name of the template"))
    accepted = fields.Boolean(
        required=True,
        truthy={True},
        falsy={False},
        error_messages=WORDS,
        metadata=said("Whether the dialog was accepted", example=True),
    )


class FileIn(Schema):
    file = File(  # type: ignore[no-untyped-call]
        required=True,
        error_messages={"required": "请选择一张照片", "invalid": "请选择一张照片"},
        metadata=said("JPEG, PNG or WebP, at most 10 MB"),
    )


class CaseIn(Sheet):
    kind = choice(
        "petition",
        "consultation",
        required=True,
        metadata=said("信访诉求 or 法律咨询", "petition"),
    )
    topic = text(40, 1, required=True, metadata=said("Code of the topics in /site", "house"))
    subject = text(60, 1, required=True, metadata=said("One line", "祖屋屋顶漏水"))
    body = text(
        5000,
        5,
        lines=True,
        required=True,
        metadata=said("What happened and what is asked for", "老家祖屋的屋顶漏水，邻居不让修。"),
    )
    country = text(
        8, allow_none=True, load_default=None, metadata=said("Where they live, as in /site", "IT")
    )
    contact = text(
        60,
        allow_none=True,
        load_default=None,
        metadata=said("Another way to reach them", "+39 333 000 0000"),
    )
    files = identifiers(6, "最多 6 张照片", metadata=said("Ids of uploaded photos", []))
    consent_version = text(
        20, 1, required=True, metadata=said("Version of the consent that was read", "2026-11")
    )


class SupplementIn(Sheet):
    body = text(
        2000, 1, lines=True, required=True, metadata=said("What they add", "补充房产证照片。")
    )
    files = identifiers(6, "一次最多 6 张照片", metadata=said("Ids of uploaded photos", []))


class PageQuery(Sheet):
    limit = fields.Integer(
        load_default=20,
        validate=validate.Range(1, 100, error="1 至 100"),
        error_messages=WORDS,
        metadata=said("How many at most"),
    )
    cursor = fields.String(
        load_default="",
        validate=validate.Regexp(r"^[0-9]{0,9}\Z", error="格式不对"),
        error_messages=WORDS,
        metadata=said("`next_cursor` of the page before", pattern="^[0-9]{0,9}$"),
    )


class Say(Sheet):
    purpose = choice(
        *(str(one) for one in Purpose), required=True, metadata=said("As in the list", "greetings")
    )
    given = fields.Boolean(
        required=True,
        truthy={True},
        falsy={False},
        error_messages=WORDS,
        metadata=said("Yes or no", example=False),
    )
    version = text(20, 1, required=True, metadata=said("Of the words that were read", "2026-11"))


class CorrectionIn(Sheet):
    fields_ = fields.Dict(
        keys=text(40, 1),
        values=text(200),
        data_key="fields",
        load_default=dict,
        validate=validate.Length(max=40, error="太多了"),
        error_messages=WORDS,
        metadata=said("Field codes with what they should be", {"city": "米兰"}),
    )
    words = text(500, lines=True, load_default="", metadata=said("In the person's own words"))


class CopyIn(Sheet):
    """An empty body: there is nothing to choose."""


class ClosureIn(Sheet):
    sure = fields.Boolean(
        required=True,
        truthy={True},
        falsy=set(),
        error_messages=WORDS | {"invalid": "请确认已经看过注销的后果"},
        metadata=said("The consequences were read", example=True),
    )
    open_cases = choice(
        *(str(one) for one in OpenCases),
        load_default=None,
        allow_none=True,
        metadata=said("Needed when cases wait for an answer", "answer_first"),
    )


class LetterReplyIn(Sheet):
    words = text(
        1000, 1, lines=True, required=True, metadata=said("What to write back", "想念家乡")
    )
    may_feature = fields.Boolean(
        load_default=False,
        error_messages=WORDS,
        metadata=said("Whether others may read it under the letter", example=False),
    )
