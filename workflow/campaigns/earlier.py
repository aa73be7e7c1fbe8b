"""A new letter from an earlier one: its text, whom it goes to, who is asked, how it is printed, its terms."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow import documents, history
from workflow.campaigns import campaign as campaigns
from workflow.campaigns import drafts, stationery
from workflow.campaigns.campaign import Setting
from workflow.campaigns.invitations import NO_INDIVIDUALS
from workflow.clock import now
from workflow.errors import InputError
from workflow.history import Actor, actions
from workflow.letter import text as texts
from workflow.models import Campaign, Invitation, Letter, Letterhead, Organisation
from workflow.transaction import Transaction

ALL, SIGNERS = "all", "signed"
"""Which organisations are asked again: everybody who was, or those that signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is taken from an earlier letter."""

    text: bool = True
    recipients: bool = True
    organisations: str = ALL
    """`ALL`, `SIGNERS`, or nothing."""
    layout: bool = True
    terms: bool = True


def start(
    session: Transaction,
    earlier: Letter,
    choice: Choice,
    actor: Actor,
    *,
    campaign: Campaign | None = None,
    name: str = "",
) -> Letter:
    """
    Begin a letter with what was chosen of an earlier one, in a campaign, or in a new one of that name.

    The contacts are the last ones; a deadline that has passed is left out. The date is not taken.
    """
    asked = _asked(session, earlier, choice.organisations)
    campaign = campaign or _begun(session, earlier, choice, name, any(one.individual for one in asked))
    if any(one.individual for one in asked) and not campaign.individuals:
        raise InputError(campaign=NO_INDIVIDUALS)
    row = drafts.take_in(
        session,
        _words(earlier, choice),
        [_cosigner(one) for one in asked],
        actor,
        dated=None,
        terms=_terms(earlier, choice, campaign),
        place=earlier.place if choice.text else "",
        campaign=campaign,
    )
    _stand_alike(session, row, asked, actor)
    if choice.layout:
        _lay_out(session, row, earlier, actor)
    session.flush()
    return row


def _begun(session: Transaction, earlier: Letter, choice: Choice, name: str, individuals: bool) -> Campaign:
    """Begin a campaign with the rules of the letter, in which people sign in their own name if they did there."""
    called = name.strip() or (earlier.subject if choice.text else "") or earlier.campaign.name
    terms = dataclasses.replace(_terms(earlier, choice, None), name=called)
    return campaigns.begin(session, Setting(terms, individuals=individuals, footer_code=earlier.campaign.footer_code))


def _words(earlier: Letter, choice: Choice) -> texts.Letter:
    words = earlier.text()
    if not choice.text:
        words = dataclasses.replace(words, subject="", salutation="", body="", closing="")
    return words if choice.recipients else dataclasses.replace(words, recipients=())


def _terms(earlier: Letter, choice: Choice, campaign: Campaign | None) -> drafts.Terms:
    terms = drafts.terms_of(earlier) if choice.terms else drafts.terms_of(campaign) if campaign else drafts.Terms()
    is_over = terms.deadline is not None and terms.deadline <= now()
    return dataclasses.replace(terms, deadline=None if is_over else terms.deadline)


# --- who is asked -----------------------------------------------------------------------------------------------------


def counts(session: Transaction, earlier: Letter) -> dict[str, int]:
    """Return how many organisations would be asked by each choice."""
    return {choice: len(_asked(session, earlier, choice)) for choice in (ALL, SIGNERS)}


def _asked(session: Transaction, earlier: Letter, organisations: str) -> Sequence[Any]:
    if organisations not in (ALL, SIGNERS):
        return ()
    is_asked = Invitation.is_listed if organisations == ALL else Invitation.can_count
    query = (
        select(
            Invitation.signatory,
            Invitation.signatory_title,
            Invitation.contact_name,
            Invitation.email,
            Invitation.second_email,
            Invitation.required,
            Invitation.founder,
            Invitation.confidential,
            Invitation.individual,
            Invitation.language,
            Invitation.timezone,
            Organisation.name,
            Organisation.acronym,
            Organisation.country,
            Organisation.known_id,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == earlier.id, is_asked)
        .order_by(Invitation.position)
    )
    return session.execute(query).all()


def _cosigner(one: Any) -> texts.Cosigner:
    return texts.Cosigner(
        organisation=one.name,
        acronym=one.acronym,
        signatory=one.signatory,
        title=one.signatory_title,
        email=one.email,
        required=one.required,
        contact_name=one.contact_name,
        country=one.country,
        language=one.language,
        timezone=one.timezone,
        known=one.known_id or "",
        individual=one.individual,
    )


def _stand_alike(session: Transaction, row: Letter, asked: Sequence[Any], actor: Actor) -> None:
    """A name that was withheld stays withheld; who led leads; who else was told of signatures is told again."""
    special = {n for n, one in enumerate(asked, 1) if one.founder or one.confidential or one.second_email}
    if not special:
        return
    query = select(Invitation).where(Invitation.letter_id == row.id, Invitation.position.in_(special))
    for invitation in session.scalars(query.order_by(Invitation.position)).unique():
        one = asked[invitation.position - 1]
        if one.founder or one.confidential:
            invitation.founder, invitation.confidential = one.founder, one.confidential
            session.flush()
            placed = actions.InvitationPlaced(
                invitation=invitation.id,
                position=invitation.position,
                founder=one.founder,
                confidential=one.confidential,
                country=invitation.organisation.country,
            )
            history.append(session, row.id, actor, placed)
        if one.second_email:
            invitation.second_email = one.second_email
            session.flush()
            told = actions.SecondContactSet(invitation=invitation.id, contact=one.second_email)
            history.append(session, row.id, actor, told)


# --- how it is printed ------------------------------------------------------------------------------------------------


def _lay_out(session: Transaction, row: Letter, earlier: Letter, actor: Actor) -> None:
    letterhead = earlier.letterhead
    own = None if letterhead in documents.BUILT_IN else session.get(Letterhead, letterhead)
    if own is not None and own.campaign_id != row.campaign_id:
        own = Letterhead(
            campaign_id=row.campaign_id, letter_id=row.id, name=own.name, docx_sha256=own.docx_sha256, found=own.found
        )
        session.add(own)
        session.flush()
        added = actions.LetterheadAdded(letterhead=own.id, docx=own.docx_sha256)
        history.append(session, row.id, actor, added)
    chosen = own.id if own is not None else letterhead
    alike = dataclasses.replace(stationery.Choice.of(earlier), letterhead=chosen)
    stationery.choose(session, row.id, alike, actor)
