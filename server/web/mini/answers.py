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
    part_of_day = _text("When letters are welcome: morning, evening", "evening", allow_none=True)
    reach_by = _text("Which way first when not following: email, phone", "phone", allow_none=True)


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


class NoticeTermOut(Schema):
    purpose = _text("Stable code", "greetings")
    name = _text("For people", "节日问候和家书")
    text = _text("What it is used for")
    kinds = fields.List(fields.String(), required=True, metadata=said("Kinds of data"))
    recipients = fields.List(fields.String(), required=True, metadata=said("Who gets it"))
    kept = _text("How long, and what then")
    ending = _text("What taking the consent back means")


class NoticeOut(Schema):
    handler = _text("Who answers for the data: the county's federation", "云溪县侨联")
    version = _text("Changes with any of the texts", "2026-11")
    terms = fields.List(fields.Nested(NoticeTermOut), required=True)
    rights = fields.List(fields.String(), required=True, metadata=said("What people may ask for"))
    office = fields.Nested(OfficeOut, required=True)


class HeldLineOut(Schema):
    label = _text("For people", "电话")
    value = _text("For people")
    field = _text("Code for a correction; null when staff are not asked", "phone", allow_none=True)


class HeldSectionOut(Schema):
    code = _text("Stable code", "register")
    title = _text("For people", "侨情登记")
    note = _text("For people; may be empty")
    lines = fields.List(fields.Nested(HeldLineOut), required=True)


class HoldingsOut(Schema):
    sections = fields.List(fields.Nested(HeldSectionOut), required=True)


class AgreementOut(Schema):
    purpose = _text("Stable code", "greetings")
    name = _text("For people", "节日问候和家书")
    text = _text("The words agreed to or asked about")
    version = _text("Of these words, for the answer", "2026-11")
    state = _text("given, withdrawn, presumed (holds unasked) or not_asked", "presumed")
    state_name = _text("For people", "默认")
    allowed = fields.Boolean(required=True, metadata=said("Whether data may be used for it now"))
    may_change = fields.Boolean(
        required=True, metadata=said("① ends with the account; ⑤ and ⑥ are asked with a case")
    )
    since = fields.String(
        required=True, allow_none=True, metadata=said("UTC", "2026-11-20T04:00:00Z")
    )
    ending = _text("What taking it back means")


class SaidOut(AgreementOut):
    """Where the person stands now, as the answer to a yes or no."""


class AgreementEntryOut(Schema):
    at = _instant()
    name = _text("For people", "节日问候和家书")
    given = fields.Boolean(required=True)
    way_name = _text("For people: 小程序, 公众号 or 工作人员代录", "小程序")
    version = _text("Of the words", "2026-11")
    text = _text("The exact words then")


class AgreementsOut(Schema):
    items = fields.List(fields.Nested(AgreementOut), required=True)
    history = fields.List(fields.Nested(AgreementEntryOut), required=True)


class CorrectionFieldOut(Schema):
    field = _text("Code", "phone")
    label = _text("For people", "电话")
    value = _text("As it is now; empty when not known")


class CorrectionChangeOut(Schema):
    label = _text("For people", "电话")
    before = _text("When it was asked")
    wanted = _text("As it should be")


class CorrectionOut(Schema):
    id = fields.Integer(required=True, metadata=said("For taking it back", 7))
    kind_name = _text("For people", "更正")
    state = _text("open, accepted, refused or taken_back", "open")
    state_name = _text("For people", "等工作人员核实")
    changes = fields.List(fields.Nested(CorrectionChangeOut), required=True)
    words = _text("What the person wrote beside")
    asked_at = _instant()
    answer_by = _day()
    reason = _text("What staff said", allow_none=True)
    unread = fields.Boolean(required=True)


class AskedOut(CorrectionOut):
    """A request just made."""


class CorrectionsOut(Schema):
    fields_ = fields.List(
        fields.Nested(CorrectionFieldOut), required=True, data_key="fields", attribute="fields"
    )
    items = fields.List(fields.Nested(CorrectionOut), required=True)


class CopyOut(Schema):
    id = _text("For fetching it", "7f3a0c1d2e4b5f60718293a4b5c6d7e8")
    state = _text("preparing or ready", "ready")
    asked_at = _instant()
    expires_at = fields.String(
        required=True, allow_none=True, metadata=said("UTC", "2026-11-21T04:00:00Z")
    )
    size = fields.Integer(required=True, allow_none=True, metadata=said("Bytes", 18344))


class LatestCopyOut(Schema):
    copy = fields.Nested(CopyOut, required=True, allow_none=True)


class OrderedCopyOut(CopyOut):
    """A copy just asked for."""


class OpenCaseOut(Schema):
    number = _text("受理编号", "XF2026000123")
    kind_name = _text("For people", "信访诉求")
    subject = _text("One line")
    answer_by = _day()


class ClosureOut(Schema):
    closing = fields.Boolean(required=True, metadata=said("Whether the seven days are running"))
    due_at = fields.String(
        required=True, allow_none=True, metadata=said("UTC", "2026-11-27T04:00:00Z")
    )
    open_cases = _text("withdraw or answer_first, once it was asked", allow_none=True)
    waiting = fields.List(fields.Nested(OpenCaseOut), required=True)
    consequences = fields.List(fields.String(), required=True)
    days = fields.Integer(required=True, metadata=said("In which it can be taken back", 7))


class ClosingOut(ClosureOut):
    """The closing just begun."""


class LetterListItem(Schema):
    code = _text("Opens the letter", "Xk3_9dQ2-aBc")
    festival = _text("For people", "春节")


class LetterListOut(Schema):
    items = fields.List(fields.Nested(LetterListItem), required=True)


class LetterPhoto(Schema):
    url = _text("Needs the same token", "/api/v1/letters/Xk3_9dQ2-aBc/photos/1")
    caption = _text("What it shows; may be empty")


class LetterNews(Schema):
    title = _text("For people")
    url = _text("Where it can be read")


class LetterReplyOut(Schema):
    name = _text("Who wrote", "王阿姨")
    country_name = _text("Where they live", "意大利", allow_none=True)
    words = _text("What they wrote")
    at = _instant()
    answer = _text("What the hometown answered", allow_none=True)


class ShownReply(LetterReplyOut):
    """A reply inside a letter: OpenAPI wants nested shapes under names of their own."""


class LetterOut(LetterListItem):
    mourning = fields.Boolean(required=True, metadata=said("A letter of remembrance: no cheer"))
    from_ = fields.String(required=True, data_key="from", attribute="from",
                          metadata=said("Who wrote it", "云溪县侨联"))  # fmt: skip
    text = _text("The letter, with one's own name")
    photos = fields.List(fields.Nested(LetterPhoto), required=True)
    news = fields.List(fields.Nested(LetterNews), required=True)
    featured = fields.List(fields.Nested(ShownReply), required=True)
    mine = fields.List(fields.Nested(ShownReply), required=True)
