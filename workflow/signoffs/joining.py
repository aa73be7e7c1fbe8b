"""
Strangers who ask for their organisation to join a letter by its public page.

What they type is kept until the address is confirmed, three days at most, and does nothing before. All of this is done
after the answer, which is the same for everybody; whether an address is known is told to its mailbox alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select

from emails.addresses import spellings
from workflow import blocked, history
from workflow.campaigns import open_call
from workflow.errors import NotFoundError, RefusedError
from workflow.history import SYSTEM, actions
from workflow.languages import lazy_gettext
from workflow.letter import domains
from workflow.mails import join as mail
from workflow.mails import join_notice
from workflow.models import Delivery, Invitation, InvitationContact, JoinRequest, Letter, new_id, now
from workflow.models.answering import CONFIRMED
from workflow.signoffs import requests
from workflow.tokens import hash_token
from workflow.transaction import Transaction, lock_letter

LASTS = timedelta(days=3)
"""How long a request can be confirmed."""
A_DAY = 3
"""So many of these emails go to one address within a day, whatever is asked for and of whichever letter."""
MOST_AN_HOUR = 150
"""So many that nobody has confirmed come in for a letter within an hour; then no more are taken for a while."""
MOST_PENDING = 600
MOST_WAITING = 2_000
"""So many that were confirmed wait for a coordinator at most."""

CLOSED = lazy_gettext("Requests to join this letter aren’t taken any more.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, as it is kept."""

    letter_id: str
    organisation: str
    name: str
    email: str
    acronym: str = ""
    country: str = ""
    website: str = ""
    title: str = ""
    language: str = ""
    words: str = ""


# --- how many there are -----------------------------------------------------------------------------------------------


def lately(session: Transaction, letter_id: str) -> int:
    """Return how many requests came in for a letter within an hour that nobody has confirmed."""
    return _pending(session, letter_id, now() - timedelta(hours=1))


def is_full(session: Transaction, letter_id: str, on_their_way: int = 0) -> bool:
    """Whether no more requests are taken for a letter for now; so many have been sent, and are looked up just now."""
    waiting = select(func.count()).where(JoinRequest.letter_id == letter_id, JoinRequest.waits)
    return (
        lately(session, letter_id) + on_their_way >= MOST_AN_HOUR
        or _pending(session, letter_id, now() - LASTS) + on_their_way >= MOST_PENDING
        or (session.scalar(waiting) or 0) >= MOST_WAITING
    )


def _pending(session: Transaction, letter_id: str, since: datetime) -> int:
    query = select(func.count()).where(JoinRequest.letter_id == letter_id, JoinRequest.is_unconfirmed)
    return session.scalar(query.where(JoinRequest.created_at > since)) or 0


# --- asking -----------------------------------------------------------------------------------------------------------

What = Literal["new", "again", "known", "full", ""]
"""
What follows from a request: it is kept, to be confirmed; the invitation that the address has is emailed again; the
address has asked before; coordinators are told that there are too many; nothing.
"""


def concerns(session: Transaction, asked: Asked) -> bool:
    """Whether anything follows from a request."""
    return bool(_what(session, asked))


def _what(session: Transaction, asked: Asked) -> What:
    row = session.get(Letter, asked.letter_id)
    if row is None or not open_call.takes(open_call.of(session, row.id), row):
        return ""
    if domains.is_thrown_away(domains.of(asked.email)):
        return ""
    own = spellings(asked.email)
    if blocked.living(session, own) or _mailed(session, own) >= A_DAY:
        return ""
    asks = select(Invitation.id).where(Invitation.letter_id == row.id, func.lower(Invitation.email).in_(own))
    also = select(InvitationContact.id).join(Invitation, Invitation.id == InvitationContact.invitation_id)
    also = also.where(Invitation.letter_id == row.id, func.lower(InvitationContact.email).in_(own))
    also = also.where(InvitationContact.removed_at.is_(None))
    if session.scalar(asks.union_all(also).limit(1)) is not None:
        often = requests.mailed_again_today(session, asked.email) >= A_DAY
        return "again" if not often and requests.waits(session, asked.email, row.id) else ""
    if is_full(session, row.id):
        return "full"
    return "new" if _standing(session, asked) is None else "known"


def _mailed(session: Transaction, own: tuple[str, ...]) -> int:
    """How many of these emails an address was sent today."""
    query = select(func.count()).where(
        Delivery.letter_id.is_(None), Delivery.kind == mail.join.kind, func.lower(Delivery.address).in_(own)
    )
    return session.scalar(query.where(Delivery.queued_at > now() - timedelta(days=1))) or 0


