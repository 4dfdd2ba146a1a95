"""Hand a mail to an SMTP server, and say truly what came of it (RFC 5321 §4.2)."""

from __future__ import annotations

import logging
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.policy import SMTP
from email.utils import parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

from server.kernel import mailboxes
from server.kernel.clock import Clock
from server.mail.composing import compose
from server.ports import Outcome, Outgoing, Result, Trouble

log = logging.getLogger(__name__)

_UNFOLDED = SMTP.clone(max_line_length=900)  # a link in a header stays in one piece
TIMEOUT = 15.0  # seconds, for each step
_PORTS = {"smtp": 587, "smtps": 465}
_AUTH = frozenset({530, 534, 535, 538})
_GONE = frozenset({550, 551, 553, 511, 521})


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail ready to be spoken."""

    sender: str
    to: str
    reference: str
    content: bytes


class _NotSent(Exception):
    """Nothing was said to any server; the outcome tells why."""

    def __init__(self, result: Result, trouble: Trouble | None, code: int | None = None) -> None:
        super().__init__(trouble)
        self.outcome = Outcome(result, code=code, trouble=trouble)


class SmtpSender:
    """Implements Messenger for e-mail. `address` is smtp://user:password@host:587 or smtps://."""

    def __init__(
        self, address: str, sender: str, clock: Clock, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._at: SplitResult = urlsplit(address)
        self._sender, self._from, self._clock = sender, parseaddr(sender)[1], clock
        self._context = context or ssl.create_default_context()

    def send(self, message: Outgoing) -> Outcome:
        """Send one mail to one person. Never raises."""
        try:
            mail = self._mail(message)
            server = self._called()
        except _NotSent as why:
            return why.outcome
        try:
            return _hand_over(server, mail)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _mail(self, message: Outgoing) -> _Mail:
        """Make the mail down to its last byte before anybody is called. Raise _NotSent."""
        if len(message.addresses) != 1:
            raise _NotSent(Result.REFUSED, Trouble.REQUEST)
        (to,) = message.addresses
        if not mailboxes.reachable(to):
            raise _NotSent(Result.REFUSED, Trouble.PERSON_GONE)
        if not self._from.isascii():
            raise _NotSent(Result.HALT, Trouble.CONFIGURATION)
        try:
            made = compose(
                message.payload, to=to, sender=self._sender,
                message_id=message.envelope_id, now=self._clock.now(),
            )  # fmt: skip
            content = made.as_bytes(policy=_UNFOLDED)
        except (ValueError, MessageError):  # half a character, a line break in the subject
            raise _NotSent(Result.REFUSED, Trouble.CONTENT) from None
        except Exception as error:  # the library raises many kinds, and all before a word was said
            told = {"envelope": message.envelope_id, "kind": type(error).__name__}
            log.error("mail_not_composed", extra=told)  # noqa: TRY400 (its words may hold an address)
            raise _NotSent(Result.REFUSED, Trouble.REQUEST) from None
        return _Mail(self._from, to, str(made["Message-ID"]), content)

    def _called(self) -> smtplib.SMTP:
        """Return the server, ready to take a mail. Raise _NotSent."""
        try:
            return self._connect()
        except smtplib.SMTPResponseException as error:
            why = _refused(error.smtp_code, before_anybody=True)
            raise _NotSent(why.result, why.trouble, why.code) from None
        except (smtplib.SMTPNotSupportedError, ValueError):
            # It takes no passwords, or only over TLS; ours or its name cannot be put on the line.
            raise _NotSent(Result.HALT, Trouble.CONFIGURATION) from None
        except (smtplib.SMTPException, OSError):  # nothing was said yet
            raise _NotSent(Result.RETRY, Trouble.RETRYABLE) from None

    def _connect(self) -> smtplib.SMTP:
        host, port = self._at.hostname or "", self._at.port or _PORTS[self._at.scheme]
        server: smtplib.SMTP
        if self._at.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
        try:
            server.ehlo_or_helo_if_needed()
            if self._at.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=self._context)
                server.ehlo()
            if self._at.username:
                server.login(unquote(self._at.username), unquote(self._at.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def _hand_over(server: smtplib.SMTP, mail: _Mail) -> Outcome:
    """Speak MAIL, RCPT and DATA; only after the last byte of DATA an answer can be lost."""
    try:
        code, _ = server.mail(mail.sender)
        if code == 250:
            code, _ = server.rcpt(mail.to)
    except (smtplib.SMTPException, OSError):
        return Outcome(Result.RETRY, trouble=Trouble.RETRYABLE)
    if code not in {250, 251}:
        return _refused(code)
    try:
        code, _ = server.data(mail.content)
    except smtplib.SMTPDataError as error:  # the server did not want to hear it
        return _refused(error.smtp_code)
    except (smtplib.SMTPException, OSError):
        return Outcome(Result.UNKNOWN, trouble=Trouble.LOST)
    if code != 250:
        return _refused(code)
    return Outcome(Result.ACCEPTED, code=code, reference=mail.reference)


def _refused(code: int, *, before_anybody: bool = False) -> Outcome:
    if code in _AUTH:
        return Outcome(Result.HALT, code=code, trouble=Trouble.CONFIGURATION)
    if 400 <= code < 500:
        return Outcome(Result.RETRY, code=code, trouble=Trouble.RETRYABLE)
    if before_anybody:
        return Outcome(Result.HALT, code=code, trouble=Trouble.CONFIGURATION)
    gone = code in _GONE
    return Outcome(
        Result.REFUSED, code=code, trouble=Trouble.PERSON_GONE if gone else Trouble.CONTENT
    )


class NoMail:
    """Stands where no SMTP server is set: mails wait, and staff are told why."""

    def send(self, _message: Outgoing) -> Outcome:
        return Outcome(Result.HALT, trouble=Trouble.PERMISSION)
