"""What the rights room does by itself: make copies, let them go, carry out closings."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from html import escape
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.cases import access, queries
from server.kernel.crypto import Tampered
from server.kernel.errors import AppError, NotFound
from server.people import service as people
from server.rights import closing, copies, holdings
from server.toolbox import Toolbox

if TYPE_CHECKING:
    from server.cases.models import Case

log = logging.getLogger(__name__)

README = (
    "这里是{county}保存的、关于您的个人信息。\n"
    "“我的个人信息.html”用浏览器打开就能看；“data.json”供其他系统读取；“诉求”里是您提交的内容、"
    "我们的答复和您的照片。\n请妥善保管，不要转发给不认识的人。\n"
)
STYLE = (
    "body{font:18px/1.7 sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#26211b}"
    "h2{border-bottom:2px solid #0f5c5e}dt{color:#5c554b}dd{margin:0 0 .6em;white-space:pre-wrap}"
)


def make_copy(tools: Toolbox, copy_id: str) -> int:
    """Make one copy; twice is harmless."""
    with tools.sessions.read() as db:
        person_id = copies.owner(db, copy_id)
        content = _packed(db, tools, person_id) if person_id is not None else None
    if content is None:
        return 0
    key = tools.files.put(content)
    with tools.sessions.begin() as db:
        kept = copies.ready(db, copy_id, key=key, size=len(content), now=tools.clock.now())
    if not kept:
        tools.files.remove([key])
    return int(kept)


def make_copies(tools: Toolbox) -> int:
    """Make copies whose job got lost, and remove those whose day is over."""
    with tools.sessions.read() as db:
        waiting = copies.preparing(db, limit=20)
    done = sum(make_copy(tools, copy_id) for copy_id in waiting)
    with tools.sessions.begin() as db:
        over = copies.expire(db, now=tools.clock.now())
    tools.files.remove(over)
    return done + len(over)


def close_accounts(tools: Toolbox) -> int:
    """Carry out closings whose seven days are over, each in a transaction of its own."""
    with tools.sessions.read() as db:
        due = closing.due(db, now=tools.clock.now(), limit=200)
    done = 0
    for closure_id in due:
        try:
            with tools.sessions.begin() as db:
                files = closing.finish(db, closure_id, vault=tools.vault, now=tools.clock.now())
        except (AppError, Tampered):  # one that fails must not hold up the others
            log.exception("closing_failed", extra={"closure": closure_id})
            continue
        if files is not None:
            tools.files.remove(files)
            tools.jobs.ask("remove_withdrawn")
            done += 1
    return done


def _packed(db: Session, tools: Toolbox, person_id: int) -> bytes:
    """Return the zip: readable, for machines, and every case with its photos."""
    found = holdings.sections(db, person_id, vault=tools.vault)
    county = accounts.tenant(db, people.profile(db, person_id, tools.vault).tenant_id)
    data = json.dumps(holdings.as_data(found, now=tools.clock.now()), ensure_ascii=False, indent=2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("请先看这里.txt", README.format(county=county.name))
        archive.writestr("data.json", data)
        archive.writestr("我的个人信息.html", _page(county.name, found))
        rows = queries.of_person(db, person_id, before=None, limit=1000, vault=tools.vault)
        for row in rows:
            _case(db, tools, archive, access.for_person(db, row.number, person_id=person_id))
    return packed.getvalue()


def _case(db: Session, tools: Toolbox, archive: zipfile.ZipFile, case: Case) -> None:
    steps = queries.timeline(db, case, tools.vault)
    zone = accounts.tenant(db, case.tenant_id).home_zone
    said = [queries.listed(case, tools.vault).subject, "", queries.body(case, tools.vault), ""]
    said += [f"{holdings.day(one.at, zone)} {one.state_name}\n{one.text}\n" for one in steps]
    archive.writestr(f"诉求/{case.number}.txt", "\n".join(said))
    for place, file in enumerate(case.files, 1):
        try:
            archive.writestr(f"诉求/{case.number}-照片{place}.jpg", tools.files.get(file.key))
        except NotFound:
            continue


def _page(county: str, found: list[holdings.Section]) -> str:
    parts = [
        f"<!doctype html><html lang='zh-CN'><meta charset='utf-8'><title>我的个人信息</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style>"
        f"<h1>我的个人信息</h1><p>{escape(county)}保存的、关于您的信息。</p>"
    ]
    for one in found:
        parts.append(f"<h2>{escape(one.title)}</h2><p>{escape(one.note)}</p><dl>")
        parts += [
            f"<dt>{escape(line.label)}</dt><dd>{escape(line.value)}</dd>" for line in one.lines
        ]
        parts.append("</dl>")
    return "".join(parts)
