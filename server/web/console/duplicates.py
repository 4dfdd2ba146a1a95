"""侨情 › 重复: who may stand twice, side by side; merges, and taking them back."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict
from server.people.duplicates import combining
from server.people.duplicates import reading as sketching
from server.people.duplicates.merging import PairState, ScanState
from server.people.register import dates, parsing, phones
from server.people.register.reading import Page
from server.people.register.terms import NAME_KINDS, ContactKind
from server.places import countries
from server.places import service as places
from server.registers import duplicates
from server.staff import service as staff
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_duplicates", __name__, url_prefix="/console/duplicates", enable_openapi=False
)
PAGE = 30
FIELDS = tuple(one for one in parsing.LABELS if one in combining.CHOICES)


@bp.get("")
def listing() -> ResponseReturnValue:
    sure = {"1": True, "0": False}.get(request.args.get("sure", ""))
    number, bits = request.args.get("id", type=int), request.args.get("bits", type=float)
    after = (bits, number) if number is not None and bits is not None else None
    with tools().sessions.read() as db:
        found = duplicates.listing(db, officer(), sure=sure, after=after, limit=PAGE + 1)
        rows = found[:PAGE]
        lines = _lines(db, [one for pair in rows for one in (pair.left_id, pair.right_id)])
        scan = duplicates.latest(db, officer())
        counts = {
            None: duplicates.count(db, officer()),
            True: duplicates.count(db, officer(), sure=True),
        }
    return page(
        "duplicates",
        title="重复的人",
        rows=rows,
        lines=lines,
        more=rows[-1] if len(found) > PAGE else None,
        scan=scan,
        busy=scan is not None and scan.state is ScanState.WAITING,
        open=counts[None],
        certain=counts[True],
        sure=sure,
        at_once=duplicates.AT_ONCE,
    )


def _lines(db: Session, person_ids: list[int]) -> dict[int, str]:
    """Say in one line who each is: 陈立群 · 1950年3月 · 意大利."""
    found = sketching.lines(db, person_ids)
    return {
        number: " · ".join(
            part
            for part in (
                one.name,
                dates.shown(one.born),
                said(countries.name_of(one.country)) if one.country else "",
                one.hometown or "",
            )
            if part
        )
        for number, one in found.items()
    }


@bp.post("/scan")
def scan() -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        scan_id = duplicates.ask_scan(db, officer(), now=g.now)
    tools().jobs.ask("scan_duplicates", scan_id)
    return redirect(url_for("console_duplicates.listing"))


@bp.post("/scan/cancel")
def cancel() -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            duplicates.cancel_scan(db, officer(), now=g.now)
    except Conflict:
        flash("已经查完了。", "done")
    else:
        flash("已停下，以前的建议还在。", "done")
    return redirect(url_for("console_duplicates.listing"))


@bp.post("/sure")
def merge_sure() -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        done = duplicates.merge_sure(db, officer(), vault=tools().vault, now=g.now)
    flash(said("已合并 {count} 对，每一对都可以在“合并记录”里撤销。", count=done), "done")
    return redirect(url_for("console_duplicates.listing"))


@bp.get("/<int:pair_id>")
def show(pair_id: int) -> ResponseReturnValue:
    return _show(pair_id)


def _show(pair_id: int, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with tools().sessions.begin() as db:  # looking is recorded
        pair, left, right = duplicates.both(db, officer(), pair_id, vault=tools().vault, now=g.now)
        found = places.by_paths(db, {left.path, right.path}, tenant_id=officer().tenant_id)
    homes = {path: place.full_name for path, place in found.items()}
    sides = [_told(one, homes) for one in (left, right)]
    return page(
        "duplicate",
        title="是不是同一个人",
        pair=pair,
        sides=sides,
        people=(left, right),
        finer=combining.finer(left.facts, right.facts),
        fields=[
            (field, parsing.LABELS[field]) for field in FIELDS if any(side[field] for side in sides)
        ],
        open=pair.state is PairState.OPEN,
        wrong=wrong,
        status=status,
    )


def _told(one: Page, homes: dict[str, str]) -> dict[str, str]:
    """Return what a page says, field by field, in words."""
    facts = one.facts
    values = parsing.written(facts)
    values["division"] = homes.get(one.path, "")
    if not duplicates.may_see_hardship(officer(), one):
        values["hardship"] = ""
    values["names"] = "、".join(
        said("{name}（{kind}）", name=text, kind=NAME_KINDS[kind])
        for kind, text in facts.other_names
    )
    values["contacts"] = "；".join(
        phones.shown(text) if kind is ContactKind.PHONE else text for kind, text in facts.contacts
    )
    return values


@bp.post("/<int:pair_id>/merge")
def merge(pair_id: int) -> ResponseReturnValue:
    keep = request.form.get("keep", 0, type=int)
    take = {field for field in FIELDS if request.form.get(field) not in {None, str(keep)}}
    try:
        with tools().sessions.begin() as db:
            duplicates.merge(
                db, officer(), pair_id, keep=keep, take=take, vault=tools().vault, now=g.now
            )
    except Conflict:
        return _show(pair_id, wrong=wording.PAIR_CHANGED, status=409)
    flash("已合并。180 天内可以在“合并记录”里撤销。", "done")
    return redirect(url_for("console_people.show", person_id=keep))


@bp.post("/<int:pair_id>/differ")
def differ(pair_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            duplicates.differ(db, officer(), pair_id, now=g.now)
    except Conflict:
        return _show(pair_id, wrong=wording.PAIR_CHANGED, status=409)
    flash("记下了，不是同一个人，以后不再问。", "done")
    return redirect(url_for("console_duplicates.listing"))


@bp.get("/merges")
def merges() -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    with tools().sessions.read() as db:
        found = duplicates.merges(db, officer(), limit=PAGE + 1, before=before)
        rows = found[:PAGE]
        lines = _lines(db, [one for row in rows for one in (row.survivor_id, row.closed_id)])
        names = staff.names(db, officer().tenant_id, {row.merged_by for row in rows})
    return page(
        "merges",
        title="合并记录",
        rows=rows,
        lines=lines,
        names=names,
        more=rows[-1].id if len(found) > PAGE else None,
    )


@bp.post("/merges/<int:merge_id>/undo")
def undo(merge_id: int) -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            undone = duplicates.undo(db, officer(), merge_id, vault=tools().vault, now=g.now)
    except Conflict as error:
        officer().must(Permission.MERGE_PEOPLE)
        words = wording.MERGE_UNDER if "stands" in str(error) else wording.MERGE_OVER
        flash(words, "wrong")
        return redirect(url_for("console_duplicates.merges"))
    flash("已撤销，两个人又分开了，合并以后改的都留着。", "done")
    return redirect(url_for("console_people.show", person_id=undone.closed_id))
