"""The doors. Each blueprint is listed here with the guard that stands in front of it.

WeChat's own door, `callback.door`, stands before all of them (app.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask

from server.web import errors, health
from server.web.console import (
    audit,
    colleagues,
    coverage,
    deliveries,
    duplicates,
    errands,
    exports,
    family,
    greetings,
    imports,
    keywords,
    language,
    messages,
    organisations,
    people,
    plan,
    relations,
    replies,
    rights,
    roles,
    search,
    shell,
    surveys,
    today,
)
from server.web.console import auth as console_auth
from server.web.console import cases as console_cases
from server.web.console import me as console_me
from server.web.letters import pages as letters
from server.web.mini import cases as api_cases
from server.web.mini import docs as api_docs
from server.web.mini import guard, me, photos, public
from server.web.mini import letters as api_letters
from server.web.mini import rights as api_rights
from server.web.notices import pages as notices


def open_to_all() -> None:
    """For sign-in pages, public facts and health checks only."""


@dataclass(frozen=True, slots=True)
class Door:
    blueprint: Blueprint
    guard: Callable[[], Any]


DOORS: tuple[Door, ...] = (
    Door(health.bp, open_to_all),
    Door(api_docs.bp, open_to_all),
    Door(letters.bp, open_to_all),
    Door(notices.bp, open_to_all),
    Door(public.bp, public.note_time),
    Door(me.bp, guard.require_person),
    Door(api_rights.bp, guard.require_person),
    Door(photos.bp, guard.require_person),
    Door(api_cases.bp, guard.require_person),
    Door(api_letters.bp, guard.require_person),
    Door(console_auth.bp, console_auth.open_door),
    Door(language.bp, open_to_all),
    Door(today.bp, shell.require_officer),
    Door(console_cases.bp, shell.require_officer),
    Door(messages.bp, shell.require_officer),
    Door(keywords.bp, shell.require_officer),
    Door(people.bp, shell.require_officer),
    Door(search.bp, shell.require_officer),
    Door(relations.bp, shell.require_officer),
    Door(duplicates.bp, shell.require_officer),
    Door(organisations.bp, shell.require_officer),
    Door(coverage.bp, shell.require_officer),
    Door(surveys.bp, shell.require_officer),
    Door(imports.bp, shell.require_officer),
    Door(rights.bp, shell.require_officer),
    Door(exports.bp, shell.require_officer),
    Door(greetings.bp, shell.require_officer),
    Door(plan.bp, shell.require_officer),
    Door(family.bp, shell.require_officer),
    Door(errands.bp, shell.require_officer),
    Door(replies.bp, shell.require_officer),
    Door(deliveries.bp, shell.require_officer),
    Door(colleagues.bp, shell.require_officer),
    Door(roles.bp, shell.require_officer),
    Door(audit.bp, shell.require_officer),
    Door(console_me.bp, shell.require_officer),
)


def register(app: Flask) -> None:
    errors.register(app)
    shell.register(app)
    language.register(app)
    for door in DOORS:
        app.register_blueprint(door.blueprint)
        if door.blueprint.name.startswith("console_"):
            app.after_request_funcs.setdefault(door.blueprint.name, []).append(shell.harden)
        app.before_request_funcs.setdefault(door.blueprint.name, []).insert(0, door.guard)
