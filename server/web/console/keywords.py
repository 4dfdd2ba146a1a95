"""关键词: what people type and what they get."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.inbox import keywords
from server.inbox.keywords import Keyword
from server.kernel.errors import Invalid
from server.staff.permissions import Permission
from server.web.console.shell import officer, page
from server.web.context import tools

bp = APIBlueprint(
    "console_keywords", __name__, url_prefix="/console/keywords", enable_openapi=False
)


@bp.get("")
def listing() -> ResponseReturnValue:
    return _page({}, Keyword("", ""))


@bp.post("")
def save() -> ResponseReturnValue:
    officer().must(Permission.EDIT_KEYWORDS)
    form = request.form
    typed = Keyword(form.get("keyword", ""), form.get("answer", ""), form.get("exact") == "1")
    try:
        with tools().sessions.begin() as db:
            keywords.save(db, officer().tenant_id, typed)
    except Invalid as error:
        fields = error.details["fields"]
        return _page(fields if isinstance(fields, dict) else {}, typed, status=400)
    flash(f"“{typed.keyword.strip()}”已保存，几秒后生效。", "done")
    return redirect(url_for("console_keywords.listing"))


@bp.post("/remove")
def remove() -> ResponseReturnValue:
    """Remove one; the page then offers it again, filled in, to undo the removal."""
    officer().must(Permission.EDIT_KEYWORDS)
    keyword = request.form.get("keyword", "")
    with tools().sessions.begin() as db:
        gone = [one for one in keywords.listing(db, officer().tenant_id) if one.keyword == keyword]
        keywords.remove(db, officer().tenant_id, keyword)
    flash(f"“{keyword}”已删除。如需恢复，点下面的“保存”即可。", "done")
    return _page({}, gone[0] if gone else Keyword("", ""))


def _page(wrong: dict[str, list[str]], typed: Keyword, *, status: int = 200) -> ResponseReturnValue:
    officer().must(Permission.EDIT_KEYWORDS)
    with tools().sessions.read() as db:
        rows = keywords.listing(db, officer().tenant_id)
    return page("keywords", title="关键词", rows=rows, wrong=wrong, typed=typed, status=status)
