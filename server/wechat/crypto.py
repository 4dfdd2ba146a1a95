"""Signatures and AES of callbacks (WECHAT §1.1, §1.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32  # WeChat pads to 32 bytes, not to AES's 16
_PREFIX = 16  # random bytes before the message


def signature(*parts: str) -> str:
    """Return hex(sha1(sorted parts joined)), WeChat's signature."""
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def signed(given: str, *parts: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), signature(*parts).encode())


@lru_cache(maxsize=256)
def _cipher(encoding_aes_key: str) -> Cipher[modes.CBC]:
    # Not strict: the 43rd character may carry bits nobody uses.
    key = base64.b64decode(encoding_aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def decrypt(encrypted: str, *, aes_key: str, appid: str) -> bytes:
    """Return the message. Raise ValueError for anything that was not sealed for this appid."""
    opening = _cipher(aes_key).decryptor()
    plain = opening.update(base64.b64decode(encrypted)) + opening.finalize()
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("padding")
    start = _PREFIX + 4
    end = start + int.from_bytes(plain[_PREFIX:start], "big")
    if plain[end:-padding] != appid.encode():
        raise ValueError("appid")
    return plain[start:end]


def encrypt(message: str, *, aes_key: str, appid: str) -> str:
    content = message.encode()
    plain = secrets.token_bytes(_PREFIX) + len(content).to_bytes(4, "big") + content
    plain += appid.encode()
    padding = _BLOCK - len(plain) % _BLOCK
    sealing = _cipher(aes_key).encryptor()
    sealed = sealing.update(plain + bytes([padding]) * padding) + sealing.finalize()
    return base64.b64encode(sealed).decode()
