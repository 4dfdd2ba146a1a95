"""What officers read that a template cannot know by itself. Chinese; the words of the console."""

from __future__ import annotations

from collections.abc import Mapping

from server.cases.states import Action
from server.inbox.enclosures import State as Enclosed
from server.outbox.rules import Status
from server.ports import Channel
from server.registers.exports import State as Exported
from server.registers.imports import State
from server.rights.terms import ClosureState
from server.rights.terms import State as RightsState
from server.staff.permissions import Permission
from server.web.console.language import said

PERMISSIONS: Mapping[Permission, str] = {
    Permission.SEE_PETITIONS: "查看信访诉求",
    Permission.HANDLE_PETITIONS: "办理信访诉求",
    Permission.SEE_CONSULTATIONS: "查看所有法律咨询",
    Permission.HANDLE_CONSULTATIONS: "答复所有法律咨询",
    Permission.ASSIGN_CONSULTATIONS: "把法律咨询交给律师",
    Permission.SEE_ARCHIVE: "查看封存的诉求档案",
    Permission.ANSWER_ASSIGNED: "查看、答复交给自己的法律咨询",
    Permission.ANSWER_MESSAGES: "回复消息",
    Permission.EDIT_KEYWORDS: "修改关键词",
    Permission.PREPARE_GREETINGS: "起草节日问候",
    Permission.APPROVE_GREETINGS: "批准节日问候",
    Permission.SEE_DELIVERIES: "查看送达情况",
    Permission.SEE_PEOPLE: "查看侨情",
    Permission.EDIT_PEOPLE: "登记、修改侨情",
    Permission.SEE_HARDSHIP: "查看困难与健康情况",
    Permission.IMPORT_PEOPLE: "导入侨情名单",
    Permission.EXPORT_PEOPLE: "导出侨情台账",
    Permission.MERGE_PEOPLE: "合并重复的人",
    Permission.ERASE_PEOPLE: "注销个人信息",
    Permission.SEE_ORGANISATIONS: "查看组织",
    Permission.EDIT_ORGANISATIONS: "登记、修改组织",
    Permission.EDIT_DIVISIONS: "修改区划",
    Permission.RUN_SURVEYS: "组织侨情调查",
    Permission.FILL_SURVEYS: "填报侨情调查",
    Permission.RUN_GROUPS: "管理群",
    Permission.EDIT_NEWSLETTERS: "编辑乡讯",
    Permission.RELEASE_NEWSLETTERS: "终审、发布乡讯",
    Permission.SEE_REPORTS: "查看报表",
    Permission.MANAGE_STAFF: "管理同事和角色",
    Permission.MANAGE_ACCOUNTS: "管理微信账号",
    Permission.READ_AUDIT: "查看操作记录",
}

PERMISSION_GROUPS: tuple[tuple[str, tuple[Permission, ...]], ...] = (
    (
        "诉求",
        (
            Permission.SEE_PETITIONS,
            Permission.HANDLE_PETITIONS,
            Permission.SEE_CONSULTATIONS,
            Permission.HANDLE_CONSULTATIONS,
            Permission.ASSIGN_CONSULTATIONS,
            Permission.ANSWER_ASSIGNED,
            Permission.SEE_ARCHIVE,
        ),
    ),
    (
        "侨情",
        (
            Permission.SEE_PEOPLE,
            Permission.EDIT_PEOPLE,
            Permission.SEE_HARDSHIP,
            Permission.IMPORT_PEOPLE,
            Permission.EXPORT_PEOPLE,
            Permission.MERGE_PEOPLE,
            Permission.ERASE_PEOPLE,
            Permission.RUN_SURVEYS,
            Permission.FILL_SURVEYS,
        ),
    ),
    (
        "组织、群",
        (
            Permission.SEE_ORGANISATIONS,
            Permission.EDIT_ORGANISATIONS,
            Permission.RUN_GROUPS,
        ),
    ),
    (
        "消息、问候、乡讯",
        (
            Permission.ANSWER_MESSAGES,
            Permission.EDIT_KEYWORDS,
            Permission.PREPARE_GREETINGS,
            Permission.APPROVE_GREETINGS,
            Permission.SEE_DELIVERIES,
            Permission.EDIT_NEWSLETTERS,
            Permission.RELEASE_NEWSLETTERS,
        ),
    ),
    (
        "管理",
        (
            Permission.SEE_REPORTS,
            Permission.EDIT_DIVISIONS,
            Permission.MANAGE_STAFF,
            Permission.MANAGE_ACCOUNTS,
            Permission.READ_AUDIT,
        ),
    ),
)

