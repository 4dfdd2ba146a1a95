"""What can be done with a case."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.cases import deadlines, notices, wording
from server.cases.models import Case, CaseCounter, CaseEvent, CaseFile
from server.cases.states import MUST_TELL, Action, Kind, State, after
from server.kernel.clock import known_zone
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.upsert import insert_new
from server.people.agreements import ledger
from server.people.agreements.terms import Purpose, Way
from server.people.service import ids_of, resolve
from server.staff.service import Officer

SUBJECT, BODY, CONTACT = "case_file.subject", "case_file.body", "case_file.contact"
TOLD, NOTE = "case_event.told", "case_event.note"
SHARING = {Kind.PETITION: Purpose.PETITION, Kind.CONSULTATION: Purpose.CONSULT}
SERIES = {Kind.PETITION: "XF", Kind.CONSULTATION: "ZX"}
MAX_FILES = 6
UNUSED = timedelta(days=1)  # an upload that no case took is swept after this


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person hands in."""

    submission_id: str
    kind: Kind
    topic: str
    subject: str
    body: str
    country: str | None
    contact: str | None
    files: tuple[str, ...]
    consent_version: str


def submit(
    db: Session,
    handed: Submission,
    *,
    tenant_id: int,
    person_id: int,
    vault: Vault,
    now: datetime,
) -> Case:
    """Take in a case and register it at once. The same submission id gives the same case.

    Raise Invalid naming each wrong field; nothing is changed then.
    """
    earlier = db.scalar(
        select(Case).where(Case.person_id == person_id, Case.submission_id == handed.submission_id)
    )
    if earlier is not None:
        return earlier
    _must_fit(handed)
    county = accounts.tenant(db, tenant_id)
    case = Case(
        tenant_id=tenant_id,
        number=_number(db, tenant_id, handed.kind, now=now, zone=county.home_zone),
        kind=handed.kind,
        topic=handed.topic,
        person_id=person_id,
        submission_id=handed.submission_id,
        subject=vault.seal(handed.subject.strip(), where=SUBJECT),
        body=vault.seal(handed.body.strip(), where=BODY),
        contact=vault.seal(handed.contact.strip(), where=CONTACT) if handed.contact else None,
        country=handed.country,
        consent_version=handed.consent_version,
        state=State.SUBMITTED,
        answer_by=deadlines.answer_by(handed.kind, now, county.home_zone),
        submitted_at=now,
        updated_at=now,
        read_at=now,
    )
    db.add(case)
    db.flush()
    _take_files(db, case, handed.files)
    for purpose in (Purpose.ACCOUNT, SHARING[handed.kind]):
        ledger.record(
            db,
            person_id=person_id,
            purpose=purpose,
            given=True,
            way=Way.MINI,
            wording=wording.CONSENT,
            about=f"case:{case.id}",
            vault=vault,
            now=now,
        )
    _write(
        db,
        case,
        Action.REGISTER,
        actor="system",
        told=wording.REGISTERED_TEXT,
        vault=vault,
        now=now,
    )
    return case


def _must_fit(handed: Submission) -> None:
    wrong: dict[str, list[str]] = {}
    if wording.topic(handed.kind, handed.topic) is None:
        wrong["topic"] = ["请选择一个类别"]
    if not 1 <= len(handed.subject.strip()) <= 60:
        wrong["subject"] = ["请用 1 至 60 个字写明标题"]
    if not 5 <= len(handed.body.strip()) <= 5000:
        wrong["body"] = ["请写 5 至 5000 个字，把事情说清楚"]
    if handed.contact and len(handed.contact) > 60:
        wrong["contact"] = ["联系方式请不要超过 60 个字"]
    if len(handed.files) > MAX_FILES:
        wrong["files"] = [f"最多 {MAX_FILES} 张照片"]
    if handed.consent_version != wording.CONSENT_VERSION:
        wrong["consent_version"] = ["说明有更新，请重新阅读并勾选同意"]
    if wrong:
        raise Invalid(fields=wrong)


def _number(db: Session, tenant_id: int, kind: Kind, *, now: datetime, zone: str) -> str:
    """Give the next number of the county's year, e.g. XF2026000123, without gaps or repeats."""
    year = now.astimezone(known_zone(zone, fallback="Asia/Shanghai")).year
    series = f"{SERIES[kind]}{year}"
    insert_new(
        db,
        CaseCounter.__table__,  # type: ignore[arg-type]
        {"tenant_id": tenant_id, "series": series, "last": 0},
    )
    counter = db.scalars(
        select(CaseCounter)
        .where(CaseCounter.tenant_id == tenant_id, CaseCounter.series == series)
        .with_for_update()
    ).one()
    counter.last += 1
    return f"{series}{counter.last:06d}"


