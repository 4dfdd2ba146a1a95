"""The demo's cases: brought through the mini-program's API, as the phone would."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from server.demo import county, phone

MINI = county.ACCOUNTS[1]


def bring(
    base_url: str, sandbox: str, people: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Submit every story once; return the cases by subject. `people` are cards by nickname."""
    site = phone.call("GET", f"{base_url}/api/v1/site?account={MINI.slug}")
    return {
        story.subject: _submit(
            base_url, _sign_in(base_url, sandbox, people[story.follower]), story, site
        )
        for story in county.STORIES
    }


def _sign_in(base_url: str, sandbox: str, card: Mapping[str, Any]) -> str:
    told = phone.call("POST", f"{sandbox}/sandbox/followers/{card['id']}/mini/{MINI.appid}/login")
    made = phone.call(
        "POST", f"{base_url}/api/v1/sessions", {"account": MINI.slug, "code": told["code"]}
    )
    return f"Bearer {made['token']}"


def _submit(
    base_url: str, bearer: str, story: county.Story, site: Mapping[str, Any]
) -> dict[str, Any]:
    """The key comes from the story, so that a seeding that was interrupted doubles nothing."""
    body = {
        "kind": story.kind,
        "topic": story.topic,
        "subject": story.subject,
        "body": story.body,
        "files": [],
        "consent_version": site["consent"]["version"],
    }
    key = hashlib.sha256(story.subject.encode()).hexdigest()[:32]
    return phone.call(
        "POST", f"{base_url}/api/v1/cases", body, Authorization=bearer, Idempotency_Key=key
    )
