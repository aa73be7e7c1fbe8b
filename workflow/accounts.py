"""Who may sign in as staff, by one-time links, and what they may see."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from emails.addresses import spellings
from workflow.campaigns import digests
from workflow.errors import InputError, NotFoundError
from workflow.languages import known, lazy_gettext
from workflow.letter import characters, typed
from workflow.mails import sign_in
from workflow.models import AuditorLink, Campaign, Letter, Membership, SignInLink, User, now
from workflow.moments import zones
from workflow.tokens import hash_token
from workflow.transaction import Transaction

Role = Literal["coordinator", "auditor"]
LIFETIME = timedelta(minutes=15)
AT_ONCE = 2
"""
So many mails with a link may be asked for in a row; then one each time that the last link was used or has ended.

Strangers can cause five an hour, and not one that keeps a member of staff from having a link that works.
"""
FIRST_LIFETIME = timedelta(hours=24)
"""A link that is printed in the operator's terminal lives longer than one that is mailed."""


def user(session: Transaction, email: str, name: str = "", *, admin: bool = False) -> User:
    """Return the member of staff with this address, made when there is none."""
    found = session.scalars(select(User).where(User.email == email)).one_or_none()
    if found is None:
        found = User(email=email, name=name, admin=admin)
        session.add(found)
        session.flush()
    return found


@dataclass(frozen=True, slots=True)
class Notices:
    """A campaign that somebody coordinates, and whether they are told by email of what needs somebody there."""

    campaign_id: str
    campaign: str
    wanted: bool


def notices_of(session: Transaction, member: User) -> list[Notices]:
    """Return the campaigns that a member of staff coordinates, by their names."""
    query = select(Campaign.id, Campaign.name, Membership.notices).join(Membership)
    mine = query.where(Membership.user_id == member.id, Membership.role == "coordinator")
    return [Notices(*row) for row in session.execute(mine.order_by(Campaign.name, Campaign.id))]


def set_notices(session: Transaction, user_id: str, wanted: Collection[str]) -> None:
    """Let a member of staff be told of these campaigns, and of no others."""
    mine = select(Membership).where(Membership.user_id == user_id, Membership.role == "coordinator")
    for membership in session.scalars(mine.with_for_update()):
        membership.notices = membership.campaign_id in wanted


def digest_of(session: Transaction, user_id: str, tag: str) -> User | None:
    """Return whose morning's email an address with this tag stops; None: nobody's any more."""
    member = session.get(User, user_id)
    known_here = member is not None and session.tokens.knows_stop(tag, "digest", member.id, member.email)
    return member if known_here else None


def set_digest(session: Transaction, user_id: str, wanted: bool) -> None:
    """Let a member of staff get the morning's email, or not."""
    digests.wish(session, user_id, wanted=wanted)


def set_profile(
    session: Transaction, user_id: str, *, name: str, organisation: str, language: str, timezone: str
) -> User:
    """Keep who a member of staff is, and how they read: empty for what follows the browser, or the letter."""
    name = typed.name(name)
    if not characters.is_name(name):
        raise InputError(name=lazy_gettext("Enter your name: co-signers read who asks."))
    if timezone and timezone not in zones():
        said = lazy_gettext("There is no time zone “%(zone)s”. Enter one like Europe/Paris.", zone=timezone[:100])
        raise InputError(timezone=said)
    member = session.get_one(User, user_id)
    member.name, member.organisation = name, typed.name(organisation)
    member.language, member.timezone = known(language), timezone
    return member


def with_address(session: Transaction, email: str) -> User | None:
    """Return the member of staff with an address, however it is spelt."""
    known = select(User).where(func.lower(User.email).in_(spellings(email)))
    return session.scalars(known.order_by(User.created_at)).first()


def join(session: Transaction, campaign_id: str, member: User, role: Role) -> None:
    """Give a member of staff a role in a campaign."""
    if session.get(Membership, (campaign_id, member.id)) is None:
        session.add(Membership(campaign_id=campaign_id, user_id=member.id, role=role))
        session.flush()


def sign_in_link(session: Transaction, member: User, lifetime: timedelta = LIFETIME) -> str:
    """Make a one-time link for a member of staff; returns its address."""
    nonce = new_nonce(session, member, lifetime)
    return f"{session.settings.public_url}/sign-in/{session.tokens.sign_in_links(nonce)[0]}"


