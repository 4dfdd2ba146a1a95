"""Put the demo county itself into the database. Twice is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.accounts import service as accounts
from server.demo import county, land, organisations, register, surveys
from server.inbox import keywords
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, NotFound
from server.places import changes, national
from server.places import service as places
from server.staff import service as staff
from server.staff.permissions import Permission


def county_itself(db: Session, kept: Mapping[str, Any], *, vault: Vault, now: datetime) -> None:
    """Add the tenant, its accounts, staff and keyword replies; leave alone what is there.

    `kept` holds the secrets of this installation: accounts by slug, staff passwords by login.
    """
    tenant_id = _tenant(db, now)
    lay_land(db, tenant_id)
    register.fill(db, tenant_id, vault=vault, now=now)
    for account in county.ACCOUNTS:
        _account(db, account, kept["accounts"][account.slug], tenant_id, vault=vault, now=now)
    if not staff.listing(db, tenant_id):
        for officer in county.STAFF:
            staff.create(
                db,
                tenant_id=tenant_id,
                login=officer.login,
                name=officer.name,
                role=officer.role,
                path=officer.path,
                password=kept["staff"][officer.login],
                now=now,
            )
    chief = next(one for one in staff.listing(db, tenant_id) if one.may(Permission.MANAGE_ACCOUNTS))
    organisations.fill(db, chief, vault=vault, now=now)
    surveys.fill(db, chief, vault=vault, now=now)
    if not keywords.listing(db, tenant_id):
        for words, answer in county.KEYWORDS:
            for word in words:
                keywords.save(db, tenant_id, keywords.Keyword(word, answer, exact=False))


def _tenant(db: Session, now: datetime) -> int:
    try:
        return accounts.tenant_by_slug(db, county.SLUG).id
    except NotFound:
        return accounts.add_tenant(
            db,
            slug=county.SLUG,
            name=county.NAME,
            home_zone=county.HOME_ZONE,
            office=county.OFFICE,
            now=now,
        ).id


def lay_land(db: Session, tenant_id: int) -> None:
    """Load the country, and lay the county in it."""
    national.load(db)
    if places.seat(db, tenant_id) is not None:
        return
    divisions = [changes.NewDivision(code, name) for code, name in land.DIVISIONS]
    changes.write(db, divisions, tenant_id=tenant_id, source="demo")
    for village, name in land.HAMLETS:
        changes.add_node(db, tenant_id=tenant_id, parent_code=village, name=name)
    for code, name, kind in land.ALIASES:
        changes.add_alias(db, code, name, kind, tenant_id=tenant_id)
    changes.set_seat(db, tenant_id, land.COUNTY)


def _account(
    db: Session,
    account: county.DemoAccount,
    kept: Mapping[str, str],
    tenant_id: int,
    *,
    vault: Vault,
    now: datetime,
) -> None:
    new = accounts.NewAccount(
        slug=account.slug,
        kind=account.kind,
        name=account.name,
        appid=account.appid,
        original_id=account.original_id,
        data_format=account.data_format,
        secret=kept["secret"],
        token=kept["token"],
        aes_key=kept["aes_key"],
    )
    try:
        accounts.add(db, new, tenant_id=tenant_id, vault=vault, now=now)
    except Conflict:
        return
    for template in account.templates:
        accounts.set_template(db, account.slug, key=template.key, template_id=template.template_id)
