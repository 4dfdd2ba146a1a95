"""What officers read on the greetings pages: Chinese names of states, reasons, channels."""

from __future__ import annotations

from collections.abc import Mapping

from server.greetings.calendar import Kind
from server.greetings.terms import Note, Policy, Reason, Status, Timing
from server.ports import Channel

Names = Mapping[str, str]

KINDS: Names = {
    Kind.GREET: "祝福",
    Kind.MEMORIAL: "追思",
    Kind.OPTIONAL: "可选",
    Kind.NEVER: "不寄",
}
STATUSES: Names = {
    Status.DRAFT: "草稿",
    Status.APPROVED: "已批准，等待排期",
    Status.PLANNED: "已排期",
    Status.CANCELLED: "已取消",
}
TIMINGS: Names = {
    Timing.LOCAL_MORNING: "各地当日按当地时间寄出",
    Timing.NOW: "立即寄出",
}
POLICIES: Names = {
    Policy.WELCOME: "补寄：当地已过时刻的、排期后才关注的，当天白天补寄",
    Policy.STRICT: "不补寄：只寄给排期时在的人，过了时刻就不寄",
}
CHANNELS: Names = {
    Channel.CUSTOMER: "客服消息（亲笔称呼）",
    Channel.MASS: "群发消息",
    Channel.MASS_BY_TAG: "群发消息（订阅号，按标签）",
    Channel.EMAIL: "电子邮件",
    Channel.BY_HAND: "同事转告",
}
NOTES: Names = {
    Note.AS_WISHED: "按所选时刻",
    Note.LATE: "所选时刻已过，当日补寄",
    Note.AFTER_NIGHT: "当地正是夜间，次日早上寄出",
    Note.JOINED: "该时刻只有一人，随相近时刻同日寄出",
    Note.COMPANION: "为陪同单独一人而改在当日另一时刻",
    Note.EVE: "该时刻只有一人，随他人在前一天傍晚寄出",
    Note.OTHER_SCRIPT: "该字体只有一人，改用另一种字体",
    Note.SHARED_HOUR: "订阅号一天只能群发一次，改在当日白天与众人同时",
}
REASONS: Names = {  # the planner's, and those the outbox finds at the last moment
    Reason.NOT_FOLLOWING: "未关注或已取消关注",
    Reason.DECLINED: "本人说不收节日问候",
    Reason.BEREAVED: "近期有丧，不寄喜庆信",
    Reason.DECEASED: "已故",
    Reason.NO_CHANNEL: "没有可用的微信号",
    Reason.TOO_LATE: "当地已过节日",
    Reason.NOT_IN_AUDIENCE: "不在本信的收信范围",
    Reason.MASS_NEEDS_TWO: "微信群发至少两人，找不到同时刻的人",
    Reason.MAYBE_SENT: "数据库恢复以前可能已经寄过，不再自动寄",
    Reason.ONE_CALL_A_DAY: "订阅号一天只能群发一次，当地白天已没有可用的一次",
    "not_tagged": "微信不让把此人放进群发名单（多半已取消关注）",
    "month_quota": "这个月已收满 4 次群发，微信不再送",
    "too_many": "一天里已收到两封，不再打扰",
    "quiet_hours": "当地正是休息时间",
    "unreached": "同事没有联系上",
    "wrong_number": "电话不对",
    "gone": "资料已删除",
    "merged": "两条登记是同一个人，只寄一份",
    "window_closed": "客服消息时限已过",
    "cancelled": "已取消",
}
FATES: Names = {  # of deliveries of a letter, whatever the channel
    "queued": "待寄",
    "accepted": "已接收",
    "delivered": "已送达",
    "refused": "对方拒收或号码不对",
    "failed": "失败，需要处理",
    "unknown": "结果不明，不会自动重寄",
    "expired": "过时未寄",
    "skipped": "未寄（有原因）",
}
_BY_WECHAT: Names = {"accepted": "微信已接收", "refused": "微信拒绝"}
_BY: Mapping[str, Names] = {  # where a word of everybody's would blame or thank the wrong one
    Channel.CUSTOMER: _BY_WECHAT,
    Channel.MASS: _BY_WECHAT,
    Channel.MASS_BY_TAG: _BY_WECHAT,
    Channel.EMAIL: {"accepted": "邮箱已接收", "refused": "邮箱拒收"},
    Channel.BY_HAND: {
        "queued": "待转告",
        "delivered": "已转达",
        "refused": "没有转达",
        "failed": "没有转达",
        "expired": "过时未转告",
        "skipped": "没有转告（有原因）",
    },
}


def fate(status: str, channel: str) -> str:
    """Say what became of one delivery: WeChat has no part in what goes by mail or by hand."""
    return _BY.get(channel, {}).get(status) or FATES.get(status, status)
