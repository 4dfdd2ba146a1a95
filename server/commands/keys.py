"""`flask --app server keys …`: change the keys that personal data is sealed with."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from server import tables
from server.commands.base import KindGroup, toolbox
from server.kernel import rotation
from server.kernel.crypto import Tampered
from server.kernel.errors import NotFound
from server.kernel.rotation import Place
from server.toolbox import Toolbox

keys = KindGroup("keys", help="The keys personal data is sealed with (XIANGYIN_DATA_KEYS).")
RECOVERY = "staff_recovery_code"


@keys.command("status")
def status() -> None:
    """Tell what still needs which key, and which old key may be taken away."""
    tools = toolbox()
    if not _tell(tools):
        raise click.ClickException("some values need a key that is not in XIANGYIN_DATA_KEYS")


@keys.command("rotate")
def rotate() -> None:
    """Seal everything anew with the highest key, while the system runs.

    Add the new key (a higher number) to XIANGYIN_DATA_KEYS beside the old one and restart every
    process first. May be stopped or killed at any moment and called again: what is done stays.
    """
    tools = toolbox()
    stuck = sum(_table(tools, place) for place in tables.sealed_places()) + _files(tools)
    click.echo()
    fine = _tell(tools)
    if stuck or not fine:
        raise click.ClickException(
            f"{stuck} values could not be opened: they were changed by hand, or their key is gone"
        )


def _table(tools: Toolbox, place: Place) -> int:
    """Seal one table anew; return how many values could not be opened."""
    if not place.sealed:
        return 0
    after: tuple[Any, ...] | None = None
    done = stuck = 0
    while True:
        with tools.sessions.begin() as db:
            made = rotation.step(db, place, after=after, vault=tools.vault)
        done, stuck, after = done + made.done, stuck + made.stuck, made.last
        if after is None:
            break
        click.echo(f"{place.table.name}: {done} rows …")
    if done or stuck:
        click.echo(f"{place.table.name}: {done} rows" + (f", {stuck} stuck" if stuck else ""))
    return stuck


def _files(tools: Toolbox) -> int:
    done = stuck = 0
    for key, key_id in tools.files.sealed_with():
        if key_id == tools.vault.current:
            continue
        try:
            tools.files.reseal(key)
            done += 1
        except (Tampered, NotFound):
            stuck += 1
    if done or stuck:
        click.echo(f"files: {done}" + (f", {stuck} stuck" if stuck else ""))
    return stuck


def held(tools: Toolbox) -> tuple[Counter[int], Counter[int]]:
    """Return how many kept values need each key: what rotation does, and recovery codes."""
    found: Counter[int] = Counter()
    codes: Counter[int] = Counter()
    for place in tables.sealed_places():
        with tools.sessions.read() as db:
            under = rotation.held_under(db, place)
        (codes if place.table.name == RECOVERY else found).update(under)
    found.update(key_id for _, key_id in tools.files.sealed_with())
    for path in (tools.settings.data_dir / "backlog").glob("*"):
        if blob := path.read_bytes()[:1]:
            found[blob[0]] += 1
    return found, codes


def _tell(tools: Toolbox) -> bool:
    """Print the state of every key; return whether everything kept can be opened."""
    found, codes = held(tools)
    vault = tools.vault
    for key_id in sorted(vault.ring | set(found) | set(codes)):
        here = "" if key_id in vault.ring else " — NOT in XIANGYIN_DATA_KEYS"
        now = " (seals now)" if key_id == vault.current else ""
        click.echo(f"key {key_id}{now}: {found[key_id]} values{here}")
        if key_id == vault.current:
            continue
        if codes[key_id]:
            click.echo(
                f"  {codes[key_id]} recovery codes of staff were made with it and end with it: "
                "ask those colleagues to make new ones (设置 → 我的)"
            )
        if found[key_id]:
            click.echo("  still needed: run `flask --app server keys rotate`")
        elif not codes[key_id]:
            click.echo(
                "  not needed any more: take it out of XIANGYIN_DATA_KEYS and restart. "
                "Keep it with the backups made until today; they need it."
            )
    return not (set(found) | set(codes)) - vault.ring
