"""May this member of staff do this to that record? One rule, as a question and as a condition.

Every list asks `within`, every single record `may`; both say the same (a property test holds
them to it). Rights that concern no record, or open a page, are asked of `Officer.may/must`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from server.kernel.errors import NotFound
from server.places import service as places
from server.places.codes import EVERYWHERE
from server.staff.permissions import ON_ASSIGNED, Permission
from server.staff.service import Officer


class Located(Protocol):
    """A record of a tenant at a division; "" or None: not in any one, the whole county's."""

    @property
    def tenant_id(self) -> int: ...

    @property
    def path(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Record:
    """Where a record lies, for rooms whose rows do not say it themselves."""

    tenant_id: int
    path: str | None = ""


def may(
    officer: Officer, permission: Permission, record: Located, *, assigned_to: int | None = None
) -> bool:
    """Tell whether the officer holds the right for this record.

    A record without a division belongs to the whole county: a right held at a node below does
    not reach it. `assigned_to` is the member of staff the record was given to, if any.
    """
    if record.tenant_id != officer.tenant_id:
        return False
    if officer.scope(permission).covers(record.path or ""):
        return True
    lesser = ON_ASSIGNED.get(permission)
    return lesser is not None and assigned_to == officer.id and officer.may(lesser)


def must(
    officer: Officer, permission: Permission, record: Located, *, assigned_to: int | None = None
) -> None:
    """Raise NotFound unless `may`: what one may not see does not exist."""
    if not may(officer, permission, record, assigned_to=assigned_to):
        raise NotFound("record")


def within(
    officer: Officer,
    permission: Permission,
    tenant_column: InstrumentedAttribute[int],
    path_column: InstrumentedAttribute[str] | InstrumentedAttribute[Any] | None = None,
    *,
    assigned_column: InstrumentedAttribute[Any] | None = None,
) -> ColumnElement[bool]:
    """Make the condition that holds for exactly the rows for which `may` is true.

    Leave `path_column` out for records that lie in no division.
    """
    scope = officer.scope(permission)
    fits: ColumnElement[bool] = false()
    if scope == EVERYWHERE:
        fits = true()
    elif path_column is not None:
        fits = places.within(path_column, scope)
    lesser = ON_ASSIGNED.get(permission)
    if lesser is not None and assigned_column is not None and officer.may(lesser):
        fits = or_(fits, assigned_column == officer.id)
    return and_(tenant_column == officer.tenant_id, fits)
