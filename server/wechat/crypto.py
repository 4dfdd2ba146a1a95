"""Signatures and AES of callbacks (WECHAT §1.1, §1.2), on wechatpy's cipher."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from wechatpy.crypto import PrpCrypto


def signature(*parts: str) -> str:
    """Return hex(sha1(sorted parts joined)), WeChat's signature."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def signed(given: str, *parts: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(), signature(*parts).encode())


@lru_cache(maxsize=256)
def _key(encoding_aes_key: str) -> bytes:
    # Not strict: the 43rd character may carry bits nobody uses.
    return base64.b64decode(encoding_aes_key + "=")


def decrypt(encrypted: str, *, aes_key: str, appid: str) -> bytes:
    """Return the message. Raise an exception of wechatpy, cryptography or Python on any fault."""
    message: bytes | str = PrpCrypto(_key(aes_key)).decrypt(encrypted, appid)
    return message if isinstance(message, bytes) else message.encode()


def encrypt(message: str, *, aes_key: str, appid: str) -> str:
    sealed: bytes | str = PrpCrypto(_key(aes_key)).encrypt(message, appid)
    return sealed.decode() if isinstance(sealed, bytes) else sealed
