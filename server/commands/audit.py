"""`flask --app server audit …`: prove that nobody touched the record of deeds."""

from __future__ import annotations

import click

from server.accounts import service as accounts
from server.commands.base import KindGroup, toolbox
from server.staff import audit as chain

audit = KindGroup("audit", help="The record of who did what (操作记录).")
_WORDS = {
    "missing": "is missing",
    "changed": "was changed",
    "end": "and what follows were cut off, or added by hand",
}


@audit.command("verify")
@click.argument("slug")
def audit_verify(slug: str) -> None:
    """Walk a county's whole chain; fail and say where when a row was changed or removed.

    Write the printed hash down elsewhere: it proves everything up to that number.
    """
    tools = toolbox()
    with tools.sessions.read() as session:
        tenant_id = accounts.tenant_by_slug(session, slug).id
        faults = list(chain.verify(session, tenant_id, vault=tools.vault))
        number, digest = chain.head(session, tenant_id)
    for fault in faults:
        click.echo(f"entry {fault.number} {_WORDS[fault.what]}")
    if faults:
        raise click.ClickException(f"{len(faults)} places where the chain does not hold")
    click.echo(f"{number} entries, unbroken; the last is {digest}")
