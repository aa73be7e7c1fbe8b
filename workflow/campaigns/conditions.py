"""
What organisations agreed to before it was there: the text as it would be with a suggestion in.

It counts if that very text is opened for signature next, by its digest; else it never does. When a text is put before
the co-signers, every agreement to another one ends.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from workflow import history
from workflow.clock import is_over
from workflow.errors import RefusedError, WordingError
from workflow.history import SYSTEM, Actor, actions
from workflow.letter import text as texts
from workflow.letter import typed, wording
from workflow.mails import condition as condition_mail
from workflow.mails import receipt
from workflow.mails.registry import following_the_text
from workflow.models import Comment, ConditionalSignoff, Delivery, Invitation, Letter, Signoff, new_id
from workflow.states import INVITATION, InvitationFacts, refusals
from workflow.states.invitation import SIGNED
from workflow.transaction import Transaction


def with_suggestion(body: str, suggestion: Comment) -> str:
    """Return a text with a suggestion in it, as it is kept where it is accepted; raises `RefusedError`."""
    try:
        made = wording.placed(body, suggestion.paragraph, suggestion.replaces or "", suggestion.replacement or "")
    except WordingError as not_there:
        raise RefusedError(not_there.why) from not_there
    return typed.block(made, typed.BODY)


def as_it_would_be(row: Letter, suggestion: Comment) -> texts.Letter:
    """Return the text that accepting a suggestion would make of a letter, and nothing else; raises `RefusedError`."""
    return dataclasses.replace(row.text(), body=with_suggestion(row.body, suggestion))


def open_of(session: Transaction, letter_id: str) -> list[ConditionalSignoff]:
    """Return the agreements of a letter that are open, in the order of its list."""
    query = select(ConditionalSignoff).join(Invitation, Invitation.id == ConditionalSignoff.invitation_id)
    query = query.where(Invitation.letter_id == letter_id, ConditionalSignoff.outcome == "")
    whole = query.options(joinedload(ConditionalSignoff.invitation, innerjoin=True))
    return list(session.scalars(whole.order_by(Invitation.position).execution_options(populate_existing=True)))


def of(session: Transaction, invitation_id: str) -> ConditionalSignoff | None:
    """Return the agreement of an organisation that is open: there is one at most."""
    query = select(ConditionalSignoff).where(ConditionalSignoff.invitation_id == invitation_id)
    return session.scalar(query.where(ConditionalSignoff.outcome == ""))


# --- how one ends -----------------------------------------------------------------------------------------------------


def settle(session: Transaction, row: Letter) -> None:
    """
    End what is open once a text was put before the co-signers: it is met by that very text, and else missed.

    A text that is put there for review alone signs nothing yet: whoever agreed to it goes on to agree.
    """
    digest = row.revision.digest if row.revision else ""
    for condition in open_of(session, row.id):
        if condition.digest != digest:
            end(session, condition, "missed", SYSTEM)
        elif row.is_open_for_sign_off:
            _fulfil(session, row, condition)


def end(session: Transaction, condition: ConditionalSignoff, outcome: str, actor: Actor, code: str = "") -> int:
    """Record that an agreement counts no more: `missed`, `taken_back`, or `ended`; returns its entry's number."""
    moment = history.moment(session)
    condition.outcome, condition.ended_at = outcome, moment
    ended = actions.ConditionEnded(
        invitation=condition.invitation_id, condition=condition.sequence, outcome=outcome, code=code
    )
    sequence = history.append(session, condition.invitation.letter_id, actor, ended, at=moment)
    session.flush()
    return sequence


def end_of(session: Transaction, invitation: Invitation, actor: Actor) -> None:
    """End what an organisation has agreed to, if anything: it has answered otherwise, or others answer for it now."""
    condition = of(session, invitation.id)
    if condition is not None:
        end(session, condition, "ended", actor)


def end_on(session: Transaction, suggestion: Comment, actor: Actor) -> set[str]:
    """End the agreements to a suggestion that is dismissed, and tell whose they were; returns their invitations."""
    these = select(ConditionalSignoff).where(ConditionalSignoff.comment_id == suggestion.id)
    told = set[str]()
    for condition in session.scalars(
        these.where(ConditionalSignoff.outcome == "").order_by(ConditionalSignoff.sequence)
    ):
        condition_mail.queue(session, condition, "dismissed", end(session, condition, "missed", actor))
        told.add(condition.invitation_id)
    return told


def end_all(session: Transaction, row: Letter) -> None:
    """End whatever is open of a letter that is opened no more."""
    for condition in open_of(session, row.id):
        end(session, condition, "ended", SYSTEM)


