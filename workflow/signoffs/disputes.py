"""Whoever was a contact of an organisation says that a change of its contacts is wrong: by a link for nothing else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from workflow import history
from workflow.clock import is_over
from workflow.errors import NotFoundError
from workflow.history import actions
from workflow.letter import typed
from workflow.mails import notice
from workflow.models import Invitation, Link, now
from workflow.moments import after
from workflow.signoffs.link_usage import SAID_ADDED_WRONG, SAID_WRONG
from workflow.signoffs.links import actor
from workflow.tokens import hash_token
from workflow.transaction import Transaction, lock_letter

LASTS = timedelta(days=30)
"""How long they can say it."""


def find(session: Transaction, token: str) -> Link | None:
    """Return the link of a token by which a change of contact is said to be wrong, or None."""
    return _living(session.scalar(_reading().where(Link.token_hash == hash_token(token))))


def by_id(session: Transaction, link_id: str) -> Link:
    """Return such a link that was opened in this browser before; raises `NotFoundError` for any other."""
    found = _living(session.scalar(_reading().where(Link.id == link_id)))
    if found is None:
        raise NotFoundError("This link has ended.")
    return found


def _reading() -> Select[Link]:
    whole = joinedload(Link.invitation, innerjoin=True).joinedload(Invitation.letter, innerjoin=True)
    return select(Link).where(Link.purpose == "dispute").options(whole)


def _living(link: Link | None) -> Link | None:
    """It ends by time, or with an erased letter: whatever becomes of the links of the contacts that came after."""
    if link is None or link.invitation.letter.erased_at is not None:
        return None
    return link if not is_over(after(link.created_at, LASTS)) else None


def was_said(link: Link) -> bool:
    """Whether it was said already."""
    return link.fetched_at is not None


def dispute(session: Transaction, link_id: str, words: str) -> Invitation:
    """
    Put on the record that a change of contact is wrong, and tell the coordinators; said twice, it was said once.

    Signatures that stand, given since, are marked as odd. Raises `NotFoundError`.
    """
    link = by_id(session, link_id)
    letter = lock_letter(session, link.invitation.letter_id)
    session.refresh(link)
    if letter is None or letter.erased_at is not None:
        raise NotFoundError("This link has ended.")
    invitation = session.get_one(Invitation, link.invitation_id, populate_existing=True)
    if was_said(link):
        return invitation
    link.fetched_at = now()
    words = typed.block(words, typed.REASON)
    said = actions.ContactDisputed(invitation=invitation.id, contact=link.contact_id or "", words=words)
    sequence = history.append(session, invitation.letter_id, actor(invitation), said)
    wrong = SAID_ADDED_WRONG if link.contact_id else SAID_WRONG
    for signoff in invitation.signoffs:
        if signoff.retracted_at is None and signoff.signed_at >= link.created_at:
            signoff.odd = "; ".join(filter(None, (signoff.odd, wrong)))
    notice.queue(session, invitation, "disputed", sequence, said=said.words)
    return invitation