def supplement(
    db: Session, case: Case, *, body: str, files: Sequence[str], vault: Vault, now: datetime
) -> CaseEvent:
    """Add what the person says later, to a case got with `access.for_person(handle=True)`.

    Raise Invalid, or Conflict when the case is closed.
    """
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(body.strip()) <= 2000:
        wrong["body"] = ["请写 1 至 2000 个字"]
    if len(case.files) + len(files) > 3 * MAX_FILES or len(files) > MAX_FILES:
        wrong["files"] = [f"一次最多 {MAX_FILES} 张照片"]
    if wrong:
        raise Invalid(fields=wrong)
    if case.state == State.REPLIED:  # new facts after an answer: the clock starts again
        zone = accounts.tenant(db, case.tenant_id).home_zone
        case.answer_by = deadlines.answer_by(Kind(case.kind), now, zone)
    event = _write(
        db, case, Action.SUPPLEMENT, actor="you", told=body.strip(), vault=vault, now=now
    )
    _take_files(db, case, files, event_id=event.id)
    return event


def move(
    db: Session,
    case: Case,
    action: Action,
    *,
    officer: Officer,
    told: str,
    note: str,
    vault: Vault,
    now: datetime,
    seen: int | None = None,
) -> CaseEvent:
    """Make one move as an officer: check it, write it down, tell the person.

    `seen` is how many steps the officer had before them: Conflict when there are others now.

    The first officer who touches a case stays its 首问责任人. Raise Invalid without the words a
    move needs, Conflict when there is no such move.
    """
    if seen is not None and seen != len(case.events):
        raise Conflict("somebody was faster")
    words = told.strip() or wording.default_text(action)
    wrong: dict[str, list[str]] = {}
    if len(words) > 5000 or (not words and action in MUST_TELL):
        wrong["told"] = ["请写 1 至 5000 个字告诉对方"]
    if len(note.strip()) > 2000:
        wrong["note"] = ["内部备注请不要超过 2000 个字"]
    if action is Action.TRANSFER and not note.strip() and keeps_back(db, case):
        wrong["note"] = [wording.NEEDS_BASIS]
    if wrong:
        raise Invalid(fields=wrong)
    if case.first_officer_id is None:
        case.first_officer_id = officer.id
    return _write(
        db,
        case,
        action,
        actor="office",
        officer_id=officer.id,
        told=words,
        note=note.strip(),
        vault=vault,
        now=now,
    )


def withdraw(db: Session, case: Case, *, vault: Vault, now: datetime) -> None:
    """End a case in the person's own name (cases.archive). Raise Conflict when it is answered."""
    _write(
        db,
        case,
        Action.WITHDRAW,
        actor="you",
        told=wording.WITHDRAWN_TEXT,
        vault=vault,
        now=now,
    )


def keeps_back(db: Session, case: Case) -> bool:
    """Tell whether the person took back that this may be shared (PIPL §15, §23)."""
    return ledger.withdrew(db, case.person_id, SHARING[Kind(case.kind)])


def _write(
    db: Session,
    case: Case,
    action: Action,
    *,
    actor: str,
    told: str,
    vault: Vault,
    now: datetime,
    officer_id: int | None = None,
    note: str = "",
) -> CaseEvent:
    case.state = after(State(case.state), action)
    case.updated_at = now
    event = CaseEvent(
        case_id=case.id,
        at=now,
        actor=actor,
        officer_id=officer_id,
        action=action,
        state=case.state,
        told=vault.seal(told, where=TOLD),
        note=vault.seal(note, where=NOTE) if note else None,
        notice="not_needed",
    )
    db.add(event)
    db.flush()
    if actor == "you":
        case.read_at = now  # one's own words are not news
    if actor == "office":
        event.notice = notices.tell(db, case, action, move=event.id, vault=vault, now=now)
    return event


def keep_file(
    db: Session,
    *,
    tenant_id: int,
    person_id: int,
    key: str,
    content_type: str,
    size: int,
    now: datetime,
) -> str:
    """Note an uploaded photo that no case uses yet; return its id."""
    row = CaseFile(
        id=secrets.token_hex(16),
        tenant_id=tenant_id,
        person_id=person_id,
        key=key,
        content_type=content_type,
        size=size,
        created_at=now,
    )
    db.add(row)
    db.flush()
    return row.id


def _take_files(
    db: Session, case: Case, ids: Sequence[str], *, event_id: int | None = None
) -> None:
    """Attach uploads of the same person. Raise Invalid for one that is not theirs or was used."""
    if not ids:
        return
    theirs = (
        select(CaseFile)
        .where(
            CaseFile.id.in_(set(ids)),
            CaseFile.person_id.in_(ids_of(db, resolve(db, case.person_id).id)),
            CaseFile.case_id.is_(None),
        )
        .with_for_update()  # neither another case nor the sweeper takes it meanwhile
    )
    rows = list(db.scalars(theirs))
    if len(rows) != len(set(ids)):
        raise Invalid(fields={"files": ["有一张照片没有上传成功，请删除后重新添加"]})
    for row in rows:
        row.case_id, row.event_id = case.id, event_id
    db.flush()


def unused_files(db: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Forget uploads no case took within a day; return their keys in the file store."""
    rows = list(
        db.scalars(
            select(CaseFile)
            .where(CaseFile.case_id.is_(None), CaseFile.created_at < now - UNUSED)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        db.delete(row)
    return [row.key for row in rows]


def own_file(db: Session, file_id: str, *, person_id: int) -> CaseFile:
    """Return a photo of this person. Raise NotFound for anybody else's."""
    row = db.get(CaseFile, file_id)
    if row is None or row.person_id not in ids_of(db, person_id):
        raise NotFound("file")
    return row
