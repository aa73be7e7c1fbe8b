"""Who may sign in as staff, by one-time links, and what they may see."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import deliveries
from workflow.campaigns import NotFound
from workflow.keys import hash_token
from workflow.mails import sign_in_token
from workflow.models import Campaign, Letter, Membership, SignInLink, User, now

LIFETIME = timedelta(minutes=15)
FIRST_LIFETIME = timedelta(hours=24)
"""A link that is printed in the operator's terminal lives longer than one that is mailed."""


def user(session: Session, email: str, name: str = "", *, admin: bool = False) -> User:
    """Return the member of staff with this address, made when there is none."""
    found = session.scalars(select(User).where(User.email == email)).one_or_none()
    if found is None:
        found = User(email=email, name=name, admin=admin)
        session.add(found)
        session.flush()
    return found


def join(session: Session, campaign_id: str, member: User, role: Literal["coordinator", "auditor"]) -> None:
    """Give a member of staff a role in a campaign."""
    if session.get(Membership, (campaign_id, member.id)) is None:
        session.add(Membership(campaign_id=campaign_id, user_id=member.id, role=role))
        session.flush()


def sign_in_link(session: Session, member: User, lifetime: timedelta = LIFETIME) -> str:
    """Make a one-time link for a member of staff; returns its address."""
    settings = session.info["database"].settings
    return f"{settings.public_url}/sign-in/{sign_in_token(settings, _new_nonce(session, member, lifetime))}"


def _new_nonce(session: Session, member: User, lifetime: timedelta) -> str:
    nonce = secrets.token_hex(16)
    token = sign_in_token(session.info["database"].settings, nonce)
    session.add(SignInLink(token_hash=hash_token(token), user_id=member.id, expires_at=now() + lifetime))
    session.flush()
    return nonce


def mail_sign_in_link(session: Session, email: str) -> None:
    """Mail a link to a member of staff; does nothing, and says so to nobody, for an unknown address."""
    member = session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if member is not None:
        nonce = _new_nonce(session, member, LIFETIME)
        deliveries.queue(session, "sign_in", member.email, f"sign_in:{nonce}", about={"nonce": nonce})


def find_sign_in_link(session: Session, token: str) -> SignInLink | None:
    """Return a link that can still be spent, or None."""
    link = session.get(SignInLink, hash_token(token))
    return link if link is not None and link.used_at is None and link.expires_at > now() else None


def spend_sign_in_link(session: Session, token: str) -> User | None:
    """Spend a link, once; returns whom it signs in, or None."""
    query = select(SignInLink).where(SignInLink.token_hash == hash_token(token)).with_for_update()
    link = session.scalars(query).one_or_none()
    if link is None or link.used_at is not None or link.expires_at <= now():
        return None
    link.used_at = now()
    return link.user


def letters_of(session: Session, member: User) -> list[Letter]:
    """Return the letters that a member of staff may see, newest first."""
    query = select(Letter).order_by(Letter.created_at.desc())
    if not member.admin:
        mine = select(Membership.campaign_id).where(Membership.user_id == member.id)
        query = query.where(Letter.campaign_id.in_(mine))
    return list(session.scalars(query))


def letter_for(session: Session, member: User, letter_id: str, role: Literal["coordinator", "auditor"]) -> Letter:
    """Return a letter that a member of staff may act on (coordinator) or read (auditor); raises `NotFound`."""
    letter = session.get(Letter, letter_id)
    if letter is None or role_in(session, member, letter.campaign) not in (role, "coordinator"):
        raise NotFound("There is no such letter.")
    return letter


def role_in(session: Session, member: User, campaign: Campaign) -> str:
    """Return what a member of staff is in a campaign: coordinator, auditor, or nothing."""
    if member.admin:
        return "coordinator"
    membership = session.get(Membership, (campaign.id, member.id))
    return membership.role if membership else ""
