"""An organisation's answer: it signs, declines, takes its sign-off back, or lets the deadline pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select

from workflow import history
from workflow.campaigns import addenda, conditions, corrections, four_eyes, lifecycle, rounds, stationery
from workflow.clock import is_over
from workflow.errors import AnsweredError, RefusedError, SupersededError
from workflow.history import SYSTEM, actions
from workflow.languages import InZone, Words, lazy_gettext
from workflow.letter import typed
from workflow.mails import notice, receipt
from workflow.models import Invitation, Letter, Link, Signoff, new_id, now
from workflow.signoffs.codes import redeemed
from workflow.signoffs.link_usage import anomalies, use_of
from workflow.signoffs.links import NOT_AS_SHOWN, actor, holder, known_digest, locked, locked_all
from workflow.signoffs.opened import OpenedInvitation, OpenedSignoff
from workflow.signoffs.whose_address import contact_of_member, given_by_hand
from workflow.states import INVITATION, InvitationFacts, fire, refusals
from workflow.transaction import Transaction, lock_letter, transaction_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was sent with a decision: the digest of the text that was shown, and what was typed and ticked."""

    digest: str
    name: str = ""
    title: str = ""
    authorised: bool = False
    withheld: bool = False
    """The organisation asks that its name is neither printed nor shown."""
    code: str = ""
    """The id of the code by mail that was redeemed, where the campaign asks for one (`codes.redeem`)."""
    networks: tuple[str, ...] = ()
    """The keyed hashes of the network that it came from (`link_usage.access`)."""
    objection_hours: int = 0
    """The rule of silence that the page showed; 0: none."""
    printed: bool = False
    """The organisation asks that its name, withheld because it had asked for that, is printed again."""
    confirms: bool = False
    """It confirms the sign-off for an earlier text as it stands: the name must be the one that signed before."""
    proposal: int | None = None
    """The entry in which another has proposed what is signed now, where two have to."""
    same_browser: bool = False
    """It was proposed in this very browser."""
    other_domain: bool = False
    """Who proposed it has an address at another domain."""
    browser: str = ""
    """The random name of the browser that it came from."""
    after: str = ""
    """The answer of the organisation that the page showed (`shown_as`): one given since by another is not undone."""


def facts(invitation: Invitation | OpenedInvitation, answer: Answer | None = None) -> InvitationFacts:
    """Gather what the steps of an invitation depend on; `answer` is cleaned, and its code was redeemed."""
    letter = invitation.letter
    revision = letter.revision
    digest = revision.digest if revision else ""
    return InvitationFacts(
        letter_state=letter.state,
        digest_shown=answer.digest if answer else digest,
        digest_now=digest,
        counts=bool(digest) and invitation.signoff_for(digest) is not None,
        name=answer.name if answer else "",
        title=answer.title if answer else "",
        authorised=answer.authorised if answer else False,
        past_deadline=is_over(invitation.closes_at),
        # Where two have to sign, there is no time for the second: such an organisation signs before, or not.
        late=letter.takes_late_names and not invitation.wants_four_eyes,
        lapsed=invitation.has_lapsed,
        on_letter=any(signoff.withdrawn_at is not None for signoff in invitation.signoffs),
        code_missing=invitation.asks_for_code and not (answer and answer.code),
        confirms=answer.confirms if answer else False,
        four_eyes=invitation.wants_four_eyes,
        confirmed=answer is not None and answer.proposal is not None,
        name_before=before.name if (before := to_confirm(invitation)) else "",
    )


def shown_as(invitation: Invitation | OpenedInvitation) -> str:
    """Return what a page carries of the answer that it shows, to be compared when its form comes back."""
    return invitation.answered_at.isoformat() if invitation.answered_at else ""


def check_first(link: Link, invitation: Invitation, after: str) -> None:
    """Raise `AnsweredError` where another contact has answered since the page of this one was opened."""
    if _is_its_own(link, invitation) or shown_as(invitation) == after or invitation.answered_at is None:
        return
    raise AnsweredError(
        lazy_gettext(
            "%(name)s has answered for your organisation already, on %(at)s. Nothing of yours was recorded.",
            name=who_answered(invitation),
            at=InZone(invitation.answered_at, invitation.zone),
        )
    )


def _is_its_own(link: Link, invitation: Invitation) -> bool:
    """Whether the present answer was given by the contact whose link this is, or by nobody who is known."""
    if invitation.answered_by in (None, link.id):
        return True
    by = next((one for one in invitation.links if one.id == invitation.answered_by), None)
    return by is None or (by.purpose, by.contact_id) == (link.purpose, link.contact_id)


