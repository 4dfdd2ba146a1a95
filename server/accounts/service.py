"""What can be done with tenants and accounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import Tenant, WeChatAccount
from server.kernel.crypto import Vault
from server.kernel.errors import Conflict, Invalid, NotFound
from server.ports import Account, AccountKind, AccountType, CallbackMode, DataFormat

_SLUG = re.compile(r"^[a-z][a-z0-9-]{1,39}$")
_APPID = re.compile(r"^wx[0-9a-z]{16}$")
_TOKEN = re.compile(r"^[A-Za-z0-9_]{3,32}$")  # WeChat allows letters and digits; _ is seen too
_AES_KEY = re.compile(r"^[A-Za-z0-9+/]{43}$")


@dataclass(frozen=True, slots=True)
class County:
    """A tenant as other rooms and doors see it."""

    id: int
    slug: str
    name: str
    home_zone: str
    office: Mapping[str, Any]


def add_tenant(
    db: Session,
    *,
    slug: str,
    name: str,
    home_zone: str,
    office: Mapping[str, Any],
    now: datetime,
) -> County:
    """Add a tenant. Raise Invalid for a bad slug, Conflict when it is taken."""
    if not _SLUG.match(slug):
        raise Invalid(fields={"slug": ["只能用小写字母、数字和连字符，以字母开头"]})
    if db.scalar(select(Tenant.id).where(Tenant.slug == slug)):
        raise Conflict("tenant exists", slug=slug)
    row = Tenant(slug=slug, name=name, home_zone=home_zone, office=dict(office), created_at=now)
    db.add(row)
    db.flush()
    return _county(row)


def tenant(db: Session, tenant_id: int) -> County:
    row = db.get(Tenant, tenant_id)
    if row is None:
        raise NotFound("tenant")
    return _county(row)


def tenant_by_slug(db: Session, slug: str) -> County:
    row = db.scalar(select(Tenant).where(Tenant.slug == slug))
    if row is None:
        raise NotFound("tenant", slug=slug)
    return _county(row)


def tenants(db: Session) -> list[County]:
    return [_county(row) for row in db.scalars(select(Tenant).order_by(Tenant.id))]


def _county(row: Tenant) -> County:
    return County(row.id, row.slug, row.name, row.home_zone, row.office)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an operator enters about an account."""

    slug: str
    kind: AccountKind
    name: str
    appid: str
    original_id: str
    secret: str
    token: str
    aes_key: str
    mode: CallbackMode = CallbackMode.SAFE
    data_format: DataFormat = DataFormat.XML
    account_type: AccountType = AccountType.SERVICE


def add(db: Session, new: NewAccount, *, tenant_id: int, vault: Vault, now: datetime) -> int:
    """Add an account and return its id. Raise Invalid naming every wrong field, or Conflict."""
    wrong = _complaints(new)
    if wrong:
        raise Invalid(fields=wrong)
    taken = select(WeChatAccount.id).where(
        (WeChatAccount.slug == new.slug) | (WeChatAccount.appid == new.appid)
    )
    if db.scalar(taken):
        raise Conflict("account exists", slug=new.slug, appid=new.appid)
    row = WeChatAccount(
        tenant_id=tenant_id,
        slug=new.slug,
        kind=new.kind,
        account_type=new.account_type,
        name=new.name,
        appid=new.appid,
        original_id=new.original_id,
        secret=vault.seal(new.secret, where="wechat_account.secret"),
        token=vault.seal(new.token, where="wechat_account.token"),
        aes_key=vault.seal(new.aes_key, where="wechat_account.aes_key"),
        mode=new.mode,
        data_format=new.data_format,
        templates={},
        created_at=now,
    )
    db.add(row)
    db.flush()
    return row.id


def _complaints(new: NewAccount) -> dict[str, list[str]]:
    checks = {
        "slug": (_SLUG, new.slug, "只能用小写字母、数字和连字符，以字母开头"),
        "appid": (_APPID, new.appid, "AppID 以 wx 开头，共 18 位"),
        "token": (_TOKEN, new.token, "Token 为 3 至 32 位字母或数字"),
        "aes_key": (_AES_KEY, new.aes_key, "EncodingAESKey 为 43 位字母或数字"),
    }
    wrong = {
        field: [words]
        for field, (pattern, value, words) in checks.items()
        if not pattern.match(value)
    }
    for field in ("name", "secret", "original_id"):
        if not getattr(new, field).strip():
            wrong[field] = ["不能为空"]
    return wrong


_EDITABLE = {
    "name", "secret", "token", "aes_key", "mode", "data_format", "original_id", "account_type",
}  # fmt: skip
_SEALED = {"secret", "token", "aes_key"}


def change(db: Session, slug: str, values: Mapping[str, str], *, vault: Vault) -> None:
    """Change fields of an account (a rotated secret, a new mode)."""
    row = _by_slug(db, slug)
    unknown = set(values) - _EDITABLE
    if unknown:
        raise Invalid(fields={name: ["不能修改这一项"] for name in sorted(unknown)})
    candidate = _opened(row, vault)
    merged = NewAccount(
        slug=row.slug,
        kind=candidate.kind,
        appid=row.appid,
        name=values.get("name", row.name),
        original_id=values.get("original_id", row.original_id),
        secret=values.get("secret", candidate.secret),
        token=values.get("token", candidate.token),
        aes_key=values.get("aes_key", candidate.aes_key),
    )
    if wrong := _complaints(merged):
        raise Invalid(fields=wrong)
    _allowed("mode", values, CallbackMode)
    _allowed("data_format", values, DataFormat)
    _allowed("account_type", values, AccountType)
    for name, value in values.items():
        sealed = name in _SEALED
        setattr(row, name, vault.seal(value, where=f"wechat_account.{name}") if sealed else value)


