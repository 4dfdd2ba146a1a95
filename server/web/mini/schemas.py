"""The shapes of /api/v1: what comes in is checked, what goes out is described."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apiflask import Schema
from marshmallow import RAISE, fields, validate

_WORDS: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "请填写这一项",
    "null": "请填写这一项",
    "invalid": "格式不对",
    "invalid_utf8": "格式不对",
}


class Sheet(Schema):
    """Base of everything that comes in: an unknown field is refused, not ignored."""

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE

    error_messages = {"unknown": "不认识这一项", "type": "请用 JSON 对象提交"}


def text(most: int, least: int = 0, **more: Any) -> fields.String:
    words = f"请写 {least} 至 {most} 个字" if least else f"请不要超过 {most} 个字"
    return fields.String(
        validate=validate.Length(min=least, max=most, error=words), error_messages=_WORDS, **more
    )


def choice(*values: str, **more: Any) -> fields.String:
    return fields.String(
        validate=validate.OneOf(values, error="请从列表中选择"), error_messages=_WORDS, **more
    )


class SignIn(Sheet):
    account = text(40, 1, required=True, metadata={"example": "yunxi-mini"})
    code = text(128, 1, required=True, metadata={"description": "what wx.login gave"})


class SiteQuery(Sheet):
    account = text(40, 1, required=True, metadata={"example": "yunxi-mini"})


class ProfileChange(Sheet):
    salutation = text(20, allow_none=True)
    country = text(8, allow_none=True)
    zone = text(64, allow_none=True)
    language = choice("zh-Hans", "zh-Hant", allow_none=True)
    hometown = text(60, allow_none=True)


class SubscriptionIn(Sheet):
    template = choice("case_progress", required=True)
    accepted = fields.Boolean(required=True, error_messages=_WORDS)


class CaseIn(Sheet):
    kind = choice("petition", "consultation", required=True)
    topic = text(40, 1, required=True)
    subject = text(60, 1, required=True)
    body = text(5000, 5, required=True)
    country = text(8, allow_none=True, load_default=None)
    contact = text(60, allow_none=True, load_default=None)
    files = fields.List(
        text(64, 1),
        load_default=list,
        validate=validate.Length(max=6, error="最多 6 张照片"),
        error_messages=_WORDS,
    )
    consent_version = text(20, 1, required=True)


class SupplementIn(Sheet):
    body = text(2000, 1, required=True)
    files = fields.List(
        text(64, 1),
        load_default=list,
        validate=validate.Length(max=6, error="一次最多 6 张照片"),
        error_messages=_WORDS,
    )


class PageQuery(Sheet):
    limit = fields.Integer(
        load_default=20,
        validate=validate.Range(1, 100, error="1 至 100"),
        error_messages=_WORDS,
    )
    cursor = fields.String(
        load_default="",
        validate=validate.Regexp(r"^[0-9]{0,18}$", error="格式不对"),
        error_messages=_WORDS,
    )


class PersonOut(Schema):
    id = fields.Integer()
    salutation = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    zone = fields.String(allow_none=True)
    language = fields.String()
    hometown = fields.String(allow_none=True)


class WelcomedOut(PersonOut):
    """A person inside another answer: OpenAPI wants nested shapes under names of their own."""


class SessionOut(Schema):
    token = fields.String()
    expires_at = fields.String()
    person = fields.Nested(WelcomedOut)


class FileOut(Schema):
    id = fields.String()
    content_type = fields.String()
    size = fields.Integer()


class FileLink(Schema):
    id = fields.String()
    url = fields.String()


class SubscriptionOut(Schema):
    template = fields.String()
    remaining = fields.Integer()


class StepOut(Schema):
    at = fields.String()
    state = fields.String()
    state_name = fields.String()
    text = fields.String()
    actor = fields.String()


class AddedStepOut(StepOut):
    """A step on its own, as the answer to a supplement."""


class CaseItemOut(Schema):
    number = fields.String()
    kind = fields.String()
    kind_name = fields.String()
    topic_name = fields.String()
    subject = fields.String()
    state = fields.String()
    state_name = fields.String()
    submitted_at = fields.String()
    updated_at = fields.String()
    unread = fields.Boolean()


class CaseOut(CaseItemOut):
    body = fields.String()
    files = fields.List(fields.Nested(FileLink))
    answer_by = fields.String()
    handler = fields.String()
    timeline = fields.List(fields.Nested(StepOut))
    may_supplement = fields.Boolean()


class CasePageOut(Schema):
    items = fields.List(fields.Nested(CaseItemOut))
    next_cursor = fields.String(allow_none=True)


PROBLEM = {
    "type": "object",
    "required": ["title", "detail", "detail_en", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "detail_en": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
Responses = dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]


def problems(*statuses: int) -> Responses:
    """Describe which refusals an operation may answer with, all in problem+json."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": PROBLEM}},
        }
        for status in statuses
    }
