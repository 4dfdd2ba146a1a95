"""电子家书: the page of a letter, its photos and news. What a reader sees, as plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.greetings import customs, service, wording
from server.greetings.models import Campaign, LetterPhoto
from server.greetings.terms import Status
from server.greetings.wording import Script
from server.kernel.errors import Conflict, Invalid, NotFound
from server.outbox import reports
from server.staff.permissions import Permission
from server.staff.service import Officer

MOST_PHOTOS = 9
MOST_NEWS = 6
MOST_CAPTION = 60
MOST_TITLE = 60
_READ = (Status.PLANNED, Status.CANCELLED)
_LINK = re.compile(r"https?://[^\s<>\"']{4,400}")
_CODE = re.compile(r"[A-Za-z0-9_-]{8,24}")


@dataclass(frozen=True, slots=True)
class Photo:
    id: int
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class News:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A letter as its readers see it."""

    letter_id: int
    tenant_id: int
    code: str
    festival: str
    mourning: bool
    tenant: str
    text: str
    photos: tuple[Photo, ...]
    news: tuple[News, ...]
    opened: int
    takes_replies: bool


def page(
    db: Session,
    code: str,
    *,
    script: Script = Script.HANS,
    salutation: str | None = None,
) -> Page:
    """Return a letter that was sent, also one cancelled when some had it. Raise NotFound."""
    return shown(db, _sent(db, code), script=script, salutation=salutation)


def tenant_of(db: Session, code: str) -> int:
    """Return whose a letter that was sent is. Raise NotFound."""
    return _sent(db, code).tenant_id


def page_of_reply(db: Session, code: str, *, letter_id: int, script: Script) -> Page:
    """Return the letter somebody wrote back to, also when it was taken back since."""
    row = db.get(Campaign, letter_id)
    if row is None or row.code != code:
        raise NotFound("letter")
    return shown(db, row, script=script)


def _sent(db: Session, code: str) -> Campaign:
    query = select(Campaign).where(Campaign.code == code, Campaign.status.in_(_READ))
    row = db.scalar(query) if _CODE.fullmatch(code) else None
    if row is None or not _reached_anybody(db, row):
        raise NotFound("letter")
    return row


def _reached_anybody(db: Session, row: Campaign) -> bool:
    """Tell whether a letter can be in anybody's hands: cancelling does not take it out of them."""
    return row.status == Status.PLANNED or reports.has_left(db, topic=service.topic(row.id))


def shown(
    db: Session,
    row: Campaign,
    *,
    script: Script = Script.HANS,
    salutation: str | None = None,
) -> Page:
    occasion = service.occasion_of(db, row)
    name = accounts.tenant(db, row.tenant_id).name
    head = wording.letterhead(occasion, tenant=name, written_on=row.written_on or row.day)
    turned = wording.traditional if script is Script.HANT else str
    return Page(
        letter_id=row.id,
        tenant_id=row.tenant_id,
        code=row.code,
        festival=turned(occasion.name),
        mourning=occasion.mourning,
        tenant=turned(name),
        text=wording.render(row.text, head, script=script, salutation=salutation),
        photos=tuple(
            Photo(one.id, turned(one.caption), one.width, one.height) for one in _photos(db, row.id)
        ),
        news=tuple(News(turned(one["title"]), one["url"]) for one in row.news),
        opened=row.opened,
        takes_replies=row.status == Status.PLANNED,
    )


def note_opened(db: Session, letter_id: int) -> None:
    """Count one look at the page: by whom is not kept."""
    db.execute(update(Campaign).where(Campaign.id == letter_id).values(opened=Campaign.opened + 1))


def sent(db: Session, tenant_id: int, *, limit: int) -> list[tuple[str, str]]:
    """Return (code, festival) of the letters a county has sent, the latest first."""
    kept = customs.kept(db, tenant_id)
    rows = db.scalars(
        select(Campaign)
        .where(Campaign.tenant_id == tenant_id, Campaign.status.in_(_READ))
        .order_by(Campaign.day.desc(), Campaign.id.desc())
        .limit(limit)
    )
    return [
        (row.code, service.occasion_of(db, row, kept).name)
        for row in rows
        if _reached_anybody(db, row)
    ]