def _standing(session: Transaction, asked: Asked) -> JoinRequest | None:
    """Return the request of an address that was confirmed: each address has one for a letter."""
    query = select(JoinRequest).where(
        JoinRequest.letter_id == asked.letter_id,
        func.lower(JoinRequest.email).in_(spellings(asked.email)),
        ~JoinRequest.is_unconfirmed,
    )
    return session.scalars(query.order_by(JoinRequest.created_at).limit(1)).first()


def ask(session: Transaction, asked: Asked) -> None:
    """Do what follows from a request (`What`); to whom nothing follows from it, nothing is said."""
    what = _what(session, asked)
    if what == "again":
        requests.mail_again(session, asked.email, asked.letter_id)
    elif what == "full":
        row = lock_letter(session, asked.letter_id)
        if row is not None:
            join_notice.queue(session, row, "full")
    elif what == "known":
        standing = _standing(session, asked)
        if standing is not None:
            mail.queue(session, standing, "known", new_id())
    elif what == "new":
        _keep(session, asked)


def _keep(session: Transaction, asked: Asked) -> None:
    request_id = new_id()
    request = JoinRequest(
        id=request_id,
        letter_id=asked.letter_id,
        token_hash=hash_token(session.tokens.join_links(request_id)[0]),
        organisation=asked.organisation,
        acronym=asked.acronym,
        country=asked.country,
        website=asked.website,
        name=asked.name,
        title=asked.title,
        email=asked.email,
        language=asked.language,
        words=asked.words,
    )
    session.add(request)
    session.flush()
    mail.queue(session, request, "confirm")


# --- confirming -------------------------------------------------------------------------------------------------------


def find(session: Transaction, token_hash: str) -> JoinRequest | None:
    """Return the request that a link is for; None where it was never made, was deleted, or is over."""
    if not token_hash:
        return None
    found = session.scalars(select(JoinRequest).where(JoinRequest.token_hash == token_hash)).one_or_none()
    if found is None or (found.is_unconfirmed and found.created_at <= now() - LASTS):
        return None
    return found


def was_sent(session: Transaction, token_hash: str) -> bool:
    """Whether a link was ever made, and is still known: who shows one that is over is late, and no guesser."""
    return session.scalar(select(JoinRequest.id).where(JoinRequest.token_hash == token_hash)) is not None


def can_be_confirmed(session: Transaction, request: JoinRequest) -> bool:
    """Whether the letter of a request takes any now."""
    row = session.get_one(Letter, request.letter_id)
    return open_call.takes(open_call.of(session, row.id), row)


def _locked(session: Transaction, token_hash: str) -> tuple[Letter, JoinRequest]:
    known = find(session, token_hash)
    row = lock_letter(session, known.letter_id) if known is not None else None
    found = find(session, token_hash)
    if row is None or found is None:
        raise NotFoundError("There is no such request.")
    session.refresh(found)
    return row, found


def confirm(session: Transaction, token_hash: str) -> str:
    """
    Confirm a request by the link that was mailed; a coordinator decides then. Returns the id of that which stands.

    One that was confirmed before stays as it is; of several that were typed for one address the first that is
    confirmed stands, and the others go. Raises `NotFoundError`, and `RefusedError` where none are taken any more.
    """
    row, request = _locked(session, token_hash)
    if not request.is_unconfirmed:
        return request.id
    if not can_be_confirmed(session, request):
        raise RefusedError(CLOSED)
    asked = Asked(row.id, request.organisation, request.name, request.email)
    standing = _standing(session, asked)
    if standing is None:
        standing, moment = request, history.moment(session)
        request.state, request.confirmed_at = CONFIRMED, moment
        confirmed = actions.JoinConfirmed(request=request.id, said=session.tokens.keyed("join", *_said(request)))
        history.append(session, row.id, SYSTEM, confirmed, moment)
        session.flush()
        join_notice.queue(session, row, "waiting")
    others = JoinRequest.letter_id == row.id, func.lower(JoinRequest.email).in_(spellings(request.email))
    session.execute(delete(JoinRequest).where(*others, JoinRequest.is_unconfirmed))
    return standing.id


def _said(request: JoinRequest) -> tuple[str, ...]:
    named = (request.id, request.organisation, request.acronym, request.country, request.website)
    return (*named, request.name, request.title, request.email, request.words)


def drop(session: Transaction, token_hash: str) -> None:
    """Delete a request that whoever reads its mail did not make, unless it was confirmed; raises `NotFoundError`."""
    _, request = _locked(session, token_hash)
    if request.is_unconfirmed:
        session.delete(request)


def forget(session: Transaction) -> int:
    """Delete requests that nobody has confirmed in time; returns how many."""
    old = select(JoinRequest.id).where(JoinRequest.is_unconfirmed, JoinRequest.created_at <= now() - LASTS)
    ids = list(session.scalars(old.limit(500)))
    if ids:
        session.execute(delete(JoinRequest).where(JoinRequest.id.in_(ids)))
    return len(ids)
