"""Add divisions, give them other names, rename, end and replace them. Nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid
from server.places import codes, names
from server.places.codes import Scope
from server.places.models import Division, DivisionAlias, DivisionKey, TenantSeat
from server.places.names import AliasKind
from server.places.service import Place, by_paths, find, place, seen_by, within

LONGEST_NAME = 40
MANUAL = "manual"  # source of what somebody entered one by one


@dataclass(frozen=True, slots=True)
class NewDivision:
    """A division to write: its code normal, its name tidy."""

    code: str
    name: str


def write(
    db: Session,
    new: Sequence[NewDivision],
    *,
    tenant_id: int | None,
    source: str,
    valid_from: date | None = None,
) -> int:
    """Add many divisions at once and return how many; what lies above must be there or among them.

    None of the codes may exist yet for this tenant or the nation.
    """
    if not new:
        return 0
    ordered = sorted(new, key=lambda one: codes.path_of(one.code))
    holders = _holders(db, ordered, tenant_id)
    rows = []
    for one in ordered:
        path = codes.path_of(one.code)
        parent = next((above for above in codes.above(path) if above in holders), None)
        holders[path] = (holders[parent] if parent else "") + one.name
        rows.append(
            {
                "tenant_id": tenant_id,
                "code": one.code,
                "path": path,
                "level": codes.level_of(one.code),
                "name": one.name,
                "full_name": holders[path],
                "parent_code": codes.code_of(parent) if parent else None,
                "valid_from": valid_from,
                "source": source,
            }
        )
    ids = db.scalars(insert(Division).returning(Division.id, sort_by_parameter_order=True), rows)
    _add_keys(
        db,
        [(id_, one, None) for id_, one in zip(ids, ordered, strict=True)],
        tenant_id=tenant_id,
    )
    return len(rows)


def _holders(db: Session, new: Iterable[NewDivision], tenant_id: int | None) -> dict[str, str]:
    """Return path and full name of everything the new ones may lie in."""
    paths = {above for one in new for above in codes.above(codes.path_of(one.code))}
    there: dict[str, str] = {}
    wanted = sorted(paths)
    for start in range(0, len(wanted), 500):  # databases bound the parameters of a statement
        some = by_paths(db, wanted[start : start + 500], tenant_id=tenant_id)
        there.update({path: one.full_name for path, one in some.items()})
    return there


def _add_keys(
    db: Session,
    named: Iterable[tuple[int, NewDivision, int | None]],
    *,
    tenant_id: int | None,
) -> None:
    rows = [
        {
            "key": key,
            "division_id": division_id,
            "tenant_id": tenant_id,
            "alias_id": alias_id,
            "path": codes.path_of(one.code),
        }
        for division_id, one, alias_id in named
        for key in names.keys(one.name)
    ]
    db.execute(insert(DivisionKey), rows)


def add_node(
    db: Session,
    *,
    tenant_id: int,
    name: str,
    parent_code: str | None = None,
    code: str | None = None,
    valid_from: date | None = None,
    source: str = MANUAL,
) -> Place:
    """Add a division of the tenant's own: a hamlet, a village newer than the shipped list.

    Without `code` it gets a number of our own below `parent_code` (see codes). Raise Invalid
    (fields code, name, parent), Conflict when the code is taken, NotFound for an unknown parent.
    """
    name = checked_name(name)
    if code is None:
        if parent_code is None:
            raise Invalid(fields={"parent": ["请选择上级，或填写区划代码"]})
        parent = find(db, parent_code, tenant_id=tenant_id)
        below = select(Division.code).where(
            within(Division.path, Scope((parent.path,))), seen_by(tenant_id)
        )
        code = codes.own_code(parent.code, set(db.scalars(below)))
    code = codes.normal(code)
    if parent_code is not None and not codes.inside(
        codes.path_of(code), find(db, parent_code, tenant_id=tenant_id).path
    ):
        raise Invalid(fields={"code": ["代码不在所选上级之内"]})
    if by_paths(db, [codes.path_of(code)], tenant_id=tenant_id):
        raise Conflict("division exists", code=code)
    write(db, [NewDivision(code, name)], tenant_id=tenant_id, source=source, valid_from=valid_from)
    return find(db, code, tenant_id=tenant_id)


def checked_name(name: str) -> str:
    """Return a name without spaces around it. Raise Invalid (fields name)."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(fields={"name": [f"名称应为 1 至 {LONGEST_NAME} 个字"]})
    return name


