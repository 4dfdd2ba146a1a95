"""The toolbox an entry point hands down: built once, in wiring.py or in a test."""

from __future__ import annotations

from dataclasses import dataclass

from server.kernel.clock import Clock
from server.kernel.crypto import Vault
from server.kernel.db import Sessions
from server.kernel.settings import Settings
from server.ports import AccountBook, Codec, Files, Jobs, Limiter, Messenger, Platform


@dataclass(frozen=True, slots=True)
class Toolbox:
    settings: Settings
    sessions: Sessions
    clock: Clock
    vault: Vault
    accounts: AccountBook
    codec: Codec
    messenger: Messenger
    platform: Platform
    limiter: Limiter
    jobs: Jobs
    files: Files
