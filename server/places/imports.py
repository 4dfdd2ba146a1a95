"""Take in a list of towns and villages: first say what would happen, then do it in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.kernel.errors import Invalid
from server.places import changes, codes
from server.places.changes import NewDivision
from server.places.codes import Level, Scope
from server.places.lists import Entry, Listing, Problem
from server.places.models import Division
from server.places.names import AliasKind
from server.places.service import Place, place, seen_by, within


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking in a list would change below `under`."""

    under: Place
    tenant_id: int | None
    new: tuple[NewDivision, ...]
    renamed: tuple[tuple[Place, str], ...]  # with the new name
    revived: tuple[Place, ...]  # ended here, but listed again
    same: int
    vanished: tuple[Place, ...]  # here, but not listed beside their neighbours
    elsewhere: int  # rows of other places in a list of the whole country
    aliases: tuple[tuple[str, AliasKind, str], ...]  # code, kind, name
    problems: tuple[Problem, ...]


def plan(db: Session, listing: Listing, *, under: Place, tenant_id: int | None) -> Plan:
    """Compare a list with what is there. Rows with problems are in none of the other parts."""
    query = select(Division).where(within(Division.path, Scope((under.path,))), seen_by(tenant_id))
    rows = db.scalars(query.order_by(Division.tenant_id.is_not(None)))
    here = {row.code: place(row) for row in rows}
    compared = _Comparison(under, tenant_id, here, nationwide=listing.nationwide)
    for entry in listing.entries:
        compared.take(entry)
    compared.look_for_parents()
    ours = compared.ours
    known = [(here[code], entry.name) for code, entry in ours.items() if code in here]
    return Plan(
        under=under,
        tenant_id=tenant_id,
        new=tuple(NewDivision(one.code, one.name) for one in ours.values() if one.code not in here),
        renamed=tuple((one, name) for one, name in known if one.name != name),
        revived=tuple(one for one, _ in known if not one.exists and one.tenant_id == tenant_id),
        same=sum(one.name == name for one, name in known),
        vanished=_vanished(ours, here.values(), tenant_id),
        elsewhere=compared.elsewhere,
        aliases=tuple((one.code, *alias) for one in ours.values() for alias in one.aliases),
        problems=tuple(sorted((*listing.problems, *compared.problems), key=lambda one: one.row)),
    )


class _Comparison:
    """Sorts the rows of a list into those that can be taken in and those that cannot."""

    def __init__(
        self, under: Place, tenant_id: int | None, here: Mapping[str, Place], *, nationwide: bool
    ) -> None:
        self._under = under
        self._tenant_id = tenant_id
        self._here = here
        self._nationwide = nationwide
        self.ours: dict[str, Entry] = {}
        self.elsewhere = 0
        self.problems: list[Problem] = []

    def take(self, entry: Entry) -> None:
        inside = codes.inside(codes.path_of(entry.code), self._under.path)
        if not inside and self._nationwide:
            self.elsewhere += 1
            return
        trouble = (
            self._conflict(entry)
            if inside
            else f"代码 {entry.code} 不在{self._under.full_name}之内"
        )
        if trouble:
            self.problems.append(Problem(entry.row, trouble))
        else:
            self.ours.setdefault(entry.code, entry)

    def _conflict(self, entry: Entry) -> str | None:
        before = self.ours.get(entry.code)
        if before is not None and before.name != entry.name:
            return f"代码 {entry.code} 在第 {before.row} 行已用于“{before.name}”"
        known = self._here.get(entry.code)
        if known is not None and known.tenant_id != self._tenant_id and known.name != entry.name:
            return f"代码 {entry.code} 在全国区划中是“{known.name}”，县里不能改名，可登记为别名"
        return None

    def look_for_parents(self) -> None:
        """A village needs its town, a town its county: the code without its last three digits."""
        for entry in self.ours.values():
            if len(entry.code) > 6 and entry.code != self._under.code:
                parent = entry.code[:-3]
                if not (parent in self.ours or parent in self._here or self._heading(parent)):
                    self.problems.append(
                        Problem(entry.row, f"上级 {parent} 不在名单里，也还没有导入")
                    )

    def _heading(self, county: str) -> bool:
        """Whether it is the 市辖区 of a city without counties (嘉峪关 620201): no division."""
        city = self._here.get(county[:4] + "00") if len(county) == 6 else None
        return city is not None and not any(
            one.level is Level.COUNTY and codes.inside(one.path, city.path)
            for one in self._here.values()
        )


def _vanished(
    ours: Mapping[str, Entry], here: Iterable[Place], tenant_id: int | None
) -> tuple[Place, ...]:
    """Return the towns and villages that the list leaves out where it names their neighbours.

    What was added by hand no list ever had.
    """
    listed = {code[:-3] for code in ours if codes.level_of(code) in {Level.TOWN, Level.VILLAGE}}
    return tuple(
        one
        for one in here
        if one.code[:-3] in listed
        and one.code not in ours
        and one.tenant_id == tenant_id
        and one.exists
        and one.source != changes.MANUAL
    )


def carry_out(
    db: Session, plan: Plan, *, source: str, on: date, end_vanished: bool = False
) -> None:
    """Do what the plan says; doing it again changes nothing.

    `end_vanished` ends what the list no longer has, on that day. Raise Invalid (fields file) when
    the list has problems: nothing is taken in by halves.
    """
    if plan.problems:
        raise Invalid(fields={"file": [f"名单有 {len(plan.problems)} 处问题，请先改正"]})
    _revive(db, plan.revived)
    changes.write(db, plan.new, tenant_id=plan.tenant_id, source=source)
    for renamed, name in plan.renamed:
        changes.rename(db, renamed.code, name, tenant_id=plan.tenant_id)
    for code, kind, name in plan.aliases:
        changes.add_alias(db, code, name, kind, tenant_id=plan.tenant_id)
    if end_vanished:
        for one in sorted(plan.vanished, key=lambda one: one.path, reverse=True):
            changes.replace(db, one.code, by=None, on=on, tenant_id=plan.tenant_id)


def _revive(db: Session, revived: Sequence[Place]) -> None:
    if revived:
        db.execute(
            update(Division)
            .where(Division.id.in_([one.id for one in revived]))
            .values(valid_to=None, replaced_by=None)
        )
