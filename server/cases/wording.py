"""What people read about cases: topics, cautions, states, what a move tells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.cases.states import Action, Kind, State
from server.people.agreements.terms import Wording

KIND_NAMES: Mapping[Kind, str] = {
    Kind.PETITION: "信访诉求",
    Kind.CONSULTATION: "法律咨询",
}
KIND_HINTS: Mapping[Kind, str] = {
    Kind.PETITION: "房屋、土地、户籍、救助等，有事请讲，件件有回音",
    Kind.CONSULTATION: "房产、继承、公证、婚姻等，公益律师答复，不收费",
}
STATE_NAMES: Mapping[State, str] = {
    State.SUBMITTED: "已提交",
    State.REGISTERED: "已登记",
    State.NEED_SUPPLEMENT: "待补充",
    State.ACCEPTED: "办理中",
    State.TRANSFERRED: "已转送",
    State.ROUTED: "已导引",
    State.REPLIED: "已答复",
    State.CLOSED: "已办结",
    State.WITHDRAWN: "本人撤回",
}
ACTION_NAMES: Mapping[Action, str] = {
    Action.ACCEPT: "受理，由我们办",
    Action.ASK_SUPPLEMENT: "请对方补充材料",
    Action.TRANSFER: "转送有权处理的单位",
    Action.ROUTE: "导入法定途径",
    Action.PROGRESS: "告知进展",
    Action.REPLY: "书面答复",
    Action.CLOSE: "办结",
    Action.REOPEN: "有新情况，重新办理",
}
REGISTERED_TEXT = "我们已收到并登记。工作人员会在承诺的日期前给您答复或告知去向。"
SUPPLEMENT_TEXT = "您补充了材料。"
ACCEPTED_TEXT = "我们已受理，正在办理。"
CLOSED_TEXT = "此件已办结。如有新的情况，请重新提交，并写上这个编号。"
WITHDRAWN_TEXT = "您注销账号时撤回了这件诉求，我们不再办理。"
PUSH_HINT = "请进入小程序查看"


@dataclass(frozen=True, slots=True)
class Topic:
    code: str
    name: str
    note: str = ""


TOPICS: Mapping[Kind, tuple[Topic, ...]] = {
    Kind.PETITION: (
        Topic("house", "房屋、征收"),
        Topic("land", "宅基地、承包地、侨坟"),
        Topic("hukou", "户籍、出入境、证件"),
        Topic("school", "子女教育、三侨生"),
        Topic("pension", "社保、养老、医保"),
        Topic("hardship", "困难救助"),
        Topic("donation", "捐赠使用"),
        Topic("business", "投资经营"),
        Topic("family", "家庭、邻里纠纷"),
        Topic("suggestion", "意见建议"),
        Topic(
            "report",
            "检举控告",
            "检举控告请直接向纪检监察机关反映（电话 12388），侨联不处理，也不宜在这里写明细节。",
        ),
        Topic("other", "其他"),
    ),
    Kind.CONSULTATION: (
        Topic("property", "侨房、不动产"),
        Topic("inheritance", "继承、赠与"),
        Topic("notary", "委托书、公证"),
        Topic("marriage", "婚姻、抚养"),
        Topic("residence", "户籍、回国定居、身份"),
        Topic("land_rights", "宅基地、祖屋、股权"),
        Topic("social", "社保、养老金"),
        Topic("investment", "投资、合同、欠款"),
        Topic("account", "侨汇、银行卡冻结"),
        Topic("gift", "捐赠监督"),
        Topic("labour", "劳动、工伤、交通"),
        Topic(
            "abroad",
            "住在国的法律",
            "住在国的法律（签证、当地税务、当地案件）请咨询当地执业律师或使领馆。",
        ),
        Topic("other", "其他"),
    ),
}

# Own wording of DOMAIN §2.9; shown before submitting and under every consultation.
CAUTIONS: tuple[str, ...] = (
    "侨联是群团组织：会登记您的诉求，转给有权处理的单位，并把去向和结果告诉您，但不代替有权机关作决定。",
    "法律咨询为公益性质，答复依据您所提供的情况作出，仅供参考，不构成律师代理关系，"
    "也不替代法院、仲裁机构、行政机关的决定。",
    "诉讼时效、起诉、上诉、仲裁、复议等期限不因提交咨询而中断或延长；期限临近的，"
    "请立即联系律师或有管辖权的机关。",
    "涉及住在国法律的问题，请咨询当地执业律师；人身安全遇紧急情况请拨打当地报警电话及外交部12308热线。",
    "您的材料仅供为您答复使用，由经办人员和受派律师查看；请勿上传与咨询无关的他人信息、银行卡密码等。",
    "本服务不收取任何费用。工作人员不会以任何名义要求转账、提供验证码。",
)
# 信访须知, own wording: 信访工作条例 §§19, 20, 23, 26, 30, 31.
GUIDE: tuple[str, ...] = (
    "请写明您的称呼和联系方式，把请求、事实和理由讲清楚，并对内容的真实性负责。",
    "我们收到后即时登记编号，15 日内书面告知您由谁办理或转到哪里；称呼、联系方式不清的除外。",
    "属于其他单位职责的，我们会转送并告诉您去向；依法应当通过诉讼、仲裁、行政复议等途径解决的，"
    "我们会告诉您怎样办。这些途径的期限不因在这里反映而中断或延长。",
    "检举控告请直接向纪检监察机关反映（电话 12388），不要在这里写明细节。",
    "同一件事正在办理的，请在原件下补充，不必重复提交；多人反映同一件事的，代表不超过 5 人。",
    "您的材料由经办人员查看；请勿上传涉密文件、与诉求无关的他人信息、银行卡密码等。",
    "本服务不收取任何费用。工作人员不会以任何名义要求转账、提供验证码。",
)
GUIDES: Mapping[Kind, tuple[str, ...]] = {Kind.PETITION: GUIDE, Kind.CONSULTATION: CAUTIONS}
EMERGENCY = (
    "人身安全遇紧急情况，请先拨打当地报警电话，再拨外交部全球领事保护热线 12308（+86-10-12308）。"
)
PROMISES: tuple[str, ...] = (
    "提交后马上有编号，随时可查办到哪一步。",
    "诉求 15 日内书面告知受理或去向，咨询 3 个工作日内答复。",
    "凡来必复，不收费。",
)
FIRST_OFFICER = "首问责任人"
CONSENT_VERSION = "2026-11"
CONSENT_TEXT = (
    "我同意侨联为办理此件查看我提交的内容，并在需要时转给受派律师或有权处理的单位；"
    "转给单位时会告诉我转到哪里。我可以随时在“我的资料”撤回同意或要求更正。"
)
CONSENT = Wording(CONSENT_VERSION, CONSENT_TEXT)
NEEDS_BASIS = "对方撤回了转送的同意。依法必须转送的，请在这里写明依据；否则请不要转送"
NO_LAWYER = "对方撤回了把咨询交给律师看的同意，请由工作人员答复，或者先征得对方同意"


def topic(kind: Kind, code: str) -> Topic | None:
    return next((one for one in TOPICS[kind] if one.code == code), None)


def default_text(action: Action) -> str:
    """Return what the person reads when the officer wrote nothing of their own."""
    return {Action.ACCEPT: ACCEPTED_TEXT, Action.CLOSE: CLOSED_TEXT}.get(action, "")
