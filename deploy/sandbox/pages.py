"""The phone page, the control page, the mini-program's files and the phone's network."""

from __future__ import annotations

from pathlib import Path

import requests
from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from jinja2 import TemplateNotFound
from werkzeug.wrappers import Response as AnyResponse

from deploy.sandbox.control import world

pages = Blueprint("pages", __name__)
ABSENT = "小程序预览没有构建：本机没有 Node，或启动沙箱时没有给出 --miniprogram 目录。"
FORWARDED = (
    "Authorization", "Idempotency-Key", "Content-Type", "Accept", "Accept-Language",
    "X-Request-Id", "If-None-Match",
)  # fmt: skip
RETURNED = (
    "Content-Type", "Idempotent-Replayed", "Retry-After", "X-Request-Id", "ETag", "Cache-Control",
    "Content-Disposition", "Location", "WWW-Authenticate",
)  # fmt: skip
ALL = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
PATIENCE = (5, 60)  # seconds to connect, to answer


def _page(name: str) -> str:
    try:
        return render_template(name)
    except TemplateNotFound:
        abort(404)


@pages.get("/")
def phone_page() -> str:
    return _page("phone.html")


@pages.get("/control")
def control_page() -> str:
    return _page("control.html")


def _absent() -> Response:
    page = f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>小程序</title><p>{ABSENT}'
    return Response(page, 404, mimetype="text/html")


@pages.get("/mp/<appid>/", defaults={"path": "index.html"})
@pages.get("/mp/<appid>/<path:path>")
def mini_program(appid: str, path: str) -> AnyResponse:
    """Serve the built mini-program; <dir>/<appid>/ when it exists, else <dir> itself."""
    root = world().miniprogram
    if root is None or not root.is_dir():
        return _absent()
    own = root / Path(appid).name
    folder = own if own.is_dir() else root
    if not (folder / "index.html").is_file():
        return _absent()
    response = send_from_directory(folder, path)
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/mp/<appid>")
def mini_program_root(appid: str) -> AnyResponse:
    return redirect(f"/mp/{appid}/")


@pages.route("/mp-api/<appid>/<path:path>", methods=ALL)
def phone_network(appid: str, path: str) -> Response:
    """Carry a wx.request to the account's server, as the phone's network would."""
    account = world().accounts.get(appid)
    if account is None or not account.api_base:
        abort(404)
    headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
    headers["X-Forwarded-For"] = request.remote_addr or "127.0.0.1"
    query = request.query_string.decode("latin-1")
    url = f"{account.api_base.rstrip('/')}/{path}" + (f"?{query}" if query else "")
    session = requests.Session()
    session.trust_env = False
    try:
        with session:
            answer = session.request(
                request.method, url, data=request.get_data(), headers=headers,
                timeout=PATIENCE, allow_redirects=False,
            )  # fmt: skip
            content = answer.content
    except requests.RequestException:
        return Response("网络错误：服务没有应答", 502, mimetype="text/plain")
    kept = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
    return Response(content, answer.status_code, headers=kept)
