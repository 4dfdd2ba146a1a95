"""`flask --app server staff …`: the first administrator; letting somebody in again."""

from __future__ import annotations

import click

from server.accounts import service as accounts
from server.commands.base import KindGroup, toolbox
from server.staff import passwords, rescue
from server.staff import service as members
from server.staff.permissions import Role

staff = KindGroup("staff", help="Who may sign in to the console.")
_asked = click.option(
    "--ask-password",
    "ask",
    is_flag=True,
    help="Ask for a password of at least 10 characters. Otherwise a temporary one is printed.",
)
_ROLES = click.Choice([role.value for role in Role])


@staff.command("create-admin")
@click.argument("tenant_slug")
@click.argument("login")
@click.option("--name", required=True, help="As colleagues and the people who ask will read it.")
@_asked
def create_admin(tenant_slug: str, login: str, name: str, ask: bool) -> None:
    """Make the first administrator (超级管理员) of a county. There is no default password."""
    _add(tenant_slug, login, name=name, role=Role.SUPER, ask=ask)


@staff.command("add")
@click.argument("tenant_slug")
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", type=_ROLES, default=Role.ADMIN.value)
@_asked
def staff_add(tenant_slug: str, login: str, name: str, role: str, ask: bool) -> None:
    """Add a member of staff with a role for the whole county."""
    _add(tenant_slug, login, name=name, role=role, ask=ask)


def _add(tenant_slug: str, login: str, *, name: str, role: str, ask: bool) -> None:
    tools = toolbox()
    now = tools.clock.now()
    chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else None
    password = chosen or passwords.temporary()
    with tools.sessions.begin() as session:
        county = accounts.tenant_by_slug(session, tenant_slug)
        members.create(
            session,
            tenant_id=county.id,
            login=login,
            name=name,
            role=role,
            password=password,
            invited=None if chosen else members.Invited(None, now + passwords.TEMPORARY),
            now=now,
        )
    click.echo(f"{login} can sign in at {tools.settings.base_url}/console/")
    if not chosen:
        _show(password)


@staff.command("list")
@click.argument("tenant_slug")
def staff_list(tenant_slug: str) -> None:
    """Show who works here and as what."""
    with toolbox().sessions.read() as session:
        county = accounts.tenant_by_slug(session, tenant_slug)
        for one in members.listing(session, county.id):
            held = ", ".join(f"{held.role} {held.path}".strip() for held in one.holdings)
            click.echo(f"{one.login:20} {one.name}  {held}")


@staff.command("reset-password")
@click.argument("login")
def reset_password(login: str) -> None:
    """Print a temporary password for somebody who forgot theirs; ends all their sign-ins."""
    tools = toolbox()
    with tools.sessions.begin() as session:
        made = rescue.new_password(session, login=login, now=tools.clock.now())
    _show(made)


@staff.command("remove-two-step")
@click.argument("login")
def remove_two_step(login: str) -> None:
    """Take the second step away from somebody whose phone and recovery codes are lost."""
    tools = toolbox()
    with tools.sessions.begin() as session:
        rescue.no_two_step(session, login=login, now=tools.clock.now())
    click.echo(f"{login} signs in with the password alone now")


def _show(password: str) -> None:
    days = passwords.TEMPORARY.days
    click.echo(f"temporary password: {password}  (good for {days} days, to be changed at once)")
