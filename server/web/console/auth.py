"""Signing in, in one step or two, and out."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from server.staff import devices as staff_devices
from server.staff import service as staff
from server.staff import sessions, two_step
from server.staff.officers import Officer
from server.staff.service import PasswordExpired
from server.web.console import devices, wording
from server.web.console.language import said
from server.web.console.shell import COOKIE, csrf
from server.web.context import tools

bp = APIBlueprint("console_auth", __name__, url_prefix="/console", enable_openapi=False)
SECOND = "second_step"  # in the signed cookie: whose password was right, and until when
SECOND_STEP_WITHIN = timedelta(minutes=5)


def open_door() -> None:
    """Nobody is signed in yet; the form's CSRF token is checked all the same."""
    g.now = tools().clock.now()
    if request.method == "POST":
        csrf.protect()


@bp.get("/sign-in")
def form() -> ResponseReturnValue:
    return _page("sign_in")


def _page(template: str, *, wrong: str = "", login: str = "", status: int = 200) -> Response:
    html = render_template(f"console/{template}.html", wrong=wrong, login=login)
    return Response(html, status, mimetype="text/html")


def _later(template: str, wait: timedelta, *, login: str = "") -> Response:
    seconds = math.ceil(wait.total_seconds())
    words = said(wording.TRY_LATER, time=wording.span(seconds))
    answer = _page(template, wrong=words, login=login, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Check a password. Tries are slowed down, never so that one can lock out another."""
    login = request.form.get("login", "").strip().lower()[:40]
    password = request.form.get("password", "")
    wait = devices.wait_for(login)
    if wait > timedelta(0):
        return _later("sign_in", wait, login=login)
    try:
        with tools().sessions.read() as db:
            officer = staff.password_fits(db, login=login, password=password, now=g.now)
    except PasswordExpired:
        return _refuse("sign_in", login, "expired", wording.SIGN_IN_EXPIRED)
    if officer is None:
        return _refuse("sign_in", login, "password", wording.SIGN_IN_WRONG)
    wanted = _own_page(request.args.get("next", ""))
    if officer.two_step:
        session.clear()  # the CSRF token of before ends with it
        until = (g.now + SECOND_STEP_WITHIN).timestamp()
        session[SECOND] = {"id": officer.id, "until": until, "next": wanted}
        return redirect(url_for("console_auth.second_form"))
    return _let_in(officer, wanted, password=password)


def _refuse(template: str, login: str, why: str, words: str) -> Response:
    with tools().sessions.begin() as db:
        staff.note_refused(db, login=login, why=why, now=g.now)
    return _page(template, wrong=words, login=login, status=401)


@bp.get("/sign-in/code")
def second_form() -> ResponseReturnValue:
    return _page("sign_in_code") if _half() else redirect(url_for("console_auth.form"))


@bp.post("/sign-in/code")
def second_step() -> ResponseReturnValue:
    """Check a one-time code, or a recovery code, of whose password was right."""
    half = _half()
    if half is None:
        flash(wording.SECOND_STEP_LATE)
        return redirect(url_for("console_auth.form"))
    with tools().sessions.read() as db:
        officer = staff.by_id(db, half["id"])
    wait = devices.wait_for(officer.login, step="code ")
    if wait > timedelta(0):
        return _later("sign_in_code", wait)
    code = request.form.get("code", "")[:40]
    with tools().sessions.begin() as db:
        good = two_step.check(db, officer.id, code, vault=tools().vault, now=g.now)
    if not good or not officer.active:
        return _refuse("sign_in_code", officer.login, "code", wording.CODE_WRONG)
    return _let_in(officer, half["next"])


def _half() -> dict[str, Any] | None:
    """Return who gave the right password a moment ago, or None."""
    half = session.get(SECOND)
    if half is None or datetime.fromtimestamp(half["until"], UTC) < g.now:
        return None
    return dict(half)


def _let_in(officer: Officer, wanted: str, *, password: str | None = None) -> Response:
    device = staff_devices.described(request.headers.get("User-Agent", ""))
    with tools().sessions.begin() as db:
        if password is not None:
            staff.renew_hash(db, officer, password)
        token = sessions.open_session(db, officer, now=g.now, device=device)
    session.clear()
    response: Response = redirect(wanted)  # type: ignore[assignment]
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=not tools().settings.demo,
        max_age=int(sessions.LIFETIME.total_seconds()),
        path="/console",
    )
    devices.remember(response, officer.login)
    return response


def _own_page(wanted: str) -> str:
    """Never send anybody to another site after signing in."""
    own = wanted.startswith("/console/") and "//" not in wanted and "\\" not in wanted
    return wanted if own else url_for("console_today.page")


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        sessions.end_session(db, request.cookies.get(COOKIE, ""))
    session.clear()
    response: Response = redirect(url_for("console_auth.form"))  # type: ignore[assignment]
    response.delete_cookie(COOKIE, path="/console")
    return response
