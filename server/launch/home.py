"""The folder `var/`: what `make run` keeps between runs, and the lock that only one may hold."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
import string
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).parents[2]
SOCKET_LIMIT = 100  # bytes a socket's path may have (the kernel allows 107)


class CannotStart(SystemExit):
    """The start is given up; the message is for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below `var/`."""

    var: Path

    @property
    def database(self) -> Path:
        return self.var / "xiangyin.db"

    @property
    def secrets(self) -> Path:
        return self.var / "secrets"

    @property
    def demo(self) -> Path:
        return self.var / "demo.json"

    @property
    def preview(self) -> Path:
        return self.var / "miniprogram-web"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def files(self) -> Path:
        return self.var / "files"

    @property
    def socket(self) -> Path:
        """Where the embedded Redis-protocol server listens; elsewhere when `var/` lies deep."""
        near = self.run / "valkey.sock"
        if len(os.fsencode(near)) <= SOCKET_LIMIT:
            return near
        name = hashlib.sha256(os.fsencode(near)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"xiangyin-{os.getuid()}-{name}" / "valkey.sock"

    def prepare(self) -> None:
        """Make the folders; what lies in `var/` is closed to others."""
        for folder in (self.var, self.log, self.run, self.valkey, self.files, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.var.chmod(0o700)
        if self.socket.parent.stat().st_uid != os.getuid():
            raise CannotStart(f"{self.socket.parent} belongs to another user; remove it")


def take_lock(home: Home) -> TextIO:
    """Hold the lock of this folder until the process ends, however it ends."""
    file = (home.run / "launch.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise CannotStart(
            f"乡音 is already running from this folder (process {holder}). "
            "已在运行，请先在那个窗口按 Ctrl-C。"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def open_secrets(
    home: Home, accounts: Mapping[str, str], staff: Mapping[str, str]
) -> dict[str, Any]:
    """Return this installation's secrets; make them at the first start (file mode 0600).

    `accounts` and `staff` are the demo's slugs and logins; each gets random secrets of its own.
    """
    if home.secrets.exists():
        kept: dict[str, Any] = json.loads(home.secrets.read_text(encoding="utf-8"))
        return kept
    if home.database.exists():
        raise CannotStart(
            f"{home.secrets} is missing, and {home.database} cannot be read without it. Put the "
            "file back from your backup, or move the var folder away to begin anew. "
            "缺少 var/secrets，请从备份恢复。"
        )
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "data_keys": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "accounts": {slug: _account_secrets() for slug in accounts},
        "staff": {login: "demo-" + _letters(10, string.ascii_lowercase) for login in staff},
    }
    write_private(home.secrets, made)
    return made


def _account_secrets() -> dict[str, str]:
    return {
        "secret": secrets.token_hex(16),
        "token": _letters(24),
        "aes_key": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    }


def _letters(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only this user may read; a reader never sees half a file."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