def answered_by_another(session: Transaction, invitation_id: str, link_id: str) -> str:
    """Return which other contact has given an organisation's answer than the one whose link this is; else nothing."""
    invitation, link = session.get_one(Invitation, invitation_id), session.get_one(Link, link_id)
    return "" if _is_its_own(link, invitation) else who_answered(invitation)


def who_answered(invitation: Invitation) -> str:
    """Return who of an organisation has given its present answer: by name or address; empty where nobody is known."""
    by = next((link for link in invitation.links if link.id == invitation.answered_by), None)
    if by is None:
        return ""
    address, name = holder(by)
    return f"{name} ({address})" if name and address else name or address


def to_confirm(invitation: Invitation | OpenedInvitation) -> Signoff | OpenedSignoff | None:
    """Return the sign-off for an earlier text that the organisation is to confirm, if there is one."""
    standing = [signoff for signoff in invitation.signoffs if signoff.retracted_at is None]
    return standing[-1] if standing and invitation.is_to_confirm else None


def refused(invitation: Invitation, known: InvitationFacts) -> RefusedError:
    """Return why an answer cannot be signed now, as it is raised."""
    try:
        fire(INVITATION, invitation.state, "sign", known)
    except RefusedError as error:
        return error
    raise AssertionError("It can be signed.")


def why_not(invitation: Invitation, answer: Answer) -> tuple[Words, ...]:
    """Return why an answer cannot be signed now, in sentences; empty when it can."""
    return refusals(INVITATION, invitation.state, "sign", facts(invitation, answer))


def sign(session: Transaction, link_id: str, answer: Answer) -> Signoff:
    """
    Record an organisation's yes to the text that was shown, and queue its receipt.

    Pressed twice it returns the same sign-off. Raises `SupersededError` for a text that has been replaced, and
    `RefusedError` with the reasons otherwise.
    """
    return sign_all(session, [(link_id, answer)])[0]


def sign_all(session: Transaction, answers: Sequence[tuple[str, Answer]]) -> list[Signoff]:
    """Record several, as `sign` does each: all of them, or it raises what one of them met."""
    opened = locked_all(session, [link_id for link_id, _ in answers])
    return [
        _sign(session, link, invitation, letter, answer)
        for (link, invitation, letter), (_, answer) in zip(opened, answers, strict=True)
    ]


def _sign(session: Transaction, link: Link, invitation: Invitation, letter: Letter, answer: Answer) -> Signoff:
    standing = invitation.signoff_for(answer.digest)
    if invitation.has_signed and standing is not None and _is_its_own(link, invitation):
        return standing
    check_first(link, invitation, answer.after)
    return sign_locked(session, link, invitation, letter, answer)


def sign_locked(session: Transaction, link: Link, invitation: Invitation, letter: Letter, answer: Answer) -> Signoff:
    """Record an organisation's yes, of a letter whose row is locked; raises what `sign` does."""
    standing = invitation.signoff_for(answer.digest)
    answer = _cleaned(session, link, invitation, answer)
    known = facts(invitation, answer)
    if known.digest_shown != known.digest_now and (letter.is_open_for_sign_off or known.late):
        raise SupersededError(*refusals(INVITATION, invitation.state, "sign", known))
    signed, moment = _recorded(link, invitation, answer), history.moment(session)
    sequence = history.transition(session, invitation, signed, known, actor(invitation), at=moment)
    assert sequence is not None
    _replace_earlier(session, invitation, standing, moment)
    if answer.proposal is None:
        four_eyes.close(session, invitation)
    conditions.end_of(session, invitation, actor(invitation))
    signoff = _keep(invitation, signed, sequence, moment)
    sent = addenda.sent_at(session, letter) if signoff.late else None
    receipt.queue(session, signoff, "late" if signoff.late else "signed", sent=sent)
    if signed.networks:
        notice.queue(session, invitation, "networks", sequence)
    if answer.withheld:
        stationery.withhold(session, letter, invitation, actor(invitation))
    elif answer.printed:
        stationery.print_again(session, letter, invitation, actor(invitation))
    return signoff


def _replace_earlier(session: Transaction, invitation: Invitation, standing: Signoff | None, moment: datetime) -> None:
    """
    End the sign-offs that a new one stands in place of.

    That is one for the same text (signed before, declined since, and asked again), and what silence has kept, for it
    rests on the sign-off by hand before it.
    """
    replaced = [
        earlier
        for earlier in invitation.signoffs
        if earlier.retracted_at is None and (earlier is standing or earlier.basis == "not_objected")
    ]
    for earlier in replaced:
        earlier.retracted_at = moment
    if replaced:
        # Only one stands for a text: the earlier has to end before.
        session.flush()


