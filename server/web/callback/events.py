"""Events that tell us something: receipts, consents, withdrawn authorisation, account news."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from server.inbox import erasure
from server.inbox.service import Handled
from server.outbox import receipts
from server.people import identities, service, subscriptions
from server.people.erasure import Address
from server.web.callback.visit import Visit

log = logging.getLogger(__name__)


def on_template_receipt(visit: Visit) -> Handled:
    status = visit.field("Status")
    receipts.receive(
        visit.db,
        account_id=visit.account.id,
        reference=visit.field("MsgID"),
        delivered=status == "success",
        detail=status,
        now=visit.now,
    )
    return Handled()


def on_mass_receipt(visit: Visit) -> Handled:
    """Counts only, and approximate: pushed when the job is nearly done (WECHAT §1.5)."""
    status = visit.field("Status")
    names = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")
    receipts.receive(
        visit.db,
        account_id=visit.account.id,
        reference=visit.field("MsgID"),
        delivered=status == "send success",
        detail=status,
        counts={name: _number(visit.field(name)) for name in names},
        now=visit.now,
    )
    return Handled()


def on_subscription_receipt(visit: Visit) -> Handled:
    for line in _list(visit, "SubscribeMsgSentEvent"):
        code = str(line.get("ErrorCode", "0"))
        receipts.receive(
            visit.db,
            account_id=visit.account.id,
            reference=str(line.get("MsgID", "")),
            delivered=code == "0",
            detail=str(line.get("ErrorStatus", code)),
            now=visit.now,
        )
    return Handled()


def on_subscription_choice(visit: Visit) -> Handled:
    """Accepting in the dialog allows one message more; refusing in the settings allows none."""
    openid = visit.inbound.sender
    ours = subscriptions.ASKED_BY[visit.account.kind]
    template_id = visit.account.templates.get(ours)
    changed = visit.inbound.kind == "event.subscribe_msg_change_event"
    for line in _list(visit, "SubscribeMsgChangeEvent" if changed else "SubscribeMsgPopupEvent"):
        if template_id is None or line.get("TemplateId") != template_id:
            continue
        if line.get("SubscribeStatusString") == "accept":
            met = identities.met(visit.db, visit.account, openid=openid, now=visit.now)
            subscriptions.report(
                visit.db, identity_id=met, template=ours, witness="event", now=visit.now
            )
        elif changed:
            subscriptions.clear(
                visit.db, account_id=visit.account.id, template=ours, openids=[openid]
            )
    return Handled()


def on_authorization_withdrawn(visit: Visit) -> Handled:
    openid = visit.field("OpenID") or visit.inbound.sender
    erased = identities.erase(visit.db, visit.account, openid=openid, now=visit.now)
    log.info("authorization_withdrawn", extra={"account": visit.account.slug, "erased": erased})
    person_id = identities.person_of(visit.db, visit.account, openid)
    if person_id is None:
        return Handled()
    ids = service.ids_of(visit.db, person_id)
    here = [Address(visit.account.id, openid)]
    erasure.erase(visit.db, ids, here, vault=visit.vault, keep_traces=True)
    return Handled(jobs=(("remove_withdrawn", ()),))


def on_account_news(visit: Visit) -> Handled:
    """Certification, audits, violations: WeChat decided something about the account."""
    log.error(
        "account_news", extra={"account": visit.account.slug, "event_kind": visit.inbound.kind}
    )
    return Handled()


def _list(visit: Visit, wrapper: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of `List`, nested in the wrapper (XML) or at the top (JSON)."""
    nested = visit.inbound.fields.get(wrapper)
    holder = nested if isinstance(nested, Mapping) else visit.inbound.fields
    lines = holder.get("List", [])
    for line in lines if isinstance(lines, list) else [lines]:
        if isinstance(line, Mapping):
            yield line


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
