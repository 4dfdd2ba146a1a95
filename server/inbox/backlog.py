"""Callbacks the database could not take in time: kept on disk, sealed, and taken in later."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.kernel.crypto import Tampered, Vault

WHERE = "backlog.callback"


@dataclass(frozen=True, slots=True)
class Kept:
    path: Path
    slug: str  # of the account
    query: Mapping[str, str]
    body: bytes
    received_at: datetime


def keep(
    folder: Path,
    *,
    slug: str,
    query: Mapping[str, str],
    body: bytes,
    vault: Vault,
    now: datetime,
) -> None:
    """Write a callback to disk, whole, before WeChat is told `success`."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(
        {"slug": slug, "query": dict(query), "body": body.hex(), "at": now.isoformat()}
    )
    path = folder / f"{now.timestamp():.6f}-{secrets.token_hex(4)}.callback"
    half = path.with_suffix(".part")
    with half.open("wb") as file:
        file.write(vault.seal(content, where=WHERE))
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def kept(folder: Path, *, vault: Vault) -> Iterator[Kept]:
    """Yield what waits, oldest first. What cannot be opened is set aside, not deleted."""
    for path in sorted(folder.glob("*.callback")):
        try:
            values = json.loads(vault.open(path.read_bytes(), where=WHERE))
        except (Tampered, ValueError):
            path.replace(path.with_suffix(".unreadable"))
            continue
        except FileNotFoundError:  # another worker was faster
            continue
        yield Kept(
            path=path,
            slug=values["slug"],
            query=values["query"],
            body=bytes.fromhex(values["body"]),
            received_at=datetime.fromisoformat(values["at"]),
        )


def done(one: Kept) -> None:
    one.path.unlink(missing_ok=True)
