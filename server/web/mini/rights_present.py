"""How personal data and the rights to it look on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.people.agreements.ledger import Entry, Standing, State
from server.people.agreements.terms import TERMS, WAYS, Purpose, Unasked
from server.people.register.parsing import LABELS
from server.places import countries
from server.rights.closing import Outlook
from server.rights.copies import Copy
from server.rights.holdings import Section, standing_words
from server.rights.requests import Request
from server.rights.terms import CONSEQUENCES, COOLING, KINDS, STATES
from server.web.mini.present import instant

WITH_A_CASE = frozenset({Purpose.CONSULT, Purpose.PETITION})  # asked when one is handed in
COUNTRIES = frozenset({"country", "nationality"})


def section(one: Section) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": one.title,
        "note": one.note,
        "lines": [
            {"label": line.label, "value": line.value, "field": line.field or None}
            for line in one.lines
        ],
    }


def agreement(one: Standing) -> dict[str, Any]:
    term = TERMS[one.purpose]
    return {
        "purpose": one.purpose,
        "name": term.name,
        "text": term.wording.text,
        "version": term.wording.version,
        "state": one.state,
        "state_name": standing_words(one),
        "allowed": one.state in {State.GIVEN, State.PRESUMED},
        "may_change": term.unasked is not Unasked.NEEDED
        and not (one.state is State.NOT_ASKED and one.purpose in WITH_A_CASE),
        "since": instant(one.since) if one.since else None,
        "ending": term.ending,
    }


def entry(one: Entry) -> dict[str, Any]:
    return {
        "at": instant(one.at),
        "name": TERMS[one.purpose].name,
        "given": one.given,
        "way_name": WAYS[one.way],
        "version": one.version,
        "text": one.text,
    }


def correctable(field: str, known: Mapping[str, str]) -> dict[str, Any]:
    return {"field": field, "label": LABELS[field], "value": shown(field, known.get(field, ""))}


def shown(field: str, value: str) -> str:
    """Say a country by its name; everything else is already as people write it."""
    return countries.name_of(value) if field in COUNTRIES and value else value


def codes_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Turn the names of countries back into codes; what is none stays, to be refused."""
    codes = {one.name: one.code for one in countries.listing()}
    return {
        field: codes.get(value, value) if field in COUNTRIES else value
        for field, value in fields.items()
    }


def correction(one: Request) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind_name": KINDS[one.kind],
        "state": one.state,
        "state_name": STATES[one.state],
        "changes": [
            {
                "label": LABELS.get(field, field),
                "before": shown(field, before),
                "wanted": shown(field, wanted),
            }
            for field, (before, wanted) in one.fields.items()
        ],
        "words": one.words,
        "asked_at": instant(one.asked_at),
        "answer_by": one.answer_by.isoformat(),
        "reason": one.reason,
        "unread": one.unread,
    }


def copy(one: Copy) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state,
        "asked_at": instant(one.asked_at),
        "expires_at": instant(one.expires_at) if one.expires_at else None,
        "size": one.size,
    }


def closure(one: Outlook) -> dict[str, Any]:
    closing = one.closing
    return {
        "closing": closing is not None,
        "due_at": instant(closing.due_at) if closing else None,
        "open_cases": closing.open_cases if closing else None,
        "waiting": [
            {
                "number": case.number,
                "kind_name": case.kind_name,
                "subject": case.subject,
                "answer_by": case.answer_by.isoformat(),
            }
            for case in one.waiting
        ],
        "consequences": list(CONSEQUENCES),
        "days": COOLING.days,
    }
