"""The shapes that go out of /api/v1. Instants are ISO 8601 in UTC with Z, days YYYY-MM-DD."""

from __future__ import annotations

from apiflask import Schema
from marshmallow import fields

from server.web.mini.fields import said


def _text(
    description: str, example: str | None = None, *, allow_none: bool = False
) -> fields.String:
    return fields.String(required=True, allow_none=allow_none, metadata=said(description, example))


def _instant() -> fields.String:
    shown = said("UTC", "2026-11-20T04:00:00Z", format="date-time")
    return fields.String(required=True, metadata=shown)


def _day() -> fields.String:
    shown = said("Day in the county's own zone", "2026-12-05", format="date")
    return fields.String(required=True, metadata=shown)


class PersonOut(Schema):
    id = fields.Integer(required=True, metadata=said("Stays the same", 7))
    salutation = _text("How we address them", "王阿姨", allow_none=True)
    country = _text("Code of the list in /site", "IT", allow_none=True)
    zone = _text("IANA time zone", "Europe/Rome", allow_none=True)
    language = _text("zh-Hans or zh-Hant", "zh-Hans")
    hometown = _text("As they say it", "石桥镇", allow_none=True)


class WelcomedOut(PersonOut):
    """A person inside another answer: OpenAPI wants nested shapes under names of their own."""


class SessionOut(Schema):
    token = _text("For `Authorization: Bearer …`; shown once")
    expires_at = _instant()
    person = fields.Nested(WelcomedOut, required=True)


class FileOut(Schema):
    id = _text("For `files` of a case or a supplement", "7f3a0c1d2e4b5f60718293a4b5c6d7e8")
    content_type = _text("Photos are re-encoded, without what the camera wrote", "image/jpeg")
    size = fields.Integer(required=True, metadata=said("Bytes", 183442))


class FileLink(Schema):
    id = _text("Of the photo")
    url = _text("Needs the same token", "/api/v1/files/7f3a0c1d2e4b5f60718293a4b5c6d7e8")


class SubscriptionOut(Schema):
    template = _text("Our name of the template", "case_progress")
    remaining = fields.Integer(
        required=True, metadata=said("Messages the person still allows: one tap, one message", 1)
    )


class StepOut(Schema):
    at = _instant()
    state = _text("State after this step", "replied")
    state_name = _text("For people", "已答复")
    text = _text("What the person reads")
    actor = _text("you, office or system", "office")


class AddedStepOut(StepOut):
    """A step on its own, as the answer to a supplement."""


class CaseItemOut(Schema):
    number = _text("受理编号, unique in the county", "XF2026000123")
    kind = _text("petition or consultation", "petition")
    kind_name = _text("For people", "信访诉求")
    topic_name = _text("For people", "房屋、征收")
    subject = _text("One line", "祖屋屋顶漏水")
    state = _text("Where it stands", "registered")
    state_name = _text("For people", "已登记")
    submitted_at = _instant()
    updated_at = _instant()
    unread = fields.Boolean(
        required=True, metadata=said("Something was said since they last looked", example=False)
    )


class CaseOut(CaseItemOut):
    body = _text("As the person wrote it")
    files = fields.List(fields.Nested(FileLink), required=True)
    answer_by = _day()
    handler = _text("Who handles it: the unit, and the 首问责任人 once there is one")
    timeline = fields.List(fields.Nested(StepOut), required=True)
    may_supplement = fields.Boolean(required=True, metadata=said("Whether words may be added"))


class CasePageOut(Schema):
    items = fields.List(fields.Nested(CaseItemOut), required=True)
    next_cursor = _text("Null on the last page", allow_none=True)


class TenantOut(Schema):
    name = _text("Of the county's federation", "云溪县侨联")


class GuidesOut(Schema):
    petition = fields.List(fields.String(), required=True)
    consultation = fields.List(fields.String(), required=True)


class NoticesOut(Schema):
    before_submit = fields.List(
        fields.String(), required=True, metadata=said("Cautions, for both kinds together")
    )
    guides = fields.Nested(
        GuidesOut, required=True, metadata=said("信访须知 and the cautions of a consultation")
    )
    emergency = _text("Life and limb abroad: 12308")


class OfficeOut(Schema):
    address = _text("For people")
    phone = _text("The way without a phone app", "0000-8880101")
    hours = _text("For people")


class FestivalOut(Schema):
    name = _text("For people", "春节")
    date = _day()
    days_left = fields.Integer(required=True)


class KindOut(Schema):
    code = _text("petition or consultation", "petition")
    name = _text("For people", "信访诉求")
    hint = _text("For people")


class TopicOut(Schema):
    code = _text("For `topic`", "house")
    name = _text("For people", "房屋、征收")
    note = _text("To be shown when chosen", allow_none=True)


class TopicsOut(Schema):
    petition = fields.List(fields.Nested(TopicOut), required=True)
    consultation = fields.List(fields.Nested(TopicOut), required=True)


class CountryOut(Schema):
    code = _text("For `country`", "IT")
    name = _text("国家（地区）", "意大利")
    zone = _text("IANA zone of its main city", "Europe/Rome")


class TemplatesOut(Schema):
    case_progress = _text("WeChat's template id", allow_none=True)


class ConsentOut(Schema):
    version = _text("For `consent_version`", "2026-11")
    text = _text("What is agreed to")


class SiteOut(Schema):
    tenant = fields.Nested(TenantOut, required=True)
    service_promise = fields.List(fields.String(), required=True)
    notices = fields.Nested(NoticesOut, required=True)
    office = fields.Nested(OfficeOut, required=True)
    next_festival = fields.Nested(FestivalOut, required=True, allow_none=True)
    kinds = fields.List(fields.Nested(KindOut), required=True)
    topics = fields.Nested(TopicsOut, required=True)
    countries = fields.List(fields.Nested(CountryOut), required=True)
    subscription_templates = fields.Nested(TemplatesOut, required=True)
    consent = fields.Nested(ConsentOut, required=True)
