"""
What a coordinator answers to organisations that ask to join: accepted, by ones or by many, or refused with a reason.

Whoever is accepted is invited like any other, and signs by a link of their own: a request is never taken for consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select

from emails.addresses import spellings
from workflow import history
from workflow.campaigns import invitations, rounds
from workflow.campaigns.lookup import locked_letter
from workflow.clock import is_over
from workflow.errors import InputError, RefusedError
from workflow.history import SYSTEM, Actor, actions
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter import characters, typed
from workflow.letter.text import Cosigner, folded
from workflow.mails import join_answer
from workflow.models import Invitation, JoinRequest, Letter, Organisation
from workflow.models.answering import ACCEPTED, EXPIRED, REFUSED
from workflow.states import check, may
from workflow.transaction import Transaction, lock_letter

MOST = 500
"""So many are answered at once at most."""
TOGETHER = 40
"""So many are answered in one transaction: everybody else who writes waits meanwhile."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many were invited, and what the others are called: on the letter already, by their name or address."""

    number: int
    left: tuple[str, ...]


def pieces(ids: Sequence[str]) -> list[list[str]]:
    """Return the requests that were chosen, each once, as they are answered together; raises `RefusedError`."""
    found = list(dict.fromkeys(ids))
    if not found:
        raise RefusedError(lazy_gettext("Select at least one request."))
    if len(found) > MOST:
        raise RefusedError(lazy_ngettext("Select at most %(num)s request.", "Select at most %(num)s requests.", MOST))
    return [found[begin : begin + TOGETHER] for begin in range(0, len(found), TOGETHER)]


def accept(session: Transaction, letter_id: str, ids: Sequence[str], actor: Actor) -> Accepted:
    """
    Invite the organisations of these requests, of those that wait; before the co-signers, they are emailed at once.

    Raises `RefusedError` where none waits, and where nobody can sign any more.
    """
    row = locked_letter(session, letter_id)
    check("invite", row.state)
    if is_over(row.deadline):
        raise RefusedError(lazy_gettext("The deadline has passed. Set a new one first."))
    taken, left = _new(session, row, _waiting(session, row, ids))
    asked = [_cosigner(one) for one in taken]
    invited = invitations.put_on_the_list(session, row, asked, actor, [one.id for one in taken])
    moment = history.moment(session)
    for request, invitation in zip(taken, invited, strict=True):
        request.state, request.invitation_id, request.decided_at = ACCEPTED, invitation, moment
        accepted = actions.JoinAccepted(request=request.id, invitation=invitation)
        history.append(session, row.id, actor, accepted, moment)
    session.flush()
    if may("write_to", row.state):
        rounds.write_to(session, row, invited)
    rounds.reached(session, row, invited)
    return Accepted(len(invited), tuple(one.organisation for one in left))


def _waiting(session: Transaction, row: Letter, ids: Sequence[str]) -> list[JoinRequest]:
    query = select(JoinRequest).where(JoinRequest.letter_id == row.id, JoinRequest.id.in_(ids), JoinRequest.waits)
    ordered = query.order_by(JoinRequest.created_at, JoinRequest.id).execution_options(populate_existing=True)
    found = list(session.scalars(ordered))
    if not found:
        raise RefusedError(lazy_gettext("None of these requests waits for an answer."))
    return found


def _new(
    session: Transaction, row: Letter, requests: Sequence[JoinRequest]
) -> tuple[list[JoinRequest], list[JoinRequest]]:
    """Return those that are not on the letter, and those that are, or come twice: by their name or their address."""
    there = select(Organisation.name, Invitation.email).join(Invitation, Invitation.organisation_id == Organisation.id)
    known: set[str] = set()
    for name, email in session.execute(there.where(Invitation.letter_id == row.id)):
        known |= {folded(name), *(spellings(email) if email else ())}
    new: list[JoinRequest] = []
    left: list[JoinRequest] = []
    for request in requests:
        own = {folded(request.organisation), *spellings(request.email)}
        (left if own & known else new).append(request)
        known |= own
    return new, left


def _cosigner(request: JoinRequest) -> Cosigner:
    return Cosigner(
        organisation=request.organisation,
        acronym=request.acronym,
        signatory=request.name,
        title=request.title,
        email=request.email,
        country=request.country,
        language=request.language,
    )


def refuse(session: Transaction, letter_id: str, ids: Sequence[str], actor: Actor, *, reason: str, tell: bool) -> int:
    """Refuse these requests, of those that wait, and `tell` by email why; returns how many. Raises `RefusedError`."""
    row = locked_letter(session, letter_id)
    check("answer_request", row.state)
    reason = typed.block(reason, typed.NOTE)
    if not characters.is_name(reason):
        raise InputError(reason=lazy_gettext("Enter a reason."))
    found = _waiting(session, row, ids)
    for request in found:
        request.state, request.reason, request.decided_at = REFUSED, reason, history.moment(session)
        refused = actions.JoinRefused(request=request.id, reason=session.tokens.keyed("reason", request.id, reason))
        sequence = history.append(session, row.id, actor, refused, request.decided_at)
        if tell:
            join_answer.queue(session, row, request, "refused", sequence)
    return len(found)


def ended(session: Transaction) -> Sequence[str]:
    """Return every letter that was sent or withdrawn while requests to join it waited."""
    waits = exists().where(JoinRequest.letter_id == Letter.id, JoinRequest.waits)
    return session.scalars(select(Letter.id).where(Letter.is_sent | Letter.is_withdrawn, waits)).all()


def expire(session: Transaction, letter_id: str, most: int) -> int:
    """End so many requests to join a letter that is over, and tell who asked; returns how many."""
    row = lock_letter(session, letter_id)
    if row is None or not (row.is_sent or row.is_withdrawn):
        return 0
    query = select(JoinRequest).where(JoinRequest.letter_id == row.id, JoinRequest.waits)
    found = session.scalars(query.order_by(JoinRequest.created_at, JoinRequest.id).limit(most)).all()
    for request in found:
        request.state, request.decided_at = EXPIRED, history.moment(session)
        sequence = history.append(session, row.id, SYSTEM, actions.JoinExpired(request=request.id), request.decided_at)
        join_answer.queue(session, row, request, "over", sequence)
    return len(found)