def photo_of_sent(db: Session, code: str, photo_id: int) -> str:
    """Return the key of a photo's file in a letter that was sent. Raise NotFound."""
    return photo_key(db, photo_id, letter_id=_sent(db, code).id)


def photo_key(db: Session, photo_id: int, *, letter_id: int) -> str:
    """Return the key of a photo's file. Raise NotFound."""
    row = db.get(LetterPhoto, photo_id)
    if row is None or row.campaign_id != letter_id:
        raise NotFound("photo")
    return row.file_key


def preview(db: Session, officer: Officer, letter_id: int, *, script: Script = Script.HANS) -> Page:
    """Return the page of any letter of the county, for staff."""
    officer.must(Permission.SEE_DELIVERIES)
    return shown(db, service.own(db, officer.tenant_id, letter_id), script=script)


def add_photo(
    db: Session,
    officer: Officer,
    letter_id: int,
    *,
    file_key: str,
    caption: str,
    size: tuple[int, int],
    now: datetime,
) -> int:
    """Add a photo to a draft. Raise Invalid, Conflict once the letter is approved."""
    row = _draft(db, officer, letter_id)
    wrong = {}
    if (
        db.scalar(select(func.count()).where(LetterPhoto.campaign_id == row.id)) or 0
    ) >= MOST_PHOTOS:
        wrong["photo"] = [f"最多 {MOST_PHOTOS} 张"]
    if len(caption) > MOST_CAPTION:
        wrong["caption"] = [f"请不要超过 {MOST_CAPTION} 个字"]
    if wrong:
        raise Invalid(fields=wrong)
    photo = LetterPhoto(
        campaign_id=row.id, file_key=file_key, caption=caption, width=size[0], height=size[1]
    )
    db.add(photo)
    row.changed_at, row.changed_by = now, officer.id
    db.flush()
    service.note(db, officer, "greeting.photo", row, now=now)
    return photo.id


def drop_photo(
    db: Session, officer: Officer, letter_id: int, photo_id: int, *, now: datetime
) -> str:
    """Take a photo out of a draft; return the key of the file to remove after the commit."""
    row = _draft(db, officer, letter_id)
    key = photo_key(db, photo_id, letter_id=row.id)
    db.delete(db.get_one(LetterPhoto, photo_id))
    row.changed_at, row.changed_by = now, officer.id
    service.note(db, officer, "greeting.photo", row, now=now)
    return key


def set_news(
    db: Session,
    officer: Officer,
    letter_id: int,
    lines: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> None:
    """Replace the short list of news of a draft. Raise Invalid, Conflict."""
    row = _draft(db, officer, letter_id)
    wrong = []
    if len(lines) > MOST_NEWS:
        wrong.append(f"最多 {MOST_NEWS} 条")
    for title, url in lines:
        if not 1 <= len(title) <= MOST_TITLE:
            wrong.append(f"标题 1 至 {MOST_TITLE} 个字")
        if not _LINK.fullmatch(url):
            wrong.append(f"“{title[:20]}”的网址要以 https:// 开头")
    if wrong:
        raise Invalid(fields={"news": list(dict.fromkeys(wrong))})
    row.news = [{"title": title, "url": url} for title, url in lines]
    row.changed_at, row.changed_by = now, officer.id
    service.note(db, officer, "greeting.news", row, now=now)


def _draft(db: Session, officer: Officer, letter_id: int) -> Campaign:
    officer.must(Permission.PREPARE_GREETINGS)
    row = service.locked(db, officer.tenant_id, letter_id)
    if row.status != Status.DRAFT:
        raise Conflict("not a draft")
    return row


def _photos(db: Session, letter_id: int) -> list[LetterPhoto]:
    query = select(LetterPhoto).where(LetterPhoto.campaign_id == letter_id)
    return list(db.scalars(query.order_by(LetterPhoto.id)))
