"""Where two have to sign for an organisation: one proposes, another confirms by a link of their own, or refuses."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import datetime

from workflow import deliveries, history
from workflow.campaigns import conditions, four_eyes, rounds
from workflow.errors import InputError, RefusedError, SupersededError
from workflow.history import actions
from workflow.languages import Words, lazy_gettext
from workflow.letter import characters, text, typed
from workflow.mails import proposal as mails
from workflow.models import Invitation, Letter, Link, Proposal, Signoff, new_id
from workflow.signoffs import answers
from workflow.signoffs.answers import Answer
from workflow.signoffs.codes import check_code, redeemed
from workflow.signoffs.links import actor, holder, locked
from workflow.signoffs.opened import OpenedInvitation
from workflow.states import INVITATION, check, refusals
from workflow.states.invitation import SIGNATORY_UNNAMED
from workflow.transaction import Transaction
from workflow.verify.persons import same_mailbox, same_person

CONFIRMS = ("confirm",)


@dataclass(frozen=True, slots=True)
class Confirmer:
    """Who is to confirm what somebody proposes."""

    name: str
    email: str


NOT_WANTED = lazy_gettext("One person signs for your organisation here: nothing need be confirmed.")
NO_NAME = lazy_gettext("Type the name of the person who confirms.")
NO_ADDRESS = lazy_gettext("Type the email address of the person who confirms.")
SAME_ADDRESS = lazy_gettext("That is your own address. Somebody else has to confirm.")
SAME_PERSON = lazy_gettext("That is your own name. Somebody else has to confirm.")
PROPOSED = lazy_gettext("A signature was proposed already. It waits for %(name)s, unless you withdraw it.")
NOTHING = lazy_gettext("There is nothing to confirm any more: it was withdrawn, answered, or the text has changed.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be confirmed, as pages show it."""

    by: str
    at: datetime
    name: str
    title: str
    confirmer: str
    confirmer_email: str
    confirming_link_id: str


def waiting(session: Transaction, opened: OpenedInvitation) -> Waiting | None:
    """Return what waits to be confirmed for an organisation, by a reading session; None: nothing does."""
    if not opened.wants_four_eyes and opened.link.purpose != "confirm":
        return None
    invitation = session.get_one(Invitation, opened.id)
    proposal = standing(session, invitation, invitation.letter)
    return None if proposal is None else told(session, proposal)


def told(session: Transaction, proposal: Proposal) -> Waiting:
    """Return what pages show of a proposal."""
    address, name = holder(session.get_one(Link, proposal.link_id))
    confirming = session.get_one(Link, proposal.confirming_link_id)
    return Waiting(
        by=f"{name} ({address})" if name else address,
        at=proposal.proposed_at,
        name=proposal.name,
        title=proposal.title,
        confirmer=confirming.name,
        confirmer_email=confirming.email,
        confirming_link_id=confirming.id,
    )


def second(session: Transaction, opened: OpenedInvitation) -> tuple[str, str]:
    """Return the name and the address of another contact of the organisation, where there is just one; else nothing."""
    invitation = session.get_one(Invitation, opened.id)
    everybody = [(invitation.contact_name or invitation.signatory, invitation.email)]
    everybody += [(one.name, one.email) for one in invitation.others]
    others = [one for one in everybody if one[1] and one[1] != opened.email]
    return others[0] if len(others) == 1 else ("", "")


def propose(session: Transaction, link_id: str, answer: Answer, to: Confirmer) -> Proposal:
    """
    Record that somebody proposes to sign the text that was shown, and ask another to confirm it by a link of their own.

    Pressed twice it is the same. Raises `SupersededError` for a text that has been replaced, `AnsweredError` where
    another contact was quicker, and `RefusedError` with the reasons.
    """
    link, invitation, letter = locked(session, link_id)
    if not invitation.wants_four_eyes:
        raise RefusedError(NOT_WANTED)
    answers.check_first(link, invitation, answer.after)
    answer = dataclasses.replace(
        answer,
        name=typed.name(answer.name),
        title=typed.name(answer.title),
        code=redeemed(session, link, "propose", answer.code),
        confirms=False,
    )
    to = _another(link, to)
    there = standing(session, invitation, letter)
    if there is not None:
        if _is_the_same(session, there, link, answer, to):
            return there
        raise RefusedError(_waits(session, there))
    known = dataclasses.replace(answers.facts(invitation, answer), four_eyes=False)
    why = refusals(INVITATION, invitation.state, "sign", known)
    if known.digest_shown != known.digest_now and letter.is_open_for_sign_off:
        raise SupersededError(*why)
    if why:
        raise answers.refused(invitation, known)
    return _keep(session, link, invitation, letter, answer, to)


