"""The fixed navigation by task: sections on the left, the pages of a section above its title."""

from __future__ import annotations

from dataclasses import dataclass

from server.staff.permissions import Permission
from server.staff.service import Officer

P = Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of a section, for those who hold any of the rights it needs."""

    endpoint: str
    words: str
    needs: tuple[Permission, ...] = ()

    @property
    def blueprint(self) -> str:
        return self.endpoint.partition(".")[0]

    def open_to(self, officer: Officer) -> bool:
        return not self.needs or any(officer.may(need) for need in self.needs)


@dataclass(frozen=True, slots=True)
class Section:
    """A task of the office. The first page that is open to the officer is its door."""

    words: str
    pages: tuple[Entry, ...]

    def for_officer(self, officer: Officer) -> Section:
        return Section(self.words, tuple(one for one in self.pages if one.open_to(officer)))

    def entry(self, endpoint: str | None, blueprint: str | None) -> Entry | None:
        """Return the page one is on: itself, or the first of the same kind."""
        alike = [one for one in self.pages if one.blueprint == blueprint]
        return next((one for one in alike if one.endpoint == endpoint), next(iter(alike), None))

    def holds(self, blueprint: str | None) -> bool:
        return any(one.blueprint == blueprint for one in self.pages)


SECTIONS = (
    Section("今日", (Entry("console_today.page", "今日"),)),
    Section(
        "侨情",
        (
            Entry("console_people.listing", "名册", (P.SEE_PEOPLE,)),
            Entry("console_imports.listing", "导入名单", (P.IMPORT_PEOPLE,)),
            Entry("console_exports.listing", "导出台账", (P.EXPORT_PEOPLE,)),
            Entry("console_duplicates.listing", "重复", (P.MERGE_PEOPLE,)),
            Entry("console_surveys.listing", "调查", (P.RUN_SURVEYS, P.FILL_SURVEYS)),
            Entry("console_rights.listing", "权利请求", (P.EDIT_PEOPLE,)),
        ),
    ),
    Section(
        "组织",
        (
            Entry("console_organisations.listing", "组织", (P.SEE_ORGANISATIONS,)),
            Entry("console_coverage.show", "覆盖", (P.SEE_ORGANISATIONS,)),
            Entry("console_coverage.five", "五有", (P.SEE_ORGANISATIONS,)),
        ),
    ),
    Section(
        "节日问候",
        (
            Entry("console_greetings.listing", "书信", (P.SEE_DELIVERIES,)),
            Entry("console_plan.show", "全年", (P.SEE_DELIVERIES,)),
            Entry("console_deliveries.listing", "送达", (P.SEE_DELIVERIES,)),
            Entry("console_replies.listing", "回函", (P.PREPARE_GREETINGS,)),
        ),
    ),
    Section(
        "诉求",
        (
            Entry(
                "console_cases.listing",
                "信访与咨询",
                (P.SEE_PETITIONS, P.SEE_CONSULTATIONS, P.ANSWER_ASSIGNED),
            ),
            Entry("console_messages.listing", "消息", (P.ANSWER_MESSAGES,)),
        ),
    ),
    Section(
        "设置",
        (
            Entry("console_me.page", "我的"),
            Entry("console_colleagues.listing", "同事", (P.MANAGE_STAFF,)),
            Entry("console_roles.listing", "角色", (P.MANAGE_STAFF,)),
            Entry("console_keywords.listing", "关键词", (P.EDIT_KEYWORDS,)),
            Entry("console_audit.listing", "操作记录", (P.READ_AUDIT,)),
        ),
    ),
)


def sections(officer: Officer) -> list[Section]:
    """Return the sections with any page open to the officer, in the order of the menu."""
    found = [section.for_officer(officer) for section in SECTIONS]
    return [section for section in found if section.pages]
