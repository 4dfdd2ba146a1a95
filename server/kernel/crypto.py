"""Encryption at rest: AES-256-GCM and keyed hashes for exact look-up, all with keys that rotate."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Tampered(Exception):
    """The bytes are not what we sealed for this place: changed, moved, or the key is gone."""


class Vault:
    """Seals what could hurt a person.

    A sealed value is `key id (1 byte) | nonce (12) | ciphertext and tag`. `where` (table.column)
    is authenticated, so a value copied into another column does not open. The highest key id
    encrypts; older ones still open, until everything is re-sealed (`keys rotate`). A keyed hash
    begins with the id of its key, too: look-ups ask for the hashes of every key in the ring.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = max(keys)
        self._index_keys = {
            key_id: hashlib.sha256(b"xiangyin blind index" + keys[key_id]).digest()
            for key_id in sorted(keys, reverse=True)
        }

    @property
    def current(self) -> int:
        """The id of the key that seals now."""
        return self._current

    @property
    def ring(self) -> frozenset[int]:
        """The ids of all keys at hand."""
        return frozenset(self._keys)

    def seal_bytes(self, content: bytes, *, where: str) -> bytes:
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._current].encrypt(nonce, content, where.encode())
        return bytes([self._current]) + nonce + sealed

    def open_bytes(self, blob: bytes, *, where: str) -> bytes:
        """Open; raise Tampered when it cannot be opened here."""
        key = self._keys.get(blob[0]) if blob else None
        if key is None:
            raise Tampered(where)
        try:
            return key.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], where.encode())
        except (InvalidTag, ValueError):
            raise Tampered(where) from None

    def seal(self, text: str, *, where: str) -> bytes:
        return self.seal_bytes(text.encode(), where=where)

    def open(self, blob: bytes, *, where: str) -> str:
        """Open; raise Tampered when it cannot be opened here."""
        return self.open_bytes(blob, where=where).decode()

    def key_id(self, blob: bytes) -> int:
        """Tell which key sealed or hashed this, to find what rotation still has to do."""
        return blob[0]

    def resealed(self, blob: bytes, *, where: str) -> bytes:
        """Return the same content under the current key. Raise Tampered."""
        return self.seal_bytes(self.open_bytes(blob, where=where), where=where)

    def blind(self, value: str, *, where: str) -> bytes:
        """Return the keyed hash to keep for exact look-up: key id (1 byte) | hash (16).

        Normalise the value first. Look up with `blinds`.
        """
        return self._blind(self._current, value, where)

    def blinds(self, value: str, *, where: str) -> list[bytes]:
        """Return every hash this value may be kept under, the current key's first."""
        return [self._blind(key_id, value, where) for key_id in self._index_keys]

    def _blind(self, key_id: int, value: str, where: str) -> bytes:
        message = where.encode() + b"\0" + value.encode()
        digest = hmac.new(self._index_keys[key_id], message, hashlib.sha256).digest()
        return bytes([key_id]) + digest[:16]
