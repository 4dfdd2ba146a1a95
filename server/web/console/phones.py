"""What became of a message to one phone, in plain Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.cases.queries import Step
from server.greetings.labels import REASONS
from server.outbox import service as outbox
from server.outbox.service import Line
from server.ports import Channel
from server.staff.service import Officer
from server.web.console import wording
from server.web.console.language import said

MOST = 200  # messages about one case or question that are looked at


@dataclass(frozen=True, slots=True)
class Fate:
    words: str
    bad: bool  # somebody should pick up the telephone


def fate_of(db: Session, officer: Officer, topic: str) -> Fate | None:
    """Return what became of the only message of a topic, or None when there is none."""
    lines = _lines(db, officer, topic)
    return _fate(lines[-1]) if lines else None


def fates_of_steps(
    db: Session, officer: Officer, case_id: int, steps: Sequence[Step]
) -> list[Fate | None]:
    """Return for each step of a case how the phone was told; None where nothing was to tell."""
    lines = iter(_lines(db, officer, f"case:{case_id}"))  # one for each step that was pushed
    return [
        _fate(next(lines, None))
        if step.notice in wording.CHANNELS
        else Fate(wording.NOTICES[step.notice], step.notice == "none")
        if step.notice in wording.NOTICES
        else None
        for step in steps
    ]


def why(line: Line) -> str:
    """Explain in a few words why a message did not arrive; "" when it did or is on its way."""
    reason = REASONS.get(line.reason, "") if line.reason else ""
    code = _code(line) if line.status in wording.BAD_FATES else ""
    return "，".join(part for part in (reason, code) if part)


def _code(line: Line) -> str:
    if line.channel == Channel.EMAIL and line.code:  # a number of SMTP: not one of WeChat's
        return said("邮件服务器代码 {code}", code=line.code)
    return wording.code_words(line.code)


def _lines(db: Session, officer: Officer, topic: str) -> list[Line]:
    """Return the messages of a topic in the order they were queued: keys end with a number."""
    found = outbox.lines(
        db, tenant_id=officer.tenant_id, topic=topic, status=None, after="", limit=MOST
    )
    return sorted(found, key=lambda line: int(line.key.rpartition(":")[2]))


def _fate(line: Line | None) -> Fate | None:
    if line is None:
        return None
    words = f"{wording.CHANNELS.get(line.channel, line.channel)}：{wording.FATES[line.status]}"
    reason = why(line)
    return Fate(f"{words}（{reason}）" if reason else words, line.status in wording.BAD_FATES)
