"""Four eyes: which organisations want them, what one of them has proposed, and what ends a proposal."""

from __future__ import annotations

from sqlalchemy import select, update

from workflow import deliveries, history
from workflow.campaigns import conditions, rounds
from workflow.campaigns.lookup import locked_invitation
from workflow.errors import InputError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.mails import who_signs
from workflow.mails.proposal import proposal as asks_to_confirm
from workflow.models import Invitation, Letter, Proposal, now
from workflow.states import check
from workflow.transaction import Transaction
from workflow.verify.persons import same_mailbox

NOT_FOR_PEOPLE = lazy_gettext("Whoever signs in their own name signs alone.")


def set_wanted(session: Transaction, letter_id: str, invitation_id: str, wanted: bool, actor: Actor) -> Invitation:
    """
    Set whether two have to sign for an organisation: one proposes, another confirms.

    It holds for what is signed from now on: what one has signed before stays. All its contacts are told, where they
    were written to. Raises `InputError`.
    """
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    if wanted and invitation.individual:
        raise InputError(wanted=NOT_FOR_PEOPLE)
    if invitation.four_eyes != wanted:
        set_locked(session, row, invitation, actions.FourEyesSet(invitation=invitation.id, wanted=wanted), actor)
    return invitation


def set_locked(
    session: Transaction, row: Letter, invitation: Invitation, entry: actions.FourEyesSet, actor: Actor, by: str = ""
) -> None:
    """
    Set it as an entry says, of a letter whose row is locked; `by` is the link by which the organisation asked for it.

    Where two have to sign, what one alone had agreed to ends.
    """
    invitation.four_eyes = entry.wanted
    sequence = history.append(session, row.id, actor, entry)
    if entry.wanted:
        conditions.end_of(session, invitation, actor)
    if invitation.links:
        who_signs.how_many(session, invitation, entry.wanted, by, sequence)


def open_one(session: Transaction, invitation_id: str) -> Proposal | None:
    """Return what is proposed for an organisation and neither confirmed nor ended."""
    query = select(Proposal).where(Proposal.invitation_id == invitation_id, Proposal.outcome == "")
    return session.scalar(query.execution_options(populate_existing=True))


def end_all(session: Transaction, row: Letter) -> None:
    """End every proposal of a letter that is taken back to drafting: the entry that says so says this too."""
    mine = select(Invitation.id).where(Invitation.letter_id == row.id)
    these = update(Proposal).where(Proposal.invitation_id.in_(mine), Proposal.outcome == "")
    session.execute(these.values(outcome="ended", ended_at=now()))
    deliveries.cancel_kind(session, row.id, asks_to_confirm.kind)


def close(session: Transaction, invitation: Invitation, outcome: str = "ended") -> Proposal | None:
    """Close what is proposed for an organisation, where anything is: an entry that is appended besides says so."""
    proposal = open_one(session, invitation.id)
    if proposal is not None:
        proposal.outcome, proposal.ended_at = outcome, now()
        session.flush()
        deliveries.cancel_of(session, invitation.id, asks_to_confirm.kind)
    return proposal


def end_with_contact(
    session: Transaction,
    row: Letter,
    invitation: Invitation,
    contact_id: str | None,
    address: str,
    actor: Actor,
    by: str = "",
) -> list[str]:
    """
    End what a contact (None: the first) has proposed, or was asked at an address to confirm, who is not the same now.

    `by` is the link by which they say so themselves. Returns the links by which they answered and were to confirm.
    """
    theirs = [
        link.id
        for link in invitation.links
        if (link.purpose == "answer" and link.contact_id == contact_id)
        or (link.purpose == "confirm" and link.email and same_mailbox(link.email, address))
    ]
    proposal = open_one(session, invitation.id)
    if proposal is not None and {proposal.link_id, proposal.confirming_link_id} & set(theirs):
        close(session, invitation)
        rounds.end_link(session, invitation.id, proposal.confirming_link_id)
        ended = actions.ProposalEnded(invitation=invitation.id, proposal=proposal.sequence, link=by)
        history.append(session, row.id, actor, ended)
    return theirs
