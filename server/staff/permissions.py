"""Which role may do what. Pure: one table."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The first roles of DOMAIN §6; the register of roles makes them editable."""

    ADMIN = "admin"  # 县侨联管理员
    PETITIONS = "petitions"  # 信访专员
    LAWYER = "lawyer"  # 律师
    EDITOR = "editor"  # 编辑
    LEADER = "leader"  # 只读领导


ROLE_NAMES = {
    Role.ADMIN: "管理员",
    Role.PETITIONS: "信访专员",
    Role.LAWYER: "律师",
    Role.EDITOR: "编辑",
    Role.LEADER: "领导（只读）",
}


class Permission(StrEnum):
    SEE_PETITIONS = "see_petitions"
    HANDLE_PETITIONS = "handle_petitions"
    SEE_CONSULTATIONS = "see_consultations"
    HANDLE_CONSULTATIONS = "handle_consultations"
    ANSWER_MESSAGES = "answer_messages"  # the inbox of unmatched questions
    EDIT_KEYWORDS = "edit_keywords"
    PREPARE_GREETINGS = "prepare_greetings"
    APPROVE_GREETINGS = "approve_greetings"
    SEE_DELIVERIES = "see_deliveries"
    SEE_PEOPLE = "see_people"  # 侨情库
    EDIT_PEOPLE = "edit_people"
    IMPORT_PEOPLE = "import_people"
    SEE_HARDSHIP = "see_hardship"  # 困难与健康 (DOMAIN §6)
    READ_AUDIT = "read_audit"  # 操作记录


_ALL = frozenset(Permission)
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: _ALL,
    Role.PETITIONS: frozenset(
        {
            Permission.SEE_PETITIONS,
            Permission.HANDLE_PETITIONS,
            Permission.SEE_CONSULTATIONS,
            Permission.HANDLE_CONSULTATIONS,
            Permission.ANSWER_MESSAGES,
            Permission.SEE_DELIVERIES,
            Permission.SEE_PEOPLE,
            Permission.EDIT_PEOPLE,
        }
    ),
    Role.LAWYER: frozenset({Permission.SEE_CONSULTATIONS, Permission.HANDLE_CONSULTATIONS}),
    Role.EDITOR: frozenset(
        {
            Permission.ANSWER_MESSAGES,
            Permission.EDIT_KEYWORDS,
            Permission.PREPARE_GREETINGS,
            Permission.SEE_DELIVERIES,
        }
    ),
    Role.LEADER: frozenset({Permission.SEE_DELIVERIES}),
}


def may(role: str, permission: Permission) -> bool:
    """Tell whether a role holds a permission. An unknown role holds none."""
    try:
        return permission in GRANTS[Role(role)]
    except ValueError:
        return False