def _allowed(
    name: str,
    values: Mapping[str, str],
    kind: type[CallbackMode] | type[DataFormat] | type[AccountType],
) -> None:
    if name in values and values[name] not in set(kind):
        raise Invalid(fields={name: ["可选：" + "、".join(kind)]})


TEMPLATES: Mapping[str, str] = {  # our key -> what it is for
    "case_progress": "办理进度：小程序的订阅消息，服务号的模板消息",
    "case_notice": "办理进展：服务号的订阅通知，点一次允许通知一次",
}


def set_template(db: Session, slug: str, *, key: str, template_id: str) -> None:
    """Remember which WeChat template id serves our purpose `key`, one of TEMPLATES.

    Raise Invalid for another key, and for one that this kind of account cannot use.
    """
    row = _by_slug(db, slug)
    if key not in TEMPLATES:
        raise Invalid(fields={"key": ["可选：" + "、".join(TEMPLATES)]})
    if key == "case_notice" and row.kind != AccountKind.OFFICIAL:
        raise Invalid(fields={"key": ["小程序没有订阅通知，请用 case_progress"]})
    row.templates = {**row.templates, key: template_id}


def retire(db: Session, slug: str, *, now: datetime) -> None:
    """Stop using an account. Its history stays; `restore` undoes it."""
    _by_slug(db, slug).retired_at = now


def restore(db: Session, slug: str) -> None:
    _by_slug(db, slug).retired_at = None


def opened(db: Session, *, vault: Vault, slug: str) -> Account:
    """Return an account in use, secrets opened. Raise NotFound for an unknown or retired one."""
    row = _by_slug(db, slug)
    if row.retired_at is not None:
        raise NotFound("account", slug=slug)
    return _opened(row, vault)


def opened_by_id(db: Session, *, vault: Vault, account_id: int) -> Account:
    row = db.get(WeChatAccount, account_id)
    if row is None or row.retired_at is not None:
        raise NotFound("account", id=account_id)
    return _opened(row, vault)


def of_tenant(
    db: Session, tenant_id: int, *, vault: Vault, kind: AccountKind | None = None
) -> list[Account]:
    query = select(WeChatAccount).where(
        WeChatAccount.tenant_id == tenant_id, WeChatAccount.retired_at.is_(None)
    )
    if kind is not None:
        query = query.where(WeChatAccount.kind == kind)
    return [_opened(row, vault) for row in db.scalars(query.order_by(WeChatAccount.id))]


@dataclass(frozen=True, slots=True)
class Listed:
    """An account without its secrets, for lists."""

    slug: str
    kind: str
    name: str
    appid: str
    mode: str
    data_format: str
    retired: bool
    templates: Mapping[str, str]


def in_whose_name(db: Session, tenant_id: int) -> int | None:
    """Return the account to which the ledger counts what goes by no account.

    The county's first official one in use, else any; None when it never had one.
    """
    official = WeChatAccount.kind == AccountKind.OFFICIAL
    query = select(WeChatAccount.id).where(WeChatAccount.tenant_id == tenant_id)
    in_use = WeChatAccount.retired_at.is_(None)
    return db.scalar(
        query.order_by((official & in_use).desc(), official.desc(), WeChatAccount.id).limit(1)
    )


def reached_by_tag(db: Session, tenant_id: int) -> set[int]:
    """Return the county's 订阅号: WeChat takes no openid lists of theirs."""
    query = select(WeChatAccount.id).where(
        WeChatAccount.tenant_id == tenant_id,
        WeChatAccount.account_type == AccountType.SUBSCRIPTION,
    )
    return set(db.scalars(query))


def lock(db: Session, account_id: int) -> bool:
    """Be the only one who decides something about an account until this transaction ends.

    Return False when somebody else is. Who only refers to it, as every letter planned does, is
    not in the way.
    """
    query = select(WeChatAccount.id).where(WeChatAccount.id == account_id)
    return db.scalar(query.with_for_update(key_share=True, skip_locked=True)) is not None


def lock_tenant(db: Session, tenant_id: int) -> None:
    """Let others who decide something about a county wait until this transaction ends."""
    db.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))


def names_of(db: Session, tenant_id: int) -> dict[int, str]:
    """Return the names of a county's accounts by id, also of retired ones."""
    query = select(WeChatAccount.id, WeChatAccount.name).where(WeChatAccount.tenant_id == tenant_id)
    return {row.id: row.name for row in db.execute(query)}


def listing(db: Session) -> list[Listed]:
    return [
        Listed(
            row.slug,
            row.kind,
            row.name,
            row.appid,
            row.mode,
            row.data_format,
            row.retired_at is not None,
            row.templates,
        )
        for row in db.scalars(select(WeChatAccount).order_by(WeChatAccount.id))
    ]


def _by_slug(db: Session, slug: str) -> WeChatAccount:
    row = db.scalar(select(WeChatAccount).where(WeChatAccount.slug == slug))
    if row is None:
        raise NotFound("account", slug=slug)
    return row


def _opened(row: WeChatAccount, vault: Vault) -> Account:
    return Account(
        id=row.id,
        tenant_id=row.tenant_id,
        slug=row.slug,
        kind=AccountKind(row.kind),
        name=row.name,
        appid=row.appid,
        original_id=row.original_id,
        secret=vault.open(row.secret, where="wechat_account.secret"),
        token=vault.open(row.token, where="wechat_account.token"),
        aes_key=vault.open(row.aes_key, where="wechat_account.aes_key"),
        mode=CallbackMode(row.mode),
        data_format=DataFormat(row.data_format),
        templates=row.templates,
        account_type=AccountType(row.account_type),
    )
