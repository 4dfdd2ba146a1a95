"""Following, leaving, signing in: the WeChat identities of a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from server.kernel.db import UtcDateTime, Work
from server.kernel.prepared import Prepared
from server.people.models import (
    ApiSession,
    ConsentReport,
    Person,
    SubscriptionConsent,
    WeChatIdentity,
)
from server.people.service import ids_of, new_person, resolve
from server.ports import Account, AccountKind, FollowerInfo, Identity


def follow(db: Session, account: Account, *, openid: str, scene: str | None, now: datetime) -> bool:
    """Note that somebody follows the account. Return whether they had followed it before."""
    identity = _identity(db, account, openid)
    if identity is None:
        identity = _new_identity(db, account, openid=openid, unionid=None, now=now)
    returning = identity.followed_at is not None
    identity.following, identity.followed_at, identity.unfollowed_at = True, now, None
    resolve(db, identity.person_id).erased_at = None  # they came back of their own will
    if scene:
        identity.scene = scene
    return returning


def unfollow(db: Session, account: Account, *, openid: str, now: datetime) -> None:
    """Note that somebody left. Nothing festive is sent any more; what they told us stays theirs."""
    identity = _identity(db, account, openid)
    if identity is not None:
        identity.following, identity.unfollowed_at = False, now


_TOUCH = Prepared(
    lambda _: (
        update(WeChatIdentity)
        .where(
            WeChatIdentity.account_id == bindparam("the_account"),
            WeChatIdentity.openid == bindparam("the_openid"),
        )
        .values(last_message_at=bindparam("the_now", type_=UtcDateTime()))
        .returning(WeChatIdentity.person_id)
    )
)


def spoke(work: Work, account: Account, *, openid: str, now: datetime) -> int:
    """Note a message from somebody: it opens the 48-hour window (WECHAT §4.1).

    Return the person. One statement for everybody we know.
    """
    touched = {"the_account": account.id, "the_openid": openid, "the_now": now}
    known = _TOUCH.run(work.connection, touched).fetchone()
    if known is not None:
        person_id: int = known[0]
        return person_id
    identity = _met(work.db, account, openid=openid, now=now)
    identity.last_message_at = now
    work.flush()
    return identity.person_id


def met(db: Session, account: Account, *, openid: str, now: datetime) -> int:
    """Return the number of somebody's identity who did something other than write."""
    return (_identity(db, account, openid) or _met(db, account, openid=openid, now=now)).id


def _met(db: Session, account: Account, *, openid: str, now: datetime) -> WeChatIdentity:
    """Enter somebody who followed before we were installed; user/info will tell the rest."""
    identity = _new_identity(db, account, openid=openid, unionid=None, now=now)
    identity.following = account.kind is AccountKind.OFFICIAL
    return identity


def sign_in(db: Session, account: Account, identity: Identity, *, now: datetime) -> int:
    """Return the person who signed in to the mini-program, known by openid or unionid."""
    row = _identity(db, account, identity.openid)
    if row is None:
        row = _new_identity(db, account, openid=identity.openid, unionid=identity.unionid, now=now)
    elif identity.unionid and row.unionid != identity.unionid:
        row.unionid = identity.unionid
        _unite(db, row)
    person = resolve(db, row.person_id)
    person.erased_at = None  # they came back of their own will
    return person.id


def learn(db: Session, account: Account, info: FollowerInfo, *, now: datetime) -> None:
    """Take over what WeChat tells about a follower; joins people by unionid."""
    row = _identity(db, account, info.openid)
    if row is None:
        row = _new_identity(db, account, openid=info.openid, unionid=info.unionid, now=now)
    row.following, row.learned_at = info.following, now
    if info.followed_at and row.followed_at is None:
        row.followed_at = info.followed_at
    if info.unionid and row.unionid != info.unionid:
        row.unionid = info.unionid
        _unite(db, row)


def to_learn(db: Session, *, limit: int) -> list[tuple[int, str]]:
    """Return (account id, openid) of followers user/info was never asked about."""
    query = (
        select(WeChatIdentity.account_id, WeChatIdentity.openid)
        .where(
            WeChatIdentity.learned_at.is_(None),
            WeChatIdentity.following.is_(True),
            WeChatIdentity.mini.is_(False),
        )
        .limit(limit)
    )
    return [(account_id, openid) for account_id, openid in db.execute(query)]


