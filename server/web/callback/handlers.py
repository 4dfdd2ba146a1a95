"""Which message goes to which room. One visible table, and short functions behind its lines."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from server.inbox import keywords
from server.inbox.service import Fate, Handled
from server.kernel.crypto import Vault
from server.kernel.db import Work
from server.people import identities
from server.ports import Account, Inbound, Reply
from server.web.callback import events, intents, wording
from server.web.callback.desk import Desk
from server.web.callback.visit import Visit

log = logging.getLogger(__name__)
Handler = Callable[[Visit], Handled]


@dataclass(frozen=True, slots=True)
class Reception:
    """Receives one message inside a transaction."""

    account: Account
    desk: Desk
    vault: Vault
    now: datetime

    def __call__(self, work: Work, inbound: Inbound) -> Handled:
        visit = Visit(work, self.account, inbound, self.desk, self.vault, self.now)
        handler = HANDLERS.get(inbound.kind)
        if handler is None:
            log.warning("unknown_kind", extra={"account": self.account.slug, "kind": inbound.kind})
            return Handled(fate=Fate.UNKNOWN_KIND)
        return handler(visit)


def on_text(visit: Visit) -> Handled:
    text = visit.field("Content").strip()
    found = keywords.find(visit.desk.keywords, text)
    if found is not None:
        visit.spoke()
        return visit.say(found.answer)
    intent = intents.of_text(text)
    if intent is not None:
        visit.spoke()
        return intent(visit, text)
    return visit.for_staff("text", text, wording.not_understood(visit.desk))


def on_click(visit: Visit) -> Handled:
    """A menu tap says what its key says: `MENU_…`, or any word people could have typed."""
    key = visit.field("EventKey")
    found = keywords.find(visit.desk.keywords, key)
    if found is not None:
        return visit.say(found.answer)
    intent = intents.of_key(key)
    return intent(visit, key) if intent else visit.say(wording.find_group(visit.desk))


def on_media(what: str) -> Handler:
    def handler(visit: Visit) -> Handled:
        told = visit.field("Recognition") or visit.field("Label") or visit.field("Title")
        note = f"[{what}] {told}".strip()
        return visit.for_staff(visit.inbound.kind, note, wording.media_received(visit.desk, what))

    return handler


def on_follow(visit: Visit) -> Handled:
    scene = visit.field("EventKey").removeprefix("qrscene_") or None
    returning = identities.follow(
        visit.db, visit.account, openid=visit.inbound.sender, scene=scene, now=visit.now
    )
    text = wording.welcome(visit.desk, returning=returning, hometown=intents.hometown_of(scene))
    return Handled(
        Reply(text=text),
        jobs=(("learn_follower", (visit.account.id, visit.inbound.sender)),),
    )


def on_unfollow(visit: Visit) -> Handled:
    identities.unfollow(visit.db, visit.account, openid=visit.inbound.sender, now=visit.now)
    return Handled()


def on_scan(visit: Visit) -> Handled:
    scene = visit.field("EventKey")
    identities.follow(
        visit.db, visit.account, openid=visit.inbound.sender, scene=scene, now=visit.now
    )
    hometown = intents.hometown_of(scene)
    return visit.say(wording.scanned(visit.desk, hometown)) if hometown else Handled()


def on_scancode(visit: Visit) -> Handled:
    return visit.say(wording.code_scanned(visit.desk))


def acknowledge(visit: Visit) -> Handled:
    """Stored with its fate; nothing to do and nothing to say."""
    return Handled()


HANDLERS: dict[str, Handler] = {
    # what people send (WECHAT §1.4)
    "text": on_text,
    "image": on_media("图片"),
    "voice": on_media("语音"),
    "video": on_media("视频"),
    "shortvideo": on_media("小视频"),
    "location": on_media("位置"),
    "link": on_media("链接"),
    "miniprogrampage": on_media("小程序卡片"),
    # what people do (§1.5)
    "event.subscribe": on_follow,
    "event.unsubscribe": on_unfollow,
    "event.scan": on_scan,
    "event.click": on_click,
    "event.scancode_waitmsg": on_scancode,
    "event.scancode_push": acknowledge,
    "event.view": acknowledge,
    "event.view_miniprogram": acknowledge,
    "event.location": acknowledge,  # never stored as a position: only that it came
    "event.location_select": acknowledge,
    "event.pic_sysphoto": acknowledge,  # the pictures follow as messages
    "event.pic_photo_or_album": acknowledge,
    "event.pic_weixin": acknowledge,
    "event.user_enter_tempsession": acknowledge,
    # what became of what we sent
    "event.templatesendjobfinish": events.on_template_receipt,
    "event.masssendjobfinish": events.on_mass_receipt,
    "event.publishjobfinish": acknowledge,
    "event.wxa_media_check": acknowledge,
    # consent to subscription messages
    "event.subscribe_msg_popup_event": events.on_subscription_choice,
    "event.subscribe_msg_change_event": events.on_subscription_choice,
    "event.subscribe_msg_sent_event": events.on_subscription_receipt,
    # authorisation: revoke and cancel erase what the person told us (DOMAIN §6)
    "event.user_info_modified": acknowledge,
    "event.user_authorization_revoke": events.on_authorization_withdrawn,
    "event.user_authorization_cancellation": events.on_authorization_withdrawn,
    # WeChat's own customer-service console
    "event.kf_create_session": acknowledge,
    "event.kf_close_session": acknowledge,
    "event.kf_switch_session": acknowledge,
    # the account itself: an operator must know
    "event.qualification_verify_success": events.on_account_news,
    "event.qualification_verify_fail": events.on_account_news,
    "event.naming_verify_success": events.on_account_news,
    "event.naming_verify_fail": events.on_account_news,
    "event.annual_renew": events.on_account_news,
    "event.verify_expired": events.on_account_news,
    "event.weapp_audit_success": events.on_account_news,
    "event.weapp_audit_fail": events.on_account_news,
    "event.weapp_audit_delay": events.on_account_news,
    "event.wxa_nickname_audit": events.on_account_news,
    "event.wxa_category_audit": events.on_account_news,
    "event.wxa_privacy_apply": events.on_account_news,
    "event.wxa_illegal_record": events.on_account_news,
    "event.wxa_appeal_record": events.on_account_news,
}
