"""Who belongs to whom (亲属): noted once, read from both ends, ended and never overwritten.

侨法 §2 says whose relatives in China are 侨眷; 实施办法 §3 that the death of the 华侨 or 归侨 does
not end it, but divorce and the end of long-term support do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.kernel.errors import Invalid, NotFound
from server.people.register.models import IdentityStatus, RegisterEntry, Relation
from server.people.register.terms import Identity


class Kin(StrEnum):
    """What the other is to the person."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    CHILD_IN_LAW = "child_in_law"
    PARENT_IN_LAW = "parent_in_law"
    SUPPORTS = "supports"  # 长期扶养人
    SUPPORTED = "supported"
    HOUSEHOLD = "household"  # 同户, whatever else they are


KIN: Mapping[Kin, str] = {
    Kin.SPOUSE: "配偶",
    Kin.PARENT: "父母",
    Kin.CHILD: "子女",
    Kin.SIBLING: "兄弟姐妹",
    Kin.GRANDPARENT: "祖父母、外祖父母",
    Kin.GRANDCHILD: "孙子女、外孙子女",
    Kin.CHILD_IN_LAW: "儿媳、女婿",
    Kin.PARENT_IN_LAW: "公婆、岳父母",
    Kin.SUPPORTS: "长期扶养人",
    Kin.SUPPORTED: "受扶养的人",
    Kin.HOUSEHOLD: "同户",
}
REVERSE: Mapping[Kin, Kin] = {
    Kin.SPOUSE: Kin.SPOUSE,
    Kin.PARENT: Kin.CHILD,
    Kin.CHILD: Kin.PARENT,
    Kin.SIBLING: Kin.SIBLING,
    Kin.GRANDPARENT: Kin.GRANDCHILD,
    Kin.GRANDCHILD: Kin.GRANDPARENT,
    Kin.CHILD_IN_LAW: Kin.PARENT_IN_LAW,
    Kin.PARENT_IN_LAW: Kin.CHILD_IN_LAW,
    Kin.SUPPORTS: Kin.SUPPORTED,
    Kin.SUPPORTED: Kin.SUPPORTS,
    Kin.HOUSEHOLD: Kin.HOUSEHOLD,
}
# Whose relatives by these ties are 侨眷 (侨法 §2): the other is what to the one abroad or returned.
BY_LAW = frozenset(Kin) - {Kin.HOUSEHOLD, Kin.PARENT_IN_LAW}
OF_WHOM = frozenset({Identity.HUAQIAO, Identity.GUIQIAO, Identity.FOREIGN_CHINESE})
_UP = {Kin.PARENT, Kin.GRANDPARENT}


@dataclass(frozen=True, slots=True)
class Tie:
    """One relation, from the side of the person who was asked about."""

    id: int
    kin: Kin
    other_id: int
    other_name: str
    path: str
    since: date | None
    until: date | None
    makes_family: bool  # the person is 侨眷 by it, if in China


def of(db: Session, person_ids: Collection[int]) -> list[Tie]:
    """Return whom a person belongs to, those that ended last; three queries.

    `person_ids` is the person with all who were merged into them.
    """
    ids = set(person_ids)
    rows = db.scalars(
        select(Relation)
        .where(or_(Relation.person_id.in_(ids), Relation.other_id.in_(ids)))
        .order_by(Relation.until.is_not(None), Relation.id)
    ).all()
    others = {row.other_id if row.person_id in ids else row.person_id for row in rows} - ids
    entries = {
        row.person_id: row
        for row in db.scalars(select(RegisterEntry).where(RegisterEntry.person_id.in_(others)))
    }
    known = set(
        db.scalars(
            select(IdentityStatus.person_id).where(
                IdentityStatus.person_id.in_(others),
                IdentityStatus.kind.in_([str(one) for one in OF_WHOM]),
                IdentityStatus.until.is_(None),
            )
        )
    )
    found = []
    for row in rows:
        mine = row.person_id in ids
        other = entries.get(row.other_id if mine else row.person_id)
        if other is None:
            continue
        kin = Kin(row.kind) if mine else REVERSE[Kin(row.kind)]
        found.append(
            Tie(
                id=row.id,
                kin=kin,
                other_id=other.person_id,
                other_name=other.name,
                path=other.path,
                since=row.since,
                until=row.until,
                makes_family=row.until is None
                and REVERSE[kin] in BY_LAW
                and other.person_id in known,
            )
        )
    return found


def add(db: Session, person_id: int, other_id: int, kin: Kin, *, since: date | None) -> int:
    """Note a relation. Raise Invalid for oneself, the same twice, or one's own forefather."""
    if person_id == other_id:
        raise Invalid(fields={"other": ["不能是自己"]})
    for tie in of(db, [person_id]):
        if tie.other_id == other_id and tie.until is None and tie.kin is kin:
            raise Invalid(fields={"other": ["已经登记过了"]})
    if kin in _UP | {REVERSE[one] for one in _UP}:
        above, below = (other_id, person_id) if kin in _UP else (person_id, other_id)
        if below in _forefathers(db, above):
            raise Invalid(fields={"other": ["这样登记，长辈就成了自己的晚辈"]})
    row = Relation(person_id=person_id, other_id=other_id, kind=str(kin), since=since)
    db.add(row)
    db.flush()
    return row.id


def _forefathers(db: Session, person_id: int) -> set[int]:
    """Return everybody noted above a person, generation by generation."""
    found: set[int] = set()
    fresh = {person_id}
    while fresh:
        rows = db.execute(
            select(Relation.person_id, Relation.other_id, Relation.kind).where(
                or_(Relation.person_id.in_(fresh), Relation.other_id.in_(fresh)),
                Relation.until.is_(None),
            )
        )
        above = set()
        for row in rows:
            kin = Kin(row.kind)
            if row.person_id in fresh and kin in _UP:
                above.add(row.other_id)
            if row.other_id in fresh and REVERSE[kin] in _UP:
                above.add(row.person_id)
        fresh = above - found
        found |= fresh
    return found


def end(db: Session, person_id: int, relation_id: int, *, on: date) -> Tie:
    """End a relation; it stays in the history. Raise NotFound when there is none open."""
    tie = next((one for one in of(db, [person_id]) if one.id == relation_id), None)
    if tie is None or tie.until is not None:
        raise NotFound("relation")
    row = db.get_one(Relation, relation_id)
    row.until = max(on, row.since) if row.since else on
    db.flush()
    return tie
