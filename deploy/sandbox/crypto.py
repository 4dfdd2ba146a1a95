"""Signatures and AES of the message push (WECHAT §1.1, §1.2), and of mini-program data (§5.2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # the push pads to 32 bytes, not to AES's 16


class BadCiphertext(ValueError):
    """Something that our key did not produce, or that was meant for another account."""


def sign(*parts: str) -> str:
    """Return the hex SHA-1 of the sorted parts put together."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 (WeChat's choice)


def key_of(encoding_aes_key: str) -> bytes:
    """Return the 32 bytes of the 43 characters; the last character may carry unused bits."""
    key = base64.b64decode(encoding_aes_key + "=")
    if len(key) != 32:
        raise BadCiphertext("EncodingAESKey must have 43 characters")
    return key


def _pad(data: bytes, size: int) -> bytes:
    missing = size - len(data) % size
    return data + bytes([missing]) * missing


def _unpad(data: bytes, size: int) -> bytes:
    if not data or not 1 <= data[-1] <= size or data[-data[-1] :] != data[-1:] * data[-1]:
        raise BadCiphertext("wrong padding")
    return data[: -data[-1]]


def _aes(key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def seal(message: str, encoding_aes_key: str, appid: str, random: bytes | None = None) -> str:
    """Return base64 of AES(16 random bytes | length | message | appid)."""
    key = key_of(encoding_aes_key)
    body = message.encode()
    plain = (random or os.urandom(16)) + struct.pack(">I", len(body)) + body + appid.encode()
    box = _aes(key, key[:16]).encryptor()
    return base64.b64encode(box.update(_pad(plain, BLOCK)) + box.finalize()).decode()


def open_sealed(sealed: str, encoding_aes_key: str, appid: str) -> str:
    """Return the message; raise BadCiphertext unless key, length, padding and appid all fit."""
    key = key_of(encoding_aes_key)
    try:
        data = base64.b64decode(sealed, validate=True)
        box = _aes(key, key[:16]).decryptor()
        plain = _unpad(box.update(data) + box.finalize(), BLOCK)
        (length,) = struct.unpack(">I", plain[16:20])
        body, receiver = plain[20 : 20 + length], plain[20 + length :]
        if len(body) != length or receiver != appid.encode():
            raise BadCiphertext("meant for another account")
        return body.decode()
    except (binascii.Error, struct.error, ValueError) as error:
        raise BadCiphertext(str(error)) from error


def seal_for_client(text: str, session_key: str) -> tuple[str, str]:
    """Return encryptedData and iv as the phone hands them out: AES-128-CBC, PKCS#7."""
    iv = os.urandom(16)
    box = _aes(base64.b64decode(session_key), iv).encryptor()
    data = box.update(_pad(text.encode(), 16)) + box.finalize()
    return base64.b64encode(data).decode(), base64.b64encode(iv).decode()
