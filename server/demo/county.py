"""The demo county 云溪县 (fictional): its office, accounts, staff, keyword replies and followers.

Plain values, used by the seed and by `make run`. Nobody in here exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from server.ports import AccountKind, DataFormat

SLUG = "yunxi"
NAME = "云溪县侨联"
HOME_ZONE = "Asia/Shanghai"
OFFICE = {
    "address": "云溪县泮坑镇侨兴路 18 号 县侨联一楼",
    "phone": "0000-8880101",
    "hours": "周一至周五 8:30–12:00，14:30–17:30（北京时间）",
}


@dataclass(frozen=True, slots=True)
class Template:
    """A message template as the WeChat console would show it."""

    key: str  # our name for its purpose
    template_id: str
    title: str
    fields: Mapping[str, str]  # WeChat's field name -> the label people see


@dataclass(frozen=True, slots=True)
class DemoAccount:
    slug: str
    kind: AccountKind
    name: str
    appid: str
    original_id: str
    data_format: DataFormat
    templates: tuple[Template, ...] = ()


_PROGRESS = {
    "character_string1": "受理编号",
    "phrase2": "办理状态",
    "time3": "更新时间",
    "thing4": "温馨提示",
}
ACCOUNTS = (
    DemoAccount(
        "yunxi",
        AccountKind.OFFICIAL,
        "云溪乡音",
        "wx7d3f0a1b2c4e5f60",
        "gh_7d3f0a1b2c4e",
        DataFormat.XML,
        (
            Template(
                "case_progress",
                "oYx3dF6hJ9kL1nM4pQ7rS0tU2vW5xY8zA3bC6dE9fG1",
                "办理进度提醒",
                _PROGRESS,
            ),
            Template(
                "case_notice",
                "nYx5tG8hJ1kL4nM7pQ0rS3tU6vW9xY2zA5bC8dE1fG4",
                "办理进展通知",
                _PROGRESS,
            ),
        ),
    ),
    DemoAccount(
        "yunxi-mini",
        AccountKind.MINI,
        "云溪侨服务",
        "wx1a2b3c4d5e6f7081",
        "gh_1a2b3c4d5e6f",
        DataFormat.JSON,
        (
            Template(
                "case_progress",
                "cYx7pR2mK9sT4vW8zA1bC3dE5fG6hJ0kL2nM4pQ7rS8",
                "办理进度通知",
                _PROGRESS,
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    login: str
    name: str
    role: str
    path: str = ""


STAFF = (
    DemoOfficer("admin", "陈立群", "super"),
    DemoOfficer("xinfang", "林秀英", "petitions"),
    DemoOfficer("lvshi", "周正平", "lawyer"),
    DemoOfficer("bianji", "黄晓岚", "editor"),
    DemoOfficer("zhongshen", "何静", "approver"),
    DemoOfficer("shiqiao", "吴国良", "liaison", "990121102"),  # 石桥镇 alone
)


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody abroad or at home with the account in their phone."""

    nickname: str
    salutation: str
    country: str  # ISO 3166
    country_name: str
    zone: str
    hometown: str
    language: str = "zh-Hans"
    scene: str | None = None  # the poster or person whose code was scanned
    says: tuple[str, ...] = field(default=())


