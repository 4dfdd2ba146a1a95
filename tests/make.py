"""Ready-made pieces for tests: a clock that stands still, tools, a county with accounts."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.accounts import service as accounts
from server.demo.phone import call
from server.kernel.settings import Settings
from server.ports import Account, AccountKind, DataFormat

__all__ = ["call"]  # JSON over HTTP with a server on this machine

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in the county
NOBODY = "http://127.0.0.1:9"  # an address where nothing listens


class StandingClock:
    """Shows the time a test gives it."""

    def __init__(self, now: datetime = NOON):
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, **spans) -> datetime:
        self._now += timedelta(**spans)
        return self._now


def settings(*, database_url: str, redis_url: str, folder: Path, wechat_api: str = NOBODY):
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        secret_key="s" * 40,
        data_keys={1: b"k" * 32},
        data_dir=folder,
        base_url="http://127.0.0.1:8000",
        wechat_api=wechat_api,
        demo=True,
    )


def toolbox(settings: Settings, clock: StandingClock):
    """The real tools with a clock of ours."""
    from server import wiring  # here: a unit test need not load the whole house

    return dataclasses.replace(wiring.build(settings), clock=clock)


def allow(tools, person_id: int, template: str, *, times: int = 1, witness: str = "event") -> None:
    """Let a person's phone allow messages of a template, as taps on WeChat's dialog do."""
    from server.people import identities, subscriptions

    account_id = account(tools, "yunxi" if template == "case_notice" else "yunxi-mini").id
    with tools.sessions.begin() as db:
        mine = identities.only_id(db, person_id=person_id, account_id=account_id)
        for number in range(times):
            now = tools.clock.now() + timedelta(seconds=number)
            subscriptions.report(db, identity_id=mine, template=template, witness=witness, now=now)


TOKEN, AES_KEY = "qiaolian0token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def county(tools, slug: str = "yunxi", name: str = "云溪县侨联"):
    """Add a county with an official account (`slug`) and a mini-program (`slug`-mini)."""
    with tools.sessions.begin() as db:
        made = accounts.add_tenant(
            db, slug=slug, name=name, home_zone="Asia/Shanghai",
            office={"address": "侨兴路 18 号", "phone": "0000-8880101", "hours": "工作日"},
            now=tools.clock.now(),
        )  # fmt: skip
        for kind, suffix, appid in (
            (AccountKind.OFFICIAL, "", f"wx{slug:0<16}"),
            (AccountKind.MINI, "-mini", f"wx{slug + 'mini':0<16}"),
        ):
            accounts.add(
                db,
                accounts.NewAccount(
                    slug=slug + suffix, kind=kind, name=name, appid=appid[:18].lower(),
                    original_id=f"gh_{slug}{suffix}", secret="app-secret", token=TOKEN,
                    aes_key=AES_KEY,
                    data_format=DataFormat.XML if kind is AccountKind.OFFICIAL else DataFormat.JSON,
                ),
                tenant_id=made.id, vault=tools.vault, now=tools.clock.now(),
            )  # fmt: skip
    return made


def account(tools, slug: str = "yunxi") -> Account:
    with tools.sessions.read() as db:
        return accounts.opened(db, vault=tools.vault, slug=slug)


def introduce(sandbox: str, account: Account, **more: object) -> None:
    """Tell the platform's sandbox of an account; `more` replaces what it is told by itself."""
    told = {
        "kind": account.kind, "name": account.name, "secret": account.secret,
        "original_id": account.original_id, "token": account.token, "aes_key": account.aes_key,
        "callback_url": NOBODY, "mode": "safe", "format": account.data_format,
    }  # fmt: skip
    call("PUT", f"{sandbox}/sandbox/accounts/{account.appid}", {**told, **more})


def second_account(tools) -> Account:
    """Add another official account to the county, "yunxi-b"."""
    with tools.sessions.begin() as db:
        accounts.add(
            db,
            accounts.NewAccount(
                slug="yunxi-b", kind=AccountKind.OFFICIAL, name="云溪侨讯",
                appid="wxbbbbbbbbbbbbbbbb", original_id="gh_b", secret="s", token=TOKEN,
                aes_key=AES_KEY,
            ),
            tenant_id=account(tools).tenant_id, vault=tools.vault, now=NOON,
        )  # fmt: skip
    return account(tools, "yunxi-b")
