"""Every table of the house in one place, for migrations, their test, and the change of keys."""

from __future__ import annotations

from sqlalchemy import LargeBinary

from server.accounts import models as accounts
from server.cases import models as cases
from server.greetings import models as greetings
from server.inbox import models as inbox
from server.kernel.db import Base
from server.kernel.rotation import Place
from server.organisations import models as organisations
from server.outbox import models as outbox
from server.people import models as people
from server.people.agreements import models as agreements
from server.people.duplicates import models as duplicates
from server.people.register import models as register
from server.people.register import writing
from server.places import models as places
from server.registers import models as registers
from server.rights import models as rights
from server.staff import models as staff
from server.surveys import models as surveys

ROOMS = (
    accounts,
    places,
    people,
    agreements,
    register,
    duplicates,
    staff,
    inbox,
    outbox,
    greetings,
    cases,
    organisations,
    registers,
    surveys,
    rights,
)
METADATA = Base.metadata

# Bytes that are no secret kept for reading again. Every other binary column is sealed, with its
# own "table.column" as the place, and rotation takes care of it.
HASHES = frozenset(
    {
        "api_session.token_hash",
        "staff_session.token_hash",
        "idempotent_request.fingerprint",
        "audit_entry.digest",
        "audit_entry.hash",
        "audit_head.hash",
    }
)
# Keyed hashes for look-up: made anew from the sealed value beside them. Those of recovery codes
# cannot be: nobody knows the codes. They open as long as their key is in the ring.
KEYED = frozenset({"person_contact.blind", "staff_recovery_code.code_hash"})
REHASH = {"person_contact": writing.rehash}


def sealed_places() -> list[Place]:
    """Return every table that holds something sealed or hashed with a key, by name."""
    found = []
    for table in METADATA.sorted_tables:
        binary = [c.name for c in table.columns if isinstance(c.type, LargeBinary)]
        sealed = [c for c in binary if f"{table.name}.{c}" not in HASHES | KEYED]
        keyed = [c for c in binary if f"{table.name}.{c}" in KEYED]
        if sealed or keyed:
            rehash = REHASH.get(table.name)
            found.append(Place(table, tuple(sealed), tuple(keyed), rehash))
    return sorted(found, key=lambda place: place.table.name)