# DOMAIN §2.5: what the person must be told at each move.
ACTION_HINTS: Mapping[Action, str] = {
    Action.ACCEPT: "由侨联自己办。不写话也会告诉对方“已受理，正在办理”。",
    Action.ASK_SUPPLEMENT: "写明缺什么、为什么要、怎么交（小程序里可以直接补充）。",
    Action.TRANSFER: "写明转给哪个单位、哪一天转的、那边的电话和期限。",
    Action.ROUTE: "写明走哪条途径（诉讼、仲裁、复议……）、找哪里，提醒期限不等人。",
    Action.PROGRESS: "告诉对方现在办到哪一步。时间长的事，没有新消息也值得说一声。",
    Action.REPLY: "写明对方的请求、查明的事实、结果和依据，或者解释清楚。",
    Action.CLOSE: "答复之后、对方没有新情况时办结。有新情况还可以重新办理。",
    Action.REOPEN: "对方有新的事实时用，写明为什么重新办理。",
}

NOTICES: Mapping[str, str] = {  # how a move reached the phone, cases.notices
    "none": "未能通知，请电话联系",
    "kept_for_answer": "没有发手机通知：对方只允许了一次，留给答复用；小程序里看得到",
}
CHANNELS: Mapping[str, str] = {
    Channel.CUSTOMER: "客服消息",
    Channel.MASS: "群发消息",
    Channel.MASS_BY_TAG: "群发消息（订阅号，按标签）",
    Channel.TEMPLATE: "服务号通知",
    Channel.MINI_SUBSCRIPTION: "小程序订阅消息",
    Channel.OFFICIAL_SUBSCRIPTION: "服务号订阅通知",
    Channel.EMAIL: "电子邮件",
    Channel.BY_HAND: "同事转告",
}
FATES: Mapping[str, str] = {  # of one message that was queued for a phone
    Status.QUEUED: "等待发出",
    Status.ACCEPTED: "微信已接收",
    Status.DELIVERED: "已送达手机",
    Status.REFUSED: "微信没有送达，请电话联系",
    Status.FAILED: "没有发出，请告诉管理员，并电话联系对方",
    Status.UNKNOWN: "结果不明，请电话核实",
    Status.EXPIRED: "过时未发，请电话联系",
    Status.SKIPPED: "没有发，请电话联系",
}
BAD_FATES = frozenset(
    {Status.REFUSED, Status.FAILED, Status.UNKNOWN, Status.EXPIRED, Status.SKIPPED}
)
CODES: Mapping[int, str] = {  # WECHAT §7, the ones an office meets
    40003: "微信号已失效",
    40164: "服务器地址未加入微信白名单",
    43004: "对方没有关注",
    43019: "对方拉黑了公众号",
    43101: "对方没有同意再收一次",
    45009: "今天的发送次数用完了",
    45015: "对方 48 小时内没有来信",
    45028: "本月群发次数用完了",
    45047: "连续发得太多，等对方先回一句",
    47003: "模板内容不合微信要求",
    48001: "账号没有这项权限",
    48008: "账号没有这个模板的权限",
}

MESSAGE_KINDS: Mapping[str, str] = {
    "text": "文字",
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "location": "位置",
    "link": "链接",
    "miniprogrampage": "小程序卡片",
}
SHOWN_INLINE = frozenset({"image/jpeg", "audio/mpeg", "video/mp4"})
SUFFIXES: Mapping[str, str] = {
    "image/jpeg": ".jpg",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
    "audio/amr": ".amr",
    "application/ogg": ".ogg",
}
ENCLOSURE_TROUBLES: Mapping[str, str] = {
    Enclosed.GONE: "在微信上已过期，取不回来了（微信只保留三天）。需要的话请对方再发一次。",
    Enclosed.UNFIT: "打不开或者太大，没有保存。需要的话请对方再发一次。",
    Enclosed.ERASED: "已删除：对方撤回了授权。",
}
MESSAGE_TROUBLES: Mapping[str, str] = {
    "already answered": "同事已经回复过这条消息，您的话没有发出。",
    "window closed": "微信只允许在对方来信后 48 小时内回复，这条已经过了时限，您的话没有发出。",
}