def facts(invitation: Invitation, condition: ConditionalSignoff) -> InvitationFacts:
    """Return what it depends on whether an agreement counts now."""
    letter = invitation.letter
    digest = letter.revision.digest if letter.revision else ""
    return InvitationFacts(
        letter_state=letter.state,
        digest_shown=digest,
        digest_now=digest,
        agreed_to="" if condition.outcome else condition.digest,
        past_deadline=is_over(invitation.closes_at),
        by_two=invitation.wants_four_eyes,
    )


def _fulfil(session: Transaction, row: Letter, condition: ConditionalSignoff) -> None:
    """Let an agreement count; where it cannot, for the organisation has stopped being asked since, it is missed."""
    invitation = condition.invitation
    if invitation.state in SIGNED and invitation.signoff_for(condition.digest) is None:
        # It signed an earlier text; an act for all may not have come to it yet.
        superseded = actions.InvitationSuperseded(invitation=invitation.id, digest=condition.digest)
        history.transition(session, invitation, superseded, InvitationFacts(letter_state=row.state), SYSTEM)
        session.flush()
    known = facts(invitation, condition)
    if refusals(INVITATION, invitation.state, "fulfil", known):
        end(session, condition, "missed", SYSTEM)
        return
    moment = history.moment(session)
    fulfilled = _recorded(invitation, condition)
    sequence = history.transition(session, invitation, fulfilled, known, SYSTEM, at=moment)
    assert sequence is not None
    condition.outcome, condition.ended_at = "met", moment
    for earlier in invitation.signoffs:
        if earlier.retracted_at is None and (earlier.basis == "not_objected" or earlier.digest == condition.digest):
            earlier.retracted_at = moment
    session.flush()
    signoff = Signoff(
        id=new_id(),
        digest=condition.digest,
        name=condition.name,
        title=condition.title,
        link_id=condition.link_id,
        sequence=sequence,
        signed_at=moment,
        objection_hours=condition.objection_hours,
        code_required=condition.code_required,
        agreed_in=condition.sequence,
    )
    invitation.signoffs.append(signoff)
    invitation.answered_at, invitation.answered_by = moment, condition.link_id
    invitation.verdict, invitation.more_time = "ready", ""
    session.flush()
    receipt.queue(session, signoff, "met")


def _recorded(invitation: Invitation, condition: ConditionalSignoff) -> actions.InvitationFulfilled:
    return actions.InvitationFulfilled(
        invitation=invitation.id,
        digest=condition.digest,
        basis="agreed_before",
        follows=condition.sequence,
        code_required=condition.code_required,
        objection_hours=condition.objection_hours,
        name=condition.name,
        title=condition.title,
        organisation=invitation.organisation.name,
        acronym=invitation.organisation.acronym,
    )


# --- what is said of them ---------------------------------------------------------------------------------------------


def to_be_told(session: Transaction, ids: Sequence[str]) -> set[str]:
    """Return those of these invitations whose agreement was missed, and who were not asked for an answer since."""
    last = (
        select(ConditionalSignoff.invitation_id, func.max(ConditionalSignoff.ended_at).label("at"))
        .where(ConditionalSignoff.invitation_id.in_(ids), ConditionalSignoff.outcome == "missed")
        .group_by(ConditionalSignoff.invitation_id)
        .subquery()
    )
    asked = select(Delivery.id).where(
        Delivery.invitation_id == last.c.invitation_id,
        Delivery.kind.in_((*following_the_text(), condition_mail.condition.kind)),
        Delivery.queued_at > last.c.at,
    )
    return set(session.scalars(select(last.c.invitation_id).where(~asked.exists())))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of the agreements that are open once a text is opened for signature."""

    counting: tuple[ConditionalSignoff, ...] = ()
    missing: tuple[ConditionalSignoff, ...] = ()
    """Those to another text, and of those who are asked no more."""


def outlook(session: Transaction, row: Letter, digest: str) -> Outlook:
    """Return which agreements a text of this digest would let count, and which would miss."""
    found = open_of(session, row.id)
    counting = [one for one in found if one.digest == digest and may_count(one)]
    return Outlook(tuple(counting), tuple(one for one in found if one not in counting))


def may_count(condition: ConditionalSignoff) -> bool:
    """Whether an agreement counts once its text is opened: its organisation is still asked, and agrees alone."""
    invitation = condition.invitation
    sources = (*INVITATION.sources("fulfil"), *INVITATION.sources("supersede"))
    return invitation.state in sources and not invitation.wants_four_eyes


def numbers(session: Transaction, comment_ids: Iterable[str]) -> dict[str, int]:
    """Return how many would sign with each of these suggestions in."""
    these = ConditionalSignoff.comment_id.in_(list(comment_ids)), ConditionalSignoff.outcome == ""
    return Counter(session.scalars(select(ConditionalSignoff.comment_id).where(*these)))
