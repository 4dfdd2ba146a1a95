"""Hand a mail to an SMTP server, and say truly what came of it (RFC 5321 §4.2)."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import SplitResult, unquote, urlsplit

from server.kernel.clock import Clock
from server.mail.composing import compose
from server.ports import Outcome, Outgoing, Result, Trouble

_UNFOLDED = SMTP.clone(max_line_length=900)  # a link in a header stays in one piece
TIMEOUT = 15.0  # seconds, for each step
_PORTS = {"smtp": 587, "smtps": 465}
_AUTH = frozenset({530, 534, 535, 538})
_GONE = frozenset({550, 551, 553, 511, 521})


class SmtpSender:
    """Implements Messenger for e-mail. `address` is smtp://user:password@host:587 or smtps://."""

    def __init__(
        self, address: str, sender: str, clock: Clock, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._at: SplitResult = urlsplit(address)
        self._sender, self._clock = sender, clock
        self._context = context or ssl.create_default_context()

    def send(self, message: Outgoing) -> Outcome:
        """Send one mail to one person. Never raises."""
        (to,) = message.addresses
        mail = compose(
            message.payload, to=to, sender=self._sender,
            message_id=message.envelope_id, now=self._clock.now(),
        )  # fmt: skip
        try:
            server = self._connect()
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, before_anybody=True)
        except smtplib.SMTPNotSupportedError:  # it takes no passwords, or only over TLS
            return Outcome(Result.HALT, trouble=Trouble.CONFIGURATION)
        except (smtplib.SMTPException, OSError):
            return Outcome(Result.RETRY, trouble=Trouble.RETRYABLE)  # nothing was said yet
        try:
            return _hand_over(server, mail, to)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

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


def _hand_over(server: smtplib.SMTP, mail: EmailMessage, to: str) -> Outcome:
    """Speak MAIL, RCPT and DATA; only after the last byte of DATA an answer can be lost."""
    try:
        code, _ = server.mail(str(mail["From"].addresses[0].addr_spec))
        if code == 250:
            code, _ = server.rcpt(to)
    except (smtplib.SMTPException, OSError):
        return Outcome(Result.RETRY, trouble=Trouble.RETRYABLE)
    if code not in {250, 251}:
        return _refused(code)
    try:
        code, _ = server.data(mail.as_bytes(policy=_UNFOLDED))
    except smtplib.SMTPDataError as error:  # the server did not want to hear it
        return _refused(error.smtp_code)
    except (smtplib.SMTPException, OSError):
        return Outcome(Result.UNKNOWN, trouble=Trouble.LOST)
    if code != 250:
        return _refused(code)
    return Outcome(Result.ACCEPTED, code=code, reference=str(mail["Message-ID"]))


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
