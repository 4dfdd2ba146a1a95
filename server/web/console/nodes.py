"""Where a role is held, in words, and back from what somebody typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from server.kernel.errors import Invalid
from server.places import codes, gazetteer
from server.places import service as places
from server.places.codes import EVERYWHERE, Scope
from server.web.console.language import said

WHOLE = "全县"
MOST = 4  # places named one by one


def names(db: Session, tenant_id: int, paths: Iterable[str]) -> dict[str, str]:
    """Return what each node is called; "" is the whole county."""
    wanted = {path for path in paths if path}
    found = places.by_paths(db, wanted, tenant_id=tenant_id)
    called = {path: found[path].full_name if path in found else path for path in wanted}
    return {"": WHOLE, **called}


def spoken(scope: Scope, called: Mapping[str, str]) -> str:
    """Say where a right is held: 全县, or the places that were named when the role was given."""
    if scope == EVERYWHERE:
        return WHOLE
    known = [called[path] for path in scope.paths if path in called]
    words = "、".join(known[:MOST])
    return words if len(known) <= MOST else said("{places}等", places=words)


def path_of(db: Session, tenant_id: int, typed: str) -> str:
    """Read a node: nothing is the whole county. Raise Invalid(fields=path)."""
    text = typed.strip()
    if text in {"", WHOLE, said(WHOLE)}:
        return ""
    land = gazetteer.load(db, tenant_id)
    try:
        code = gazetteer.code_of(db, land, text, tenant_id=tenant_id)
        path = codes.path_of(codes.normal(code))
    except Invalid as error:
        lines = error.fields.get("division") or error.fields.get("code")
        raise Invalid(fields={"path": lines or [said("没有这个地方")]}) from None
    if land.seat is not None and path == land.seat.path:
        return ""
    return path


def here(db: Session, tenant_id: int) -> list[str]:
    """Return the towns and villages of the district, as suggestions."""
    land = gazetteer.load(db, tenant_id)
    return [name for path in land.by_path if (name := land.said(path))]