def erase(db: Session, account: Account, *, openid: str, now: datetime) -> bool:
    """Act on a revoked authorisation (user_authorization_revoke/cancellation).

    What the person told us is wiped, sign-ins end, consents go. Cases stay, in the office's
    restricted archive (DOMAIN §6, PIPL §47). Return whether there was anybody to erase.
    """
    row = _identity(db, account, openid)
    if row is None:
        return False
    person = resolve(db, row.person_id)
    person.salutation = person.country = person.zone = person.hometown = None
    person.language, person.erased_at = "zh-Hans", now
    db.execute(delete(ApiSession).where(ApiSession.person_id == person.id))
    mine = select(WeChatIdentity.id).where(WeChatIdentity.person_id == person.id)
    for table in (SubscriptionConsent, ConsentReport):
        db.execute(
            delete(table)
            .where(table.identity_id.in_(mine))
            .execution_options(synchronize_session="fetch")
        )
    return True


def person_of(db: Session, account: Account, openid: str) -> int | None:
    row = _identity(db, account, openid)
    return resolve(db, row.person_id).id if row is not None else None


def only_id(db: Session, *, person_id: int, account_id: int) -> int | None:
    """Return the one identity a person has at an account; None when there is none, or several."""
    query = select(WeChatIdentity.id).where(
        WeChatIdentity.account_id == account_id,
        WeChatIdentity.person_id.in_(ids_of(db, person_id)),
    )
    found = db.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _identity(db: Session, account: Account, openid: str) -> WeChatIdentity | None:
    return db.scalar(
        select(WeChatIdentity).where(
            WeChatIdentity.account_id == account.id, WeChatIdentity.openid == openid
        )
    )


def _new_identity(
    db: Session, account: Account, *, openid: str, unionid: str | None, now: datetime
) -> WeChatIdentity:
    kin = _same_union(db, account.tenant_id, unionid) if unionid else None
    person_id = kin.person_id if kin else new_person(db, tenant_id=account.tenant_id, now=now).id
    row = WeChatIdentity(
        tenant_id=account.tenant_id,
        account_id=account.id,
        openid=openid,
        unionid=unionid,
        person_id=person_id,
        mini=account.kind is AccountKind.MINI,
        following=False,
    )
    db.add(row)
    db.flush()
    return row


def _same_union(
    db: Session, tenant_id: int, unionid: str, *, but: int | None = None
) -> WeChatIdentity | None:
    query = select(WeChatIdentity).where(
        WeChatIdentity.tenant_id == tenant_id, WeChatIdentity.unionid == unionid
    )
    if but is not None:
        query = query.where(WeChatIdentity.id != but)
    return db.scalar(query.order_by(WeChatIdentity.id).limit(1))


def _unite(db: Session, row: WeChatIdentity) -> None:
    """Make one person of two when WeChat says they are one. Two full profiles stay apart.

    The person that told us nothing gives way; with two silent ones, the one without the
    mini-program does, because cases hang on the mini-program's person.
    """
    kin = _same_union(db, row.tenant_id, row.unionid or "", but=row.id)
    if kin is None or kin.person_id == row.person_id:
        return
    mine, theirs = resolve(db, row.person_id), resolve(db, kin.person_id)
    if mine.id == theirs.id:
        row.person_id = theirs.id
        return
    if _silent(mine) and not (row.mini and _silent(theirs)):
        _absorb(db, mine, into=theirs)
    elif _silent(theirs):
        _absorb(db, theirs, into=mine)


def _silent(person: Person) -> bool:
    return not (person.salutation or person.country or person.zone or person.hometown)


def _absorb(db: Session, person: Person, *, into: Person) -> None:
    person.merged_into = into.id
    db.execute(
        update(WeChatIdentity)
        .where(WeChatIdentity.person_id == person.id)
        .values(person_id=into.id)
        .execution_options(synchronize_session="fetch")
    )
