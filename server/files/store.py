"""Keep photos sealed: one file each, named by chance, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
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
        _write_whole(half, self._vault.seal_bytes(content, where=f"file.{key}"))
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

    def sealed_with(self) -> Iterator[tuple[str, int]]:
        """Yield every file's key and the id of the key it is sealed with."""
        for path in sorted(self._folder.glob("??/*")):
            if _KEY.match(path.name):
                with path.open("rb") as file:
                    yield path.name, self._vault.key_id(file.read(1))

    def reseal(self, key: str) -> None:
        """Seal a file anew with the current key; one that was removed meanwhile stays away."""
        path = self._path(key)
        try:
            blob = self._vault.resealed(path.read_bytes(), where=f"file.{key}")
        except FileNotFoundError:
            return
        half = path.with_suffix(".part")
        _write_whole(half, blob)
        if path.exists():
            half.replace(path)
        else:
            half.unlink()

    def _path(self, key: str) -> Path:
        if not _KEY.match(key):
            raise NotFound("file")
        return self._folder / key[:2] / key


def _write_whole(path: Path, blob: bytes) -> None:
    with path.open("wb") as file:
        file.write(blob)
        file.flush()
        os.fsync(file.fileno())
