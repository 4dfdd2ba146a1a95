"""One message being handled: what a handler may look at and do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.inbox import enclosures, questions
from server.inbox.service import Fate, Handled
from server.kernel.crypto import Vault
from server.kernel.db import Work
from server.people import identities, subscriptions
from server.ports import Account, AccountKind, Inbound, Reply
from server.web.callback.desk import Desk


@dataclass(frozen=True, slots=True)
class Visit:
    work: Work
    account: Account
    inbound: Inbound
    desk: Desk
    vault: Vault
    now: datetime

    @property
    def db(self) -> Session:
        return self.work.db

    def field(self, name: str) -> str:
        value = self.inbound.fields.get(name)
        return "" if value is None else str(value)

    def spoke(self) -> int:
        """The person wrote to us, and custom messages are allowed for 48 hours; return who."""
        return identities.spoke(self.work, self.account, openid=self.inbound.sender, now=self.now)

    def person_id(self) -> int | None:
        return identities.person_of(self.db, self.account, self.inbound.sender)

    def notices_page(self) -> str | None:
        """Return where this person may allow a notice of their cases; None when not needed."""
        template = subscriptions.ASKED_BY[self.account.kind]
        if self.account.kind is AccountKind.MINI or template not in self.account.templates:
            return None  # the mini-program asks for itself
        person_id = self.person_id()
        if person_id is not None and subscriptions.remaining(
            self.db, person_id=person_id, template=template, account_id=self.account.id
        ):
            return None
        return f"{self.desk.base_url}/notices/{self.account.slug}"

    def say(self, text: str) -> Handled:
        """Answer at once. A mini-program has no passive replies (WECHAT §1.7)."""
        if self.account.kind is AccountKind.MINI:
            return Handled()
        return Handled(Reply(text=text))

    def for_staff(self, kind: str, text: str, told: str) -> Handled:
        """Put a message into the inbox of questions and tell the person so.

        A menu tap is no message: it does not open the 48-hour window.
        """
        tapped = self.inbound.kind.startswith("event.")
        person_id = self.person_id() if tapped else self.spoke()
        if person_id is None:
            return self.say(told)
        question_id = questions.ask(
            self.work.connection,
            self.account,
            person_id=person_id,
            kind=kind,
            text=text,
            vault=self.vault,
            now=self.now,
        )
        reply = self.say(told).reply
        return Handled(reply, Fate.FOR_STAFF, self._enclose(question_id, kind))

    def _enclose(self, question_id: int, kind: str) -> tuple[tuple[str, tuple[int]], ...]:
        """Note a photo, voice or film for fetching; return the job to ask for."""
        media_id = self.field("MediaId")
        if not media_id:
            return ()  # before the session of the ORM is made
        enclosures.note(
            self.db,
            self.account,
            question_id=question_id,
            kind=kind,
            media_id=media_id,
            now=self.now,
        )
        return (("fetch_enclosure", (question_id,)),)
