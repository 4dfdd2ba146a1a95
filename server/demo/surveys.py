"""A survey of last year in the archive, and this year's on its way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from server.kernel.crypto import Vault
from server.people.register import rollcall, writing
from server.people.register.terms import Facts, Identity
from server.staff.service import Officer
from server.surveys import reading, rounds, tasks
from server.surveys.tasks import Answer
from server.surveys.terms import Outcome

_VILLAGE = "990121102202"  # 岭脚村
_FOUND = (  # met this year for the first time
    ("吴阿珠", "f", "1952", "MY"),
    ("王建军", "m", "1971", "IT"),
)
_SAID: Mapping[int, Answer] = {
    2: Answer(Outcome.CHANGED, "搬到米兰去了，换了电话"),
    5: Answer(Outcome.UNREACHED),
    9: Answer(Outcome.MOVED, "全家搬到县城"),
}
_WORDS = "请逐户走访，新出去的、回来的都记上；打电话核对也可以。"


def fill(db: Session, officer: Officer, *, vault: Vault, now: datetime) -> None:
    """Run both in the name of the first administrator, once."""
    if rounds.listing(db, officer):
        return
    last_year = now.replace(year=now.year - 1, month=11, day=20)
    _round(db, officer, words=_WORDS, now=last_year)
    last = rounds.listing(db, officer)[0]
    for village in reading.villages(db, officer, last.id, limit=500):
        tasks.rest_same(db, officer, village.id, now=last_year)
        tasks.hand_in(db, officer, village.id, remark=None, now=last_year)
        tasks.sign(db, officer, village.id, today=last_year.date(), now=last_year)
    rounds.archive(db, officer, last.id, remark=None, now=last_year)
    found = [
        Facts(
            name=name, sex=sex, born=born, country=country, division=_VILLAGE,
            hometown="石桥镇岭脚村", identities=(Identity.HUAQIAO,), source="console",
        )
        for name, sex, born, country in _FOUND
    ]  # fmt: skip
    writing.add_many(db, officer.tenant_id, found, vault=vault, now=now)
    this = _round(db, officer, words=_WORDS, now=now)
    villages = reading.villages(db, officer, this, limit=500)
    for village in villages[:2]:
        tasks.rest_same(db, officer, village.id, now=now)
        tasks.hand_in(db, officer, village.id, remark="新去意大利的两户已登记。", now=now)
    tasks.sign(db, officer, villages[0].id, today=now.date(), now=now)
    ours = next(one for one in villages if one.path == _VILLAGE)
    roll = rollcall.roll(db, officer.tenant_id, _VILLAGE)
    said = {roll[at].person_id: answer for at, answer in _SAID.items() if at < len(roll)}
    tasks.fill(db, officer, ours.id, said, vault=vault, now=now)


def _round(db: Session, officer: Officer, *, words: str, now: datetime) -> int:
    today: date = now.date()
    return rounds.open_round(
        db, officer, year=today.year, due_on=today + timedelta(days=40), words=words,
        today=today, now=now,
    )  # fmt: skip
