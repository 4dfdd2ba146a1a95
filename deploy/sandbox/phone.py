"""What people do with their phones: /sandbox/followers/…, each act pushed to the callback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from deploy.sandbox import acts, menus, people, timeline
from deploy.sandbox.acts import Act
from deploy.sandbox.control import BadRequest, account_named, given, refuse, whole, world
from deploy.sandbox.dispatch import json_response
from deploy.sandbox.storage import Row

phone = Blueprint("phone", __name__, url_prefix="/sandbox/followers")
phone.register_error_handler(BadRequest, refuse)
WAIT = 30.0  # seconds that ?wait=1 waits at most: three attempts of five seconds and more


def person(follower_id: int) -> Row:
    with world().store.read() as db:
        found = people.find(db, follower_id)
    if found is None:
        raise BadRequest(f"no follower {follower_id}", 404)
    return found


@phone.get("")
def listing() -> Response:
    here = world()
    with here.store.read() as db:
        words = request.args.get("q", "")
        number = max(1, whole("page", 1, largest=10**6))
        return json_response(people.page(db, words, number, here.clock.now()))


@phone.post("")
def create() -> tuple[Response, int]:
    here = world()
    body = given()
    with here.store.write() as db:
        follower_id = people.create(here, db, body, now=here.clock.now())
        found = people.find(db, follower_id)
        assert found is not None  # noqa: S101 (created above, same transaction)
        return json_response(people.card(db, found, here.clock.now())), 201


@phone.post("/bulk")
def create_many() -> tuple[Response, int]:
    """{"count", "appid", …}: many people at once who already follow; nothing is pushed."""
    here = world()
    body = given()
    count = int(body.get("count") or 0)
    if not 1 <= count <= 100_000:
        raise BadRequest("count must lie between 1 and 100000")
    account = account_named(str(body.get("appid")))
    with here.store.write() as db:
        openids = []
        for number in range(count):
            name = f"{body.get('nickname') or '乡亲'}{number + 1}"
            made = people.create(here, db, {**body, "nickname": name}, now=here.clock.now())
            who = people.identity_of(db, account.appid, made)
            assert who is not None  # noqa: S101
            people.follow(db, who, now=here.clock.now())
            openids.append(who["openid"])
    return json_response({"count": count, "openids": openids}), 201


@phone.get("/<int:follower_id>")
def show(follower_id: int) -> Response:
    found = person(follower_id)
    here = world()
    with here.store.read() as db:
        return json_response(people.card(db, found, here.clock.now()))


@phone.patch("/<int:follower_id>")
def change(follower_id: int) -> Response:
    """Change zone, country, language, nickname, platform, phone, or `refuses` {appid: bool}."""
    person(follower_id)
    here, body = world(), given()
    names = [
        n for n in ("nickname", "country", "zone", "language", "platform", "phone") if n in body
    ]
    with here.store.write() as db:
        for name in names:
            sql = f"UPDATE followers SET {name} = ? WHERE id = ?"  # noqa: S608 (from the list above)
            db.execute(sql, (str(body[name]), follower_id))
        for appid, refuses in dict(body.get("refuses") or {}).items():
            db.execute(
                "UPDATE identities SET refuses = ? WHERE follower_id = ? AND appid = ?",
                (int(bool(refuses)), follower_id, appid),
            )
    return show(follower_id)


@phone.get("/<int:follower_id>/timeline")
def items(follower_id: int) -> Response:
    """Return what came after `after`; with `wait` hold the answer until something comes."""
    found = person(follower_id)
    here = world()
    after, appid = whole("after", 0), request.args.get("appid")

    def look() -> list[dict[str, Any]]:
        with here.store.read() as db:
            return timeline.after(db, follower_id, after, appid=appid, zone=found["zone"])

    return json_response({"items": here.store.wait_for(look, whole("wait", 0, largest=60))})


@phone.get("/<int:follower_id>/menu")
def menu(follower_id: int) -> Response:
    """Return the menu this person sees: the newest conditional one that fits, else the default."""
    account = account_named(request.args.get("appid", ""))
    here = world()
    with here.store.read() as db:
        who = people.identity_of(db, account.appid, person(follower_id)["id"])
        return json_response({"button": menus.seen_by(db, account.appid, who)})


def _done(act: Act) -> Response:
    told: dict[str, Any] = {"seq": act.item, "message_id": act.message_id, "push": act.push}
    told.update(act.more)
    if act.push is not None and request.args.get("wait") not in (None, "", "0"):
        told["outcome"] = world().pusher.outcome(act.push, WAIT)
    return json_response(told)


def _act(follower_id: int, name: str, body: Mapping[str, Any]) -> Response:
    account = account_named(str(body.get("appid") or request.args.get("appid") or ""))
    person(follower_id)
    here = world()
    with here.store.write() as db:
        who = people.identity_of(db, account.appid, follower_id)
        if who is None:
            raise BadRequest("this person is unknown to the account", 404)
        scene = acts.Scene(here, db, account, who, here.clock.now(), request.host_url.rstrip("/"))
        try:
            act = acts.ACTS[name](scene, body)
        except acts.Impossible as error:
            raise BadRequest(str(error)) from error
    return _done(act)


@phone.post("/<int:follower_id>/image")
def image(follower_id: int) -> Response:
    upload = request.files.get("file")
    if upload is None:
        raise BadRequest("send the picture as multipart field `file`")
    body = {
        "appid": request.form.get("appid"),
        "content": upload.read(),
        "name": upload.filename or "image.jpg",
    }
    return _act(follower_id, "image", body)


@phone.post(
    "/<int:follower_id>/<any(follow,unfollow,text,voice,location,link,menu,scan,revoke,event,enter,card):name>"
)
def act(follower_id: int, name: str) -> Response:
    return _act(follower_id, name, given())
