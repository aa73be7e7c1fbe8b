"""Whether who signs for an organisation reads an address of those who work on the campaign; it decides nothing."""

from __future__ import annotations

import json

from sqlalchemy import func, select

from workflow.history import actions
from workflow.letter.text import folded
from workflow.models import Invitation, InvitationContact, Link, LogEntry, Membership, User
from workflow.transaction import Transaction

SHARED = frozenset(
    (
        *("example.org", "example.com", "example.net"),
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.fr", "hotmail.es", "live.com"),
        *("live.fr", "msn.com", "yahoo.com", "yahoo.fr", "yahoo.es", "yahoo.co.uk", "ymail.com", "icloud.com"),
        *("me.com", "mac.com", "aol.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "proton.me"),
        *("protonmail.com", "pm.me", "tutanota.com", "tuta.io", "mail.ru", "yandex.ru", "yandex.com"),
        *("zoho.com", "fastmail.com", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "sfr.fr"),
        *("t-online.de", "libero.it", "qq.com", "163.com", "126.com", "naver.com", "riseup.net"),
    )
)
"""Where people of every organisation have addresses, or nobody has (RFC 2606): that two are there says nothing."""


def contact_of_member(session: Transaction, invitation: Invitation, link: Link) -> str:
    """
    Return `address` where the link went to somebody who works on the campaign, `domain` where to the same place, or ''.

    What is at the same place is nothing odd where the organisation is the member's own, nor is it said of one whose
    name is withheld, for it might name it.
    """
    email = (_other(session, link) or invitation.email).lower()
    domain = email.rpartition("@")[2]
    known = _members(session, invitation.letter.campaign_id)
    if email in {address for address, _ in known}:
        return "address"
    if not domain or domain in SHARED or invitation.confidential:
        return ""
    organisation = invitation.organisation
    called = {folded(organisation.name), folded(organisation.acronym)} - {""}
    same = [own for address, own in known if address.rpartition("@")[2] == domain]
    return "domain" if same and not called & set(same) else ""


GIVEN = (actions.ContactAdded.NAME, actions.ContactCorrected.NAME, actions.InvitationHandedOver.NAME)
"""By which entries somebody becomes a contact besides the first."""


def given_by_hand(session: Transaction, invitation: Invitation, link: Link) -> bool:
    """Whether a coordinator gave the organisation its first contact, or whose link this is, once it was invited."""
    if invitation.contact_by_hand or link.contact_id is None:
        return invitation.contact_by_hand
    of = (LogEntry.letter_id == invitation.letter_id, LogEntry.invitation_id == invitation.id)
    query = select(LogEntry.at, LogEntry.action, LogEntry.entry).where(*of, LogEntry.action.in_(GIVEN))
    for at, action, entry in session.execute(query.order_by(LogEntry.sequence.desc())):
        about = json.loads(entry)["about"]
        if link.contact_id in (about.get("contact"), about.get("of")):
            invited = session.scalar(select(func.min(Link.created_at)).where(Link.invitation_id == invitation.id))
            is_after = invited is not None and at is not None and invited < at
            return is_after and action != actions.InvitationHandedOver.NAME
    return False


def _other(session: Transaction, link: Link) -> str:
    """The address of another contact than the first, where the link is theirs."""
    query = select(InvitationContact.email).where(InvitationContact.id == link.contact_id)
    return session.scalar(query) or "" if link.contact_id else ""


def _members(session: Transaction, campaign_id: str) -> tuple[tuple[str, str], ...]:
    """The address of each member of a campaign, and the organisation that they are from: read once in a transaction."""
    kept: dict[str, tuple[tuple[str, str], ...]] = session.info.setdefault("members", {})
    if campaign_id not in kept:
        query = select(User.email, User.organisation).join(Membership, Membership.user_id == User.id)
        found = session.execute(query.where(Membership.campaign_id == campaign_id, User.deactivated_at.is_(None)))
        kept[campaign_id] = tuple((email.lower(), folded(organisation)) for email, organisation in found)
    return kept[campaign_id]
