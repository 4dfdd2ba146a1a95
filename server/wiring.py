"""Choose the real tools. The only file that knows which adapter stands behind which port."""

from __future__ import annotations

from server import tables  # noqa: F401 (a foreign key may point into any room)
from server.accounts.book import Book
from server.files.store import SealedFiles
from server.kernel import redis
from server.kernel.clock import SystemClock
from server.kernel.crypto import Vault
from server.kernel.db import Sessions
from server.kernel.jobs import DramatiqJobs, make_broker
from server.kernel.redis import RateLimiter
from server.kernel.settings import Settings
from server.mail.smtp import NoMail, SmtpSender
from server.ports import Channel, Jobs, Messenger, Outcome, Outgoing
from server.toolbox import Toolbox
from server.wechat.codec import WeChatCodec
from server.wechat.gateway import WeChatGateway

# Calls per account, below what WeChat allows (WECHAT §4.5: 60 mass calls a minute).
RATES = {
    "mass": "50/minute",
    "mass_by_tag": "50/minute",
    "customer": "40/second",
    "template": "40/second",
    "mini_subscription": "40/second",
    "official_subscription": "40/second",
    "email": "5/second",  # kind to the mail servers of small offices
    "letter_reply": "10/10minutes",  # replies to a letter, per address
    "letter_replies": "3000/hour",  # to one letter from anywhere: the morning of a festival
    "submit": "60/minute",  # creating requests per person
    "sign_in": "10/5minutes",  # tries per login and address, passwords and codes apart
    "sign_in_known": "10/5minutes",  # per login and device that signed in before: a lane of its own
    "sign_in_from": "60/5minutes",  # per address: an office has one for all
    "sign_in_to": "50/hour",  # per login from devices nobody knows
    "own_password": "10/5minutes",  # asked again before something that matters
    "sign_page": "120/minute",  # for WeChat's browser, per address: many phones behind one
    "mini_sign_in": "120/minute",  # per address: many phones stand behind one
}
# A petition does not wait for our Redis, nor do colleagues on their own devices.
LENIENT = ("submit", "mini_sign_in", "sign_in_known", "sign_page")


class Senders:
    """Implements Messenger: letters by e-mail go to the mail server, all others to WeChat."""

    def __init__(self, wechat: Messenger, mail: Messenger) -> None:
        self._wechat, self._mail = wechat, mail

    def send(self, message: Outgoing) -> Outcome:
        by_mail = message.channel is Channel.EMAIL
        return (self._mail if by_mail else self._wechat).send(message)


def _mail(settings: Settings, clock: SystemClock) -> Messenger:
    if not settings.smtp_url:
        return NoMail()
    return SmtpSender(settings.smtp_url, settings.mail_from, clock)


def build(settings: Settings, *, jobs: Jobs | None = None) -> Toolbox:
    """Build the toolbox of a process. Call after fork: connections do not survive one."""
    clock = SystemClock()
    vault = Vault(settings.data_keys)
    sessions = Sessions(settings.database_url)
    book = Book(sessions, vault, clock)
    gateway = WeChatGateway(
        book, redis.client(settings.redis_url), base_url=settings.wechat_api, clock=clock
    )
    return Toolbox(
        settings=settings,
        sessions=sessions,
        clock=clock,
        vault=vault,
        accounts=book,
        codec=WeChatCodec(),
        messenger=Senders(gateway, _mail(settings, clock)),
        platform=gateway,
        limiter=RateLimiter(settings.redis_url, RATES, lenient=LENIENT),
        jobs=jobs or DramatiqJobs(make_broker(settings.redis_url)),
        files=SealedFiles(settings.data_dir / "files", vault),
    )
