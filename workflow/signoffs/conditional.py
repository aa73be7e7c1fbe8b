"""To sign the text as it would be: an organisation agrees to it with a suggestion in, and takes that back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from sqlalchemy import func, select

from workflow import history
from workflow.campaigns import conditions
from workflow.clock import is_over
from workflow.errors import CodeNeededError, RefusedError, SupersededError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.letter import typed
from workflow.mails import condition as condition_mail
from workflow.mails import notice
from workflow.models import Comment, ConditionalSignoff, Invitation, Letter, Link
from workflow.signoffs.answers import Answer, check_first
from workflow.signoffs.codes import redeemed
from workflow.signoffs.link_usage import Use, use_of
from workflow.signoffs.links import NOT_AS_SHOWN, actor, locked
from workflow.signoffs.review import readable
from workflow.states import InvitationFacts, check
from workflow.states.invitation import AGREE, CODE_MISSING
from workflow.states.machine import check_needs
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class WouldBe:
    """The text as it would be with a suggestion in."""

    suggestion: Comment
    base: str
    """The digest of the text that is before the co-signers."""
    text: texts.Letter
    digest: str
    """Of the text with the suggestion in."""


NO_SUGGESTION = lazy_gettext("There is no such suggestion.")
FITS_NO_MORE = lazy_gettext("This suggestion doesn’t fit the text any more.")
SETTLED = lazy_gettext("This suggestion was already accepted or dismissed.")
ANOTHER = lazy_gettext("Your organisation has already agreed to sign with another change. Take that back first.")


def would_be(session: Transaction, invitation: Invitation, comment_id: str) -> WouldBe:
    """
    Return the text as it would be with a suggestion that a co-signer may read.

    It can take a moment, so it is asked before the letter is locked. Raises `RefusedError` where there is no such
    suggestion, it is settled, or it does not fit.
    """
    row, suggestion = invitation.letter, _suggestion(session, invitation, comment_id)
    check("agree", row.state)
    assert row.revision is not None
    try:
        text = conditions.as_it_would_be(row, suggestion)
    except RefusedError as not_there:
        raise RefusedError(FITS_NO_MORE) from not_there
    if row.text().digest() != row.revision.digest:
        raise RefusedError(NOT_AS_SHOWN)
    return WouldBe(suggestion, row.revision.digest, text, text.digest())


def _suggestion(session: Transaction, invitation: Invitation, comment_id: str) -> Comment:
    found = session.scalar(readable(invitation).where(Comment.id == comment_id, Comment.replaces.is_not(None)))
    if found is None:
        raise RefusedError(NO_SUGGESTION)
    if found.settled:
        raise RefusedError(SETTLED)
    return found


def agree(
    session: Transaction,
    link_id: str,
    comment_id: str,
    agreed: str,
    answer: Answer,
    made: WouldBe | None = None,
    code: str = "",
) -> ConditionalSignoff:
    """
    Record that an organisation signs if the text becomes exactly the one with a suggestion in, and queue the receipt.

    `agreed` is the digest of that text as it was shown, `answer.digest` of the one before the co-signers; `made` is
    what `would_be` returned: made again only where the text has changed. Pressed twice it returns the same. Raises
    `SupersededError` where another text is before them by now, and `RefusedError` with the reasons otherwise.
    """
    link, invitation, letter = locked(session, link_id)
    check("agree", letter.state, invitation.state)
    standing = conditions.of(session, invitation.id)
    if standing is not None:
        if (standing.comment_id, standing.digest) == (comment_id, agreed):
            return standing
        raise RefusedError(ANOTHER)
    if letter.revision is None or answer.digest != letter.revision.digest:
        raise SupersededError(NOT_AS_SHOWN)
    check_first(link, invitation, answer.after)
    suggestion = _suggestion(session, invitation, comment_id)
    if made is None or (made.base, made.suggestion.id) != (letter.revision.digest, suggestion.id):
        made = would_be(session, invitation, comment_id)
    rule = letter.objection_hours
    answer = dataclasses.replace(
        answer,
        name=typed.name(answer.name),
        title=typed.name(answer.title),
        code=redeemed(session, link, "agree", code or answer.code),
        # Agreed to is what the page showed; where the rule has changed since, there is none.
        objection_hours=rule if answer.objection_hours == rule else 0,
    )
    check_needs(AGREE, _facts(invitation, letter, answer, agreed, made))
    return _keep(session, link, invitation, suggestion, answer, made)


def _keep(
    session: Transaction, link: Link, invitation: Invitation, suggestion: Comment, answer: Answer, made: WouldBe
) -> ConditionalSignoff:
    use, moment = use_of(link, answer.networks), history.moment(session)
    recorded = _recorded(link, invitation, answer, made, use)
    sequence = history.append(session, invitation.letter_id, actor(invitation), recorded, at=moment)
    condition = ConditionalSignoff(
        comment_id=suggestion.id,
        base=made.base,
        digest=made.digest,
        name=answer.name,
        title=answer.title,
        link_id=link.id,
        sequence=sequence,
        signed_at=moment,
        objection_hours=answer.objection_hours,
        code_required=invitation.asks_for_code,
        invitation=invitation,
        comment=suggestion,
    )
    session.add(condition)
    session.flush()
    condition_mail.queue(session, condition, "agreed", sequence)
    if use.networks:
        notice.queue(session, invitation, "networks", sequence)
    return condition


def _recorded(link: Link, invitation: Invitation, answer: Answer, made: WouldBe, use: Use) -> actions.ConditionAgreed:
    """Return what the history says of an agreement."""
    return actions.ConditionAgreed(
        invitation=invitation.id,
        comment=made.suggestion.id,
        digest=made.base,
        agreed=made.digest,
        link=link.id,
        name_typed=True,
        authority_ticked=answer.authorised,
        code_required=invitation.asks_for_code,
        code=answer.code,
        objection_hours=answer.objection_hours,
        fetched_at=use.fetched_at,
        fetched_by=use.fetched_by,
        fast_decision=use.fast,
        networks=use.networks,
        name=answer.name,
        title=answer.title,
        organisation=invitation.organisation.name,
        acronym=invitation.organisation.acronym,
    )


def others(session: Transaction, invitation: Invitation, suggestion: Comment) -> int:
    """Return how many other organisations have agreed to sign with a suggestion."""
    query = select(func.count()).select_from(ConditionalSignoff)
    query = query.where(ConditionalSignoff.comment_id == suggestion.id, ConditionalSignoff.outcome == "")
    return session.scalar(query.where(ConditionalSignoff.invitation_id != invitation.id)) or 0


def _facts(invitation: Invitation, letter: Letter, answer: Answer, agreed: str, made: WouldBe) -> InvitationFacts:
    """What agreeing depends on: the text that was shown must be the one that is made now."""
    return InvitationFacts(
        letter_state=letter.state,
        digest_shown=agreed,
        digest_now=made.digest,
        counts=invitation.signoff_for(made.digest) is not None,
        name=answer.name,
        title=answer.title,
        authorised=answer.authorised,
        past_deadline=is_over(invitation.closes_at),
        code_missing=invitation.asks_for_code and not answer.code,
        by_two=invitation.wants_four_eyes,
    )


def take_back(session: Transaction, link_id: str, code: str = "") -> Invitation:
    """
    Take back what an organisation has agreed to, until the text is there; taken back twice it is once.

    `code` is the id of the code by mail that was redeemed for it: asked for where agreeing took one.
    """
    link, invitation, letter = locked(session, link_id)
    check("take_back", letter.state)
    condition = conditions.of(session, invitation.id)
    if condition is None:
        return invitation
    code = redeemed(session, link, "take_back", code)
    if (condition.code_required or invitation.asks_for_code) and not code:
        raise CodeNeededError(CODE_MISSING)
    ended = conditions.end(session, condition, "taken_back", actor(invitation), code)
    condition_mail.queue(session, condition, "taken_back", ended)
    return invitation
