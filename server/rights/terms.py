"""The words of the rights room: kinds, states, fates of tables, and what closing means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

WANTED = "rights_request.wanted"  # where a request's words are sealed
WORKING_DAYS = 15  # PIPL names no number; 个人信息 requests are answered in 15 working days
COOLING = timedelta(days=7)
COPY_LIFE = timedelta(hours=24)


class Kind(StrEnum):
    CORRECT = "correct"
    ERASE = "erase"  # take my page out of the register: ② was taken back


KINDS: Mapping[Kind, str] = {Kind.CORRECT: "更正", Kind.ERASE: "删除侨情登记"}


class State(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


STATES: Mapping[State, str] = {
    State.OPEN: "等工作人员核实",
    State.ACCEPTED: "已办",
    State.REFUSED: "没有改",
    State.TAKEN_BACK: "您已取消",
}


class ClosureState(StrEnum):
    COOLING = "cooling"  # may be taken back; also while cases wait to be answered
    TAKEN_BACK = "taken_back"
    DONE = "done"


class OpenCases(StrEnum):
    WITHDRAW = "withdraw"
    ANSWER_FIRST = "answer_first"


OPEN_CASES: Mapping[OpenCases, str] = {
    OpenCases.WITHDRAW: "都撤回，不用再办",
    OpenCases.ANSWER_FIRST: "先等答复，答复后再注销",
}


class CopyState(StrEnum):
    PREPARING = "preparing"
    READY = "ready"
    GONE = "gone"


CONSEQUENCES: tuple[str, ...] = (
    "您的微信与我们这里的联系会断开，称呼、住在地、家乡、侨情登记、联系方式都会删除。",
    "您发来的消息、照片、语音会删除。",
    "再也收不到节日问候、侨刊乡讯和办理通知；在所有手机上都会退出。",
    "办结的诉求按档案规定封存，只有经授权的人能看，期满销毁。",
    "七天内可以反悔；七天后就恢复不了了。以后再来，是一个新的账号。",
)

# What becomes of every row that hangs on a person when the account is closed. A table that is
# missing here stops the tests (tests/guards/test_erasure.py).
GONE, BLANK, PROOF, ARCHIVE = "gone", "blank", "proof", "archive"
FATES: Mapping[str, str] = {
    "wechat_identity.person_id": GONE,
    "api_session.person_id": GONE,
    "register_entry.person_id": GONE,
    "person_name.person_id": GONE,
    "name_key.person_id": GONE,
    "person_contact.person_id": GONE,
    "identity_status.person_id": GONE,
    "relation.person_id": GONE,
    "relation.other_id": GONE,
    "data_copy.person_id": GONE,
    "question.person_id": BLANK,  # that somebody asked, and when it was answered, stays
    "delivery.person_id": BLANK,  # that something was sent stays
    "rights_request.person_id": BLANK,  # that it was answered in time stays
    "duplicate_pair.left_id": GONE,
    "duplicate_pair.right_id": GONE,
    "person_merge.survivor_id": BLANK,  # that two entries were one stays, its journal does not
    "person_merge.closed_id": BLANK,
    "letter_reply.person_id": BLANK,  # that a letter was answered stays
    "survey_answer.person_id": GONE,  # what was counted stays counted
    "survey_line.person_id": GONE,
    "organisation_officer.person_id": BLANK,  # that the post was held stays
    "person.merged_into": BLANK,
    "agreement.person_id": PROOF,  # that they said yes or no: no word about them
    "account_closure.person_id": PROOF,
    "case_file.person_id": ARCHIVE,
    "case_photo.person_id": ARCHIVE,
}


def last_day(asked: date, *, days: int = WORKING_DAYS) -> date:
    """Return the last of so many working days after a day.

    Monday to Friday: the yearly table of holidays and exchanged days (调休) is not known here,
    so in a long holiday we promise too early.
    """
    day = asked
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