def _keep(invitation: Invitation, signed: actions.InvitationSigned, sequence: int, moment: datetime) -> Signoff:
    signoff = Signoff(
        id=new_id(),
        digest=signed.digest,
        name=signed.name,
        title=signed.title,
        link_id=signed.link,
        sequence=sequence,
        signed_at=moment,
        objection_hours=signed.objection_hours,
        code_required=signed.code_required,
        late=signed.late,
        odd=anomalies(signed.about()),
    )
    invitation.signoffs.append(signoff)
    invitation.answered_at, invitation.answered_by = moment, signed.link
    invitation.verdict, invitation.more_time = "ready", ""
    return signoff


def _recorded(link: Link, invitation: Invitation, answer: Answer) -> actions.InvitationSigned:
    """Return what the history says of a sign-off; one that confirms another prints what stood there, to the letter."""
    before = to_confirm(invitation) if answer.confirms else None
    use, printed = use_of(link, answer.networks), before or answer
    return actions.InvitationSigned(
        invitation=invitation.id,
        digest=answer.digest,
        link=link.id,
        name_typed=True,
        authority_ticked=answer.authorised,
        code_required=invitation.asks_for_code,
        confirms=before.sequence if before else None,
        code=answer.code,
        objection_hours=answer.objection_hours,
        fetched_at=use.fetched_at,
        fetched_by=use.fetched_by,
        fast_decision=use.fast,
        networks=use.networks,
        contact_by_hand=given_by_hand(transaction_of(link), invitation, link),
        contact_of_member=contact_of_member(transaction_of(link), invitation, link),
        late=invitation.letter.takes_late_names,
        proposal=answer.proposal,
        same_browser=answer.same_browser,
        other_domain=answer.other_domain,
        name=printed.name,
        title=printed.title,
        organisation=invitation.organisation.name,
        acronym=invitation.organisation.acronym,
    )


def _cleaned(session: Transaction, link: Link, invitation: Invitation, answer: Answer) -> Answer:
    """Return an answer with its names as they are printed, and with a code and a rule only where they hold."""
    rule = invitation.letter.objection_hours
    return dataclasses.replace(
        answer,
        name=typed.name(answer.name),
        title=typed.name(answer.title),
        code=redeemed(session, link, "sign", answer.code),
        # Agreed to is what the page showed; where the rule has changed since, there is none.
        objection_hours=rule if answer.objection_hours == rule else 0,
    )


def decline(
    session: Transaction,
    link_id: str,
    digest: str,
    reason: str,
    *,
    shared: bool = False,
    misplaced: bool = False,
    name: str = "",
    code: str = "",
    after: str = "",
) -> Invitation:
    """
    Record an organisation's no; the reason goes to the coordinator, and to the others where it is `shared`.

    `misplaced` says that this is not the right organisation to ask. Saying no twice is saying it once. `code` is the
    id of the code by mail that was redeemed for it, `after` the answer that the page showed (`shown_as`). Raises
    `AnsweredError` where another contact was quicker, and `SupersededError` for a text that has been replaced.
    """
    link, invitation, letter = locked(session, link_id)
    if invitation.has_declined:
        return invitation
    check_first(link, invitation, after)
    if letter.is_with_cosigners and known_digest(letter, digest) != (letter.revision and letter.revision.digest):
        raise SupersededError(NOT_AS_SHOWN)
    declined = actions.InvitationDeclined(
        invitation=invitation.id,
        digest=known_digest(letter, digest),
        misplaced=misplaced,
        shared=shared,
        code=redeemed(session, link, "decline", code),
        link=link.id,
        name=typed.name(name),
        reason=typed.block(reason, typed.REASON),
    )
    known = facts(invitation, Answer(digest=digest, code=declined.code))
    sequence = history.transition(session, invitation, declined, known, actor(invitation))
    four_eyes.close(session, invitation)
    conditions.end_of(session, invitation, actor(invitation))
    invitation.reason, invitation.reason_shared = declined.reason, shared
    invitation.answered_at, invitation.answered_by, invitation.more_time = now(), link.id, ""
    notice.queue(session, invitation, "misplaced" if misplaced else "declined", sequence)
    return invitation


