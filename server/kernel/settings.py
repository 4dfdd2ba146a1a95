"""Settings: read once from the environment, checked at start, frozen afterwards."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

T = TypeVar("T")
REAL_WECHAT = "https://api.weixin.qq.com"


class BadSettings(SystemExit):
    """The start is refused; the message names every setting to mend and how."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the processes need to know about where they run. All fields are checked."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    data_keys: Mapping[int, bytes] = field(repr=False)  # key id -> 32 bytes; the highest encrypts
    data_dir: Path
    base_url: str  # public address without a trailing slash
    wechat_api: str = REAL_WECHAT
    wechat_js: str = ""  # address of WeChat's script for web pages; "": our own copy of it
    home_zone: str = "Asia/Shanghai"
    demo: bool = False  # allows plain-http cookies; never set it where people are real
    log_level: str = "INFO"
    smtp_url: str = field(default="", repr=False)  # "": no letters by e-mail
    mail_from: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read `XIANGYIN_*`. Raise BadSettings naming every missing or nonsensical one at once."""
        reader = _Reader(os.environ if env is None else env)
        values = {
            "database_url": reader.need("DATABASE_URL", _database_url),
            "redis_url": reader.need("REDIS_URL", _redis_url),
            "secret_key": reader.need("SECRET_KEY", _secret_key),
            "data_keys": reader.need("DATA_KEYS", _data_keys),
            "data_dir": reader.need("DATA_DIR", _data_dir),
            "base_url": reader.need("BASE_URL", _web_address),
            "wechat_api": reader.may("WECHAT_API", _web_address, REAL_WECHAT),
            "wechat_js": reader.may("WECHAT_JS", _web_address, ""),
            "home_zone": reader.may("HOME_ZONE", _zone, "Asia/Shanghai"),
            "demo": reader.may("DEMO", _switch, default=False),
            "log_level": reader.may("LOG_LEVEL", _log_level, "INFO"),
            "smtp_url": reader.may("SMTP_URL", _smtp_url, ""),
            "mail_from": reader.may("MAIL_FROM", _mail_from, ""),
        }
        if bool(values["smtp_url"]) != bool(values["mail_from"]):
            reader.complain(
                "XIANGYIN_SMTP_URL and XIANGYIN_MAIL_FROM go together: set both or none"
            )
        reader.finish()
        return cls(**values)  # type: ignore[arg-type]


NAMES = (  # every variable the product reads; deploy/single-server/xiangyin.env lists the same
    "XIANGYIN_DATABASE_URL",
    "XIANGYIN_REDIS_URL",
    "XIANGYIN_SECRET_KEY",
    "XIANGYIN_DATA_KEYS",
    "XIANGYIN_DATA_DIR",
    "XIANGYIN_BASE_URL",
    "XIANGYIN_WECHAT_API",
    "XIANGYIN_WECHAT_JS",
    "XIANGYIN_HOME_ZONE",
    "XIANGYIN_DEMO",
    "XIANGYIN_LOG_LEVEL",
    "XIANGYIN_SMTP_URL",
    "XIANGYIN_MAIL_FROM",
)


class _Reader:
    """Collects every complaint so that an operator mends them in one go."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._complaints: list[str] = []

    def need(self, name: str, parse: Callable[[str], T]) -> T | None:
        text = self._env.get(f"XIANGYIN_{name}", "").strip()
        if not text:
            self._complaints.append(f"XIANGYIN_{name} is missing: {_HOW[name]}")
            return None
        return self._parse(name, text, parse)

    def may(self, name: str, parse: Callable[[str], T], default: T) -> T | None:
        text = self._env.get(f"XIANGYIN_{name}", "").strip()
        return self._parse(name, text, parse) if text else default

    def complain(self, words: str) -> None:
        self._complaints.append(words)

    def finish(self) -> None:
        if self._complaints:
            lines = "\n  - ".join(self._complaints)
            raise BadSettings(
                f"乡音 cannot start; mend these settings 请修正以下设置:\n  - {lines}"
            )

    def _parse(self, name: str, text: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(text)
        except ValueError as error:
            self._complaints.append(f"XIANGYIN_{name}: {error}; {_HOW[name]}")
            return None


_HOW = {
    "DATABASE_URL": "write sqlite:////absolute/path.db or postgresql+psycopg://user:pw@host/name",
    "REDIS_URL": "write redis://host:6379/0 or unix:///path/to/redis.sock",
    "SECRET_KEY": 'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
    "DATA_KEYS": "write 1:<32 bytes in base64>; make one with: "
    'python3 -c "import base64,os; print(base64.b64encode(os.urandom(32)).decode())"',
    "DATA_DIR": "name a folder that the service may write to",
    "BASE_URL": "write the public address, for example https://qiaolian.example.org",
    "WECHAT_API": "leave it out for the real platform, or write the sandbox's http address",
    "WECHAT_JS": "leave it out for our copy of the script, or write another's web address",
    "HOME_ZONE": "write an IANA zone name, for example Asia/Shanghai",
    "DEMO": "write 1 or 0",
    "SMTP_URL": "write smtp://user:password@host:587 or smtps://user:password@host:465",
    "MAIL_FROM": "write a name and an address: 云溪县侨联 <qiaolian@example.org>",
    "LOG_LEVEL": "write DEBUG, INFO, WARNING or ERROR",
}


def _database_url(text: str) -> str:
    if text.startswith("sqlite:////"):
        return text
    if text.startswith(("postgresql+psycopg://", "postgresql://")):
        return text.replace("postgresql://", "postgresql+psycopg://", 1)
    raise ValueError("only SQLite with an absolute path and PostgreSQL are supported")


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("not a Redis address")
    return text


def _secret_key(text: str) -> str:
    if len(text) < 32:
        raise ValueError("too short, at least 32 characters")
    return text


def _data_keys(text: str) -> Mapping[int, bytes]:
    keys: dict[int, bytes] = {}
    for part in text.split(","):
        name, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError("a key is not base64") from None
        if not name.isdigit() or not 1 <= int(name) <= 255 or int(name) in keys:
            raise ValueError("key ids are different whole numbers from 1 to 255")
        if len(key) != 32:
            raise ValueError("a key is not 32 bytes long")
        keys[int(name)] = key
    return keys


def _data_dir(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise ValueError("the path must be absolute")
    return path


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not a web address")
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("not the address of an SMTP server")
    return text


def _mail_from(text: str) -> str:
    if not re.fullmatch(r"[^@<>\s]+@[^@<>\s]+\.[^@<>\s]+", parseaddr(text)[1]):
        raise ValueError("no e-mail address")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone") from None
    return text


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("neither 0 nor 1")
    return text == "1"


def _log_level(text: str) -> str:
    if text not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("no such level")
    return text
