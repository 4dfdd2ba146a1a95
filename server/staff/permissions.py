"""What can be allowed, the roles that come with the product, what each of them allows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """The roles of DOMAIN §6. A tenant may rename and change all but the first, and add its own."""

    SUPER = "super"  # 超级管理员: always everything, cannot be changed
    ADMIN = "admin"  # 县侨联管理员
    PETITIONS = "petitions"  # 信访专员
    LAW_LEAD = "law_lead"  # 法律站长
    LAWYER = "lawyer"  # 律师: what is assigned to them, nothing else
    EDITOR = "editor"  # 编辑
    APPROVER = "approver"  # 终审
    GROUP_OWNER = "group_owner"  # 群主
    LIAISON = "liaison"  # 村级联络员: own village's people, without hardship and health
    VOLUNTEER = "volunteer"  # 志愿者
    LEADER = "leader"  # 只读领导


ROLE_NAMES: Mapping[Role, str] = {
    Role.SUPER: "超级管理员",
    Role.ADMIN: "县侨联管理员",
    Role.PETITIONS: "信访专员",
    Role.LAW_LEAD: "法律站长",
    Role.LAWYER: "律师",
    Role.EDITOR: "编辑",
    Role.APPROVER: "终审",
    Role.GROUP_OWNER: "群主",
    Role.LIAISON: "村级联络员",
    Role.VOLUNTEER: "志愿者",
    Role.LEADER: "领导（只读）",
}


class Permission(StrEnum):
    """A right by name. Kept in the database: never rename one, add another."""

    SEE_PETITIONS = "see_petitions"
    HANDLE_PETITIONS = "handle_petitions"
    SEE_CONSULTATIONS = "see_consultations"
    HANDLE_CONSULTATIONS = "handle_consultations"
    ASSIGN_CONSULTATIONS = "assign_consultations"
    SEE_ARCHIVE = "see_archive"  # 封存: closed cases of people who closed their account
    ANSWER_ASSIGNED = "answer_assigned"  # see and handle consultations assigned to oneself
    ANSWER_MESSAGES = "answer_messages"  # the inbox of unmatched questions
    EDIT_KEYWORDS = "edit_keywords"
    PREPARE_GREETINGS = "prepare_greetings"
    APPROVE_GREETINGS = "approve_greetings"
    SEE_DELIVERIES = "see_deliveries"
    SEE_PEOPLE = "see_people"  # 侨情库
    EDIT_PEOPLE = "edit_people"
    SEE_HARDSHIP = "see_hardship"  # 困难与健康 (DOMAIN §6)
    IMPORT_PEOPLE = "import_people"
    EXPORT_PEOPLE = "export_people"  # 台账
    MERGE_PEOPLE = "merge_people"
    ERASE_PEOPLE = "erase_people"
    SEE_ORGANISATIONS = "see_organisations"
    EDIT_ORGANISATIONS = "edit_organisations"
    EDIT_DIVISIONS = "edit_divisions"
    RUN_SURVEYS = "run_surveys"  # 侨情调查: open, hand out, sign off
    FILL_SURVEYS = "fill_surveys"
    RUN_GROUPS = "run_groups"
    EDIT_NEWSLETTERS = "edit_newsletters"  # 乡讯
    RELEASE_NEWSLETTERS = "release_newsletters"
    SEE_REPORTS = "see_reports"
    MANAGE_STAFF = "manage_staff"  # colleagues, roles, who may what
    MANAGE_ACCOUNTS = "manage_accounts"  # WeChat accounts and their secrets
    READ_AUDIT = "read_audit"  # 操作记录


P = Permission

# What can be done in one town or village. All other rights concern the whole county: a role held
# at a node below gives none of them.
LOCAL = frozenset(
    {
        P.SEE_PEOPLE,
        P.EDIT_PEOPLE,
        P.SEE_HARDSHIP,
        P.EXPORT_PEOPLE,
        P.MERGE_PEOPLE,
        P.SEE_ORGANISATIONS,
        P.EDIT_ORGANISATIONS,
        P.RUN_SURVEYS,
        P.FILL_SURVEYS,
        P.RUN_GROUPS,
        P.SEE_REPORTS,
    }
)

# The lesser right that is enough for a record assigned to oneself.
ON_ASSIGNED: Mapping[Permission, Permission] = {
    P.SEE_CONSULTATIONS: P.ANSWER_ASSIGNED,
    P.HANDLE_CONSULTATIONS: P.ANSWER_ASSIGNED,
}

_ALL = frozenset(Permission)
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.SUPER: _ALL,
    Role.ADMIN: _ALL - {P.MANAGE_ACCOUNTS},
    Role.PETITIONS: frozenset(
        {
            P.SEE_PETITIONS,
            P.HANDLE_PETITIONS,
            P.SEE_CONSULTATIONS,
            P.HANDLE_CONSULTATIONS,
            P.ANSWER_MESSAGES,
            P.SEE_DELIVERIES,
            P.SEE_PEOPLE,
            P.EDIT_PEOPLE,
        }
    ),
    Role.LAW_LEAD: frozenset(
        {P.SEE_CONSULTATIONS, P.HANDLE_CONSULTATIONS, P.ASSIGN_CONSULTATIONS, P.ANSWER_ASSIGNED}
    ),
    Role.LAWYER: frozenset({P.ANSWER_ASSIGNED}),
    Role.EDITOR: frozenset(
        {
            P.ANSWER_MESSAGES,
            P.EDIT_KEYWORDS,
            P.PREPARE_GREETINGS,
            P.SEE_DELIVERIES,
            P.EDIT_NEWSLETTERS,
        }
    ),
    Role.APPROVER: frozenset({P.APPROVE_GREETINGS, P.SEE_DELIVERIES, P.RELEASE_NEWSLETTERS}),
    Role.GROUP_OWNER: frozenset({P.RUN_GROUPS}),
    Role.LIAISON: frozenset({P.SEE_PEOPLE, P.EDIT_PEOPLE, P.SEE_ORGANISATIONS, P.FILL_SURVEYS}),
    Role.VOLUNTEER: frozenset({P.FILL_SURVEYS}),
    Role.LEADER: frozenset({P.SEE_DELIVERIES, P.SEE_ORGANISATIONS, P.SEE_REPORTS}),
}
