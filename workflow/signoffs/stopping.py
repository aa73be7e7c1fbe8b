"""Whoever gets reminders can stop them with one press, and have them again; the invitation stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

from workflow import deliveries, history
from workflow.campaigns import reminding
from workflow.errors import NotFoundError
from workflow.history import actions
from workflow.models import Invitation, InvitationContact, Letter, Link
from workflow.signoffs.links import actor
from workflow.transaction import Transaction, lock_letter

WHAT = "reminders"
"""What an address stops that was made with a link."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose reminders an address stops: those of one person of an organisation, for one letter."""

    link: Link
    invitation: Invitation
    contact: InvitationContact | None
    """Another contact than the first."""

    @property
    def letter(self) -> Letter:
        """The letter that they are of."""
        return self.invitation.letter

    @property
    def _is_the_first(self) -> bool:
        return self.contact is None and not self.link.email

    @property
    def address(self) -> str:
        """Where they go."""
        return self.link.email or (self.contact.email if self.contact else self.invitation.email)

    @property
    def is_stopped(self) -> bool:
        """Whether they were stopped by whoever gets them."""
        if self._is_the_first:
            return reminding.is_stopped_by_contact(self.invitation.no_reminders)
        return (self.contact or self.link).no_reminders

    @property
    def is_over(self) -> bool:
        """Whether none would come any more, whatever they wish."""
        return self.letter.is_closed


def found(session: Transaction, link_id: str, tag: str) -> Wish | None:
    """
    Return whose reminders an address stops, by the link that they came with and its tag; None: nobody's.

    A tag is of one address: once somebody else is written to in its place, it stops nothing.
    """
    link = session.get(Link, link_id, populate_existing=True)
    if link is None:
        return None
    contact = session.get(InvitationContact, link.contact_id) if link.contact_id else None
    wish = Wish(link, link.invitation, contact)
    return wish if session.tokens.knows_stop(tag, WHAT, link.id, wish.address) else None


def set_wish(session: Transaction, link_id: str, tag: str, *, stopped: bool) -> Wish:
    """
    Stop the reminders that came with a link, or let them come again; pressed twice it is done once.

    What waits to leave is cancelled. Raises `NotFoundError` for an address that stops nobody's.
    """
    known = found(session, link_id, tag)
    if known is None or lock_letter(session, known.invitation.letter_id) is None:
        raise NotFoundError("This address stops no emails.")
    session.refresh(known.invitation)
    wish = found(session, link_id, tag)
    if wish is None:
        raise NotFoundError("This address stops no emails.")
    if wish.is_over or wish.is_stopped == stopped:
        return wish
    _keep(session, wish, stopped)
    if stopped:
        deliveries.cancel_reminders(session, [wish.invitation.id], wish.address)
    return wish


def _keep(session: Transaction, wish: Wish, stopped: bool) -> None:
    invitation = wish.invitation
    if wish._is_the_first:
        invitation.no_reminders = reminding.with_contact(invitation.no_reminders, stopped_now=stopped)
        told = actions.RemindersSet(invitation=invitation.id, stopped_by=invitation.no_reminders)
    else:
        (wish.contact or wish.link).no_reminders = stopped
        named = {"contact": wish.contact.id} if wish.contact else {"link": wish.link.id}
        told = actions.RemindersSet(invitation=invitation.id, stopped_by="contact" if stopped else "", **named)
    history.append(session, invitation.letter_id, actor(invitation), told)
