"""`flask --app server divisions …`: load, import, find; say where a federation sits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.commands.base import KindGroup, toolbox
from server.places import changes, imports, lists, national
from server.places import service as places
from server.places.names import AliasKind
from server.places.search import search

divisions = KindGroup("divisions", help="Divisions of China (行政区划).")
_TENANT = click.option("--tenant", "slug", help="As this county's own, not for everybody.")


def _tenant_id(session: Session, slug: str | None) -> int | None:
    return accounts.tenant_by_slug(session, slug).id if slug else None


@divisions.command("load")
def divisions_load() -> None:
    """Add the shipped provinces, prefectures and counties that are not there yet."""
    with toolbox().sessions.begin() as session:
        click.echo(f"{national.load(session)} added")


@divisions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--under", required=True, help="Code of the division the list belongs to: 331121.")
@_TENANT
@click.option("--end-vanished", is_flag=True, help="End what the list no longer has.")
@click.option("--yes", is_flag=True, help="Do it; without this, only say what would happen.")
def divisions_import(
    file: Path, under: str, slug: str | None, end_vanished: bool, yes: bool
) -> None:
    """Take in towns and villages from FILE (.csv, .xlsx with 代码 and 名称). All or nothing."""
    tools = toolbox()
    listing = lists.read(file)
    with tools.sessions.read() as session:
        found = _compare(session, listing, under, slug)
    _tell(found, end_vanished=end_vanished)
    if found.problems:
        raise click.ClickException(f"{len(found.problems)} rows to correct; nothing was changed")
    if not yes:
        click.echo("nothing was changed; add --yes to do it")
        return
    with tools.sessions.begin() as session:
        imports.carry_out(
            session,
            _compare(session, listing, under, slug),
            source=f"{file.name} {tools.clock.now().date()}",
            on=tools.clock.now().date(),
            end_vanished=end_vanished,
        )
    click.echo("done")


def _compare(
    session: Session, listing: lists.Listing, under: str, slug: str | None
) -> imports.Plan:
    tenant_id = _tenant_id(session, slug)
    top = places.find(session, under, tenant_id=tenant_id)
    return imports.plan(session, listing, under=top, tenant_id=tenant_id)


def _tell(found: imports.Plan, *, end_vanished: bool) -> None:
    for problem in found.problems:
        click.echo(f"row {problem.row}: {problem.text}")
    for one, name in found.renamed:
        click.echo(f"rename {one.code} {one.name} → {name}")
    fate = "end" if end_vanished else "not in the list, stays"
    for one in found.vanished:
        click.echo(f"{fate}: {one.code} {one.name}")
    click.echo(
        f"{found.under.full_name}: {len(found.new)} new, {len(found.renamed)} renamed, "
        f"{len(found.revived)} revived, {found.same} as before, {len(found.vanished)} not listed, "
        f"{found.elsewhere} of elsewhere"
    )


@divisions.command("find")
@click.argument("text")
@_TENANT
def divisions_find(text: str, slug: str | None) -> None:
    """Look for a division by name, old name, pinyin or initials."""
    with toolbox().sessions.read() as session:
        tenant_id = _tenant_id(session, slug)
        for one in search(session, tenant_id, text):
            said = places.describe(session, one.place.code, tenant_id=tenant_id)
            click.echo(f"{one.place.code:24} {said}")


@divisions.command("seat")
@click.argument("slug")
@click.argument("code")
def divisions_seat(slug: str, code: str) -> None:
    """Say which division a county's federation works for."""
    with toolbox().sessions.begin() as session:
        county = accounts.tenant_by_slug(session, slug)
        click.echo(changes.set_seat(session, county.id, code).full_name)


@divisions.command("add")
@click.argument("slug")
@click.argument("name")
@click.option("--under", required=True, help="Code of the division it lies in.")
@click.option("--code", help="Its official code; a number of our own when left out.")
def divisions_add(slug: str, name: str, under: str, code: str | None) -> None:
    """Add one division of a county's own: a hamlet, a village newer than the lists."""
    with toolbox().sessions.begin() as session:
        tenant_id = accounts.tenant_by_slug(session, slug).id
        made = changes.add_node(
            session, tenant_id=tenant_id, name=name, parent_code=under, code=code
        )
        click.echo(f"{made.code} {made.full_name}")


@divisions.command("alias")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice([kind.value for kind in AliasKind]), default="former")
@_TENANT
def divisions_alias(code: str, name: str, kind: str, slug: str | None) -> None:
    """Note another name of a division: a former one, a commune, an old county."""
    with toolbox().sessions.begin() as session:
        tenant_id = _tenant_id(session, slug)
        changes.add_alias(session, code, name, AliasKind(kind), tenant_id=tenant_id)
        click.echo(places.describe(session, code, tenant_id=tenant_id))


@divisions.command("rename")
@click.argument("code")
@click.argument("name")
@_TENANT
def divisions_rename(code: str, name: str, slug: str | None) -> None:
    """Give a division a new name under its old code; the old name stays findable."""
    with toolbox().sessions.begin() as session:
        tenant_id = _tenant_id(session, slug)
        changes.rename(session, code, name, tenant_id=tenant_id)
        click.echo(places.describe(session, code, tenant_id=tenant_id))


@divisions.command("end")
@click.argument("code")
@click.option("--by", help="Code of its successor; left out when it was abolished or split.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@_TENANT
def divisions_end(code: str, by: str | None, day: datetime, slug: str | None) -> None:
    """End a division and all in it; records keep it, its successor sees them."""
    with toolbox().sessions.begin() as session:
        tenant_id = _tenant_id(session, slug)
        changes.replace(session, code, by=by, on=day.date(), tenant_id=tenant_id)
        click.echo(places.describe(session, code, tenant_id=tenant_id))
