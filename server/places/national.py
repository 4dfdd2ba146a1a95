"""Load the divisions shipped with us: provinces, prefectures, counties, and names they had."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.places.changes import NewDivision, add_alias, write
from server.places.models import Division
from server.places.names import AliasKind

SOURCE = "NBS 2023-06-30"
FOLDER = Path(__file__).parent


def load(db: Session) -> int:
    """Add the shipped divisions that are not there yet and return how many were added.

    What is there stays as it is, renamed or ended: the office's word counts more than ours.
    """
    there = set(db.scalars(select(Division.code).where(Division.tenant_id.is_(None))))
    new = [
        NewDivision(row["code"], row["name"])
        for row in _rows("national.csv")
        if row["code"] not in there
    ]
    write(db, new, tenant_id=None, source=SOURCE)
    added = {one.code for one in new}
    for row in _rows("former_names.csv"):
        if row["code"] in added:
            add_alias(db, row["code"], row["name"], AliasKind(row["kind"]))
    return len(new)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
