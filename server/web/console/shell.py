"""The shell of every console page: who is signed in, the menu, safety headers, CSRF."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect

from server.accounts import service as accounts
from server.kernel.clock import known_zone
from server.kernel.db import Busy
from server.kernel.errors import NotSignedIn
from server.places import countries
from server.staff import sessions
from server.staff.service import Officer
from server.web.console import kept, navigation
from server.web.context import tools

COOKIE = "xiangyin_console"
csrf = CSRFProtect()

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


# What somebody with a password made by another may do before they have changed it.
BEFORE_CHANGE = frozenset({"console_me.page", "console_me.change_password"})


def register(app: Flask) -> None:
    """Set up CSRF for the console's forms and the filters of its templates."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)  # the API has no cookie to abuse
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    csrf.init_app(app)
    app.jinja_env.filters["local"] = local
    app.jinja_env.filters["country"] = countries.name_of
    app.jinja_env.filters["at_zone"] = lambda moment, zone: moment.astimezone(
        known_zone(zone, fallback="UTC")
    ).strftime("%m月%d日 %H:%M")


def local(moment: datetime) -> str:
    """Show an instant on the county's own clock."""
    zone = known_zone(g.county.home_zone, fallback="UTC")
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def require_officer() -> Response | None:
    """Let nobody past who is not signed in; check the form's CSRF token."""
    g.now, g.token = tools().clock.now(), request.cookies.get(COOKIE, "")
    try:
        with tools().sessions.read() as db:
            found = sessions.signed_in(db, g.token, now=g.now)
            g.officer = found.officer
            g.county = accounts.tenant(db, g.officer.tenant_id)
    except NotSignedIn:
        if request.method == "GET":
            return cast("Response", redirect(url_for("console_auth.form", next=request.path)))
        if kept.possible():
            return kept.page(signed_in=False)
        raise
    if request.method == "POST":
        if kept.sent_again():
            return kept.page(signed_in=True)
        csrf.protect()
    if found.stale:
        with suppress(Busy), tools().sessions.begin() as db:
            sessions.seen(db, g.token, now=g.now)
    if g.officer.must_change_password and request.endpoint not in BEFORE_CHANGE:
        return cast("Response", redirect(url_for("console_me.page")))
    return None


def home_zone() -> ZoneInfo:
    """Return the zone of the county's own clock."""
    return known_zone(g.county.home_zone, fallback="Asia/Shanghai")


def today() -> date:
    """Return the date in the county."""
    now: datetime = g.now
    return now.astimezone(home_zone()).date()


def officer() -> Officer:
    return cast("Officer", g.officer)


def page(template: str, *, title: str, status: int = 200, **values: object) -> Response:
    """Render a page inside the shell."""
    who = officer()
    menu = navigation.sections(who)
    section = next((one for one in menu if one.holds(request.blueprint)), None)
    html = render_template(
        f"console/{template}.html",
        title=title,
        menu=menu,
        section=section,
        entry=section.entry(request.endpoint, request.blueprint) if section else None,
        who=who,
        role="、".join(dict.fromkeys(one.role_name for one in who.holdings)),
        county=g.county,
        now=g.now,
        **values,
    )
    return Response(html, status, mimetype="text/html")


def harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
