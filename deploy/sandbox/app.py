"""The Flask application around one state file."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, request

from deploy.sandbox import (
    basics,
    content_check,
    custom,
    dispatch,
    drafts,
    followers,
    interfaces,
    library,
    mass,
    material,
    media,
    menus,
    mini_phone,
    miniprogram,
    notices,
    pages,
    platform_pages,
    publishing,
    qrcodes,
    tags,
    tokens,
    web_browser,
    wxacode,
)
from deploy.sandbox.control import desk
from deploy.sandbox.phone import phone
from deploy.sandbox.world import World

SUBJECTS = (  # importing them filled the table of interfaces
    tokens, basics, followers, tags, menus, qrcodes, custom, notices, library, media, material,
    drafts, publishing, mass, miniprogram, content_check, wxacode,
)  # fmt: skip
MAX_BODY = 12 * 1024 * 1024
FOREIGN = ("cross-site",)
METHODS = ["GET", "POST"]


def create_app(state_path: str | Path, miniprogram: str | Path | None = None) -> Flask:
    """Open the state file and return the application; its World is in `extensions["sandbox"]`.

    Call `app.extensions["sandbox"].close()` when done.
    """
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    world = World(state_path, miniprogram)
    app.extensions["sandbox"] = world
    app.before_request(_own_pages_only)
    for one in interfaces.INTERFACES.values():
        _serve(app, world, one)
    app.register_blueprint(desk)
    app.register_blueprint(phone)
    app.register_blueprint(mini_phone.mini)
    app.register_blueprint(platform_pages.platform)
    app.register_blueprint(web_browser.browser)
    app.register_blueprint(pages.pages)
    return app


def _own_pages_only() -> Response | None:
    """Refuse what a browser sends for somebody else's page: nobody signs in at the desk."""
    if request.path.startswith("/sandbox/") and request.headers.get("Sec-Fetch-Site") in FOREIGN:
        return Response("other sites may not use the sandbox", 403, mimetype="text/plain")
    return None


def _serve(app: Flask, world: World, one: interfaces.Interface) -> None:
    def view() -> Response:
        return dispatch.answer(world, one, request)

    app.add_url_rule(one.path, one.path, view, methods=METHODS, provide_automatic_options=False)
