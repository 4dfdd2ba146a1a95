"""Commands for operators: `flask --app server …`."""

from __future__ import annotations

import json
import secrets
import string
from enum import StrEnum
from pathlib import Path

import click
from flask import Flask

from server import migrate
from server.accounts import service as accounts
from server.commands.audit import audit
from server.commands.base import KindGroup, toolbox
from server.commands.catalogue import catalogue
from server.commands.divisions import divisions
from server.commands.keys import keys
from server.commands.staff import staff
from server.inbox import keywords as keyword_room
from server.inbox.keywords import Keyword
from server.kernel.db import make_engine
from server.kernel.settings import Settings
from server.outbox import service as outbox
from server.ports import AccountKind, AccountType, CallbackMode, DataFormat
from server.toolbox import Toolbox


def _one_of(kind: type[StrEnum]) -> click.Choice[str]:
    """Offer the values of an enumeration as they are written in the guides."""
    return click.Choice([one.value for one in kind])


db = KindGroup("db", help="Schema of the database.")


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up (to REVISION)."""
    engine = make_engine(Settings.from_env().database_url)
    migrate.upgrade(engine, revision)
    click.echo(f"schema: {migrate.current(engine)}")


@db.command()
@click.argument("revision")
@click.confirmation_option(prompt="Going down drops tables and their data. Continue?")
def downgrade(revision: str) -> None:
    """Take the schema down to REVISION ("base" empties the database)."""
    engine = make_engine(Settings.from_env().database_url)
    migrate.downgrade(engine, revision)
    click.echo(f"schema: {migrate.current(engine)}")


tenant = KindGroup("tenant", help="Counties (县侨联) on this installation.")


@tenant.command("add")
@click.argument("slug")
@click.argument("name")
@click.option("--zone", default="Asia/Shanghai", show_default=True, help="IANA time zone.")
@click.option("--address", default="", help="Shown to people as the manual path.")
@click.option("--phone", default="")
@click.option("--hours", default="")
def tenant_add(slug: str, name: str, zone: str, address: str, phone: str, hours: str) -> None:
    """Add a county."""
    tools = toolbox()
    office = {"address": address, "phone": phone, "hours": hours}
    with tools.sessions.begin() as session:
        accounts.add_tenant(
            session, slug=slug, name=name, home_zone=zone, office=office, now=tools.clock.now()
        )
    click.echo(f"added {name}")


account = KindGroup("accounts", help="Official accounts and mini-programs.")


@account.command("add")
@click.argument("tenant_slug")
@click.argument("slug")
@click.option("--kind", type=_one_of(AccountKind), required=True)
@click.option(
    "--type",
    "account_type",
    type=_one_of(AccountType),
    default=AccountType.SERVICE.value,
    help="What an official account is registered as.",
)
@click.option("--name", required=True)
@click.option("--appid", required=True)
@click.option("--original-id", required=True, help="gh_…")
@click.option(
    "--mode",
    type=_one_of(CallbackMode),
    default=CallbackMode.SAFE.value,
)
@click.option("--format", "data_format", type=_one_of(DataFormat), default="xml")
@click.option("--secret", prompt=True, hide_input=True, help="AppSecret; asked for when left out.")
@click.option("--token", default="", help="Made when left out.")
@click.option("--aes-key", default="", help="EncodingAESKey, 43 characters; made when left out.")
def account_add(tenant_slug: str, **given: str) -> None:
    """Add an account and print what to enter in the WeChat console."""
    tools = toolbox()
    token = given["token"] or secrets.token_hex(12)
    letters = string.ascii_letters + string.digits
    aes_key = given["aes_key"] or "".join(secrets.choice(letters) for _ in range(43))
    new = accounts.NewAccount(
        slug=given["slug"],
        kind=AccountKind(given["kind"]),
        name=given["name"],
        appid=given["appid"],
        original_id=given["original_id"],
        secret=given["secret"],
        token=token,
        aes_key=aes_key,
        mode=CallbackMode(given["mode"]),
        data_format=DataFormat(given["data_format"]),
        account_type=AccountType(given["account_type"]),
    )
    with tools.sessions.begin() as session:
        county = accounts.tenant_by_slug(session, tenant_slug)
        accounts.add(session, new, tenant_id=county.id, vault=tools.vault, now=tools.clock.now())
    click.echo(f"URL             {tools.settings.base_url}/wechat/{new.slug}/callback")
    click.echo(f"Token           {token}")
    click.echo(f"EncodingAESKey  {aes_key}")


@account.command("list")
def account_list() -> None:
    """List accounts, without their secrets."""
    with toolbox().sessions.read() as session:
        for one in accounts.listing(session):
            state = "retired" if one.retired else "in use"
            click.echo(f"{one.slug:20} {one.kind:9} {one.appid}  {one.mode:10} {state}  {one.name}")


@account.command("set")
@click.argument("slug")
@click.argument("pairs", nargs=-1, required=True)
def account_set(slug: str, pairs: tuple[str, ...]) -> None:
    """Change fields: `accounts set yunxi mode=safe secret=…`."""
    values = dict(pair.partition("=")[::2] for pair in pairs)
    tools = toolbox()
    with tools.sessions.begin() as session:
        accounts.change(session, slug, values, vault=tools.vault)
    click.echo(f"changed {', '.join(sorted(values))}")


@account.command("template")
@click.argument("slug")
@click.argument("key")
@click.argument("template_id")
def account_template(slug: str, key: str, template_id: str) -> None:
    """Name the WeChat template that serves KEY.

    case_progress: subscription messages of a mini-program, template messages of a 服务号.
    case_notice: subscription notices (订阅通知) of an official account; one tap, one message.
    """
    tools = toolbox()
    with tools.sessions.begin() as session:
        accounts.set_template(session, slug, key=key, template_id=template_id)
    click.echo(f"saved: {accounts.TEMPLATES[key]}")
    if key == "case_notice":
        click.echo(f"people allow it at {tools.settings.base_url}/notices/{slug}")


@account.command("retire")
@click.argument("slug")
@click.confirmation_option(prompt="The account stops receiving and sending. Continue?")
def account_retire(slug: str) -> None:
    """Stop using an account; `accounts restore` undoes it."""
    tools = toolbox()
    with tools.sessions.begin() as session:
        accounts.retire(session, slug, now=tools.clock.now())
    click.echo("retired")


@account.command("restore")
@click.argument("slug")
def account_restore(slug: str) -> None:
    """Use a retired account again."""
    with toolbox().sessions.begin() as session:
        accounts.restore(session, slug)
    click.echo("restored")


@account.command("check")
@click.argument("slug")
def account_check(slug: str) -> None:
    """Fetch a token: proves AppID, AppSecret and the IP list."""
    tools = toolbox()
    tools.platform.check(tools.accounts.by_slug(slug).id)
    click.echo("ok: WeChat gave a token")


menu = KindGroup("menu", help="The menu of an official account.")


@menu.command("push")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def menu_push(slug: str, file: Path) -> None:
    """Send the menu in FILE (JSON as WeChat documents it) to an account.

    `{mini_appid}` and `{base_url}` in the file are replaced.
    """
    tools = toolbox()
    push_menu(tools, slug, file.read_text(encoding="utf-8"))
    click.echo("pushed; phones show it after re-entering the account (up to 5 minutes)")


def push_menu(tools: Toolbox, slug: str, text: str) -> None:
    """Fill in the county's mini-program and address, and send the menu. Raise Invalid."""
    one = tools.accounts.by_slug(slug)
    with tools.sessions.read() as session:
        minis = accounts.of_tenant(session, one.tenant_id, vault=tools.vault, kind=AccountKind.MINI)
    text = text.replace("{mini_appid}", minis[0].appid if minis else "")
    text = text.replace("{base_url}", tools.settings.base_url)
    try:
        menu_data = json.loads(text)
    except ValueError as error:
        raise click.ClickException(f"the menu file is not JSON: {error}") from None
    tools.platform.push_menu(one.id, menu_data)


