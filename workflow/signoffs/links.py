"""Which link opens which invitation, for how long, and what a co-signer's step depends on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from workflow.campaigns import rounds
from workflow.campaigns.rounds import AFTERWARDS, WITHOUT_DEADLINE, runs_out
from workflow.clock import is_over
from workflow.errors import NotFoundError, RefusedError
from workflow.history import Actor, cosigner
from workflow.languages import lazy_gettext
from workflow.mails.audiences import holder as holder
from workflow.models import Delivery, Invitation, Letter, Link, now
from workflow.moments import after
from workflow.signoffs.opened import OpenedInvitation, OpenedLink, opened
from workflow.tokens import hash_token
from workflow.transaction import Transaction, lock_letter, transaction_of

_opening = select(Link).options(
    joinedload(Link.invitation, innerjoin=True)
    .joinedload(Invitation.letter, innerjoin=True)
    .joinedload(Letter.campaign, innerjoin=True)
)
"""A link with its invitation, the letter and the campaign: in one go, for every page of a co-signer begins so."""


def find_link(session: Transaction, token: str) -> Link | None:
    """Return the living link of a token, or None: unknown, ended and revoked look the same."""
    link = session.scalar(_opening.where(Link.token_hash == hash_token(token)))
    return link if link is not None and lives(link) else None


def was_sent(session: Transaction, token: str) -> bool:
    """Whether a token was ever mailed: who shows one that has ended is late, and no guesser."""
    return session.scalar(select(Link.id).where(Link.token_hash == hash_token(token))) is not None


def living_link(session: Transaction, link_id: str, invitation_id: str) -> OpenedInvitation | None:
    """Return what a link opens that was opened in this browser before, if it still lives and is of this invitation."""
    found = opened(session, link_id, invitation_id)
    return found[1] if found is not None and _lives(session, *found) else None


def lives(link: Link) -> bool:
    """Whether a link still opens its invitation."""
    return _lives(transaction_of(link), link, link.invitation)


def _lives(session: Transaction, link: Link | OpenedLink, invitation: Invitation | OpenedInvitation) -> bool:
    return link.revoked_at is None and not is_over(_ends_at(session, link, invitation))


def _ends_at(session: Transaction, link: Link | OpenedLink, invitation: Invitation | OpenedInvitation) -> datetime:
    """A link ends a month after the deadline or the last mail with the letter, whichever is later."""
    letter, deadline = invitation.letter, invitation.due
    if letter.takes_late_names:
        return now() + AFTERWARDS
    if letter.is_sent:
        last = select(func.max(Delivery.settled_at)).where(
            Delivery.letter_id == letter.id, Delivery.recipient_id.is_not(None)
        )
        ends = [moment for moment in (deadline, session.scalar(last)) if moment is not None]
        return after(max(ends), AFTERWARDS) if ends else link.created_at + WITHOUT_DEADLINE
    # Whoever is told to object in time must be able to, for silence may come to count against it.
    may_object = letter.is_open_for_sign_off and letter.objections_until is not None and invitation.is_to_confirm
    # Nor does it end while somebody has to decide what the deadline brings.
    waits = letter.is_with_cosigners and deadline is not None and invitation.closes_at is None
    if letter.is_approved or letter.is_being_sent or may_object or waits:
        return now() + AFTERWARDS
    return runs_out(deadline, link.created_at)


ANSWERS = ("answer",)
"""What a link is for by which an organisation acts; one to read, or to confirm, does nothing of that."""


def locked(session: Transaction, link_id: str, purposes: Sequence[str] = ANSWERS) -> tuple[Link, Invitation, Letter]:
    """Lock the letter that a link is of; raises `NotFoundError` for one that has ended, or is for something else."""
    return locked_all(session, [link_id], purposes)[0]


def locked_all(
    session: Transaction, link_ids: Sequence[str], purposes: Sequence[str] = ANSWERS
) -> list[tuple[Link, Invitation, Letter]]:
    """
    Lock the letters that links are of, in the order of their ids, then read what decides.

    Read before the lock it might be stale. Raises `NotFoundError` when one of the links has ended, or is none of these
    purposes.
    """
    known = _read(session, link_ids)
    letters = {link.invitation.letter_id for link in known.values()}
    if not letters <= session.locked.keys():
        for letter_id in sorted(letters):
            lock_letter(session, letter_id)
        known = _read(session, link_ids)
    found = []
    for link_id in link_ids:
        link = known.get(link_id)
        if link is None:
            raise NotFoundError("This link is not known.")
        if not lives(link):
            raise NotFoundError("This link has ended. The newest mail holds the one that works.")
        if link.purpose not in purposes:
            raise NotFoundError("This link is not for that.")
        row = session.locked[link.invitation.letter_id]
        rounds.settle(session, row, [link.invitation])
        found.append((link, link.invitation, row))
    return found


def _read(session: Transaction, link_ids: Sequence[str]) -> dict[str, Link]:
    whole = select(Link).where(Link.id.in_(link_ids)).options(joinedload(Link.invitation, innerjoin=True))
    return {link.id: link for link in session.scalars(whole.execution_options(populate_existing=True))}


NOT_AS_SHOWN = lazy_gettext("The text has changed since this page was opened. Read the new text, then decide.")


def known_digest(letter: Letter, digest: str) -> str:
    """Return the digest of the text that was before somebody; raises `RefusedError` for one that it never had."""
    if digest not in {revision.digest for revision in letter.revisions}:
        raise RefusedError(NOT_AS_SHOWN)
    return digest


def actor(invitation: Invitation) -> Actor:
    """Return the one who acts through an invitation's link."""
    return cosigner(invitation.id)
