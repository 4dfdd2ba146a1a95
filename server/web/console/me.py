"""设置 › 我的: who is signed in, their password, second step and sign-ins."""

from __future__ import annotations

from datetime import timedelta

from apiflask import APIBlueprint
from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.kernel.errors import Conflict, Invalid, TooMany
from server.staff import colleagues, sessions, two_step
from server.staff.permissions import Permission
from server.web.console import nodes, wording
from server.web.console.language import said
from server.web.console.shell import officer
from server.web.console.shell import page as show
from server.web.context import tools

bp = APIBlueprint("console_me", __name__, url_prefix="/console/me", enable_openapi=False)


@bp.get("")
def page() -> ResponseReturnValue:
    return _page()


def _page(*, wrong: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    who = officer()
    with tools().sessions.read() as db:
        places = sessions.listing(db, who, token=g.token, now=g.now)
        names = nodes.names(db, who.tenant_id, [one.path for one in who.holdings])
    return show(
        "me",
        title="我的",
        allowed=[
            (wording.PERMISSIONS[one], nodes.spoken(who.scope(one), names))
            for one in Permission
            if who.may(one)
        ],
        nodes=names,
        places=places,
        hours=int(sessions.LIFETIME.total_seconds()) // 3600,
        idle=int(sessions.IDLE.total_seconds()) // 3600,
        wrong=wrong or {},
        status=status,
    )


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    form = request.form
    _slowly()
    try:
        with tools().sessions.begin() as db:
            colleagues.change_own_password(
                db,
                officer(),
                old=form.get("old", ""),
                new=form.get("new", ""),
                again=form.get("again", ""),
                token=g.token,
                now=g.now,
            )
    except Invalid as error:
        return _page(wrong=error.fields, status=400)
    flash("密码已改好，别处的登录都已退出。", "done")
    return redirect(url_for("console_me.page"))


@bp.post("/two-step")
def begin_two_step() -> ResponseReturnValue:
    """Start over with a new secret, for whoever still knows the password."""
    try:
        with tools().sessions.begin() as db:
            _must_know_password(db)
            two_step.begin(db, officer(), vault=tools().vault)
    except Invalid:
        return _page(wrong={"two_step": [wording.OWN_WRONG]}, status=400)
    return redirect(url_for("console_me.two_step_form"))


@bp.get("/two-step")
def two_step_form() -> ResponseReturnValue:
    return _two_step_form()


def _two_step_form(*, wrong: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    secret = _pending()
    if secret is None:
        return redirect(url_for("console_me.page"))  # type: ignore[return-value]
    spelled = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return show("two_step", title="开启两步登录", secret=spelled, wrong=wrong or {}, status=status)


def _pending() -> str | None:
    with tools().sessions.read() as db:
        return two_step.pending(db, officer(), vault=tools().vault)


@bp.get("/two-step/code.svg")
def two_step_picture() -> ResponseReturnValue:
    secret = _pending()
    if secret is None:
        return redirect(url_for("console_me.page"))  # confirmed: nobody sees it again
    drawn = two_step.picture(
        secret, login=officer().login, issuer=said("乡音 {county}", county=g.county.name)
    )
    return Response(drawn, mimetype="image/svg+xml")


@bp.post("/two-step/confirm")
def confirm_two_step() -> ResponseReturnValue:
    """Turn it on, and show the recovery codes this once."""
    _slowly()
    code = request.form.get("code", "")[:20]
    try:
        with tools().sessions.begin() as db:
            codes = two_step.confirm(db, officer(), code, vault=tools().vault, now=g.now)
    except Invalid as error:
        return _two_step_form(wrong=error.fields, status=400)
    except Conflict:
        return redirect(url_for("console_me.page"))
    return show("recovery_codes", title="两步登录已开启", codes=codes)


@bp.post("/two-step/off")
def end_two_step() -> ResponseReturnValue:
    try:
        with tools().sessions.begin() as db:
            _must_know_password(db)
            two_step.turn_off(db, officer(), officer().id, now=g.now)
    except Invalid:
        return _page(wrong={"two_step": [wording.OWN_WRONG]}, status=400)
    flash("两步登录已关闭，以后只用密码登录。", "done")
    return redirect(url_for("console_me.page"))


@bp.post("/sessions/end")
def end_session() -> ResponseReturnValue:
    """End one sign-in, or all but this one."""
    ref = request.form.get("ref", "")
    with tools().sessions.begin() as db:
        if ref:
            sessions.end_one(db, officer(), ref, now=g.now)
            words = "那一处已退出。"
        else:
            ended = sessions.end_others(db, officer(), token=g.token, now=g.now)
            words = said("别处的 {ended} 个登录都已退出。", ended=ended)
    flash(words, "done")
    return redirect(url_for("console_me.page"))


def _slowly() -> None:
    """Slow down whoever guesses at a desk somebody left open. Raise TooMany."""
    if tools().limiter.take(f"own_password:{officer().id}", g.now) > timedelta(0):
        raise TooMany


def _must_know_password(db: Session) -> None:
    """Ask the password again before something that matters. Raise Invalid, TooMany."""
    _slowly()
    if not colleagues.password_is(db, officer(), request.form.get("password", "")):
        raise Invalid(fields={"password": [wording.OWN_WRONG]})
