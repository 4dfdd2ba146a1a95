"""Recognise where a hometown lies in what people write: 石桥镇岭脚村二组, 岭脚, 红星大队, 岭腳村.

A gazetteer knows the places of one federation's own district with their other names; it is loaded
once for a whole list. It guesses nothing: what may mean two places means the one that holds both,
or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.kernel.errors import Invalid
from server.places import codes
from server.places import service as places
from server.places.codes import Scope
from server.places.models import Division
from server.places.names import tidy
from server.places.search import search, simplified
from server.places.service import Place

_KINDS = (
    "街道办事处", "居民委员会", "村民委员会", "居委会", "村委会", "自然村", "社区", "街道", "公社",
    "大队", "省", "市", "县", "区", "镇", "乡", "村",
)  # fmt: skip
_ELSEWHERE = re.compile(r"[\u4e00-\u9fff]{2,}?(?:省|自治区|市|县|镇|乡)")
_SHORTEST = 2  # characters of a name without its kind
_SHOWN = 6  # places named when a text may mean several


@dataclass(slots=True)
class Gazetteer:
    """The places of a district by everything they are called."""

    seat: Place | None
    by_path: Mapping[str, Place]
    names: Mapping[str, tuple[str, ...]]  # path -> names, the longest first
    _known: dict[str, Place | None] = field(default_factory=dict)

    def place(self, text: str) -> Place | None:
        """Return the one place a text means, None when it means none or more than one."""
        if text not in self._known:
            self._known[text] = self._recognise(text)
        return self._known[text]

    def said(self, path: str) -> str:
        """Say a place as people of the district do, without the district: 石桥镇岭脚村."""
        found = self.by_path.get(path)
        if found is None:
            return ""
        outer = self.seat.full_name if self.seat else ""
        return found.full_name.removeprefix(outer) or found.full_name

    def meant(self, text: str) -> list[Place]:
        """Return all places of the district that fit a text best."""
        plain = tidy(simplified(text))
        left = plain
        for outer in self._outer():
            left = left.removeprefix(outer)
        fits: dict[str, int] = {}
        for path in self.names:
            length, rest = self._fit(path, left)
            if length and not _ELSEWHERE.search(rest):
                fits[path] = length
        most = max(fits.values(), default=0)
        best = [path for path, length in fits.items() if length == most]
        holders = [path for path in best if all(codes.inside(one, path) for one in best)]
        if not best and left == "" and plain and self.seat:
            return [self.seat]
        return [self.by_path[path] for path in holders or best]

    def _recognise(self, text: str) -> Place | None:
        found = self.meant(text)
        return found[0] if len(found) == 1 else None

    def _outer(self) -> Iterable[str]:
        """Yield what may stand in front: 浙江省, 丽水市, 云溪县, or these without their kind."""
        for path in (
            (*sorted(codes.above(self.seat.path), key=len), self.seat.path) if self.seat else ()
        ):
            yield from self.names.get(path, ())

    def _fit(self, path: str, text: str) -> tuple[int, str]:
        """Return how much of a text the names of a place and its holders are, and what is left.

        The place itself must be named; its holders may be.
        """
        own = next((name for name in self.names[path] if name in text), None)
        if own is None:
            return 0, text
        before, _, after = text.rpartition(own)
        length = len(own)
        for holder in codes.above(path):
            name = next((one for one in self.names.get(holder, ()) if one in before), None)
            if name:
                length += len(name)
                before = before.replace(name, "", 1)
        return length, before + "·" + after


def load(db: Session, tenant_id: int) -> Gazetteer:
    """Load the places of a federation's own district: two queries, some hundred places."""
    seat = places.seat(db, tenant_id)
    if seat is None:
        return Gazetteer(None, {}, {})
    outer = codes.above(seat.path)
    rows = db.scalars(
        select(Division)
        .where(
            or_(
                places.within(Division.path, Scope((seat.path,))),
                Division.path.in_(outer),
            ),
            places.seen_by(tenant_id),
        )
        .order_by(Division.path)
    )
    found = {row.path: places.place(row) for row in rows}
    others = places.aliases_of(db, [one.id for one in found.values()], tenant_id=tenant_id)
    names = {
        path: _names([one.name, *(alias.name for alias in others.get(one.id, ()))])
        for path, one in found.items()
    }
    return Gazetteer(seat, found, names)


def _names(written: Iterable[str]) -> tuple[str, ...]:
    """Return what a place is called, with and without its kind: 石桥镇, 石桥."""
    found: dict[str, None] = {}
    for name in written:
        plain = tidy(name)
        found[plain] = None
        for kind in _KINDS:
            short = plain.removesuffix(kind)
            if short != plain and len(short) >= _SHORTEST:
                found[short] = None
                break
    return tuple(sorted(found, key=len, reverse=True))


def code_of(db: Session, gazetteer: Gazetteer, text: str, *, tenant_id: int) -> str:
    """Return the code of the place that staff named, in the district or anywhere else.

    A code is taken as it is. Raise Invalid(fields=division) that names the places it may mean.
    """
    if re.fullmatch(r"[0-9０-９]+", text):
        return text
    found = gazetteer.meant(text)
    if not found:
        wanted = tidy(simplified(text))
        hits = search(db, tenant_id, text, limit=_SHOWN)
        named = [one.place for one in hits if tidy(one.place.full_name).endswith(wanted)]
        found = named or [one.place for one in hits if wanted in _names([one.place.name])]
    if len(found) == 1:
        return found[0].code
    if not found:
        raise Invalid(fields={"division": [f"没有找到“{text}”，可以只写镇名，或者空着"]})
    several = "、".join(gazetteer.said(one.path) or one.full_name for one in found[:_SHOWN])
    raise Invalid(fields={"division": [f"“{text}”有几处，请写全：{several}"]})
