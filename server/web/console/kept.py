"""A form sent after the session ended: its words stay in the page until somebody signs in again.

Nothing is kept on the server, no password and no file. Only what this browser typed on a page of
ours comes back: another site could otherwise put its words under a button of ours.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, render_template, request, url_for

AGAIN = "typed_before"  # a form that comes from this page, without a token that fits
NEVER = ("csrf_token", AGAIN)


def possible() -> bool:
    """Tell whether a form that came without a session may be shown again."""
    return _ours() and bool(_fields()) and not any("password" in name for name in request.form)


def sent_again() -> bool:
    """Tell whether this is a kept form whose sender has signed in meanwhile."""
    return AGAIN in request.form and possible()


def page(*, signed_in: bool) -> Response:
    """Show what was typed in a form that can be sent again; signed in, with a fresh token."""
    html = render_template(
        "console/kept.html",
        signed_in=signed_in,
        fields=_fields(),
        again=AGAIN,
        files=any(one.filename for one in request.files.values()),
        many=bool(request.files),
        action=request.full_path.removesuffix("?"),
        door=url_for("console_auth.form"),
    )
    return Response(html, 200 if signed_in else 401, mimetype="text/html")


def _fields() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NEVER]


def _ours() -> bool:
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
