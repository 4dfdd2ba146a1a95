"""The platform's ledger of subscription consents: one tap, one message (WECHAT §4.3, §4.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.sandbox.accounts import Account
from deploy.sandbox.errors import WeChatError
from deploy.sandbox.storage import Row

if TYPE_CHECKING:
    from deploy.sandbox.world import World

FOR_EVER = -1  # a long-term template's consent
IN_MINI_PROGRAM, IN_PAGE, IN_ARTICLE = 0, 1, 2  # PopupScene: where the dialog came up


class UnknownTemplate(ValueError):
    """20001: the account has no such template."""


def answer(
    db: sqlite3.Connection, account: Account, openid: str, decisions: Mapping[str, str]
) -> None:
    """Write down what a person chose; each accept adds one, a reject takes nothing away."""
    for template_id, decision in decisions.items():
        template = account.templates.get(template_id)
        if template is None:
            raise UnknownTemplate(template_id)
        if decision.startswith("accept"):
            _grant(db, openid, template_id, for_ever=bool(template.get("long_term")))


def decide(
    world: World,
    db: sqlite3.Connection,
    account: Account,
    who: Row,
    *,
    decisions: Mapping[str, str],
    scene: int,
) -> None:
    """Write down what a person chose in the dialog, and push subscribe_msg_popup_event."""
    answer(db, account, who["openid"], decisions)
    name = "subscribe_msg_popup_event"
    entries = [
        {
            "TemplateId": template_id,
            "SubscribeStatusString": "accept" if chosen.startswith("accept") else "reject",
            "PopupScene": scene,
        }
        for template_id, chosen in decisions.items()
        if chosen.startswith("accept") or chosen == "reject"
    ]
    if entries:
        fields = {"MsgType": "event", "Event": name, **event(account, name, entries)}
        world.pusher.push(db, account, who["openid"], fields, follower_id=who["follower_id"])


def _grant(db: sqlite3.Connection, openid: str, template_id: str, *, for_ever: bool) -> None:
    first = FOR_EVER if for_ever else 1
    db.execute(
        "INSERT INTO consents VALUES (?, ?, ?) ON CONFLICT (openid, template_id)"
        " DO UPDATE SET remaining = CASE WHEN ? THEN -1 ELSE remaining + 1 END",
        (openid, template_id, first, int(for_ever)),
    )


def spend(db: sqlite3.Connection, openid: str, template_id: str) -> None:
    """Use one consent; raise 43101 when none is left."""
    done = db.execute(
        "UPDATE consents SET remaining = CASE remaining WHEN -1 THEN -1 ELSE remaining - 1 END"
        " WHERE openid = ? AND template_id = ? AND remaining <> 0",
        (openid, template_id),
    )
    if not done.rowcount:
        raise WeChatError(43101)


def withdraw(db: sqlite3.Connection, openid: str, template_id: str) -> None:
    """Forget every consent for a template, as the settings page of WeChat does."""
    db.execute("DELETE FROM consents WHERE openid = ? AND template_id = ?", (openid, template_id))


def listing(db: sqlite3.Connection, openid: str) -> dict[str, int]:
    rows = db.execute(
        "SELECT template_id, remaining FROM consents WHERE openid = ?", (openid,)
    ).fetchall()
    return {row["template_id"]: row["remaining"] for row in rows}


def event(account: Account, name: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the fields of subscribe_msg_*_event: nested List in XML, top-level array in JSON."""
    if account.format == "json":
        return {"List": [{k: str(v) for k, v in one.items()} for one in entries]}
    wrapper = {
        "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
        "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
        "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
    }[name]
    return {wrapper: {"List": entries}}
