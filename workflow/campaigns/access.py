"""Who may see a campaign's letters, on the record of each of them."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.history import Actor, actions
from workflow.history.action import Action
from workflow.models import AuditorLink, Campaign, Letter, Membership, User, now
from workflow.transaction import Transaction, hold_letter


def record(session: Transaction, campaign_id: str, actor: Actor, *told: Action) -> None:
    """Append entries to the log of every letter of a campaign that is locked (`locked_campaign`)."""
    letters = list(session.scalars(select(Letter.id).where(Letter.campaign_id == campaign_id).order_by(Letter.id)))
    for letter_id in letters:
        hold_letter(session, letter_id)
    for letter_id in letters:
        for action in told:
            history.append(session, letter_id, actor, action)


def record_all(session: Transaction, letter: Letter, actor: Actor) -> None:
    """
    Append to the log of a letter that begins who may see it from the beginning; its row is locked.

    Who is let in at the same moment is let in before, and stands in it, or afterwards, and is recorded in it then.
    """
    session.scalars(select(Campaign.id).where(Campaign.id == letter.campaign_id).with_for_update(read=True)).all()
    members = select(Membership.role, User).join(User, User.id == Membership.user_id)
    members = members.where(Membership.campaign_id == letter.campaign_id)
    for role, user in session.execute(members.order_by(Membership.joined_at, User.id)):
        history.append(session, letter.id, actor, added(session, user, role))
    links = select(AuditorLink).where(
        AuditorLink.campaign_id == letter.campaign_id, AuditorLink.revoked_at.is_(None), AuditorLink.expires_at > now()
    )
    for link in session.scalars(links.order_by(AuditorLink.created_at, AuditorLink.id)):
        history.append(session, letter.id, actor, made(link))


def member_id(session: Transaction, user: User) -> str:
    """Return how entries call a member: as the actor of what they do as a coordinator."""
    return session.tokens.actor("coordinator", user.id)


def added(session: Transaction, user: User, role: str) -> actions.MemberAdded:
    """Return the entry of somebody who is let in, or is given another role."""
    return actions.MemberAdded(member=member_id(session, user), role=role, address=user.email)


def removed(session: Transaction, user: User, role: str) -> actions.MemberRemoved:
    """Return the entry of somebody who is taken off."""
    return actions.MemberRemoved(member=member_id(session, user), role=role, address=user.email)


def made(link: AuditorLink) -> actions.AuditorLinkMade:
    """Return the entry of a link to read by."""
    return actions.AuditorLinkMade(link=link.id, ends=link.expires_at, name=link.name, address=link.email)