words = KindGroup("keywords", help="Keyword replies of a county.")


@words.command("import")
@click.argument("tenant_slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def keywords_import(tenant_slug: str, file: Path) -> None:
    """Add or change replies from a JSON list of {keyword, answer, exact}. All or nothing."""
    tools = toolbox()
    rows = json.loads(file.read_text(encoding="utf-8"))
    with tools.sessions.begin() as session:
        county = accounts.tenant_by_slug(session, tenant_slug)
        for row in rows:
            keyword_room.save(
                session,
                county.id,
                Keyword(row["keyword"], row["answer"], bool(row.get("exact", True))),
            )
    click.echo(f"{len(rows)} saved")


@words.command("list")
@click.argument("tenant_slug")
def keywords_list(tenant_slug: str) -> None:
    """Print the replies as JSON, ready for `keywords import`."""
    with toolbox().sessions.read() as session:
        county = accounts.tenant_by_slug(session, tenant_slug)
        rows = [
            {"keyword": one.keyword, "answer": one.answer, "exact": one.exact}
            for one in keyword_room.listing(session, county.id)
        ]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))


deliveries = KindGroup("deliveries", help="What became of what we sent.")


@deliveries.command("tally")
@click.argument("topic")
def deliveries_tally(topic: str) -> None:
    """Show how many deliveries of a topic (case:7, greeting:3) ended how."""
    with toolbox().sessions.read() as session:
        for status, count in sorted(outbox.tally(session, topic=topic).items()):
            click.echo(f"{status:12} {count}")


GROUPS = (db, tenant, account, menu, words, staff, deliveries, divisions, audit, keys, catalogue)


def create_app() -> Flask:
    """Give `flask --app server` its commands, without building the web application."""
    app = Flask("server")
    for group in GROUPS:
        app.cli.add_command(group)
    return app