def add_alias(
    db: Session, code: str, name: str, kind: AliasKind, *, tenant_id: int | None = None
) -> None:
    """Note another name of a division; the same one twice is harmless.

    With a tenant it is that tenant's knowledge, also of a division of the nation; without, it is
    for everybody. Raise NotFound, Invalid (fields name).
    """
    name = checked_name(name)
    this = find(db, code, tenant_id=tenant_id)
    known = select(DivisionAlias.id).where(
        DivisionAlias.division_id == this.id,
        DivisionAlias.name == name,
        DivisionAlias.tenant_id.is_(None) | (DivisionAlias.tenant_id == tenant_id),
    )
    if db.scalar(known) is not None:
        return
    alias = DivisionAlias(division_id=this.id, tenant_id=tenant_id, name=name, kind=kind)
    db.add(alias)
    db.flush()
    _add_keys(db, [(this.id, NewDivision(this.code, name), alias.id)], tenant_id=tenant_id)


def rename(db: Session, code: str, name: str, *, tenant_id: int | None = None) -> Place:
    """Give a division a new name under its old code; the old name stays as a former one.

    A tenant renames only what is its own. Raise NotFound, Invalid (fields name).
    """
    name = checked_name(name)
    row = _own(db, code, tenant_id)
    if row.name == name:
        return place(row)
    before, old = row.full_name, row.name
    after = before[: len(before) - len(old)] + name
    db.execute(
        update(Division)
        .where(within(Division.path, Scope((row.path,))), Division.full_name.startswith(before))
        .values(full_name=after + func.substr(Division.full_name, len(before) + 1))
    )
    db.execute(
        delete(DivisionKey).where(DivisionKey.division_id == row.id, DivisionKey.alias_id.is_(None))
    )
    _add_keys(db, [(row.id, NewDivision(row.code, name), None)], tenant_id=tenant_id)
    row.name = name
    db.flush()
    db.refresh(row)
    add_alias(db, row.code, old, AliasKind.FORMER, tenant_id=tenant_id)
    return place(row)


def replace(
    db: Session, code: str, *, by: str | None, on: date, tenant_id: int | None = None
) -> None:
    """End a division and all in it on a day; `by` is the code of its successor, None for 撤销.

    Records keep their code; `service.scope_of` lets those who look after the successor see them.
    A division that was split is ended part by part: each part names its own successor, and then
    the whole is ended with `by=None`. Raise NotFound, Conflict when it has ended before,
    Invalid (fields by) when the successor is, or lies in, what is ended.
    """
    row = _own(db, code, tenant_id)
    if row.valid_to is not None:
        raise Conflict("division has ended", code=row.code)
    heir = find(db, by, tenant_id=tenant_id) if by is not None else None
    if heir is not None and codes.inside(heir.path, row.path):
        raise Invalid(fields={"by": ["接续的区划不能在被撤销的区划之内"]})
    db.execute(
        update(Division)
        .where(
            within(Division.path, Scope((row.path,))),
            seen_by(tenant_id),
            Division.valid_to.is_(None),
        )
        .values(valid_to=on)
    )
    row.replaced_by = heir.code if heir else None
    db.flush()
    db.refresh(row)


def set_seat(db: Session, tenant_id: int, code: str) -> Place:
    """Say which division a federation works for. Raise NotFound."""
    this = find(db, code, tenant_id=tenant_id)
    db.merge(TenantSeat(tenant_id=tenant_id, code=this.code))
    db.flush()
    return this


def _own(db: Session, code: str, tenant_id: int | None) -> Division:
    """Return the row of a division that belongs to exactly this tenant, or to the nation."""
    this = find(db, code, tenant_id=tenant_id)
    if this.tenant_id != tenant_id:
        raise Conflict("division belongs to the nation", code=this.code)
    row = db.get(Division, this.id)
    assert row is not None  # noqa: S101 (found a line above)
    return row
