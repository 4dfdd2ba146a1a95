"""Make one page of two, and take the other's part out of it again. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from server.people.register import names
from server.people.register.terms import Facts, NameKind

SEVERAL = frozenset({"other_names", "contacts"})
APART = frozenset({"name", "source", "identities"})  # the survivor's own
CHOICES = tuple(one.name for one in fields(Facts) if one.name not in SEVERAL | APART | {"zone"})


def combine(left: Facts, right: Facts, *, take: Collection[str] = ()) -> Facts:
    """Return the left page with what only the right one knows; `take` prefers the right one's.

    Names and contacts of both are kept, the right one's name as another name.
    """
    values: dict[str, Any] = {}
    for field in CHOICES:
        mine, theirs = getattr(left, field), getattr(right, field)
        values[field] = theirs if theirs and (field in take or not mine) else mine
    kind = NameKind.FORMER if names.is_hanzi(right.name) else NameKind.FOREIGN
    other_names = (*left.other_names, *right.other_names)
    if right.name != left.name:
        other_names += ((kind, right.name),)
    kept = {text for _, text in left.other_names}
    values["other_names"] = left.other_names + tuple(
        one
        for one in dict.fromkeys(other_names[len(left.other_names) :])
        if one[1] != left.name and one[1] not in kept
    )
    values["contacts"] = tuple(dict.fromkeys((*left.contacts, *right.contacts)))
    return replace(left, **values)


def finer(left: Facts, right: Facts) -> frozenset[str]:
    """Return the fields in which the right page says the same, and more exactly."""
    return frozenset(
        field
        for field in ("born", "left_on", "settled_on", "division")
        if (mine := getattr(left, field))
        and (theirs := getattr(right, field))
        and mine != theirs
        and theirs.startswith(mine)
    )


def separate(before: Facts, merged: Facts, now: Facts) -> Facts:
    """Return the page of today without what the merge brought.

    What was decided since stays: a field that is not as the merge left it, names and contacts
    added later; and those that were there before and taken out later do not come back.
    """
    values: dict[str, Any] = {}
    for field in CHOICES:
        current = getattr(now, field)
        same = current == getattr(merged, field)
        values[field] = getattr(before, field) if same else current
    for field in SEVERAL:
        brought = set(getattr(merged, field)) - set(getattr(before, field))
        values[field] = tuple(one for one in getattr(now, field) if one not in brought)
    return replace(now, **values)
