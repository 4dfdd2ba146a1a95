"""Signing in and out."""

from __future__ import annotations

import math
from datetime import timedelta

from apiflask import APIBlueprint
from flask import Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from server.staff import service as staff
from server.web.console import wording
from server.web.console.shell import COOKIE, csrf
from server.web.context import tools

bp = APIBlueprint("console_auth", __name__, url_prefix="/console", enable_openapi=False)
LONGEST = 200  # characters of a password; more is not worth hashing


def open_door() -> None:
    """Nobody is signed in yet; the form's CSRF token is checked all the same."""
    g.now = tools().clock.now()
    if request.method == "POST":
        csrf.protect()


@bp.get("/sign-in")
def form() -> ResponseReturnValue:
    return _form()


def _form(*, wrong: str = "", login: str = "", status: int = 200) -> Response:
    html = render_template("console/sign_in.html", wrong=wrong, login=login)
    return Response(html, status, mimetype="text/html")


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Check a password. Tries are limited per login and address, so nobody locks out another."""
    box = tools()
    login = request.form.get("login", "").strip().lower()[:40]
    password = request.form.get("password", "")
    wait = box.limiter.take(f"sign_in:{login}:{request.remote_addr}", g.now)
    if wait > timedelta(0):
        seconds = math.ceil(wait.total_seconds())
        answer = _form(wrong=wording.TRY_LATER.format(seconds=seconds), login=login, status=429)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    with box.sessions.read() as db:
        officer = staff.password_fits(db, login=login, password=password[:LONGEST])
    if officer is None or len(password) > LONGEST:
        return _form(wrong="登录名或密码不对，请再试一次。", login=login, status=401)
    with box.sessions.begin() as db:
        token = staff.open_session(db, officer, now=g.now)
    session.clear()  # the CSRF token of before the sign-in ends with it
    response = redirect(_own_page(request.args.get("next", "")))
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=not box.settings.demo,
        max_age=int(staff.LIFETIME.total_seconds()),
        path="/console",
    )
    return response


def _own_page(wanted: str) -> str:
    """Never send anybody to another site after signing in."""
    own = wanted.startswith("/console/") and "//" not in wanted and "\\" not in wanted
    return wanted if own else url_for("console_today.page")


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    with tools().sessions.begin() as db:
        staff.end_session(db, request.cookies.get(COOKIE, ""))
    session.clear()
    response: Response = redirect(url_for("console_auth.form"))  # type: ignore[assignment]
    response.delete_cookie(COOKIE, path="/console")
    return response
