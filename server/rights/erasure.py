"""Take a person out of the whole house: room by room, all in one transaction.

What becomes of each table stands in `terms.FATES`; a test walks every column of every table.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.cases import archive
from server.greetings import replies
from server.inbox import erasure as inbox
from server.kernel.crypto import Vault
from server.organisations import erasure as organisations
from server.outbox import erasure as outbox
from server.people import erasure as people
from server.people.register import writing
from server.people.service import ids_of, resolve
from server.registers import erasure as registers
from server.rights.models import Closure, DataCopy, RightsRequest
from server.rights.terms import WANTED
from server.staff import audit
from server.surveys import erasure as surveys

NOTHING = json.dumps({"fields": {}, "words": ""})


def erase(db: Session, person_id: int, *, vault: Vault, now: datetime) -> list[str]:
    """Erase a person; return the keys of files to remove from the store after the commit.

    Closed and withdrawn cases go into the restricted archive. The caller has seen to it that no
    case waits and nothing is on its way (`outbox.erasure.in_flight`).
    """
    person = resolve(db, person_id)
    ids = ids_of(db, person.id)
    names = people.names(db, ids)
    addresses = people.addresses(db, ids)
    outbox.erase(db, ids, vault=vault, now=now)
    inbox.erase(db, ids, addresses, vault=vault)
    registers.erase(db, person.tenant_id, names, vault=vault)
    organisations.erase(db, ids)
    surveys.erase(db, ids)
    replies.erase(db, ids)
    files = archive.drop_uploads(db, ids)
    archive.seal(db, ids, now=now)
    files += _own_rooms(db, ids, vault=vault)
    audit.erase_details(db, person.tenant_id, [f"person:{one}" for one in ids])
    people.erase(db, ids, now=now)
    return files


def out_of_the_register(db: Session, tenant_id: int, person_id: int, *, vault: Vault) -> None:
    """Take a page out of the register; the account, if there is one, stays."""
    ids = ids_of(db, resolve(db, person_id).id)
    registers.erase(db, tenant_id, people.names(db, ids), vault=vault)
    organisations.erase(db, ids)
    surveys.erase(db, ids)
    writing.erase(db, ids)
    people.forget_place(db, ids)
    audit.erase_details(db, tenant_id, [f"person:{one}" for one in ids])


def _own_rooms(db: Session, ids: Collection[int], *, vault: Vault) -> list[str]:
    """Wipe requests and copies; return the copies' files."""
    for row in db.scalars(select(RightsRequest).where(RightsRequest.person_id.in_(list(ids)))):
        row.wanted, row.reason = vault.seal(NOTHING, where=WANTED), None
    for closure in db.scalars(select(Closure).where(Closure.person_id.in_(list(ids)))):
        closure.basis = None
    copies = list(db.scalars(select(DataCopy).where(DataCopy.person_id.in_(list(ids)))))
    for copy in copies:
        db.delete(copy)
    return [copy.file_key for copy in copies if copy.file_key]
