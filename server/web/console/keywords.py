"""关键词: what people type and what they get."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.inbox import keywords
from server.inbox.keywords import Keyword
from server.kernel.errors import Invalid
from server.staff.permissions import Permission
from server.web.console import wording
from server.web.console.language import said
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_keywords", __name__, url_prefix="/console/keywords", enable_openapi=False
)


@bp.get("")
def listing() -> ResponseReturnValue:
    """Show all of them; `edit` names the one whose answer is to be changed."""
    officer().must(Permission.EDIT_KEYWORDS)
    with tools().sessions.read() as db:
        chosen = _one(keywords.listing(db, officer().tenant_id), request.args.get("edit", ""))
    return _page(chosen or Keyword("", ""), changing=chosen is not None)


@bp.post("")
def save() -> ResponseReturnValue:
    """Add one, or change the answer of the one named by `changing`."""
    officer().must(Permission.EDIT_KEYWORDS)
    form = request.form
    changing = form.get("changing") == "1"
    typed = Keyword(form.get("keyword", ""), form.get("answer", ""), form.get("exact") == "1")
    try:
        with tools().sessions.begin() as db:
            if not changing:
                _must_be_new(keywords.listing(db, officer().tenant_id), typed)
            keywords.save(db, officer().tenant_id, typed)
    except Invalid as error:
        return _page(typed, changing=changing, wrong=error.fields, status=400)
    flash(said("“{keyword}”已保存，几秒后生效。", keyword=typed.keyword.strip()), "done")
    return redirect(url_for("console_keywords.listing"))


@bp.post("/remove")
def remove() -> ResponseReturnValue:
    """Remove one; the page then offers it again, filled in, to undo the removal."""
    officer().must(Permission.EDIT_KEYWORDS)
    keyword = request.form.get("keyword", "")
    with tools().sessions.begin() as db:
        gone = _one(keywords.listing(db, officer().tenant_id), keyword)
        keywords.remove(db, officer().tenant_id, keyword)
    if gone is None:  # a double click, or a colleague was faster
        flash("这个关键词已经不在了。", "done")
        return redirect(url_for("console_keywords.listing"))
    flash(said("“{keyword}”已删除。如需恢复，点下面的“保存”即可。", keyword=keyword), "done")
    return _page(gone)


def _one(rows: list[Keyword], keyword: str) -> Keyword | None:
    """Find the keyword people would not tell apart from this one."""
    wanted = keywords.fold(keyword)
    return next((one for one in rows if keywords.fold(one.keyword) == wanted), None)


def _must_be_new(rows: list[Keyword], typed: Keyword) -> None:
    """Raise Invalid for a keyword that is there with another answer; saving twice is harmless."""
    same = _one(rows, typed.keyword)
    tidy = Keyword(typed.keyword.strip(), typed.answer.strip(), typed.exact)
    if same is not None and same != tidy:
        raise Invalid(fields={"keyword": [wording.KEYWORD_TAKEN]})


def _page(
    typed: Keyword,
    *,
    changing: bool = False,
    wrong: dict[str, list[str]] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with tools().sessions.read() as db:
        rows = keywords.listing(db, officer().tenant_id)
    return page(
        "keywords",
        title="关键词",
        rows=rows,
        typed=typed,
        changing=changing,
        wrong=wrong or {},
        status=status,
    )
