"""What the platform serves to eyes instead of programs: code pictures, body images, articles."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from deploy.sandbox import articles, qrcodes
from deploy.sandbox.control import whole, world

platform = Blueprint("platform", __name__)


@platform.get("/cgi-bin/showqrcode")
def show_qrcode() -> Response:
    here = world()
    picture = qrcodes.image(here.store, request.args.get("ticket", ""), here.clock.now())
    if picture is None:
        abort(404)
    return Response(picture, mimetype="image/jpg")


@platform.get("/mmbiz/<media_id>")
def body_image(media_id: str) -> Response:
    """Show an image of an article body or of a message (PicUrl)."""
    with world().store.read() as db:
        row = db.execute("SELECT * FROM media WHERE media_id = ?", (media_id,)).fetchone()
    if row is None:
        abort(404)
    return Response(row["content"], content_type=row["content_type"])


@platform.get("/s/<article_id>")
def article(article_id: str) -> Response:
    return articles.page(world().store, article_id, whole("idx", 1) or 1)


@platform.get("/health")
def health() -> Response:
    return Response("ok", mimetype="text/plain")