ACTIONS: Mapping[str, str] = {  # of the audit
    "sign_in": "登录",
    "sign_in.refused_password": "登录被拒：密码不对",
    "sign_in.refused_code": "登录被拒：验证码不对",
    "sign_in.refused_expired": "登录被拒：临时密码过期",
    "sign_out.elsewhere": "让别处的登录退出",
    "two_step.on": "开启两步登录",
    "two_step.off": "关闭两步登录",
    "staff.add": "添加同事",
    "staff.grant": "给角色",
    "staff.revoke": "取消角色",
    "staff.disable": "停用同事",
    "staff.enable": "恢复同事",
    "staff.password": "改自己的密码",
    "staff.password_reset": "重设同事的密码",
    "role.change": "修改角色",
    "role.remove": "恢复或删除角色",
    "case.list": "看诉求列表",
    "case.view": "看诉求",
    "case.handle": "办理诉求",
    "case.assign": "把咨询交给律师",
    "person.search": "查找侨情",
    "person.view": "看一个人",
    "person.add": "登记一个人",
    "person.change": "修改一个人",
    "export.ask": "导出台账",
    "export.fetch": "下载台账",
    "export.cancel": "取消导出、删除文件",
    "organisation.add": "登记组织",
    "organisation.change": "修改组织",
    "organisation.event": "记组织的变动",
    "organisation.link": "添加组织联系",
    "organisation.unlink": "结束组织联系",
    "organisation.appoint": "登记班子成员",
    "organisation.leave": "记班子成员离任",
    "organisation.check": "填五有自查",
    "duplicate.scan": "比对重复",
    "duplicate.cancel": "停下比对",
    "duplicate.differ": "记下不是同一个人",
    "person.relation": "登记、结束亲属",
    "person.merge": "合并两条登记",
    "person.unmerge": "撤销合并",
    "send.pause": "全部停止寄信",
    "send.lift": "放行寄信",
    "delivery.export": "下载送达名单",
    "delivery.relaunch": "把过时未寄的信重新寄出",
    "delivery.repeat": "把结果不明的信再寄一次",
    "person.habits": "记收信习惯",
    "person.deceased": "记已故",
    "person.bereaved": "记家有丧事",
    "survey.open": "布置侨情调查",
    "survey.take_back": "撤回侨情调查",
    "survey.archive": "归档侨情调查",
    "survey.view": "看一个村的调查名册",
    "survey.fill": "填侨情调查",
    "survey.hand_in": "交侨情调查",
    "survey.sign": "签收侨情调查",
    "survey.give_back": "退回侨情调查",
    "survey.assign": "指定填表人",
    "import.upload": "上传名单",
    "import.apply": "登记名单",
    "import.undo": "撤销名单",
    "import.cancel": "取消名单",
    "right.view": "看权利请求",
    "right.accepted": "照办权利请求",
    "right.refused": "没有照办权利请求",
    "right.agree": "代录同意",
    "right.withdraw": "代录撤回同意",
    "right.copy": "本人要一份个人信息",
    "right.copy_fetched": "本人下载个人信息",
    "right.close": "本人申请注销",
    "right.close_taken_back": "本人不注销了",
    "right.erased": "注销，删除个人信息",
    "right.retention": "修改档案保管期限",
    "festival.add": "加本地的节",
    "festival.keep": "恢复一个节",
    "festival.leave_out": "不过一个节",
    "festival.move": "改节日的日期",
    "greeting.photo": "换家书的照片",
    "greeting.news": "改家书的近事",
    "reply.answer": "答复回函",
    "reply.feature": "公开一封回函",
    "reply.unfeature": "不再公开回函",
    "greeting.propose": "起草问候",
    "greeting.edit": "修改问候",
    "greeting.approve": "批准问候",
    "greeting.approve_alone": "一人起草并批准",
    "greeting.cancel": "取消问候",
    "greeting.reopen": "退回问候",
}
PARTS_OF_DAY: Mapping[str, str] = {"morning": "早上", "evening": "晚上"}
REACH_BY: Mapping[str, str] = {"email": "电子邮件", "phone": "电话"}
ERRANDS: Mapping[str, str] = {
    "told": "已转达",
    "unreached": "没联系上",
    "wrong_number": "电话不对",
}
HOLDS: Mapping[str, str] = {
    "quota": "微信的额度用完了，到次日零点自动继续",
    "account": "密钥、IP 白名单、令牌或发信密码有问题，请管理员检查设置；每 10 分钟自动再试",
    "permission": "公众号没有这个接口的权限，或者没有设置发信服务器；每小时自动再试",
    "restored": (
        "数据库像是从备份恢复的，不知道备份以后寄出过什么。"
        "由超级管理员核对后放行：到期未寄的会记成“结果不明”，不再自动寄"
    ),
    "staff": "同事按了全部停下",
}
SUBJECTS: Mapping[str, str] = {
    "case": "诉求",
    "person": "侨情",
    "people": "侨情",
    "staff": "同事",
    "organisation": "组织",
    "reply": "回函",
    "festival": "节日",
    "deliveries": "送达",
    "survey": "侨情调查",
    "survey_task": "侨情调查",
    "import": "名单",
    "greeting": "问候",
    "retention": "档案",
    "cases": "诉求",
    "role": "角色",
    "export": "台账",
}
NO_NAME = "一位乡亲"
RIGHTS_STATES: Mapping[str, str] = {
    RightsState.OPEN: "待办",
    RightsState.ACCEPTED: "已照办",
    RightsState.REFUSED: "没有照办",
    RightsState.TAKEN_BACK: "本人取消",
}
CLOSURE_STATES: Mapping[str, str] = {
    ClosureState.COOLING: "等待期内，本人可以反悔",
    ClosureState.TAKEN_BACK: "本人反悔，账号保留",
    ClosureState.DONE: "已注销",
}
RIGHTS_CHANGED = "这件请求刚刚有了变化（已经处理过，或者侨情登记改过），请看最新情况。"
ERASE_TROUBLES: Mapping[str, str] = {
    "has an account": "这一位在微信上有账号，请本人在小程序“我的 → 个人信息 → 注销账号”里办，"
    "七天内可以反悔。不会用手机的，可以请家人陪着在本人的手机上办。",
    "cases wait": "这一位还有没办完的诉求，或者有消息正在发出，请先办完再注销。",
}
IMPORT_STATES: Mapping[str, str] = {
    State.UPLOADED: "正在检查",
    State.CHECKED: "检查好了，等您决定",
    State.UNREADABLE: "读不出来",
    State.APPLYING: "正在登记",
    State.APPLIED: "已登记",
    State.UNDOING: "正在撤销",
    State.UNDONE: "已撤销",
    State.CANCELLED: "已取消",
}
IMPORT_CHANGED = "这份名单刚刚有了变化，您的操作没有执行，请看最新情况。"
PERSON_CHANGED = "同事刚刚改过这一页。下面是您写的；请对照最新情况，再点一次保存就用您的。"
PERSON_ALIKE = "库里好像已经有这个人（电话相同，或者姓名和出生年月相同），先看看是不是同一位。"
ORGANISATION_CHANGED = "同事刚刚改过。下面是您写的；请对照最新情况，再点一次保存就用您的。"
PAIR_CHANGED = "这一对刚刚被处理过，或者其中一位有了变化，您的操作没有执行。"
MERGE_UNDER = "后来又有人并进来，请先撤销后面的那一次。"
MERGE_OVER = "已经不能撤销了：撤销过，超过 180 天，或者本人已经注销。"
CASE_CHANGED = "这件诉求刚刚有了变化，您的操作没有执行，请看最新情况。您写的话还在下面。"
ASSIGNED = "已交给这位同事，对方现在能看到这件咨询。"
TAKEN_BACK = "已收回。原来的律师看不到这件咨询了。"
LETTER_CHANGED = "这封信刚刚有了变化，您的操作没有执行，请看下面的最新情况。"
LETTER_EDITED = "同事刚刚改过这封信。下面是您写的；再点一次保存，就用您的替换同事的。"
KEYWORD_TAKEN = "已经有这个关键词。要改它的回答，请在下面的列表里点“修改”"
TRY_LATER = "试得太多了，请过 {time}再试。"
SIGN_IN_WRONG = "登录名或密码不对。"
SIGN_IN_EXPIRED = "临时密码过期了，请找本单位的管理员再给一个。"
CODE_WRONG = "验证码不对，或者已经用过。请看手机上的最新一个。"
SECOND_STEP_LATE = "过了五分钟，请从密码重新开始。"
OWN_WRONG = "密码不对。"


def span(seconds: int) -> str:
    """Say a time to wait: 40 秒, 3 分钟, 1 小时."""
    if seconds < 90:
        return said("{count} 秒", count=max(1, seconds))
    if seconds < 5400:
        return said("{count} 分钟", count=-(-seconds // 60))
    return said("{count} 小时", count=-(-seconds // 3600))


def code_words(code: int | None) -> str:
    """Explain a WeChat error code; an unlisted one keeps its number for whoever looks it up."""
    if not code:
        return ""
    return CODES.get(code) or said("微信代码 {code}", code=code)


EXPORT_STATES: Mapping[Exported, str] = {
    Exported.WAITING: "正在导出",
    Exported.READY: "可以下载",
    Exported.CANCELLED: "已取消",
    Exported.EXPIRED: "文件已删除",
}
EXPORT_GONE = "这个文件已经不在了，需要的话请重新导出。"