def _another(link: Link, to: Confirmer) -> Confirmer:
    """Return who is to confirm as it is kept; raises `InputError` for nobody, and for whoever proposes."""
    address, own = holder(link)
    wrong: dict[str, Words] = {}
    kept = Confirmer(typed.name(to.name), typed.address(to.email))
    if not characters.is_name(kept.name):
        wrong["confirmer"] = NO_NAME
    elif own and (text.folded(own) == text.folded(kept.name) or same_person(own, kept.name)):
        wrong["confirmer"] = SAME_PERSON
    if not kept.email:
        wrong["confirmer_email"] = NO_ADDRESS
    elif same_mailbox(kept.email, address):
        wrong["confirmer_email"] = SAME_ADDRESS
    if wrong:
        raise InputError(**wrong)
    return kept


def _hashed(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest() if browser else ""


def _domain(address: str) -> str:
    return address.casefold().rpartition("@")[2]


def standing(session: Transaction, invitation: Invitation, letter: Letter) -> Proposal | None:
    """Return what waits to be confirmed: of the text of now, by a link that lives."""
    proposal = four_eyes.open_one(session, invitation.id)
    if proposal is None or letter.revision is None or proposal.digest != letter.revision.digest:
        return None
    confirming = session.get_one(Link, proposal.confirming_link_id, populate_existing=True)
    return proposal if confirming.revoked_at is None else None


def _is_the_same(session: Transaction, there: Proposal, link: Link, answer: Answer, to: Confirmer) -> bool:
    confirming = session.get_one(Link, there.confirming_link_id)
    said = (there.link_id, there.digest, there.name, there.title, confirming.email, confirming.name)
    return said == (link.id, answer.digest, answer.name, answer.title, to.email, to.name)


def _waits(session: Transaction, proposal: Proposal) -> Words:
    confirming = session.get_one(Link, proposal.confirming_link_id)
    return lazy_gettext(PROPOSED.id, name=confirming.name)


def _keep(
    session: Transaction, link: Link, invitation: Invitation, letter: Letter, answer: Answer, to: Confirmer
) -> Proposal:
    before = four_eyes.close(session, invitation)
    if before is not None:
        rounds.end_link(session, invitation.id, before.confirming_link_id)
    confirming = rounds.new_other_link(
        session, invitation, "confirm", email=to.email, name=to.name, contact_id=link.contact_id
    )
    moment = history.moment(session)
    made = _recorded(link, invitation, answer, to, confirming)
    sequence = history.append(session, letter.id, actor(invitation), made, moment)
    conditions.end_of(session, invitation, actor(invitation))
    proposal = Proposal(
        id=new_id(),
        invitation_id=invitation.id,
        digest=answer.digest,
        name=answer.name,
        title=answer.title,
        link_id=link.id,
        confirming_link_id=confirming,
        sequence=sequence,
        proposed_at=moment,
        browser=_hashed(answer.browser),
    )
    session.add(proposal)
    session.flush()
    # Whoever proposes has said what there was to say: the other is asked from now on.
    deliveries.cancel_reminders(session, [invitation.id])
    mails.ask(session, invitation, proposal, to.name, to.email)
    return proposal


def _recorded(
    link: Link, invitation: Invitation, answer: Answer, to: Confirmer, confirming: str
) -> actions.ProposalMade:
    return actions.ProposalMade(
        invitation=invitation.id,
        digest=answer.digest,
        link=link.id,
        confirming=confirming,
        name_typed=True,
        authority_ticked=answer.authorised,
        code_required=invitation.asks_for_code,
        code=answer.code,
        contact=link.contact_id or "",
        name=answer.name,
        title=answer.title,
        organisation=invitation.organisation.name,
        acronym=invitation.organisation.acronym,
        to=to.email,
        confirmer=to.name,
    )


def confirm(session: Transaction, link_id: str, answer: Answer) -> Signoff:
    """
    Confirm what was proposed, by the link that asked for it: from then on it is signed. Pressed twice it is the same.

    `answer.name` is the confirmer's own, as the proposal named them. Raises `RefusedError` where nothing is to be
    confirmed any more, or not by this link.
    """
    link, invitation, letter = locked(session, link_id, CONFIRMS)
    given = invitation.signoff_for(answer.digest)
    if invitation.has_signed and given is not None and given.link_id == link.id:
        return given
    proposal = standing(session, invitation, letter)
    if letter.is_open_for_sign_off and letter.revision is not None and answer.digest != letter.revision.digest:
        raise SupersededError(NOTHING)
    if proposal is None or proposal.confirming_link_id != link.id or proposal.link_id == link.id:
        raise RefusedError(NOTHING)
    if text.folded(typed.name(answer.name)) != text.folded(link.name):
        raise InputError(name=lazy_gettext("Type your name as it was given: %(name)s.", name=link.name))
    if not characters.is_name(proposal.name):
        raise RefusedError(SIGNATORY_UNNAMED)
    whole = dataclasses.replace(
        answer,
        name=proposal.name,
        title=proposal.title,
        proposal=proposal.sequence,
        same_browser=bool(proposal.browser) and proposal.browser == _hashed(answer.browser),
        other_domain=_domain(holder(link)[0]) != _domain(holder(proposal.link)[0]),
        confirms=False,
        after=answers.shown_as(invitation),
    )
    signoff = answers.sign_locked(session, link, invitation, letter, whole)
    four_eyes.close(session, invitation, "confirmed")
    return signoff


def refuse(session: Transaction, link_id: str, reason: str, code: str = "") -> Proposal:
    """
    Refuse what was proposed, by the link that asked to confirm it; whoever proposed it is told.

    `code` is the id of the code by mail that was redeemed for it; raises `CodeNeededError` where one is asked for.
    """
    link, invitation, letter = locked(session, link_id, CONFIRMS)
    check("end_proposal", letter.state)
    proposal = four_eyes.open_one(session, invitation.id)
    if proposal is None or proposal.confirming_link_id != link.id:
        raise RefusedError(NOTHING)
    refused = actions.ProposalRefused(
        invitation=invitation.id,
        proposal=proposal.sequence,
        link=link.id,
        code=check_code(session, link, "stop", code),
        reason=typed.block(reason, typed.REASON),
    )
    sequence = history.append(session, letter.id, actor(invitation), refused)
    four_eyes.close(session, invitation, "refused")
    mails.tell(session, invitation, proposal, sequence)
    return proposal


def withdraw(session: Transaction, link_id: str, code: str = "") -> None:
    """Take back what was proposed: any contact of the organisation may, with the code as in `refuse`. Its link ends."""
    link, invitation, letter = locked(session, link_id)
    check("end_proposal", letter.state)
    if four_eyes.open_one(session, invitation.id) is None:
        return
    code = check_code(session, link, "stop", code)
    proposal = four_eyes.close(session, invitation)
    assert proposal is not None
    rounds.end_link(session, invitation.id, proposal.confirming_link_id)
    ended = actions.ProposalEnded(invitation=invitation.id, proposal=proposal.sequence, link=link.id, code=code)
    history.append(session, letter.id, actor(invitation), ended)


def ask_for_two(session: Transaction, link_id: str, code: str = "") -> Invitation:
    """
    Let two sign for an organisation from now on, as one of it asks; all of its contacts are told.

    Nobody takes that back by a link: whoever holds one could sign alone by it. A coordinator does, and all are told
    again. `code` as in `refuse`.
    """
    link, invitation, letter = locked(session, link_id)
    check("ask_for_two", letter.state)
    if invitation.individual:
        raise RefusedError(four_eyes.NOT_FOR_PEOPLE)
    if not invitation.four_eyes:
        code = check_code(session, link, "two", code)
        wanted = actions.FourEyesSet(invitation=invitation.id, wanted=True, link=link.id, code=code)
        four_eyes.set_locked(session, letter, invitation, wanted, actor(invitation), link.id)
    return invitation