def new_nonce(session: Transaction, member: User, lifetime: timedelta) -> str:
    """Make a one-time link for a member of staff; returns what its token is made from."""
    nonce = secrets.token_hex(16)
    token = session.tokens.sign_in_links(nonce)[0]
    session.add(SignInLink(token_hash=hash_token(token), user_id=member.id, expires_at=now() + lifetime))
    session.flush()
    return nonce


def is_staff(session: Transaction, email: str) -> bool:
    """Whether an address is that of a member of staff, however it is spelt."""
    return session.scalars(_with(email)).first() is not None


def _with(email: str) -> Select[User]:
    return select(User).where(func.lower(User.email).in_(spellings(email)), User.deactivated_at.is_(None))


def mail_sign_in_link(session: Transaction, email: str) -> None:
    """Mail a link to a member of staff; does nothing, and says so to nobody, where enough are under way."""
    for member in session.scalars(_with(email).with_for_update()):
        if _may_have_another(session, member):
            nonce = new_nonce(session, member, LIFETIME)
            sign_in.queue(session, member, nonce)


def _may_have_another(session: Transaction, member: User) -> bool:
    """Whether few links were mailed in the last hour, or none of them can be used any more."""
    ends = now() + LIFETIME
    mailed = select(SignInLink).where(
        SignInLink.user_id == member.id,
        SignInLink.expires_at > ends - timedelta(hours=1),
        SignInLink.expires_at <= ends,
    )
    recent = list(session.scalars(mailed))
    return len(recent) < AT_ONCE or all(link.used_at is not None or link.expires_at <= now() for link in recent)


def find_sign_in_link(session: Transaction, token: str) -> SignInLink | None:
    """Return a link that can still be spent, or None."""
    link = session.get(SignInLink, hash_token(token))
    return link if link is not None and link.used_at is None and link.expires_at > now() else None


def was_sent(session: Transaction, token: str) -> bool:
    """Whether a token was mailed in these days: who shows one that is spent is late, and no guesser."""
    return session.get(SignInLink, hash_token(token)) is not None


def spend_sign_in_link(session: Transaction, token: str) -> User | None:
    """Spend a link, once; returns whom it signs in, or None."""
    query = select(SignInLink).where(SignInLink.token_hash == hash_token(token)).with_for_update()
    link = session.scalars(query).one_or_none()
    if link is None or link.used_at is not None or link.expires_at <= now() or link.user.deactivated_at is not None:
        return None
    link.used_at = now()
    return link.user


def letters_of(session: Transaction, member: User, *loaded: ExecutableOption) -> list[Letter]:
    """Return the letters that a member of staff may see, newest first, each with what is `loaded` along with it."""
    query = select(Letter).options(*loaded).order_by(Letter.created_at.desc())
    if member.reads:
        query = query.where(Letter.campaign_id == member.reads)
    elif not member.admin:
        mine = select(Membership.campaign_id).where(Membership.user_id == member.id)
        query = query.where(Letter.campaign_id.in_(mine))
    return list(session.scalars(query))


def letter_for(session: Transaction, member: User, letter_id: str, role: Role) -> Letter:
    """Return a letter that a member of staff may act on (coordinator) or read (auditor); raises `NotFoundError`."""
    campaign = joinedload(Letter.campaign).joinedload(Campaign.memberships)
    letter = session.get(Letter, letter_id, options=[campaign, joinedload(Letter.revision)])
    if letter is None or role_in(session, member, letter.campaign) not in (role, "coordinator"):
        raise NotFoundError("There is no such letter.")
    return letter


def campaign_for(session: Transaction, member: User, campaign_id: str, role: Role) -> Campaign:
    """Return a campaign that a member of staff coordinates, or may read (auditor); raises `NotFoundError`."""
    campaign = session.get(Campaign, campaign_id, options=[joinedload(Campaign.memberships)])
    if campaign is None or role_in(session, member, campaign) not in (role, "coordinator"):
        raise NotFoundError("There is no such campaign.")
    return campaign


def guest(link: AuditorLink) -> User:
    """Return whoever reads by an auditor's link, as pages know their reader: no row, no role but in that campaign."""
    reader = User(id=link.id, name=link.name, email=link.email, organisation="", language="", timezone="", admin=False)
    reader.reads = link.campaign_id
    return reader


def role_in(session: Transaction, member: User, campaign: Campaign) -> str:
    """Return what a member of staff is in a campaign: coordinator, auditor, or nothing."""
    if member.reads:
        return "auditor" if member.reads == campaign.id else ""
    if member.admin:
        return "coordinator"
    membership = session.get(Membership, (campaign.id, member.id))
    return membership.role if membership else ""
