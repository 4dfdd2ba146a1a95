"""How values look on the wire: instants in UTC with Z, days as YYYY-MM-DD."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.cases.queries import Listed, Step
from server.people.service import Profile


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def person(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.person_id,
        "salutation": profile.salutation,
        "country": profile.country,
        "zone": profile.zone,
        "language": profile.language,
        "hometown": profile.hometown,
        "part_of_day": profile.part_of_day,
        "reach_by": profile.reach_by,
    }


def item(case: Listed) -> dict[str, Any]:
    return {
        "number": case.number,
        "kind": case.kind,
        "kind_name": case.kind_name,
        "topic_name": case.topic_name,
        "subject": case.subject,
        "state": case.state,
        "state_name": case.state_name,
        "submitted_at": instant(case.submitted_at),
        "updated_at": instant(case.updated_at),
        "unread": case.unread,
    }


def step(one: Step) -> dict[str, Any]:
    """A step as the person sees it: the inner note stays inside."""
    return {
        "at": instant(one.at),
        "state": one.state,
        "state_name": one.state_name,
        "text": one.text,
        "actor": one.actor,
    }
