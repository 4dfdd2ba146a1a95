"""What stands in a text field of a form: too long is said, never cut."""

from __future__ import annotations

from flask import request

from server.kernel.errors import Invalid
from server.web.console.language import said


def text(name: str, *, most: int) -> str | None:
    """Return what was typed without the spaces around it, None for nothing. Raise Invalid."""
    typed = request.form.get(name, "").replace("\0", "").strip()
    if len(typed) > most:
        raise Invalid(fields={name: [said("请不要超过 {most} 个字", most=most)]})
    return typed or None
