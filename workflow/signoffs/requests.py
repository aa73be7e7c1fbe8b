"""What a co-signer asks for beside an answer: more time, its logo, the image of a signature, a fresh link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, func, literal, select, true, union_all

from emails.addresses import spellings
from workflow import blocked, deliveries, documents, history
from workflow.campaigns import invitations, printing, rounds, stationery
from workflow.errors import RefusedError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import came_back, no_more, notice
from workflow.mails.audiences import holder
from workflow.models import Delivery, Invitation, InvitationContact, Letter, Link, Signoff, now
from workflow.signoffs.codes import check_code
from workflow.signoffs.links import actor, lives, locked
from workflow.states.permissions import check, may
from workflow.transaction import Transaction, lock_letter

AGAIN = "again"
"""Marks, on the row of a mail, that somebody asked for it."""

MOST_AN_HOUR = 5
"""Mails that are sent again to one mailbox: who asks for more has five that work."""


def ask_for_time(session: Transaction, link_id: str, how_long: str) -> Invitation:
    """Ask the coordinator for more time; the deadline stays until the coordinator moves it."""
    _, invitation, letter = locked(session, link_id)
    check("ask_for_time", letter.state, invitation.state)
    words = typed.line(how_long, typed.REQUEST)
    if not words:
        raise RefusedError(lazy_gettext("Say how much time you need."))
    if invitation.more_time == words:
        return invitation
    invitation.more_time = words
    asked = actions.TimeAsked(invitation=invitation.id, words=words)
    sequence = history.append(session, letter.id, actor(invitation), asked)
    notice.queue(session, invitation, "time", sequence)
    return invitation


def stop_writing(session: Transaction, link_id: str) -> Invitation:
    """
    Let nothing more go to whoever was sent this link, for they say that it isn't for them; a coordinator is told.

    One last mail tells them, for another may hold their link: it says where that is taken back.
    """
    link, invitation, letter = locked(session, link_id)
    check("stop_writing", letter.state)
    address, _ = holder(link)
    stopped = blocked.stop(session, letter, address, "not_me", None, invitation.id, actor=actor(invitation))
    if stopped is not None:
        came_back.queue(session, letter, "not_me", None, invitation.id, contact_id=link.contact_id, blocked=True)
        no_more.queue(session, link, stopped.id)
    return invitation


def write_again(session: Transaction, link_id: str) -> Invitation:
    """Take that back: mails go to whoever was sent this link again."""
    link, invitation, letter = locked(session, link_id)
    check("stop_writing", letter.state)
    blocked.free(session, letter, holder(link)[0], actor(invitation), invitation.id)
    return invitation


def writes_to(session: Transaction, link_id: str) -> bool:
    """Whether mails go to whoever was sent this link."""
    return blocked.now_at(session, holder(session.get_one(Link, link_id))[0]) is None


def set_logo(session: Transaction, link_id: str, logo: documents.Logo, code: str = "") -> Invitation:
    """Give the organisation its logo, as long as the text is before the co-signers."""
    link, invitation, letter = locked(session, link_id)
    check("give_logo", letter.state, invitation.state)
    code = check_code(session, link, "logo", code)
    stationery.set_logo_locked(session, invitation, logo, actor(invitation), code)
    return invitation


def set_signature(session: Transaction, link_id: str, image: documents.Logo, code: str = "") -> Signoff:
    """Keep the image of the signature with the sign-off that stands for the present text."""
    link, invitation, letter = locked(session, link_id)
    signoff = invitation.signoff_for(letter.revision.digest) if letter.revision else None
    check("give_signature", letter.state, invitation.state)
    assert signoff is not None
    code = check_code(session, link, "signature", code)
    png = signoff.image_sha256 = printing.store(session, image.png, "image/png")
    added = actions.SignatureImageAdded(invitation=invitation.id, signoff=signoff.sequence, png=png, code=code)
    history.append(session, letter.id, actor(invitation), added)
    return signoff


def mailed_again_today(session: Transaction, email: str) -> int:
    """Return how often the newest invitations of an address were mailed again within a day, for whoever asked."""
    waiting = [one.id for one in session.execute(_waiting(email, ""))]
    return _mailed_again(session, waiting, spellings(email), timedelta(days=1))


def waits(session: Transaction, email: str, letter_id: str = "") -> bool:
    """Whether an invitation of an address waits for an answer, however the address is spelt; to one letter, or any."""
    return session.execute(_waiting(email, letter_id)).first() is not None


def _waiting(email: str, letter_id: str) -> Select[str, str, str]:
    """The invitations of an address, with which contact of each it is; empty: the first."""
    of = Letter.id == letter_id if letter_id else true()
    spelt, open_ = spellings(email), (Invitation.is_to_answer, Letter.is_with_cosigners, of)
    first = select(Invitation.id, Invitation.letter_id, literal("").label("contact_id"), Letter.created_at)
    first = first.join(Letter, Letter.id == Invitation.letter_id).where(func.lower(Invitation.email).in_(spelt), *open_)
    other = select(Invitation.id, Invitation.letter_id, InvitationContact.id, Letter.created_at)
    other = other.join(Letter, Letter.id == Invitation.letter_id)
    other = other.join(InvitationContact, InvitationContact.invitation_id == Invitation.id)
    other = other.where(func.lower(InvitationContact.email).in_(spelt), InvitationContact.removed_at.is_(None), *open_)
    both = union_all(first, other).subquery()
    return select(both.c.id, both.c.letter_id, both.c.contact_id).order_by(both.c.created_at.desc()).limit(MOST_AN_HOUR)


def mail_again(session: Transaction, email: str, letter_id: str = "") -> int:
    """
    Mail the link of every invitation of an address that waits for an answer again, to one letter or any.

    Returns how many.
    A link that lives stays, so that nobody who knows an address can end it. Whoever asks is told the same anyway.
    """
    found = session.execute(_waiting(email, letter_id)).all()
    # In one order for everybody who locks several letters at once; what was mailed is counted under the locks.
    letters = {letter_id: lock_letter(session, letter_id) for letter_id in sorted({one.letter_id for one in found})}
    left = max(
        0, MOST_AN_HOUR - _mailed_again(session, [one.id for one in found], spellings(email), timedelta(hours=1))
    )
    mailed = 0
    for invitation_id, letter_id, contact_id in found[:left]:
        letter = letters[letter_id]
        invitation = session.get_one(Invitation, invitation_id, populate_existing=True)
        if letter is None or not may("write_to", letter.state, invitation.state):
            continue
        delivery = _again(session, letter, invitation, contact_id)
        if delivery is not None:
            delivery.about = {**delivery.about, AGAIN: True}
            mailed += 1
    return mailed


def _again(session: Transaction, letter: Letter, invitation: Invitation, contact_id: str) -> Delivery | None:
    link = invitation.link_of(contact_id or None)
    ended = link is not None and not lives(link)
    if not contact_id:
        if ended:
            invitations.new_link(session, invitation)
        return invitations.mail(session, letter, invitation, all_contacts=False)
    if ended:
        rounds.end_links_of(session, invitation.id, contact_id)
        rounds.new_contact_links(session, {contact_id: invitation.id})
    deliveries.cancel_to_contact(session, invitation.id, contact_id)
    queued = rounds.write_to_contact(session, letter, invitation, contact_id)
    return session.get_one(Delivery, queued[0]) if queued else None


def _mailed_again(session: Transaction, invitation_ids: list[str], spelt: Sequence[str], within: timedelta) -> int:
    mailed = select(Delivery.about).where(
        Delivery.invitation_id.in_(invitation_ids),
        Delivery.queued_at > now() - within,
        func.lower(Delivery.address).in_(spelt),
    )
    return sum(AGAIN in about for about in session.scalars(mailed))