FOLLOWERS = (  # two or more to a time zone: a mass message goes to no fewer (WECHAT §4.5)
    Follower("米兰阿杰", "陈先生", "IT", "意大利", "Europe/Rome", "石桥镇", says=("在吗",)),
    Follower("罗马林妈妈", "林阿姨", "IT", "意大利", "Europe/Rome", "泮坑镇"),
    Follower("普拉托老张", "张叔", "IT", "意大利", "Europe/Rome", "石桥镇"),
    Follower(
        "马德里老周", "周伯", "ES", "西班牙", "Europe/Madrid", "白沙镇",
        says=("老家的祖屋漏水了，想问找谁",),
    ),
    Follower("巴塞罗那小陈", "陈女士", "ES", "西班牙", "Europe/Madrid", "泮坑镇"),
    Follower("巴黎小吴", "吴女士", "FR", "法国", "Europe/Paris", "石桥镇"),
    Follower("里昂阿勇", "林先生", "FR", "法国", "Europe/Paris", "石桥镇"),
    Follower("伦敦阿敏", "黄女士", "GB", "英国", "Europe/London", "泮坑镇"),
    Follower("曼城李叔", "李叔", "GB", "英国", "Europe/London", "白沙镇"),
    Follower("纽约陈叔", "陈叔", "US", "美国", "America/New_York", "泮坑镇", scene="home:泮坑镇"),
    Follower("法拉盛阿芳", "梁女士", "US", "美国", "America/New_York", "石桥镇"),
    Follower("旧金山麦姐", "麦女士", "US", "美国", "America/Los_Angeles", "白沙镇", "zh-Hant"),
    Follower("洛杉矶Peter", "何先生", "US", "美国", "America/Los_Angeles", "白沙镇", "zh-Hant"),
    Follower("圣保罗阿华", "李先生", "BR", "巴西", "America/Sao_Paulo", "石桥镇"),
    Follower("圣保罗小妹", "林小姐", "BR", "巴西", "America/Sao_Paulo", "泮坑镇"),
    Follower("悉尼Grace", "郑小姐", "AU", "澳大利亚", "Australia/Sydney", "泮坑镇"),
    Follower("悉尼老钟", "钟伯", "AU", "澳大利亚", "Australia/Sydney", "白沙镇"),
    Follower("吉隆坡伟哥", "张先生", "MY", "马来西亚", "Asia/Kuala_Lumpur", "白沙镇"),
    Follower("吉隆坡阿莲", "莲姐", "MY", "马来西亚", "Asia/Kuala_Lumpur", "泮坑镇"),
    Follower("东京梅子", "梅女士", "JP", "日本", "Asia/Tokyo", "泮坑镇"),
    Follower("大阪阿健", "罗先生", "JP", "日本", "Asia/Tokyo", "石桥镇"),
    Follower("泮坑三叔公", "三叔公", "CN", "中国", "Asia/Shanghai", "泮坑镇"),
    Follower("石桥英嫂", "英嫂", "CN", "中国", "Asia/Shanghai", "石桥镇"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """What an officer did, so many days ago, at a time of the county's day.

    Two days at most: the notice of it still goes out then (cases.notices.KEPT).
    """

    days_ago: int
    at: time
    login: str
    action: str  # of server.cases.states.Action
    told: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A case of the demo: who brought it when, what it says, what the office did."""

    follower: str  # nickname
    days_ago: int
    at: time  # in the county; somebody abroad may be up at any hour
    kind: str
    topic: str
    subject: str
    body: str
    moves: tuple[Move, ...] = ()


STORIES = (
    Story(
        "马德里老周",
        3,
        time(4, 40),
        "petition",
        "house",
        "祖屋后墙被邻居施工挖裂",
        "我家在白沙镇的祖屋一直由堂弟照看。上月邻居打地基，把后墙挖出一条手指宽的裂缝，雨天渗水。"
        "堂弟去说过两次，对方答应修但一直没有动静。我今年七十三岁，一时回不去，恳请家乡帮忙协调。",
        (
            Move(2, time(9, 20), "xinfang", "accept"),
            Move(
                2,
                time(15, 45),
                "xinfang",
                "progress",
                "我们已同白沙镇政府约好，明天上午到现场查看，请让您堂弟在家等候。",
            ),
            Move(
                1,
                time(16, 30),
                "xinfang",
                "reply",
                "周伯您好：今天我们会同白沙镇政府到现场看过，邻居已书面承诺在 30 日内加固后墙，"
                "镇村建办负责监督。完工后我们会拍照发给您。如逾期未修，可依法申请人民调解，不收任何费用。",
            ),
        ),
    ),
    Story(
        "罗马林妈妈",
        3,
        time(3, 12),
        "consultation",
        "inheritance",
        "三兄妹分在三国，老宅怎样办继承",
        "父亲去年过世，留下泮坑镇一处老宅。大哥在家乡，我在意大利，小妹在巴西。"
        "大家都同意由大哥继承，请问我和小妹要办什么手续，一定要回国吗？",
        (
            Move(3, time(9, 5), "xinfang", "accept"),
            Move(
                1,
                time(10, 40),
                "lvshi",
                "reply",
                "林阿姨您好：不动产的继承适用房屋所在地法律。您和小妹可在住在国办理放弃继承的声明，"
                "经公证和认证（或经中国驻外使领馆办理）后寄回，由大哥持全部材料到县公证处办理，您二位不必回国。"
                "具体材料清单请以公证处告知为准。",
            ),
        ),
    ),
    Story(
        "圣保罗阿华",
        2,
        time(20, 5),
        "petition",
        "school",
        "孩子回乡读初中的学籍问题",
        "我的孩子在圣保罗出生，今年十二岁，想回石桥镇跟爷爷奶奶读初中。学校说要等教育局的名额，"
        "已经等了一个月，不知道还要准备什么材料，请帮忙问一下。",
        (Move(1, time(9, 15), "xinfang", "accept"),),
    ),
    Story(
        "巴黎小吴",
        1,
        time(22, 48),
        "consultation",
        "notary",
        "想委托姐姐卖房，委托书怎么办",
        "我在法国工作，石桥镇的一套房子想委托姐姐出售。听说现在可以视频公证，是真的吗？需要预约多久？",
    ),
)

KEYWORDS = (  # editable as data afterwards: what people type, what they are told
    (("办公时间", "上班", "几点"), f"县侨联办公时间：{OFFICE['hours']}。"),
    (("电话", "联系"), f"县侨联电话：{OFFICE['phone']}。地址：{OFFICE['address']}。"),
    (
        ("护照", "签证"),
        "护照、签证等证件请联系您住在国的中国驻外使领馆；紧急求助可拨打外交部热线 +86-10-12308。",
    ),
)
