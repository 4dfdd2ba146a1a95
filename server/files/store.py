"""Keep photos sealed: one file each, named by chance, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from server.kernel.crypto import Vault
from server.kernel.errors import NotFound

_KEY = re.compile(r"^[0-9a-f]{32}$")


class SealedFiles:
    """Implements Files. The key of a file is part of what is authenticated."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def put(self, content: bytes) -> str:
        """Seal and store; return the key. The file is on disk when this returns."""
        key = secrets.token_hex(16)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        with half.open("wb") as file:
            file.write(self._vault.seal_bytes(content, where=f"file.{key}"))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        return key

    def get(self, key: str) -> bytes:
        """Return the content; raise NotFound when there is no such file."""
        try:
            blob = self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("file") from None
        return self._vault.open_bytes(blob, where=f"file.{key}")

    def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.match(key):
            raise NotFound("file")
        return self._folder / key[:2] / key
