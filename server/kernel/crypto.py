"""Encryption at rest: AES-256-GCM with key ids that rotate, and keyed hashes for exact look-up."""

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
    encrypts; older ones still open, until everything is re-sealed.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = max(keys)
        # The lowest key also feeds the look-up hashes and therefore stays in the ring.
        self._index_key = hashlib.sha256(b"xiangyin blind index" + keys[min(keys)]).digest()

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
        """Tell which key sealed this, to find what rotation still has to re-seal."""
        return blob[0]

    def blind(self, value: str, *, where: str) -> bytes:
        """Return a 16-byte keyed hash for exact look-up. Normalise the value first."""
        message = where.encode() + b"\0" + value.encode()
        return hmac.new(self._index_key, message, hashlib.sha256).digest()[:16]