def retract(
    session: Transaction, link_id: str, reason: str = "", code: str = "", *, after: str | None = None
) -> Invitation:
    """
    Take a sign-off back, until dispatch. An approved letter goes back to sign-off, for it has lost a name.

    `code` is the id of the code by mail that was redeemed for it; `after` the answer that the page showed, where it
    said so (`shown_as`). Raises `AnsweredError` where another contact has answered anew since.
    """
    link, invitation, letter = locked(session, link_id)
    if invitation.has_retracted:
        return invitation
    if after is not None:
        check_first(link, invitation, after)
    digest = letter.revision.digest if letter.revision else ""
    signoff = invitation.signoff_for(digest) or next((s for s in invitation.signoffs if s.retracted_at is None), None)
    withdrawn = actions.SignatureWithdrawn(
        invitation=invitation.id,
        digest=signoff.digest if signoff else digest,
        link=link.id,
        code=redeemed(session, link, "retract", code),
        reason=typed.block(reason, typed.REASON),
    )
    known, moment = facts(invitation, Answer(digest=digest, code=withdrawn.code)), history.moment(session)
    sequence = history.transition(session, invitation, withdrawn, known, actor(invitation), at=moment)
    conditions.end_of(session, invitation, actor(invitation))
    for standing in invitation.signoffs:
        standing.retracted_at = standing.retracted_at or moment
    invitation.reason = withdrawn.reason
    invitation.verdict = ""
    invitation.answered_at, invitation.answered_by = moment, link.id
    session.flush()
    if reopened := letter.is_approved:
        lifecycle.reopen_locked(session, letter, SYSTEM)
    if signoff is not None:
        receipt.queue(session, signoff, "retracted")
    notice.queue(session, invitation, "retracted", sequence, reopened=reopened)
    return invitation


def retract_late(
    session: Transaction,
    link_id: str,
    reason: str = "",
    code: str = "",
    *,
    tell_office: bool = False,
    after: str | None = None,
) -> Invitation:
    """
    Take a sign-off back although the letter was sent: it is on the record, and what was sent goes on to bear the name.

    One for an addendum that has not gone out is taken back as if before dispatch. `tell_office`: the organisation asks
    that the recipient is told, which a coordinator does. `code` and `after` as in `retract`.
    """
    link, invitation, letter = locked(session, link_id)
    if invitation.has_retracted:
        return invitation
    if after is not None:
        check_first(link, invitation, after)
    given = [signoff for signoff in invitation.signoffs if signoff.retracted_at is None]
    signoff = given[-1] if given else None
    printed = signoff is not None and not (signoff.late and letter.takes_late_names)
    withdrawn = actions.SignatureWithdrawnLate(
        invitation=invitation.id,
        signoff=signoff.sequence if signoff else 0,
        printed=printed,
        link=link.id,
        code=redeemed(session, link, "retract", code),
        tell_office=tell_office and printed,
        reason=typed.block(reason, typed.REASON),
    )
    known, moment = facts(invitation, Answer(digest="", code=withdrawn.code)), history.moment(session)
    sequence = history.transition(session, invitation, withdrawn, known, actor(invitation), at=moment)
    assert signoff is not None
    if printed:
        signoff.withdrawn_at = moment
    else:
        signoff.retracted_at = moment
    invitation.reason, invitation.verdict = withdrawn.reason, ""
    invitation.answered_at, invitation.answered_by = moment, link.id
    session.flush()
    receipt.queue(session, signoff, "withdrawn" if printed else "late_withdrawn", sequence)
    notice.queue(session, invitation, "withdrawn", sequence)
    return invitation


def overdue(session: Transaction) -> list[str]:
    """Return the letters with invitations that wait for an answer, although their deadline has closed them."""
    waits = exists().where(Invitation.letter_id == Letter.id, *_overdue()).correlate(Letter)
    query = select(Letter.id).where(Letter.is_with_cosigners, Letter.deadline <= now(), waits)
    return list(session.scalars(query.order_by(Letter.id)))


def _overdue() -> tuple[ColumnElement[bool], ...]:
    """Those who wait for an answer although their deadline has closed it: never before the letter's."""
    own = or_(Invitation.deadline.is_(None), Invitation.deadline <= now())
    waits = and_(Letter.closes_itself, or_(Invitation.is_invited, Invitation.is_to_confirm))
    return Letter.deadline.is_not(None), Letter.deadline <= now(), own, waits


def lapse(session: Transaction, letter_id: str, most: int, kept: set[str] | None = None) -> int:
    """
    Close invitations of a letter that nobody answered by the deadline, at most so many; returns of how many it asked.

    Whoever was told that its silence counts for the text of now, and may object still, does not lapse: those go into
    `kept`, and are passed over from then on.
    """
    letter = lock_letter(session, letter_id)
    if letter is None or not letter.is_with_cosigners:
        return 0
    kept = set() if kept is None else kept
    waiting = select(Invitation).join(Letter, Letter.id == Invitation.letter_id)
    waiting = waiting.where(Invitation.letter_id == letter_id, Invitation.id.not_in(kept), *_overdue())
    found = session.scalars(waiting.order_by(Invitation.position).limit(most)).all()
    rounds.settle(session, letter, found)
    silent = corrections.kept_by_silence(session, letter, [one.id for one in found])
    kept.update(silent)
    for invitation in found:
        if invitation.id not in silent and invitation.state in INVITATION.sources("lapse"):
            lapsed = actions.InvitationLapsed(invitation=invitation.id)
            history.transition(session, invitation, lapsed, facts(invitation), SYSTEM)
    return len(found)
